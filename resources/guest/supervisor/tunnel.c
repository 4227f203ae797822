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

static void become_sshd(int in, int port) {
  dup2(in, 0);
  dup2(port, 1);
  execv(sshd.argv[0], sshd.argv);
  dprintf(2, "cannot start %s: %s\n", sshd.argv[0], strerror(errno));
  _exit(127);
}

static void write_all(int fd, const char *data, size_t length) {
  while (length > 0) {
    ssize_t done = write(fd, data, length);
    if (done < 0) _exit(0);
    data += done;
    length -= (size_t)done;
  }
}

/* Ends with the host's connection or with sshd. The port does not block: sshd would make it so for both. */
static void relay(int port, int pipe) {
  static char data[PIECE];
  struct pollfd ends[] = {{.fd = port, .events = POLLIN}, {.fd = pipe}};
  for (;;) {
    size_t length = 0;
    ssize_t got = 1;
    while (length < sizeof data && (got = read(port, data + length, sizeof data - length)) > 0) length += (size_t)got;
    write_all(pipe, data, length);
    if (got == 0 || (got < 0 && errno != EAGAIN)) _exit(0);
    if (length == sizeof data) continue;
    poll(ends, 2, -1);
    if (ends[1].revents) _exit(0);
  }
}

/* The port hands out 4 KB a read, and sshd goes through all its channels after each: what is there goes to it in one piece. */
static void serve(int port) {
  service_become(&sshd);
  greet(port);
  int ends[2];
  pid_t pid = pipe2(ends, O_CLOEXEC) < 0 ? -1 : fork();
  if (pid == 0) become_sshd(ends[0], port);
  if (pid < 0) {
    dprintf(2, "cannot start sshd for the tunnel: %s\n", strerror(errno));
    _exit(127);
  }
  close(ends[0]);
  /* So that neither waits for the other at each turn. */
  fcntl(ends[1], F_SETPIPE_SZ, PIPE_SIZE);
  fcntl(port, F_SETFL, fcntl(port, F_GETFL) | O_NONBLOCK);
  relay(port, ends[1]);
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
