/* Everything that may wait for an answer of the host has a thread of its own, so that answers always get through:
   mounting below another share, the kernel's invalidations (they take a folder's lock), and file events.

   A file event makes inotify speak in the guest about what the host did: this thread does the same thing once more
   through the mount, and the host, which knows its process id, answers without doing anything. */
#include "shares.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MOST_QUEUED_BYTES (32u * 1024 * 1024)

enum event { CREATED = 1, REMOVED = 2, MODIFIED = 3, CHANGED = 4, RENAMED = 5 };

struct queued {
  struct queued *next;
  struct frame head;
  char data[];
};

static struct queued *first, **last = &first;
static size_t queued_bytes;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t added = PTHREAD_COND_INITIALIZER;
static int thread_id;

void events_add(const struct frame *frame, const void *data) {
  size_t length = frame->length - sizeof *frame;
  struct queued *queued = malloc(sizeof *queued + length + 1);
  pthread_mutex_lock(&lock);
  bool fits = queued && (frame->kind != EVENT || queued_bytes + length <= MOST_QUEUED_BYTES);
  if (fits) {
    queued->next = NULL;
    queued->head = *frame;
    memcpy(queued->data, data, length);
    queued->data[length] = 0;
    *last = queued;
    last = &queued->next;
    queued_bytes += frame->length;
    pthread_cond_signal(&added);
  } else free(queued);
  pthread_mutex_unlock(&lock);
}

static struct queued *next(void) {
  pthread_mutex_lock(&lock);
  while (!first) pthread_cond_wait(&added, &lock);
  struct queued *queued = first;
  first = queued->next;
  if (!first) last = &first;
  queued_bytes -= queued->head.length;
  pthread_mutex_unlock(&lock);
  return queued;
}

static void touch(const char *path, mode_t type, bool is_content) {
  /* Only the time of change: the kernel tells it as IN_MODIFY; both times as IN_ATTRIB (linux/fsnotify.h fsnotify_change). */
  struct timespec times[2] = {{.tv_nsec = is_content ? UTIME_OMIT : UTIME_NOW}, {.tv_nsec = UTIME_NOW}};
  int fd = S_ISREG(type) && is_content ? open(path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) : -1;
  if (fd >= 0) {
    futimens(fd, times);
    close(fd);
  } else utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW);
}

static void create(const char *path, mode_t type, const char *target) {
  if (S_ISDIR(type)) mkdir(path, 0755);
  else if (S_ISLNK(type)) (void)!symlink(target, path);
  else mknod(path, (type & S_IFMT) | 0644, 0);
}

/* Data: event (u32), file type (u32), path below the share NUL, for a rename or a link a second string. */
static void replay_event(const struct queued *queued) {
  size_t length = queued->head.length - sizeof queued->head;
  const char *root = mounts_path(queued->head.mount);
  char path[8192], other[8192];
  uint32_t event, type;
  if (!root || length < 9) return;
  memcpy(&event, queued->data, 4);
  memcpy(&type, queued->data + 4, 4);
  const char *name = queued->data + 8, *second = name + strlen(name) + 1;
  if (second > queued->data + length) return;
  snprintf(path, sizeof path, "%s/%s", root, name);
  snprintf(other, sizeof other, "%s/%s", root, second);
  if (event == CREATED) create(path, type, second);
  else if (event == REMOVED) S_ISDIR(type) ? rmdir(path) : unlink(path);
  else if (event == RENAMED) rename(path, other);
  else touch(path, type, event == MODIFIED);
}

static void answer(enum to_host kind, uint16_t mount, int32_t result) {
  port_send(kind, mount, &result, sizeof result);
}

/* Data: the device's tag NUL, the path. */
static int mount_virtiofs(uint16_t mount, const char *data, size_t length) {
  size_t tag = strnlen(data, length);
  return tag < length ? mounts_add_virtiofs(mount, data, data + tag + 1) : -EINVAL;
}

static void handle(const struct queued *queued) {
  size_t length = queued->head.length - sizeof queued->head;
  uint16_t mount = queued->head.mount;
  int fd = mounts_fd(mount);
  switch (queued->head.kind) {
    case MOUNT: answer(MOUNTED, mount, mounts_add(mount, queued->data)); break;
    case MOUNT_VIRTIOFS: answer(MOUNTED, mount, mount_virtiofs(mount, queued->data, length)); break;
    case UNMOUNT: answer(UNMOUNTED, mount, mounts_remove(mount)); break;
    case NOTIFY:
      /* ENOENT: the kernel does not have it cached, which is what was wanted. */
      if (fd >= 0 && write(fd, queued->data, length) < 0 && errno != ENOENT && errno != ENOTEMPTY) say("the kernel refused a notice: %m");
      break;
    case EVENT:
      replay_event(queued);
      answer(EVENT_DONE, mount, 0);
      break;
    case ALL_MOUNTED:
      told_ready();
      answer(SETTLED, mount, 0);
      break;
  }
}

static void *run(void *argument) {
  pthread_mutex_lock(&lock);
  thread_id = (int)syscall(SYS_gettid);
  pthread_cond_broadcast((pthread_cond_t *)argument);
  pthread_mutex_unlock(&lock);
  umask(0);
  for (;;) {
    struct queued *queued = next();
    handle(queued);
    free(queued);
  }
  return NULL;
}

void events_start(void) {
  pthread_cond_t started = PTHREAD_COND_INITIALIZER;
  pthread_t thread;
  pthread_mutex_lock(&lock);
  if (pthread_create(&thread, NULL, run, &started) == 0) {
    while (thread_id == 0) pthread_cond_wait(&started, &lock);
    pthread_detach(thread);
  }
  pthread_mutex_unlock(&lock);
}

int events_thread_id(void) { return thread_id; }
