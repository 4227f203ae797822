/* Servers of the guest itself and of containers on its network, offered to the host where its setting says so: at each sign
   (listener_signs.c) sock_diag tells what there is. A UDP socket is a server's if it speaks with nobody in particular at a
   port that the kernel does not hand out by itself. */
#include "cove.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FIRST_OF_CLIENTS 32768 /* ip_local_port_range */
#define SETTLE_MS 20 /* one look for all that a starting server opens */
#define MOST_LISTENERS 256
#define GUEST_ADDRESS "10.0.2.15"

struct listener {
  const char *protocol;
  unsigned port;
  char address[46];
};
static struct listener found[MOST_LISTENERS];
static size_t found_count;
static bool is_following;

/* Whether one of our services holds the socket: sshd, dockerd and its like are nobody's servers. */
static bool is_ours(unsigned inode) {
  char wanted[40], folder[40], path[320], target[64];
  size_t count;
  struct service *services = boot_services(&count);
  snprintf(wanted, sizeof wanted, "socket:[%u]", inode);
  for (size_t i = 0; i < count; i++) {
    snprintf(folder, sizeof folder, "/proc/%d/fd", (int)services[i].pid);
    DIR *fds = services[i].pid > 0 ? opendir(folder) : NULL;
    bool is_held = false;
    for (struct dirent *entry; fds && !is_held && (entry = readdir(fds));) {
      snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
      ssize_t length = readlink(path, target, sizeof target - 1);
      target[length > 0 ? length : 0] = 0;
      is_held = !strcmp(target, wanted);
    }
    if (fds) closedir(fds);
    if (is_held) return true;
  }
  return false;
}

static bool takes_ipv4(const struct nlmsghdr *head, const struct inet_diag_msg *socket) {
  static const unsigned char any[16];
  if (socket->idiag_family == AF_INET) return true;
  if (memcmp(socket->id.idiag_src, any, 16)) return false;
  int left = (int)head->nlmsg_len - (int)NLMSG_LENGTH(sizeof *socket);
  for (struct rtattr *part = (struct rtattr *)(socket + 1); RTA_OK(part, left); part = RTA_NEXT(part, left))
    if (part->rta_type == INET_DIAG_SKV6ONLY && *(unsigned char *)RTA_DATA(part)) return false;
  return true;
}

static struct listener *find(const char *protocol, unsigned port) {
  for (size_t i = 0; i < found_count; i++)
    if (found[i].port == port && !strcmp(found[i].protocol, protocol)) return &found[i];
  return NULL;
}

bool listeners_know(const struct inet_diag_msg *socket) {
  return find("udp", ntohs(socket->id.idiag_sport));
}

/* Those of the kernel itself (swarm's vxlan) have no inode. */
static bool is_server(const char *protocol, const struct inet_diag_msg *socket, unsigned port) {
  if (port == 0 || port == NAMES_PORT || socket->idiag_inode == 0 || (protocol[0] == 'u' && port >= FIRST_OF_CLIENTS)) return false;
  return !ports_is_published(protocol, port) && !is_ours(socket->idiag_inode);
}

static void take(const char *protocol, const struct nlmsghdr *head) {
  const struct inet_diag_msg *socket = NLMSG_DATA(head);
  unsigned port = ntohs(socket->id.idiag_sport);
  if (!takes_ipv4(head, socket) || found_count == MOST_LISTENERS || find(protocol, port) || !is_server(protocol, socket, port)) return;
  struct listener *listener = &found[found_count++];
  listener->protocol = protocol;
  listener->port = port;
  bool is_any = socket->idiag_family == AF_INET6 || socket->id.idiag_src[0] == 0;
  if (is_any) strcpy(listener->address, GUEST_ADDRESS);
  else inet_ntop(AF_INET, socket->id.idiag_src, listener->address, sizeof listener->address);
}

static void dump(int fd, int family, const char *protocol) {
  bool is_tcp = protocol[0] == 't';
  struct {
    struct nlmsghdr head;
    struct inet_diag_req_v2 request;
  } ask = {.head = {.nlmsg_len = sizeof ask, .nlmsg_type = SOCK_DIAG_BY_FAMILY, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
           .request = {.sdiag_family = (uint8_t)family, .sdiag_protocol = is_tcp ? IPPROTO_TCP : IPPROTO_UDP, .idiag_states = 1u << (is_tcp ? TCP_LISTEN : TCP_CLOSE)}};
  static _Alignas(NLMSG_ALIGNTO) char answer[32768];
  if (send(fd, &ask, sizeof ask, 0) < 0) return;
  for (;;) {
    ssize_t got = recv(fd, answer, sizeof answer, 0);
    if (got <= 0) return;
    unsigned left = (unsigned)got;
    for (struct nlmsghdr *head = (struct nlmsghdr *)answer; NLMSG_OK(head, left); head = NLMSG_NEXT(head, left)) {
      if (head->nlmsg_type == NLMSG_DONE || head->nlmsg_type == NLMSG_ERROR) return;
      take(protocol, head);
    }
  }
}

/* Each server is wanted on IPv4 and on IPv6, as Docker does with what it publishes; loopback stays loopback. */
static void want_all(void) {
  for (size_t i = 0; i < found_count; i++) {
    bool is_local = !strncmp(found[i].address, "127.", 4);
    ports_keep(FROM_LISTENER, found[i].protocol, is_local ? "127.0.0.1" : "0.0.0.0", found[i].port, found[i].address);
    ports_keep(FROM_LISTENER, found[i].protocol, is_local ? "::1" : "::", found[i].port, found[i].address);
  }
}

static void look(void *argument) {
  (void)argument;
  found_count = 0;
  int fd = !is_following ? -1 : socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
  if (fd >= 0) {
    for (int i = 0; i < 4; i++) dump(fd, i % 2 ? AF_INET6 : AF_INET, i < 2 ? "tcp" : "udp");
    close(fd);
  }
  ports_mark(FROM_LISTENER);
  want_all();
  ports_drop_marked();
}

void listeners_changed(void) {
  if (!is_following) return;
  loop_cancel(look, NULL);
  loop_at(uptime_ms() + SETTLE_MS, look, NULL);
}

void listeners_follow(bool is_on) {
  if (is_on == is_following) return;
  is_following = is_on && signs_watch();
  if (!is_on) {
    loop_cancel(look, NULL);
    signs_forget();
  }
  look(NULL);
}
