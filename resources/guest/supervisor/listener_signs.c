/* The signs that a server of the guest's own came or went, for listeners.c: trace events and the kernel's news of sockets. */
#include "cove.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRACING "/sys/kernel/tracing"
#define INSTANCE TRACING "/instances/cove"
/* TCP sockets that begin or cease to listen. */
#define TCP_EVENT INSTANCE "/events/sock/inet_sock_set_state"
/* There is none for UDP sockets: the functions that give one its port, and sock_diag's news of those that are gone. */
#define BIND_PROBES "p:cove/bind4 inet_bind_sk\np:cove/bind6 inet6_bind_sk"
#define BIND_EVENTS INSTANCE "/events/cove"

static int trace_fd = -1, gone_fd = -1;

static void on_trace(void *argument, unsigned events) {
  (void)argument, (void)events;
  char lines[4096];
  while (read(trace_fd, lines, sizeof lines) > 0) {}
  listeners_changed();
}

/* Clients come and go all the time: only a server's end is a reason to look. */
static void on_gone(void *argument, unsigned events) {
  (void)argument, (void)events;
  static _Alignas(NLMSG_ALIGNTO) char news[8192];
  bool is_reason = false;
  ssize_t got;
  while ((got = recv(gone_fd, news, sizeof news, MSG_DONTWAIT)) > 0 || (got < 0 && errno == ENOBUFS)) {
    /* Some were missed. */
    if (got < 0) {
      is_reason = true;
      continue;
    }
    unsigned left = (unsigned)got;
    for (struct nlmsghdr *head = (struct nlmsghdr *)news; NLMSG_OK(head, left); head = NLMSG_NEXT(head, left))
      if (head->nlmsg_len >= NLMSG_LENGTH(sizeof(struct inet_diag_msg)) && listeners_know(NLMSG_DATA(head))) is_reason = true;
  }
  if (is_reason) listeners_changed();
}

static int trace(void) {
  mount("tracefs", TRACING, "tracefs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
  if (mkdir(INSTANCE, 0700) < 0 && errno != EEXIST) return -1;
  /* Readable from the first event on; a few kilobytes hold more than we ever leave unread. */
  if (write_text(INSTANCE "/buffer_percent", "0") < 0 || write_text(INSTANCE "/buffer_size_kb", "16") < 0) return -1;
  if (write_text(TCP_EVENT "/filter", "newstate == 10 || oldstate == 10") < 0 || write_text(TCP_EVENT "/enable", "1") < 0) return -1;
  return open(INSTANCE "/trace_pipe", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
}

static void follow_udp(void) {
  if (write_text(TRACING "/kprobe_events", BIND_PROBES) < 0 || write_text(BIND_EVENTS "/enable", "1") < 0) return say("cannot follow UDP servers: %s", strerror(errno));
  gone_fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_SOCK_DIAG);
  /* Without a number of its own it would count as the kernel, which is not told. */
  struct sockaddr_nl self = {.nl_family = AF_NETLINK};
  if (gone_fd < 0 || bind(gone_fd, (struct sockaddr *)&self, sizeof self) < 0) return say("cannot hear of UDP servers that end: %s", strerror(errno));
  const int groups[] = {SKNLGRP_INET_UDP_DESTROY, SKNLGRP_INET6_UDP_DESTROY};
  for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
    if (setsockopt(gone_fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &groups[i], sizeof groups[i]) < 0) say("cannot hear of UDP servers that end: %s", strerror(errno));
  loop_watch(gone_fd, EPOLLIN, on_gone, NULL);
}

static void let_go(int *fd) {
  if (*fd < 0) return;
  loop_forget(*fd);
  close(*fd);
  *fd = -1;
}

void signs_forget(void) {
  let_go(&trace_fd);
  let_go(&gone_fd);
  write_text(TCP_EVENT "/enable", "0");
  write_text(BIND_EVENTS "/enable", "0");
  rmdir(INSTANCE);
  write_text(TRACING "/kprobe_events", "");
}

bool signs_watch(void) {
  trace_fd = trace();
  if (trace_fd < 0 || loop_watch(trace_fd, EPOLLIN, on_trace, NULL) < 0) {
    say("cannot follow listening sockets: %s", strerror(errno));
    signs_forget();
    return false;
  }
  follow_udp();
  return true;
}
