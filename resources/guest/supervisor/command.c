/* One line from the host. */
#include "cove.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#define DOMAIN_CHARACTERS " -._0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/* "port 17" or "port 17 why it is refused", "ports 17". */
static struct command parse_port(const char *line) {
  struct command command = {.kind = line[4] == 's' ? COMMAND_PORTS : COMMAND_PORT};
  const char *digits = line + (line[4] == 's' ? 6 : 5);
  char *end;
  unsigned long id = strtoul(digits, &end, 10);
  if (*digits < '0' || *digits > '9' || id > UINT32_MAX || (*end && *end != ' ')) return (struct command){.kind = COMMAND_UNKNOWN};
  command.id = (unsigned)id;
  command.text = *end ? end + 1 : end;
  return command;
}

/* "restart dockerd", "reload dockerd"; services that do not exist are found out when it runs. */
static bool is_name(const char *text) { return text[0] && text[strspn(text, "abcdefghijklmnopqrstuvwxyz")] == 0; }

/* What the host names a session of the tunnel by. */
static bool is_id(const char *text) { return strlen(text) == TUNNEL_ID_SIZE - 1 && text[strspn(text, "0123456789abcdef")] == 0; }

struct command command_parse(const char *line) {
  struct command command = {.kind = COMMAND_UNKNOWN};
  if (!strcmp(line, "status")) command.kind = COMMAND_STATUS;
  else if (!strcmp(line, "poweroff")) command.kind = COMMAND_POWEROFF;
  else if (!strcmp(line, "prepare-tunnel")) command.kind = COMMAND_PREPARE_TUNNEL;
  else if (!strcmp(line, "listeners on") || !strcmp(line, "listeners off")) {
    command.kind = COMMAND_LISTENERS;
    command.text = line + 10;
  } else if (!strncmp(line, "port ", 5) || !strncmp(line, "ports ", 6)) return parse_port(line);
  else if (!strncmp(line, "tunnel ", 7) && is_id(line + 7)) {
    command.kind = COMMAND_TUNNEL;
    command.text = line + 7;
  } else if (!strncmp(line, "restart ", 8) && is_name(line + 8)) {
    command.kind = COMMAND_RESTART;
    command.text = line + 8;
  } else if (!strncmp(line, "reload ", 7) && is_name(line + 7)) {
    command.kind = COMMAND_RELOAD;
    command.text = line + 7;
  } else if (!strncmp(line, "search", 6) && (!line[6] || line[6] == ' ') && line[strspn(line, DOMAIN_CHARACTERS)] == 0) {
    command.kind = COMMAND_SEARCH;
    command.domains = line + 6;
  } else if (!strncmp(line, "clock ", 6)) {
    char *end;
    long long epoch = strtoll(line + 6, &end, 10);
    if (line[6] < '0' || line[6] > '9' || *end || epoch <= 0 || epoch > 32503680000000) return command;
    command.kind = COMMAND_CLOCK;
    command.epoch_ms = epoch;
  }
  return command;
}

void command_run(const char *line) {
  struct command command = command_parse(line);
  struct timeval now = {.tv_sec = command.epoch_ms / 1000, .tv_usec = command.epoch_ms % 1000 * 1000};
  switch (command.kind) {
    case COMMAND_STATUS: report_status(); break;
    case COMMAND_POWEROFF: power_off(); break;
    case COMMAND_CLOCK: settimeofday(&now, NULL); break;
    case COMMAND_SEARCH: network_search(command.domains); break;
    case COMMAND_PORT: ports_answer(command.id, command.text); break;
    case COMMAND_LISTENERS: listeners_follow(!strcmp(command.text, "on")); break;
    case COMMAND_RESTART: service_restart(boot_service(command.text)); break;
    case COMMAND_RELOAD: service_reload(boot_service(command.text)); break;
    case COMMAND_TUNNEL: tunnel_open(command.text); break;
    case COMMAND_PREPARE_TUNNEL: tunnel_prepare(); break;
    case COMMAND_PORTS: ports_list(command.id); break;
    case COMMAND_UNKNOWN: break;
  }
}
