/* The first line tells whose memory it is and of which generation; each other line is a chain or a rule. */
#include "front.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef MEMORY
#define MEMORY "/run/cove/iptables"
#define CALLER "dockerd"
#define FIRST_NAMESPACE "/proc/1/ns/net"
#endif

static int file = -1;
static char *text;
static size_t length;
static int64_t generation = -1;
static char caller[64];

/* Field 2 of /proc/PID/stat is the program's name, field 22 when it began. */
static bool know_caller(void) {
  char path[64], facts[1024];
  snprintf(path, sizeof path, "/proc/%d/stat", (int)getppid());
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t got = fd < 0 ? -1 : read(fd, facts, sizeof facts - 1);
  if (fd >= 0) close(fd);
  if (got <= 0) return false;
  facts[got] = 0;
  char *name = strchr(facts, '('), *after = strrchr(facts, ')');
  if (!name || !after || (size_t)(after - name - 1) != strlen(CALLER) || strncmp(name + 1, CALLER, strlen(CALLER))) return false;
  for (int field = 2; field < 22 && after; field++) after = strchr(after + 1, ' ');
  if (!after) return false;
  snprintf(caller, sizeof caller, "%d %llu", (int)getppid(), strtoull(after + 1, NULL, 10));
  return true;
}

/* Containers' network namespaces have rules of their own. */
static bool is_first_namespace(void) {
  struct stat own, first;
  return stat("/proc/self/ns/net", &own) == 0 && stat(FIRST_NAMESPACE, &first) == 0 && own.st_ino == first.st_ino;
}

bool memory_open(void) {
  if (!know_caller() || !is_first_namespace()) return false;
  text = malloc(MEMORY_SIZE + 1);
  file = text ? open(MEMORY, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600) : -1;
  if (file < 0 || flock(file, LOCK_EX) < 0) return false;
  ssize_t got = read(file, text, MEMORY_SIZE);
  if (got < 0) return false;
  text[got] = 0;
  char *end = strchr(text, '\n');
  if (!end) return true;
  *end = 0;
  char *number = strrchr(text, ' ');
  if (!number) return true;
  *number = 0;
  if (strcmp(text, caller) == 0) generation = strtoll(number + 1, NULL, 10);
  length = (size_t)(text + got - (end + 1));
  memmove(text, end + 1, length + 1);
  return true;
}

int64_t memory_generation(void) { return generation; }

void memory_begin(int64_t now) {
  generation = now;
  length = 0;
  text[0] = 0;
}

/* Where the line is; NULL when it is not there. */
static char *find(const char *line) {
  size_t size = strlen(line);
  for (char *at = text; *at; at = strchr(at, '\n') + 1)
    if (!strncmp(at, line, size) && at[size] == '\n') return at;
  return NULL;
}

bool memory_has(const char *line) { return find(line) != NULL; }

void memory_add(const char *line) {
  size_t size = strlen(line);
  /* What does not fit makes the whole of no use. */
  if (length + size + 128 > MEMORY_SIZE) {
    generation = -1;
    return;
  }
  memcpy(text + length, line, size);
  memcpy(text + length + size, "\n", 2);
  length += size + 1;
}

static void cut(char *at, size_t size) {
  memmove(at, at + size, length - (size_t)(at - text) - size + 1);
  length -= size;
}

void memory_remove(const char *line) {
  char *at = find(line);
  if (at) cut(at, strlen(line) + 1);
}

void memory_remove_all(const char *beginning) {
  for (char *at = text; *at;) {
    size_t size = (size_t)(strchr(at, '\n') - at) + 1;
    if (strncmp(at, beginning, strlen(beginning))) at += size;
    else cut(at, size);
  }
}

void memory_keep(int64_t now) {
  char head[128];
  int size = snprintf(head, sizeof head, "%s %" PRId64 "\n", caller, now);
  bool is_written = generation >= 0 && pwrite(file, head, (size_t)size, 0) == size && pwrite(file, text, length, size) == (ssize_t)length;
  if (!is_written || ftruncate(file, (off_t)(length + (size_t)size)) < 0) memory_drop();
}

void memory_drop(void) {
  generation = -1;
  if (ftruncate(file, 0) < 0) unlink(MEMORY);
}
