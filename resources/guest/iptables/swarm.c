/* Tells PID 1 which ports the services of a swarm publish: dockerd makes a rule for each in a chain of its own, and
   nothing else says when. What it answers is not of interest, only that the next call's words come after these. */
#include "front.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#ifndef PORTS_SOCKET
#define PORTS_SOCKET "/run/cove/ports"
#endif
#define ANSWER_MS 2000

static char told[200];

static const char *value_of(char **words, const char *option) {
  for (; words[0] && words[1]; words++)
    if (!strcmp(words[0], option)) return words[1];
  return "";
}

bool swarm_understand(char operation, char **rule) {
  char address[46], to[64];
  unsigned port;
  if (operation == 'F') return snprintf(told, sizeof told, "swarm none") > 0;
  if (!strchr("AID", operation) || strcmp(value_of(rule, "-j"), "DNAT")) return false;
  snprintf(to, sizeof to, "%s", value_of(rule, "--to-destination"));
  if (sscanf(to, "%45[0-9.]:%u", address, &port) != 2) return false;
  int length = snprintf(told, sizeof told, "swarm %c %s 0.0.0.0 %s %s %u", operation == 'D' ? '-' : '+', value_of(rule, "-p"), value_of(rule, "--dport"), address, port);
  return length < (int)sizeof told;
}

void swarm_tell(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = PORTS_SOCKET};
  int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  struct pollfd answer = {.fd = fd, .events = POLLIN};
  if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0 || send(fd, told, strlen(told), MSG_NOSIGNAL) < 0 || poll(&answer, 1, ANSWER_MS) <= 0)
    fprintf(stderr, "cannot tell the host of a swarm's port\n");
  if (fd >= 0) close(fd);
}
