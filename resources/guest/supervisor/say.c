/* Lines for the serial console, and the reason a task failed. */
#include "cove.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int failure_fd = -1;

static void write_console(const char *line, size_t length) {
  int fd = open("/dev/console", O_WRONLY | O_NOCTTY | O_CLOEXEC);
  if (fd < 0) return;
  (void)!write(fd, line, length);
  close(fd);
}

void say(const char *format, ...) {
  char line[600];
  int used = snprintf(line, sizeof line, "cove: ");
  va_list arguments;
  va_start(arguments, format);
  int more = vsnprintf(line + used, sizeof line - used - 1, format, arguments);
  va_end(arguments);
  if (more < 0) return;
  size_t length = strlen(line);
  line[length++] = '\n';
  write_console(line, length);
}

/* From now on fail() also writes its message there (a task's pipe to PID 1). */
void fail_to(int fd) { failure_fd = fd; }

int fail(const char *format, ...) {
  char message[400];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  say("%s", message);
  if (failure_fd >= 0) (void)!write(failure_fd, message, strlen(message));
  return -1;
}
