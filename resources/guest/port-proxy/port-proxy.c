/* What dockerd starts for each published port instead of docker-proxy: asks PID 1 (and through it the host) for the port,
   tells dockerd how that went, and becomes docker-proxy only when somebody comes in through the guest's own loopback:
   everybody else is led past it by the kernel, and a sleeping C program costs a fraction of a sleeping Go program. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#ifndef PORTS_SOCKET
#define PORTS_SOCKET "/run/cove/ports"
#define DOCKER_PROXY "/usr/sbin/docker-proxy"
#endif
#ifndef ANSWER_MS
#define ANSWER_MS 10000 /* dockerd itself gives up after 16 s; a computer that is busy or was paused may well need more than 2 */
#endif

/* The descriptors dockerd hands over (moby: cmd/docker-proxy/main_linux.go). */
enum { STATUS_FD = 3, LISTEN_FD = 4 };

static void leave(int signal) {
  (void)signal;
  _exit(0);
}

static const char *value_of(int count, char **words, const char *option) {
  for (int i = 1; i + 1 < count; i++)
    if (!strcmp(words[i], option)) return words[i + 1];
  return "";
}

static bool has_option(int count, char **words, const char *option) {
  for (int i = 1; i < count; i++)
    if (!strcmp(words[i], option)) return true;
  return false;
}

static int become_docker_proxy(char **words) {
  words[0] = DOCKER_PROXY;
  execv(DOCKER_PROXY, words);
  return 1;
}

static int ask(int count, char **words) {
  struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = PORTS_SOCKET};
  char line[200];
  int length = snprintf(line, sizeof line, "%s %s %s %s %s", value_of(count, words, "-proto"), value_of(count, words, "-host-ip"),
                        value_of(count, words, "-host-port"), value_of(count, words, "-container-ip"), value_of(count, words, "-container-port"));
  /* Stays open whatever we become: its end tells PID 1 that the port is not wanted any more. */
  int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
  if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0 || send(fd, line, (size_t)length, MSG_NOSIGNAL) < 0) return -1;
  return fd;
}

/* "0" or "1<why not>"; no answer counts as 0. */
static bool is_granted(int fd, char *why, size_t size) {
  struct pollfd wait = {.fd = fd, .events = POLLIN};
  if (poll(&wait, 1, ANSWER_MS) <= 0) {
    (void)!send(fd, "unanswered", 10, MSG_NOSIGNAL);
    return true;
  }
  ssize_t got = recv(fd, why, size - 1, 0);
  why[got > 0 ? got : 0] = 0;
  return why[0] != '1';
}

static void await_local_client(int fd) {
  struct pollfd waits[] = {{.fd = LISTEN_FD, .events = POLLIN}, {.fd = fd, .events = POLLIN}};
  char late[1024];
  while (poll(waits, 2, -1) >= 0 || errno == EINTR) {
    if (waits[0].revents) return;
    if (waits[1].revents && recv(fd, late, sizeof late, 0) <= 0) waits[1].fd = -1;
  }
}

int main(int count, char **words) {
  char why[1024] = "";
  if (!has_option(count, words, "-use-listen-fd")) return become_docker_proxy(words);
  signal(SIGINT, leave);
  signal(SIGTERM, leave);
  int fd = ask(count, words);
  if (fd < 0) return become_docker_proxy(words);
  if (!is_granted(fd, why, sizeof why)) {
    dprintf(STATUS_FD, "1\n%s", why + 1);
    return 1;
  }
  (void)!write(STATUS_FD, "0\n", 2);
  int null = open("/dev/null", O_WRONLY);
  dup2(null, STATUS_FD);
  await_local_client(fd);
  return become_docker_proxy(words);
}
