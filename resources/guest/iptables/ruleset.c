/* Two questions to nftables, by netlink: starting a program to ask would cost what is to be spared. */
#include "front.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FIRST_ATTRIBUTE = NLMSG_ALIGN(sizeof(struct nfgenmsg)) };

/* Sends one request without attributes; the socket to read the answer from, or -1. */
static int ask(int type, int flags, int family) {
  struct {
    struct nlmsghdr head;
    struct nfgenmsg message;
  } request = {
      .head = {.nlmsg_len = sizeof request, .nlmsg_type = (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type), .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags), .nlmsg_seq = 1},
      .message = {.nfgen_family = (uint8_t)family, .version = NFNETLINK_V0},
  };
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
  if (fd >= 0 && send(fd, &request, sizeof request, 0) == sizeof request) return fd;
  if (fd >= 0) close(fd);
  return -1;
}

/* The kernel answers before send() returns: what is not there now will not come. */
static ssize_t answer(int fd, char *reply, size_t size) { return recv(fd, reply, size, MSG_DONTWAIT); }

int64_t ruleset_generation(void) {
  _Alignas(NLMSG_ALIGNTO) char reply[1024];
  int fd = ask(NFT_MSG_GETGEN, 0, AF_UNSPEC);
  if (fd < 0) return -1;
  ssize_t length = answer(fd, reply, sizeof reply);
  close(fd);
  struct nlmsghdr *head = (struct nlmsghdr *)reply;
  if (length < (ssize_t)NLMSG_HDRLEN || !NLMSG_OK(head, (size_t)length) || head->nlmsg_type != (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWGEN)) return -1;
  char *end = (char *)head + head->nlmsg_len;
  for (char *at = (char *)NLMSG_DATA(head) + FIRST_ATTRIBUTE; at + NLA_HDRLEN + 4 <= end;) {
    struct nlattr *attribute = (struct nlattr *)at;
    uint32_t value;
    if (attribute->nla_len < NLA_HDRLEN) return -1;
    memcpy(&value, at + NLA_HDRLEN, sizeof value);
    if ((attribute->nla_type & NLA_TYPE_MASK) == NFTA_GEN_ID) return ntohl(value);
    at += NLA_ALIGN(attribute->nla_len);
  }
  return -1;
}

/* A list of one family's tables ends with its first message when there is none. */
static bool has_tables(int family) {
  _Alignas(NLMSG_ALIGNTO) char reply[8192];
  int fd = ask(NFT_MSG_GETTABLE, NLM_F_DUMP, family);
  if (fd < 0) return true;
  ssize_t length = answer(fd, reply, sizeof reply);
  close(fd);
  struct nlmsghdr *head = (struct nlmsghdr *)reply;
  return length < (ssize_t)NLMSG_HDRLEN || head->nlmsg_type != NLMSG_DONE;
}

bool ruleset_is_bare(void) { return !has_tables(NFPROTO_IPV4) && !has_tables(NFPROTO_IPV6); }
