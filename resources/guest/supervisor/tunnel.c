/* The host's own way in: an sshd on a virtio-serial port, which spares each byte the emulated network card, QEMU's
   user-mode TCP and the guest's. One session at a time; the host asks for each with a word of its own ("tunnel <id>"), and
   that word is the first line it reads: whatever a former session left in the port comes before it. Before the vm falls
   asleep the host has the next session prepared ("prepare-tunnel"), which is half of the login after the wake. */
#include "cove.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PORT_NAME "org.cove.tunnel"
#define HOST_LINE "SSH-2.0-Cove\r\n" /* how the engine introduces itself to sshd (ssh-session.ts) */
#define PIECE 65536
#define PIPE_SIZE 1048576 /* of the guest's own memory, while a tunnel is open */

/* Nobody else can reach it, so it waits for its host for as long as it takes. */
static struct service sshd = {.name = "tunnel", .argv = (char *const[]){"/usr/sbin/sshd", "-i", "-e", "-f", "/etc/ssh/sshd_config", "-o", "LoginGraceTime=0", NULL}, .oom_score = -1000, .fixed_addresses = true, .plain_ciphers = true};

/* A process that carries, or is to carry, the bytes of a session between the port and its sshd. */
struct session {
  pid_t pid;
  int start; /* the id is written here once it is wanted */
  bool is_prepared;
};
static struct session present, next;
static char present_id[TUNNEL_ID_SIZE], wanted_id[TUNNEL_ID_SIZE];

/* Waits, in the child, for a host that has asked but is not let in by QEMU yet. */
static void greet(int port, const char *id) {
  fcntl(port, F_SETFL, fcntl(port, F_GETFL) & ~O_NONBLOCK);
  dprintf(port, "cove-tunnel %s\n", id);
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
static void relay(struct flow *inward, struct flow *outward) {
  int port = inward->from;
  for (;;) {
    short events = (is_waiting(inward) ? 0 : POLLIN) | (is_waiting(outward) ? POLLOUT : 0);
    struct pollfd ends[] = {{.fd = port, .events = events}, {.fd = inward->to, .events = is_waiting(inward) ? POLLOUT : 0}, {.fd = is_waiting(outward) ? -1 : outward->from, .events = POLLIN}};
    poll(ends, 3, -1);
    if (ends[0].revents & POLLHUP) _exit(0); /* the host has gone */
    if (ends[0].revents & POLLOUT || ends[1].revents & POLLERR || ends[2].revents) carry(outward);
    if (ends[1].revents & POLLERR) _exit(0); /* sshd has gone, and its last words are out */
    if (ends[0].revents & POLLIN || ends[1].revents) carry(inward);
  }
}

static void no_block(int fd) {
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

/* sshd says who it is and, once it has heard the same of its client, what it can do: with that it is ready for the key exchange. */
static bool has_more_than_a_line(const struct flow *flow) {
  const char *end_of_line = memchr(flow->data, '\n', flow->end);
  return end_of_line && end_of_line + 1 < flow->data + flow->end;
}

/* Says the host's first line in its place. */
static void prepare(struct flow *outward, int in) {
  ssize_t got = write(in, HOST_LINE, strlen(HOST_LINE));
  while (got > 0 && !has_more_than_a_line(outward) && (got = read(outward->from, outward->data + outward->end, sizeof outward->data - outward->end)) > 0) outward->end += (size_t)got;
  if (got <= 0) _exit(1);
  service_say_ready();
}

/* What sshd has said already goes to the host, and the host's first line, which sshd knows, nowhere. Another one was not foreseen: the next session takes any. */
static void catch_up(struct flow *outward, int port) {
  char line[sizeof HOST_LINE - 1];
  size_t length = 0;
  ssize_t done = 1;
  while (done > 0 && is_waiting(outward) && (done = write(port, outward->data + outward->start, outward->end - outward->start)) > 0) outward->start += (size_t)done;
  while (done > 0 && length < sizeof line && (done = read(port, line + length, sizeof line - length)) > 0) length += (size_t)done;
  if (done <= 0 || memcmp(line, HOST_LINE, sizeof line)) _exit(0);
}

/* The child. */
static void serve(int start, bool is_early) {
  service_become(&sshd);
  int in[2], out[2];
  pid_t pid = pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0 ? -1 : fork();
  if (pid == 0) become_sshd(in[0], out[1]);
  if (pid < 0) {
    dprintf(2, "cannot start sshd for the tunnel: %s\n", strerror(errno));
    _exit(127);
  }
  close(in[0]);
  close(out[1]);
  static struct flow inward, outward;
  outward.from = out[0];
  if (is_early) prepare(&outward, in[1]);
  char id[TUNNEL_ID_SIZE];
  if (read(start, id, sizeof id) != sizeof id) _exit(0);
  close(start);
  int port = port_open(PORT_NAME);
  if (port < 0) {
    dprintf(2, "cannot open the tunnel's port: %s\n", strerror(errno));
    _exit(1);
  }
  inward.from = outward.to = port;
  inward.to = in[1];
  greet(port, id);
  if (is_early) catch_up(&outward, port);
  /* So that neither waits for the other at each turn. */
  fcntl(in[1], F_SETPIPE_SZ, PIPE_SIZE);
  no_block(port);
  no_block(in[1]);
  no_block(out[0]);
  relay(&inward, &outward);
}

static void make_next(bool is_early) {
  int start[2];
  if (pipe2(start, O_CLOEXEC) < 0) return;
  if (!sshd.log) sshd.log = log_open(sshd.name);
  pid_t pid = fork();
  if (pid == 0) {
    close(start[1]);
    serve(start[0], is_early);
  }
  close(start[0]);
  if (pid < 0) close(start[1]);
  else next = (struct session){pid, start[1], false};
}

void tunnel_prepare(void) {
  if (power_is_going()) return;
  if (next.pid <= 0) make_next(true);
  else if (next.is_prepared) report_tunnel_prepared();
}

/* A child's word that it is ready; whether it was one of these. */
bool tunnel_told(pid_t pid) {
  if (pid <= 0 || pid != next.pid) return false;
  next.is_prepared = true;
  report_tunnel_prepared();
  return true;
}

/* Its own group holds its helpers, which have not always ended yet; it has none before service_become. */
static void kill_all(pid_t pid) {
  if (kill(-pid, SIGKILL) < 0) kill(pid, SIGKILL);
}

static void end(struct session *session) {
  kill(-session->pid, SIGKILL);
  if (session->start >= 0) close(session->start);
  *session = (struct session){0};
}

static void start(void) {
  memcpy(present_id, wanted_id, sizeof present_id);
  wanted_id[0] = 0;
  if (next.pid <= 0) make_next(false);
  if (next.pid <= 0) return report_tunnel_closed(present_id);
  present = next;
  next = (struct session){0};
  /* One that has ended is told of as any other. */
  (void)!write(present.start, present_id, sizeof present_id);
  close(present.start);
  present.start = -1;
}

void tunnel_open(const char *id) {
  if (power_is_going()) return;
  snprintf(wanted_id, sizeof wanted_id, "%s", id);
  if (present.pid > 0) kill_all(present.pid);
  else start();
}

void tunnel_child_gone(pid_t pid) {
  if (pid == next.pid) end(&next);
  if (pid != present.pid) return;
  end(&present);
  report_tunnel_closed(present_id);
  if (wanted_id[0] && !power_is_going()) start();
}
