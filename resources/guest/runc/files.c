#include "runc.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST_BYTES (8 * 1024 * 1024)

char *read_whole(const char *path) {
  struct stat facts;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  char *text = fd >= 0 && fstat(fd, &facts) == 0 && facts.st_size < MOST_BYTES ? malloc((size_t)facts.st_size + 1) : NULL;
  ssize_t length = text ? read(fd, text, (size_t)facts.st_size) : -1;
  if (fd >= 0) close(fd);
  if (length < 0) {
    free(text);
    return NULL;
  }
  text[length] = 0;
  return text;
}

int write_parts(const char *path, const struct part *parts, size_t count) {
  char next[4096];
  if (snprintf(next, sizeof next, "%s.%d", path, (int)getpid()) >= (int)sizeof next) return -1;
  int fd = open(next, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  bool is_written = fd >= 0;
  for (size_t i = 0; is_written && i < count; i++) is_written = write(fd, parts[i].data, parts[i].length) == (ssize_t)parts[i].length;
  if (fd >= 0) close(fd);
  if (is_written && rename(next, path) == 0) return 0;
  unlink(next);
  return -1;
}
