/* One element of the maps ports_tcp and ports_udp in /etc/cove/firewall.nft, by netlink: starting nft would take longer
   than everything else a published port costs. */
#include "cove.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct batch {
  _Alignas(NLMSG_ALIGNTO) char data[512];
  size_t length;
};

static struct nlmsghdr *begin(struct batch *batch, unsigned type, unsigned flags, unsigned family, unsigned resource) {
  struct nlmsghdr *head = (struct nlmsghdr *)(batch->data + batch->length);
  *head = (struct nlmsghdr){.nlmsg_type = (uint16_t)type, .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags), .nlmsg_seq = 1};
  struct nfgenmsg *message = NLMSG_DATA(head);
  *message = (struct nfgenmsg){.nfgen_family = (uint8_t)family, .version = NFNETLINK_V0, .res_id = htons((uint16_t)resource)};
  batch->length += NLMSG_SPACE(sizeof *message);
  return head;
}

static void end(struct batch *batch, struct nlmsghdr *head) { head->nlmsg_len = (uint32_t)(batch->data + batch->length - (char *)head); }

static void add(struct batch *batch, unsigned type, const void *value, size_t length) {
  struct nlattr *attribute = (struct nlattr *)(batch->data + batch->length);
  *attribute = (struct nlattr){.nla_len = (uint16_t)(NLA_HDRLEN + length), .nla_type = (uint16_t)type};
  memcpy((char *)attribute + NLA_HDRLEN, value, length);
  batch->length += NLA_ALIGN(NLA_HDRLEN + length);
}

static struct nlattr *nest(struct batch *batch, unsigned type) {
  struct nlattr *attribute = (struct nlattr *)(batch->data + batch->length);
  attribute->nla_type = (uint16_t)(type | NLA_F_NESTED);
  batch->length += NLA_HDRLEN;
  return attribute;
}

static void unnest(struct batch *batch, struct nlattr *attribute) {
  attribute->nla_len = (uint16_t)(batch->data + batch->length - (char *)attribute);
}

static void add_data(struct batch *batch, unsigned type, const void *value, size_t length) {
  struct nlattr *data = nest(batch, type);
  add(batch, NFTA_DATA_VALUE, value, length);
  unnest(batch, data);
}

/* Key: the guest port. Data: address and port of the container, each padded to four bytes. */
static void add_element(struct batch *batch, bool is_new, const struct port *port) {
  uint16_t key = htons((uint16_t)port->guest_port), to_port = htons((uint16_t)port->container_port);
  unsigned char to[8] = {0};
  inet_pton(AF_INET, port->container_address, to);
  memcpy(to + 4, &to_port, sizeof to_port);
  struct nlattr *elements = nest(batch, NFTA_SET_ELEM_LIST_ELEMENTS), *element = nest(batch, 1);
  add_data(batch, NFTA_SET_ELEM_KEY, &key, sizeof key);
  if (is_new) add_data(batch, NFTA_SET_ELEM_DATA, to, sizeof to);
  unnest(batch, element);
  unnest(batch, elements);
}

/* The kernel answers our one acknowledged message before send() returns. */
static int answer(int fd) {
  char reply[1024];
  ssize_t length = recv(fd, reply, sizeof reply, MSG_DONTWAIT);
  struct nlmsghdr *head = (struct nlmsghdr *)reply;
  if (length < (ssize_t)NLMSG_SPACE(sizeof(struct nlmsgerr)) || head->nlmsg_type != NLMSG_ERROR) return -EPROTO;
  return ((struct nlmsgerr *)NLMSG_DATA(head))->error;
}

int nft_forward(bool is_new, const struct port *port) {
  struct batch batch = {.length = 0};
  const char *map = strcmp(port->protocol, "udp") ? "ports_tcp" : "ports_udp";
  end(&batch, begin(&batch, NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES));
  unsigned type = NFNL_SUBSYS_NFTABLES << 8 | (is_new ? NFT_MSG_NEWSETELEM : NFT_MSG_DELSETELEM);
  struct nlmsghdr *head = begin(&batch, type, NLM_F_ACK | (is_new ? NLM_F_CREATE : 0), NFPROTO_INET, 0);
  add(&batch, NFTA_SET_ELEM_LIST_TABLE, "cove", sizeof "cove");
  add(&batch, NFTA_SET_ELEM_LIST_SET, map, strlen(map) + 1);
  add_element(&batch, is_new, port);
  end(&batch, head);
  end(&batch, begin(&batch, NFNL_MSG_BATCH_END, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES));
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
  if (fd < 0) return -1;
  int error = send(fd, batch.data, batch.length, 0) < 0 ? -errno : answer(fd);
  close(fd);
  if (error) say("nftables refused %s of port %u: %s", is_new ? "addition" : "removal", port->guest_port, strerror(-error));
  return error ? -1 : 0;
}
