/* Waits for a device node or sysfs path by listening to the kernel's events. */
#include "cove.h"

#include <errno.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

int uevent_open(void) {
  int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);
  if (fd < 0) return -1;
  struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = 1};
  if (bind(fd, (struct sockaddr *)&address, sizeof address) == 0) return fd;
  close(fd);
  return -1;
}

int wait_for_path(const char *path, int timeout_ms) {
  if (access(path, F_OK) == 0) return 0;
  int fd = uevent_open();
  if (fd < 0) return -1;
  int64_t end = uptime_ms() + timeout_ms;
  int result = -1;
  char event[4096];
  for (;;) {
    if (access(path, F_OK) == 0) {
      result = 0;
      break;
    }
    int64_t left = end - uptime_ms();
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    if (left <= 0 || (poll(&wait, 1, (int)left) < 0 && errno != EINTR)) break;
    while (recv(fd, event, sizeof event, 0) > 0) {}
  }
  close(fd);
  return result;
}
