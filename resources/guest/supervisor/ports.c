/* Published ports. Docker starts a proxy for each; ours (resources/guest/port-proxy) holds a socket here for as long as
   its port is wanted, waits until the host has answered, and the way in from the host is a rule of our own. */
#include "cove.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define PORTS_SOCKET COVE_RUN "/ports"
#define SWARM "swarm " /* what dockerd's iptables says (resources/guest/iptables), not a proxy */
#define MOST_PORTS 4096
#define FIRST_GUEST_PORT 1024
#define GUEST_PORTS (65536 - FIRST_GUEST_PORT)

static struct port *first; /* by id, the oldest first */
static unsigned count, last_id, last_guest_port = FIRST_GUEST_PORT - 1;

static struct port *find(unsigned id) {
  for (struct port *port = first; port; port = port->next)
    if (port->id == id) return port;
  return NULL;
}

static bool is_taken(unsigned guest_port) {
  for (struct port *port = first; port; port = port->next)
    if (port->guest_port == guest_port) return true;
  return false;
}

/* Goes round, so that what the kernel still tracks for a removed port cannot meet the next one. */
static unsigned next_guest_port(void) {
  do last_guest_port = FIRST_GUEST_PORT + (last_guest_port + 1 - FIRST_GUEST_PORT) % GUEST_PORTS;
  while (is_taken(last_guest_port));
  return last_guest_port;
}

static void say_to(struct port *port, const char *answer) {
  (void)!send(port->fd, answer, strlen(answer), MSG_DONTWAIT | MSG_NOSIGNAL);
  port->is_waiting = false;
}

static void forget(struct port *port) {
  for (struct port **at = &first; *at; at = &(*at)->next) {
    if (*at != port) continue;
    *at = port->next;
    break;
  }
  count--;
  if (port->fd >= 0) {
    loop_forget(port->fd);
    close(port->fd);
  }
  if (port->is_open) {
    if (port->guest_port) nft_forward(false, port);
    report_port_closed(port->id);
  }
  free(port);
}

/* An address in its shortest form, so that the host reads what we compare. */
static bool parse_address(char *text, size_t size, int *family) {
  unsigned char address[16];
  *family = strchr(text, ':') ? AF_INET6 : AF_INET;
  return inet_pton(*family, text, address) == 1 && inet_ntop(*family, address, text, (socklen_t)size);
}

/* "tcp 0.0.0.0 8080 172.17.0.2 80": what Docker told its proxy. */
bool port_parse(struct port *port, const char *line) {
  char end;
  int host_family, container_family;
  if (sscanf(line, "%4s %45s %u %45s %u%c", port->protocol, port->host_address, &port->host_port, port->container_address, &port->container_port, &end) != 5) return false;
  if (strcmp(port->protocol, "tcp") && strcmp(port->protocol, "udp")) return false;
  if (port->host_port < 1 || port->host_port > 65535 || port->container_port < 1 || port->container_port > 65535) return false;
  if (!parse_address(port->host_address, sizeof port->host_address, &host_family)) return false;
  if (!parse_address(port->container_address, sizeof port->container_address, &container_family)) return false;
  port->is_reachable = container_family == AF_INET;
  return true;
}

static void add_rule(struct port *port) {
  if (port->is_reachable) {
    port->guest_port = next_guest_port();
    if (nft_forward(true, port) < 0) {
      say("cannot add a rule for port %u", port->host_port);
      port->guest_port = 0;
    }
  }
}

static void open_port(struct port *port, const char *line) {
  if (!port_parse(port, line)) return say_to(port, "1not a port");
  port->is_open = port->is_waiting = true;
  add_rule(port);
  /* A server that we took for one of the guest's own is one that Docker publishes. */
  listeners_changed();
  report_port(port);
  /* The engine may be gone for a while: Docker does not wait for it, and the next one asks for the list. */
  if (!control_has_host()) say_to(port, "0");
}

static void on_port(void *argument, unsigned events) {
  (void)events;
  struct port *port = find((unsigned)(uintptr_t)argument);
  char line[200];
  if (!port) return;
  ssize_t got = recv(port->fd, line, sizeof line - 1, MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return forget(port);
  line[got] = 0;
  if (!strncmp(line, SWARM, strlen(SWARM))) {
    swarm_told(line + strlen(SWARM));
    return say_to(port, "0");
  }
  if (!port->is_open) return open_port(port, line);
  /* The proxy went on without an answer. */
  port->is_waiting = false;
  report_port(port);
}

static struct port *append(int fd) {
  struct port *port = count < MOST_PORTS ? calloc(1, sizeof *port) : NULL, **at = &first;
  if (!port) return NULL;
  port->id = ++last_id;
  port->fd = fd;
  while (*at) at = &(*at)->next;
  *at = port;
  count++;
  return port;
}

static void on_proxy(void *argument, unsigned events) {
  (void)events;
  int fd;
  while ((fd = accept4((int)(intptr_t)argument, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
    struct port *port = append(fd);
    if (!port) {
      (void)!send(fd, "1too many published ports", 25, MSG_DONTWAIT | MSG_NOSIGNAL);
      close(fd);
      continue;
    }
    if (loop_watch(fd, EPOLLIN, on_port, (void *)(uintptr_t)port->id) < 0) forget(port);
  }
}

void ports_init(void) {
  struct rlimit files = {2 * MOST_PORTS, 2 * MOST_PORTS};
  setrlimit(RLIMIT_NOFILE, &files);
  struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = PORTS_SOCKET};
  unlink(PORTS_SOCKET);
  int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || chmod(PORTS_SOCKET, 0600) < 0 || listen(fd, 1024) < 0) {
    say("cannot listen on " PORTS_SOCKET);
    close(fd);
    return;
  }
  loop_watch(fd, EPOLLIN, on_proxy, (void *)(intptr_t)fd);
}

/* The host's answer: no text when the port is open on the host. */
void ports_answer(unsigned id, const char *problem) {
  char answer[1024];
  struct port *port = find(id);
  if (!port || !port->is_waiting) return;
  snprintf(answer, sizeof answer, "%c%s", problem[0] ? '1' : '0', problem);
  say_to(port, answer);
}

void ports_list(unsigned after) {
  struct port *port = first;
  while (port && (port->id <= after || !port->is_open)) port = port->next;
  report_ports(port);
}

bool ports_is_published(const char *protocol, unsigned host_port) {
  for (struct port *port = first; port; port = port->next)
    if (port->is_open && port->origin != FROM_LISTENER && port->host_port == host_port && !strcmp(port->protocol, protocol)) return true;
  return false;
}

static bool is_like(const struct port *port, enum port_origin origin, const char *protocol, unsigned host_port) {
  return port->origin == origin && port->host_port == host_port && !strcmp(port->protocol, protocol);
}

/* Wants a port that no proxy holds, or takes the mark off one that is wanted already. */
void ports_keep(enum port_origin origin, const char *protocol, const char *host_address, unsigned host_port, const char *address) {
  for (struct port *port = first; port; port = port->next) {
    if (!is_like(port, origin, protocol, host_port) || strcmp(port->host_address, host_address) || strcmp(port->container_address, address)) continue;
    port->is_marked = false;
    return;
  }
  struct port *port = append(-1);
  if (!port) return;
  snprintf(port->protocol, sizeof port->protocol, "%s", protocol);
  snprintf(port->host_address, sizeof port->host_address, "%s", host_address);
  snprintf(port->container_address, sizeof port->container_address, "%s", address);
  port->host_port = port->container_port = host_port;
  port->origin = origin;
  port->is_open = port->is_reachable = true;
  add_rule(port);
  report_port(port);
}

void ports_mark(enum port_origin origin) {
  for (struct port *port = first; port; port = port->next) port->is_marked = port->origin == origin;
}

void ports_mark_like(enum port_origin origin, const char *protocol, unsigned host_port) {
  for (struct port *port = first; port; port = port->next) port->is_marked = is_like(port, origin, protocol, host_port);
}

void ports_drop_marked(void) {
  for (struct port *port = first, *next; port; port = next) {
    next = port->next;
    if (port->is_marked) forget(port);
  }
}
