/* The host's own way in: an sshd on a virtio-serial port, which spares each byte the emulated network card, QEMU's
   user-mode TCP and the guest's. One session at a time; the host asks for each with a word of its own ("tunnel <id>"), and
   that word is the first line it reads: whatever a former session left in the port comes before it. */
#include "cove.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PORT_NAME "org.cove.tunnel"
#define PIECE 65536
#define PIPE_SIZE 1048576 /* of the guest's own memory, while a tunnel is open */

static struct service sshd = {.name = "tunnel", .argv = (char *const[]){"/usr/sbin/sshd", "-i", "-e", "-f", "/etc/ssh/sshd_config", NULL}, .oom_score = -1000, .fixed_addresses = true, .plain_ciphers = true};
static char present[TUNNEL_ID_SIZE], wanted[TUNNEL_ID_SIZE];

/* Waits, in the child, for a host that has asked but is not let in by QEMU yet. */
static void greet(int port) {
  fcntl(port, F_SETFL, fcntl(port, F_GETFL) & ~O_NONBLOCK);
  dprintf(port, "cove-tunnel %s\n", present);
}

static void become_sshd(int in, int out) {
  dup2(in, 0);
  dup2(out, 1);
  execv(sshd.argv[0], sshd.argv);
  dprintf(2, "cannot start %s: %s\n", sshd.argv[0], strerror(errno));
  _exit(127);
}

/* One direction. What was read and could not be written yet waits here, and no more is read meanwhile. */
struct flow {
  int from, to;
  size_t start, end;
  bool has_ended;
  char data[PIECE];
};

static bool is_waiting(const struct flow *flow) {
  return flow->start < flow->end;
}

/* The port hands out 4 KB a read, and sshd goes through all its channels after each: what is there goes to it in one piece. */
static void fill(struct flow *flow) {
  ssize_t got = 1;
  flow->start = flow->end = 0;
  while (flow->end < sizeof flow->data && (got = read(flow->from, flow->data + flow->end, sizeof flow->data - flow->end)) > 0) flow->end += (size_t)got;
  flow->has_ended = got == 0 || (got < 0 && errno != EAGAIN);
}

/* Carries what there is as far as the other end takes it. A tunnel ends with either end. */
static void carry(struct flow *flow) {
  if (!is_waiting(flow)) fill(flow);
  while (is_waiting(flow)) {
    ssize_t done = write(flow->to, flow->data + flow->start, flow->end - flow->start);
    if (done < 0 && errno == EAGAIN) return;
    if (done < 0) _exit(0);
    flow->start += (size_t)done;
  }
  if (flow->has_ended) _exit(0);
}

/*
 * Nobody else may look at the port, not even for room to write: the driver's poll takes a message that has just come out of
 * its queue, whoever asks; the interrupt then finds the queue empty and wakes nobody (virtio_console's port_fops_poll and
 * in_intr, virtio_ring's vring_interrupt, Linux 6.12), so the message waits for the next one. With sshd writing to the port
 * by itself requests stood still until the keepalive, 10 s later.
 */
static void relay(int port, int in, int out) {
  static struct flow inward, outward;
  inward.from = outward.to = port;
  inward.to = in;
  outward.from = out;
  for (;;) {
    short events = (is_waiting(&inward) ? 0 : POLLIN) | (is_waiting(&outward) ? POLLOUT : 0);
    struct pollfd ends[] = {{.fd = port, .events = events}, {.fd = in, .events = is_waiting(&inward) ? POLLOUT : 0}, {.fd = is_waiting(&outward) ? -1 : out, .events = POLLIN}};
    poll(ends, 3, -1);
    if (ends[0].revents & POLLHUP) _exit(0); /* the host has gone */
    if (ends[0].revents & POLLOUT || ends[1].revents & POLLERR || ends[2].revents) carry(&outward);
    if (ends[1].revents & POLLERR) _exit(0); /* sshd has gone, and its last words are out */
    if (ends[0].revents & POLLIN || ends[1].revents) carry(&inward);
  }
}

static void no_block(int fd) {
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

static void serve(int port) {
  service_become(&sshd);
  greet(port);
  int in[2], out[2];
  pid_t pid = pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0 ? -1 : fork();
  if (pid == 0) become_sshd(in[0], out[1]);
  if (pid < 0) {
    dprintf(2, "cannot start sshd for the tunnel: %s\n", strerror(errno));
    _exit(127);
  }
  close(in[0]);
  close(out[1]);
  /* So that neither waits for the other at each turn. */
  fcntl(in[1], F_SETPIPE_SZ, PIPE_SIZE);
  no_block(port);
  no_block(in[1]);
  no_block(out[0]);
  relay(port, in[1], out[0]);
}

static void end(void) {
  report_tunnel_closed(present);
  present[0] = 0;
}

static void start(void) {
  int port = port_open(PORT_NAME);
  if (port < 0 && errno == EBUSY) return; /* a child of the last session still holds it: tried again when that is gone */
  memcpy(present, wanted, sizeof present);
  wanted[0] = 0;
  if (port < 0) return end();
  if (!sshd.log) sshd.log = log_open(sshd.name);
  pid_t pid = fork();
  if (pid == 0) serve(port);
  close(port);
  if (pid < 0) return end();
  sshd.pid = pid;
}

void tunnel_open(const char *id) {
  if (power_is_going()) return;
  snprintf(wanted, sizeof wanted, "%s", id);
  /* Its own group (service_become), so its helpers end with it. */
  if (sshd.pid > 0) kill(-sshd.pid, SIGKILL);
  else start();
}

void tunnel_child_gone(pid_t pid) {
  if (pid == sshd.pid) {
    /* What it started has not always ended yet. */
    kill(-pid, SIGKILL);
    sshd.pid = 0;
    end();
  }
  if (sshd.pid == 0 && wanted[0] && !power_is_going()) start();
}
