/* Servers of the guest itself and of containers on its network, offered to the host where its setting says so. The kernel's
   trace event of sockets that begin or cease to listen is the sign to look; sock_diag then tells what listens. TCP only:
   UDP sockets have no such event. */
#include "cove.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRACING "/sys/kernel/tracing"
#define INSTANCE TRACING "/instances/cove"
#define EVENT INSTANCE "/events/sock/inet_sock_set_state"
#define SETTLE_MS 20 /* one look for all that a starting server opens */
#define MOST_LISTENERS 256
#define GUEST_ADDRESS "10.0.2.15"

struct listener {
  unsigned port;
  char address[46];
};
static struct listener found[MOST_LISTENERS];
static size_t found_count;
static int trace_fd = -1;

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

static void take(const struct nlmsghdr *head) {
  const struct inet_diag_msg *socket = NLMSG_DATA(head);
  unsigned port = ntohs(socket->id.idiag_sport);
  if (!takes_ipv4(head, socket) || found_count == MOST_LISTENERS || port == NAMES_PORT || ports_is_published(port) || is_ours(socket->idiag_inode)) return;
  for (size_t i = 0; i < found_count; i++)
    if (found[i].port == port) return;
  struct listener *listener = &found[found_count++];
  listener->port = port;
  bool is_any = socket->idiag_family == AF_INET6 || socket->id.idiag_src[0] == 0;
  if (is_any) strcpy(listener->address, GUEST_ADDRESS);
  else inet_ntop(AF_INET, socket->id.idiag_src, listener->address, sizeof listener->address);
}

static void dump(int fd, int family) {
  struct {
    struct nlmsghdr head;
    struct inet_diag_req_v2 request;
  } ask = {.head = {.nlmsg_len = sizeof ask, .nlmsg_type = SOCK_DIAG_BY_FAMILY, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
           .request = {.sdiag_family = (uint8_t)family, .sdiag_protocol = IPPROTO_TCP, .idiag_states = 1 << TCP_LISTEN}};
  static _Alignas(NLMSG_ALIGNTO) char answer[32768];
  if (send(fd, &ask, sizeof ask, 0) < 0) return;
  for (;;) {
    ssize_t got = recv(fd, answer, sizeof answer, 0);
    if (got <= 0) return;
    unsigned left = (unsigned)got;
    for (struct nlmsghdr *head = (struct nlmsghdr *)answer; NLMSG_OK(head, left); head = NLMSG_NEXT(head, left)) {
      if (head->nlmsg_type == NLMSG_DONE || head->nlmsg_type == NLMSG_ERROR) return;
      take(head);
    }
  }
}

/* Each server is wanted on IPv4 and on IPv6, as Docker does with what it publishes; loopback stays loopback. */
static void want_all(void) {
  for (size_t i = 0; i < found_count; i++) {
    bool is_local = !strncmp(found[i].address, "127.", 4);
    ports_keep_listener(is_local ? "127.0.0.1" : "0.0.0.0", found[i].port, found[i].address);
    ports_keep_listener(is_local ? "::1" : "::", found[i].port, found[i].address);
  }
}

static void look(void *argument) {
  (void)argument;
  found_count = 0;
  int fd = trace_fd < 0 ? -1 : socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
  if (fd >= 0) {
    dump(fd, AF_INET);
    dump(fd, AF_INET6);
    close(fd);
  }
  ports_mark_listeners();
  want_all();
  ports_drop_marked();
}

void listeners_changed(void) {
  if (trace_fd < 0) return;
  loop_cancel(look, NULL);
  loop_at(uptime_ms() + SETTLE_MS, look, NULL);
}

static void on_trace(void *argument, unsigned events) {
  (void)argument, (void)events;
  char lines[4096];
  while (read(trace_fd, lines, sizeof lines) > 0) {}
  listeners_changed();
}

static int trace(void) {
  mount("tracefs", TRACING, "tracefs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
  if (mkdir(INSTANCE, 0700) < 0 && errno != EEXIST) return -1;
  /* Readable from the first event on; a few kilobytes hold more than we ever leave unread. */
  if (write_text(INSTANCE "/buffer_percent", "0") < 0 || write_text(INSTANCE "/buffer_size_kb", "16") < 0) return -1;
  if (write_text(EVENT "/filter", "newstate == 10 || oldstate == 10") < 0 || write_text(EVENT "/enable", "1") < 0) return -1;
  return open(INSTANCE "/trace_pipe", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
}

void listeners_follow(bool is_on) {
  if (is_on == (trace_fd >= 0)) return;
  if (is_on) {
    trace_fd = trace();
    if (trace_fd < 0 || loop_watch(trace_fd, EPOLLIN, on_trace, NULL) < 0) return say("cannot follow listening sockets: %s", strerror(errno));
  } else {
    loop_forget(trace_fd);
    close(trace_fd);
    trace_fd = -1;
    loop_cancel(look, NULL);
    write_text(EVENT "/enable", "0");
    rmdir(INSTANCE);
  }
  look(NULL);
}
