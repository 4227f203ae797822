/* One FUSE connection for each shared folder, mounted at the path it has on the host. */
#include "shares.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define READ_AHEAD_KB "1024"
/* The host holds removed files open until it hears that the kernel has forgotten them. */
#define FORGET_WITHIN_MS 50

static struct mounted {
  bool is_used, is_virtiofs;
  int fd; /* of the FUSE connection; by virtiofs of the folder itself */
  unsigned minor;
  char *path;
} mounts[MOST_MOUNTS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

int mounts_fd(uint16_t id) { return id < MOST_MOUNTS && mounts[id].is_used && !mounts[id].is_virtiofs ? mounts[id].fd : -1; }
const char *mounts_path(uint16_t id) { return id < MOST_MOUNTS && mounts[id].is_used ? mounts[id].path : NULL; }

size_t mounts_list(char *into, size_t size) {
  size_t length = 0;
  pthread_mutex_lock(&lock);
  for (int i = 0; i < MOST_MOUNTS; i++) {
    if (!mounts[i].is_used || length + strlen(mounts[i].path) + 16 > size) continue;
    length += (size_t)sprintf(into + length, "%d%s %s", i, mounts[i].is_virtiofs ? "v" : "", mounts[i].path) + 1; /* ended by the NUL: a path may hold newlines */
  }
  pthread_mutex_unlock(&lock);
  return length;
}

static int make_dirs(const char *path) {
  char part[4096];
  if (path[0] != '/' || strlen(path) >= sizeof part) return errno = EINVAL, -1;
  for (size_t i = 1; path[i - 1]; i++) {
    if (path[i] != '/' && path[i] != 0) continue;
    memcpy(part, path, i);
    part[i] = 0;
    if (mkdir(part, 0755) < 0 && errno != EEXIST) return -1;
  }
  return 0;
}

static bool is_forgetting(uint32_t opcode) { return opcode == FUSE_FORGET || opcode == FUSE_BATCH_FORGET; }

/* An answer that is refused is one that nobody waits for any more. */
static bool answer_known(uint16_t id, const struct fuse_in_header *request) {
  struct {
    struct fuse_out_header head;
    struct fuse_attr_out attributes;
  } reply = {.head = {.len = sizeof reply, .unique = request->unique}};
  if (request->opcode != FUSE_GETATTR || !known_attributes(id, request->nodeid, &reply.attributes)) return false;
  (void)!write(mounts[id].fd, &reply, sizeof reply);
  return true;
}

/* Every answer comes soon or with the next host; there is nothing to interrupt. Whether something waits for a frame to go with. */
static bool pass_on(uint16_t id, const char *request, size_t length) {
  uint32_t opcode = ((const struct fuse_in_header *)request)->opcode;
  if (is_forgetting(opcode)) return port_forget(id, request, length);
  if (answer_known(id, (const struct fuse_in_header *)request)) return false;
  known_asked(id, request, length);
  if (opcode != FUSE_INTERRUPT) port_ask(id, request, length, opcode != FUSE_NOTIFY_REPLY);
  return opcode == FUSE_INTERRUPT;
}

static void wait_a_moment(int fd) {
  struct pollfd next = {.fd = fd, .events = POLLIN};
  if (poll(&next, 1, FORGET_WITHIN_MS) == 0) port_send_forgotten();
}

static void *read_requests(void *argument) {
  uint16_t id = (uint16_t)(uintptr_t)argument;
  int fd = mounts[id].fd;
  char *request = malloc(LARGEST_FRAME);
  bool something_waits = false;
  while (request) {
    held_wait_for_room();
    if (something_waits) wait_a_moment(fd);
    something_waits = false;
    ssize_t length = read(fd, request, LARGEST_FRAME);
    if (length < 0 && (errno == EINTR || errno == EAGAIN || errno == ENOENT)) continue;
    if (length < (ssize_t)sizeof(struct fuse_in_header)) break; /* ENODEV: unmounted or aborted */
    something_waits = pass_on(id, request, (size_t)length);
  }
  free(request);
  close(fd);
  return NULL;
}

/* The kernel asks for 128 KiB at a time otherwise, and each is a round trip. Nothing is asked of the host here. */
static void set_read_ahead(struct mounted *mounted) {
  struct statx facts;
  char path[96];
  if (statx(AT_FDCWD, mounted->path, AT_STATX_DONT_SYNC, STATX_INO, &facts) < 0) return;
  mounted->minor = facts.stx_dev_minor;
  snprintf(path, sizeof path, "/sys/class/bdi/%u:%u/read_ahead_kb", facts.stx_dev_major, facts.stx_dev_minor);
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  (void)!write(fd, READ_AHEAD_KB, strlen(READ_AHEAD_KB));
  close(fd);
}

int mounts_add(uint16_t id, const char *path) {
  if (id >= MOST_MOUNTS || mounts[id].is_used) return -EEXIST;
  /* What a shuttle that died left behind answers nothing any more. */
  while (access(path, F_OK) < 0 && errno == ENOTCONN)
    if (umount2(path, MNT_DETACH) < 0) break;
  if (make_dirs(path) < 0) return -errno;
  int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
  if (fd < 0) return -errno;
  char options[160];
  snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other,max_read=%d", fd, LARGEST_WRITE);
  pthread_mutex_lock(&lock);
  if (mount("cove", path, "fuse.cove", MS_NODEV | MS_NOATIME, options) < 0) {
    int error = errno;
    pthread_mutex_unlock(&lock);
    close(fd);
    return -error;
  }
  known_forget_all();
  mounts[id] = (struct mounted){.is_used = true, .fd = fd, .path = strdup(path)};
  pthread_mutex_unlock(&lock);
  set_read_ahead(&mounts[id]);
  pthread_t thread;
  pthread_create(&thread, NULL, read_requests, (void *)(uintptr_t)id);
  pthread_detach(thread);
  return 0;
}

/* Its file server may be gone by the time it is unmounted, and what the last user of it asks then is never answered:
   as long as this descriptor is open, the last user is whoever closes that. */
int mounts_add_virtiofs(uint16_t id, const char *tag, const char *path) {
  if (id >= MOST_MOUNTS || mounts[id].is_used) return -EEXIST;
  if (make_dirs(path) < 0) return -errno;
  if (mount(tag, path, "virtiofs", MS_NODEV | MS_NOATIME, NULL) < 0) return -errno;
  int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  pthread_mutex_lock(&lock);
  mounts[id] = (struct mounted){.is_used = true, .is_virtiofs = true, .fd = fd, .path = strdup(path)};
  pthread_mutex_unlock(&lock);
  return 0;
}

static void *let_go(void *fd) {
  close((int)(intptr_t)fd);
  return NULL;
}

static void let_go_aside(int fd) {
  pthread_t thread;
  if (fd >= 0 && pthread_create(&thread, NULL, let_go, (void *)(intptr_t)fd) == 0) pthread_detach(thread);
}

/* Whoever still uses it (a container that has it mounted) is told ENOTCONN from now on. */
static void abort_connection(unsigned minor) {
  char path[64];
  mount("fusectl", "/sys/fs/fuse/connections", "fusectl", 0, NULL);
  snprintf(path, sizeof path, "/sys/fs/fuse/connections/%u/abort", minor);
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  (void)!write(fd, "1", 1);
  close(fd);
}

int mounts_remove(uint16_t id) {
  if (!mounts_path(id)) return -ENOENT;
  struct mounted old = mounts[id];
  int result = umount2(old.path, MNT_DETACH) < 0 ? -errno : 0;
  if (old.is_virtiofs) let_go_aside(old.fd);
  else abort_connection(old.minor);
  pthread_mutex_lock(&lock);
  mounts[id].is_used = false;
  pthread_mutex_unlock(&lock);
  held_forget_mount(id);
  free(old.path);
  return result;
}
