/* Finds the host's virtio-serial ports by their names. */
#include "cove.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PORTS "/sys/class/virtio-ports"

int port_open(const char *wanted) {
  DIR *ports = opendir(PORTS);
  if (!ports) return -1;
  int fd = -1;
  for (struct dirent *entry; fd < 0 && (entry = readdir(ports));) {
    char path[300], name[64];
    snprintf(path, sizeof path, PORTS "/%.200s/name", entry->d_name);
    if (entry->d_name[0] == '.' || read_file(path, name, sizeof name) < 0) continue;
    name[strcspn(name, "\n")] = 0;
    if (strcmp(name, wanted)) continue;
    snprintf(path, sizeof path, "/dev/%.200s", entry->d_name);
    fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) break;
  }
  int reason = errno;
  closedir(ports);
  errno = reason;
  return fd;
}

/* The same, for a port that may be a moment late. */
int port_wait(const char *wanted, int timeout_ms) {
  struct pollfd event = {.fd = uevent_open(), .events = POLLIN};
  int64_t end = uptime_ms() + timeout_ms, left;
  int fd;
  char data[4096];
  while ((fd = port_open(wanted)) < 0 && (left = end - uptime_ms()) > 0 && event.fd >= 0 && poll(&event, 1, (int)left) > 0)
    while (read(event.fd, data, sizeof data) > 0) {}
  if (event.fd >= 0) close(event.fd);
  return fd;
}
