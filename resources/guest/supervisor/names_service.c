/* The process that answers containers' questions for names: opens what it needs, gives up its rights, serves. */
#include "cove.h"

#include <arpa/inet.h>
#include <errno.h>
#include <grp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define OWN_ADDRESS "10.0.2.15"
#define FALLBACK_ADDRESS "10.0.2.3"
#define NOBODY 65534

static struct sockaddr_in address_of(const char *host, int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  inet_pton(AF_INET, host, &address.sin_addr);
  return address;
}

static int open_socket(int type) {
  struct sockaddr_in address = address_of(OWN_ADDRESS, NAMES_PORT);
  int on = 1, fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (type == SOCK_STREAM) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0) return -1;
  return type == SOCK_STREAM && listen(fd, 16) < 0 ? -1 : fd;
}

/* The mark keeps our own questions from being led back to us (etc/cove/firewall.nft). */
static int open_fallback(void) {
  struct sockaddr_in address = address_of(FALLBACK_ADDRESS, 53);
  int mark = NAMES_MARK, fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof mark) < 0) return -1;
  return connect(fd, (struct sockaddr *)&address, sizeof address) < 0 ? -1 : fd;
}

static int give_up_rights(void) {
  if (chroot("/var/empty") < 0 || chdir("/") < 0) return -1;
  if (setgroups(0, NULL) < 0 || setgid(NOBODY) < 0 || setuid(NOBODY) < 0) return -1;
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

int names_serve(void) {
  loop_init();
  int port = port_wait("org.cove.names", 5000), udp = open_socket(SOCK_DGRAM), tcp = open_socket(SOCK_STREAM), fallback = open_fallback();
  if (port < 0) return fail("names: there is no port to the host");
  if (udp < 0 || tcp < 0 || fallback < 0) return fail("names: cannot open a socket: %s", strerror(errno));
  names_use(port, udp, fallback);
  names_tcp_use(tcp);
  service_say_ready();
  if (give_up_rights() < 0) return fail("names: cannot give up its rights: %s", strerror(errno));
  loop_run();
  return 1;
}
