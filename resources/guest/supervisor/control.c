/* The virtio-serial port to the host. The host may come and go at any moment: nothing here blocks,
   and events are edge-triggered because a port without a host is readable (EOF) for ever. */
#include "cove.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define PORT_NAME "org.cove.control"
#define LONGEST_LINE 1024

static int port_fd = -1;
static char backlog[65536];
static size_t backlog_length;
static char input[LONGEST_LINE];
static size_t input_length;
static bool is_skipping;

static void drop_first_line(void) {
  char *stop = memchr(backlog, '\n', backlog_length);
  size_t length = stop ? (size_t)(stop - backlog) + 1 : backlog_length;
  memmove(backlog, backlog + length, backlog_length - length);
  backlog_length -= length;
}

static void flush(void) {
  while (port_fd >= 0 && backlog_length > 0) {
    char *stop = memchr(backlog, '\n', backlog_length);
    size_t length = stop ? (size_t)(stop - backlog) + 1 : backlog_length;
    if (write(port_fd, backlog, length) < 0) return;
    drop_first_line();
  }
}

/* Whole lines only; the oldest give way when no host has been listening for long. */
void control_send(const char *line, size_t length) {
  if (length + 1 > sizeof backlog) return;
  while (backlog_length + length + 1 > sizeof backlog) drop_first_line();
  memcpy(backlog + backlog_length, line, length);
  backlog_length += length;
  backlog[backlog_length++] = '\n';
  flush();
}

void control_receive(const char *data, size_t length, void (*on_line)(const char *line)) {
  for (size_t i = 0; i < length; i++) {
    if (data[i] == '\n') {
      input[input_length] = 0;
      if (!is_skipping && input_length > 0) on_line(input);
      input_length = 0;
      is_skipping = false;
    } else if (input_length + 1 < sizeof input && data[i] != 0) input[input_length++] = data[i];
    else is_skipping = true;
  }
}

static void on_port(void *argument, unsigned events) {
  (void)argument, (void)events;
  char data[1024];
  ssize_t got;
  while ((got = read(port_fd, data, sizeof data)) > 0) control_receive(data, (size_t)got, command_run);
  if (got == 0) input_length = 0, is_skipping = false;
  flush();
}

/* Last words before power-off: gives the host a moment to take them. */
void control_flush_now(int timeout_ms) {
  struct pollfd wait = {.fd = port_fd, .events = POLLOUT};
  flush();
  if (port_fd >= 0 && backlog_length > 0 && poll(&wait, 1, timeout_ms) > 0) flush();
}

/* Whether anybody reads at the host's end. */
bool control_has_host(void) {
  struct pollfd state = {.fd = port_fd};
  return port_fd >= 0 && poll(&state, 1, 0) >= 0 && !(state.revents & POLLHUP);
}

/* Before the loop runs: so that a root image which does not mount is still reported. */
void control_open(void) {
  if (port_fd < 0) port_fd = port_open(PORT_NAME);
  flush();
}

static void on_uevent(void *argument, unsigned events) {
  (void)events;
  int fd = (int)(intptr_t)argument;
  char event[4096];
  while (read(fd, event, sizeof event) > 0) {}
  control_open();
  if (port_fd < 0) return;
  loop_forget(fd);
  close(fd);
  control_use(port_fd);
}

void control_use(int fd) {
  if (fd >= 0) {
    port_fd = fd;
    loop_watch(fd, EPOLLIN | EPOLLOUT | EPOLLET, on_port, NULL);
    return;
  }
  int uevents = uevent_open();
  control_open();
  if (port_fd >= 0) {
    if (uevents >= 0) close(uevents);
    control_use(port_fd);
  } else if (uevents >= 0) loop_watch(uevents, EPOLLIN, on_uevent, (void *)(intptr_t)uevents);
}
