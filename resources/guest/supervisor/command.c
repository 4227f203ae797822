/* One line from the host. */
#include "cove.h"

#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

struct command command_parse(const char *line) {
  struct command command = {COMMAND_UNKNOWN, 0};
  if (!strcmp(line, "status")) command.kind = COMMAND_STATUS;
  else if (!strcmp(line, "poweroff")) command.kind = COMMAND_POWEROFF;
  else if (!strncmp(line, "clock ", 6)) {
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
    case COMMAND_UNKNOWN: break;
  }
}
