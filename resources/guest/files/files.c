/* Lists a folder of a container or volume, or reads a file's beginning, for the engine, seen from inside its root: links cannot lead out
   of it, and nothing of its contents is run. "files list ROOT PATH" where ROOT is /proc/PID/root or a volume's folder; "files layers ID PATH" for a container
   that does not run, whose overlay is mounted for this process alone. Each entry is
   "KIND SIZE MODE UID GID MTIME\0NAME\0TARGET\0"; last comes "." or, when there are more, "+".
   "files read ROOT PATH BYTES" prints "SIZE MODE\0" and at most so many bytes; only regular files are ever opened. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define MOST_ENTRIES 20000
#define DOCKER_LAYERS "/var/lib/docker/overlay2"
#define MOUNT_POINT "/run/cove/layers"

enum { NOT_FOUND = 2, NOT_A_FOLDER = 3, FAILED = 4, NOT_A_FILE = 5 };

static int fail(const char *what) {
  int code = errno == ENOENT ? NOT_FOUND : errno == ENOTDIR ? NOT_A_FOLDER : FAILED;
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  return code;
}

static char kind_of(mode_t mode) {
  if (S_ISREG(mode)) return 'f';
  if (S_ISDIR(mode)) return 'd';
  if (S_ISLNK(mode)) return 'l';
  if (S_ISFIFO(mode)) return 'p';
  return S_ISSOCK(mode) ? 's' : 'c';
}

static void print_entry(int folder, const char *name) {
  struct stat about;
  char target[4096] = "";
  /* Gone again: a container may be at work here. */
  if (fstatat(folder, name, &about, AT_SYMLINK_NOFOLLOW) < 0) return;
  if (S_ISLNK(about.st_mode)) {
    ssize_t length = readlinkat(folder, name, target, sizeof target - 1);
    target[length < 0 ? 0 : length] = 0;
  }
  printf("%c %lld %o %u %u %lld%c%s%c%s%c", kind_of(about.st_mode), (long long)about.st_size, about.st_mode & 07777, about.st_uid, about.st_gid,
         (long long)about.st_mtim.tv_sec, 0, name, 0, target, 0);
}

static int list(const char *path) {
  DIR *folder = opendir(path);
  if (!folder) return fail("cannot open it");
  int count = 0;
  for (struct dirent *entry; (entry = readdir(folder));) {
    if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
    if (count++ == MOST_ENTRIES) break;
    print_entry(dirfd(folder), entry->d_name);
  }
  putchar(count > MOST_ENTRIES ? '+' : '.');
  closedir(folder);
  return fflush(stdout) == 0 ? 0 : fail("cannot tell");
}

static int enter(const char *root) {
  if (chroot(root) < 0 || chdir("/") < 0) return fail("cannot enter it");
  return 0;
}

/* The options are bounded by a page; Docker keeps the lower layers as short links for that reason. */
static int mount_layers(const char *id) {
  char path[300], lower[4096] = "", options[4096];
  snprintf(path, sizeof path, "%s/lower", id);
  if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) return fail("cannot be alone");
  if (chdir(DOCKER_LAYERS) < 0) return fail("no layers");
  int file = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t length = file < 0 ? -1 : read(file, lower, sizeof lower - 1);
  if (length < 0) return fail("cannot read its layers");
  close(file);
  int written = snprintf(options, sizeof options, "lowerdir=%s/diff:%s", id, lower);
  if (written >= (int)sizeof options) return fail("too many layers");
  if (mkdir(MOUNT_POINT, 0700) < 0 && errno != EEXIST) return fail("no place for its layers");
  if (mount("overlay", MOUNT_POINT, "overlay", MS_RDONLY | MS_NODEV | MS_NOSUID | MS_NOEXEC, options) < 0) return fail("cannot mount its layers");
  return 0;
}

/* Opened in two steps, by way of descriptors from before the chroot: opening a device or a fifo could do something. */
static int open_regular(int descriptors, const char *path, struct stat *about) {
  char number[16];
  int place = open(path, O_PATH | O_CLOEXEC);
  if (place < 0 || fstat(place, about) < 0) return -1;
  if (!S_ISREG(about->st_mode)) {
    errno = EINVAL;
    return -1;
  }
  snprintf(number, sizeof number, "%d", place);
  int file = openat(descriptors, number, O_RDONLY | O_CLOEXEC);
  close(place);
  return file;
}

static int read_file(const char *root, const char *path, long long limit) {
  struct stat about;
  char part[65536];
  int descriptors = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (descriptors < 0 || chroot(root) < 0 || chdir("/") < 0) return fail("cannot enter it");
  int file = open_regular(descriptors, path, &about);
  if (file < 0) return errno == EINVAL ? NOT_A_FILE : fail("cannot open it");
  printf("%lld %o%c", (long long)about.st_size, about.st_mode & 07777, 0);
  while (limit > 0) {
    ssize_t length = read(file, part, limit < (long long)sizeof part ? (size_t)limit : sizeof part);
    if (length < 0) return fail("cannot read it");
    if (length == 0) break;
    fwrite(part, 1, (size_t)length, stdout);
    limit -= length;
  }
  return fflush(stdout) == 0 ? 0 : fail("cannot tell");
}

int main(int count, char **words) {
  if (count == 5 && !strcmp(words[1], "read")) return read_file(words[2], words[3], atoll(words[4]));
  if (count != 4) return FAILED;
  int code = 0;
  if (!strcmp(words[1], "layers")) {
    code = mount_layers(words[2]);
    if (code == 0) code = enter(MOUNT_POINT);
  } else code = enter(words[2]);
  return code == 0 ? list(words[3]) : code;
}
