/* A service's output in a capped file under /run/cove/log, its errors also on the console. */
#include "cove.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define CAP_BYTES (1024 * 1024)
#define MOST_ECHOED_LINES 200

struct log {
  const char *name;
  int file, read_end, write_end;
  size_t written, line_length;
  unsigned echoed;
  char line[400];
};

static void open_file(struct log *log) {
  char path[96];
  snprintf(path, sizeof path, COVE_RUN "/log/%s.log", log->name);
  log->file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  log->written = 0;
}

static void rotate(struct log *log) {
  char path[96], old[100];
  snprintf(path, sizeof path, COVE_RUN "/log/%s.log", log->name);
  snprintf(old, sizeof old, "%s.1", path);
  close(log->file);
  rename(path, old);
  open_file(log);
}

static bool is_error(const char *line) {
  const char *signs[] = {"level=error", "level=fatal", "panic:", "fatal error:", "fatal:", "failed to start"};
  for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
    if (strstr(line, signs[i])) return true;
  return false;
}

static void echo_errors(struct log *log, const char *data, size_t length) {
  for (size_t i = 0; i < length; i++) {
    if (data[i] != '\n') {
      if (log->line_length + 1 < sizeof log->line) log->line[log->line_length++] = data[i];
      continue;
    }
    log->line[log->line_length] = 0;
    log->line_length = 0;
    if (log->echoed < MOST_ECHOED_LINES && is_error(log->line)) {
      log->echoed++;
      say("%s: %s", log->name, log->line);
    }
  }
}

static void on_output(void *argument, unsigned events) {
  (void)events;
  struct log *log = argument;
  static char data[16384];
  ssize_t got;
  while ((got = read(log->read_end, data, sizeof data)) > 0) {
    if (log->written + (size_t)got > CAP_BYTES) rotate(log);
    if (log->file >= 0) (void)!write(log->file, data, (size_t)got);
    log->written += (size_t)got;
    echo_errors(log, data, (size_t)got);
  }
}

/* The pipe stays open between restarts, so there is no end of file to handle. */
struct log *log_open(const char *name) {
  struct log *log = calloc(1, sizeof *log);
  int ends[2];
  if (!log || pipe2(ends, O_CLOEXEC) < 0) return NULL;
  log->name = name;
  log->read_end = ends[0];
  log->write_end = ends[1];
  fcntl(log->read_end, F_SETFL, O_NONBLOCK);
  open_file(log);
  loop_watch(log->read_end, EPOLLIN, on_output, log);
  return log;
}

int log_pipe(struct log *log) { return log ? log->write_end : -1; }
