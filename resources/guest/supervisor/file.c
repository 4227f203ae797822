/* Small files read and written whole. */
#include "cove.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

ssize_t read_file(const char *path, char *buffer, size_t size) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  size_t length = 0;
  ssize_t got = 0;
  while (length < size - 1 && (got = read(fd, buffer + length, size - 1 - length)) > 0) length += (size_t)got;
  close(fd);
  buffer[length] = 0;
  return got < 0 ? -1 : (ssize_t)length;
}

int write_file(const char *path, const char *data, size_t length, mode_t mode) {
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  if (fd < 0) return -1;
  size_t done = 0;
  while (done < length) {
    ssize_t wrote = write(fd, data + done, length - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) break;
    done += (size_t)wrote;
  }
  if (close(fd) < 0 || done < length) return -1;
  return 0;
}

int write_text(const char *path, const char *text) { return write_file(path, text, strlen(text), 0644); }

int make_dirs(const char *path, mode_t mode) {
  char part[256];
  if (strlen(path) >= sizeof part) return -1;
  for (size_t i = 1; path[i - 1]; i++) {
    if (path[i] != '/' && path[i] != 0) continue;
    memcpy(part, path, i);
    part[i] = 0;
    if (mkdir(part, mode) < 0 && errno != EEXIST) return -1;
  }
  return 0;
}
