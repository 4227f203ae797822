/* The ports of a swarm's routing mesh. No proxy holds them: dockerd leads each by a rule to the network namespace that
   spreads clients over the service's containers, and its iptables (resources/guest/iptables) tells us of those rules. */
#include "cove.h"

#include <stdio.h>
#include <string.h>

/* Wanted on IPv4 and on IPv6, as what containers publish. */
static void want(const struct port *port) {
  ports_keep(FROM_SWARM, port->protocol, "0.0.0.0", port->host_port, port->container_address);
  ports_keep(FROM_SWARM, port->protocol, "::", port->host_port, port->container_address);
}

/* "+ tcp 0.0.0.0 8080 172.18.0.2 8080" for a rule that was made, "-" and the same for one that was removed, "none" for all. */
void swarm_told(const char *line) {
  struct port port = {0};
  if (!strcmp(line, "none")) return swarm_forget();
  bool is_new = line[0] == '+';
  if ((!is_new && line[0] != '-') || line[1] != ' ' || !port_parse(&port, line + 2)) return say("not a port of a swarm: %s", line);
  if (is_new) return want(&port);
  ports_mark_like(FROM_SWARM, port.protocol, port.host_port);
  ports_drop_marked();
}

void swarm_forget(void) {
  ports_mark(FROM_SWARM);
  ports_drop_marked();
}
