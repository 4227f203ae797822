/* The shuttle between the kernel's FUSE and the file server on the host: `shares [port]`. */
#include "shares.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PORTS "/sys/class/virtio-ports"
/* Containers may start without their folders rather than never. */
#define PATIENCE_S 10

void say(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
}

/* Tells PID 1, once, that the shared folders are mounted: Docker waits for it. */
void told_ready(void) {
  static pthread_mutex_t once = PTHREAD_MUTEX_INITIALIZER;
  static bool is_told;
  const char *path = getenv("NOTIFY_SOCKET");
  pthread_mutex_lock(&once);
  if (path && !is_told) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    is_told = fd >= 0 && sendto(fd, "READY=1", 7, 0, (struct sockaddr *)&address, sizeof address) == 7;
    if (fd >= 0) close(fd);
  }
  pthread_mutex_unlock(&once);
}

static void *lose_patience(void *argument) {
  (void)argument;
  sleep(PATIENCE_S);
  told_ready();
  return NULL;
}

static bool find_port(char *path, size_t size) {
  DIR *ports = opendir(PORTS);
  bool found = false;
  for (struct dirent *entry; ports && !found && (entry = readdir(ports));) {
    char name_path[300], name[64] = "";
    snprintf(name_path, sizeof name_path, PORTS "/%.200s/name", entry->d_name);
    FILE *file = entry->d_name[0] == '.' ? NULL : fopen(name_path, "re");
    if (!file) continue;
    if (fgets(name, sizeof name, file)) name[strcspn(name, "\n")] = 0;
    fclose(file);
    found = !strcmp(name, PORT_NAME);
    if (found) snprintf(path, size, "/dev/%.200s", entry->d_name);
  }
  if (ports) closedir(ports);
  return found;
}

/* The port may be plugged in while the machine runs: the kernel's events say when. */
static void wait_for_port(char *path, size_t size) {
  struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = 1};
  int events = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
  if (events >= 0) (void)!bind(events, (struct sockaddr *)&address, sizeof address);
  char event[4096];
  while (!find_port(path, size) || access(path, F_OK) < 0)
    if (recv(events, event, sizeof event, 0) < 0) sleep(1);
  if (events >= 0) close(events);
}

int main(int count, char **words) {
  char path[300];
  pthread_t patience;
  signal(SIGPIPE, SIG_IGN);
  pthread_create(&patience, NULL, lose_patience, NULL);
  if (count > 1) snprintf(path, sizeof path, "%s", words[1]);
  else wait_for_port(path, sizeof path);
  if (port_open(path) < 0) {
    say("cannot open %s: %m", path);
    return 1;
  }
  events_start();
  port_serve();
  return 1;
}
