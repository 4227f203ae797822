/* The data disk: made when empty, repaired when unclean, never overwritten when it holds anything else. */
#include "cove.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEVICE "/dev/vdb"
#define WAIT_FOR_DISK_MS 10000
#define SMALLEST (512ull * 1024 * 1024)
#define GROWN_BY (64ull * 1024 * 1024)

static int make_file_system(int fd) {
  if (disk_mark_half_made(fd, true) < 0) return fail("cannot write to the data disk: %s", strerror(errno));
  char *const argv[] = {"/usr/sbin/mke2fs", "-q", "-F", "-t", "ext4", "-b", "4096", "-L", "cove-data", "-m", "1",
                        "-E", "nodiscard,lazy_itable_init=1,lazy_journal_init=1,assume_storage_prezeroed=1", DEVICE, NULL};
  int code = run_program(argv);
  if (code) return fail("cannot make a file system on the new data disk (mke2fs ended with %d)", code);
  if (disk_mark_half_made(fd, false) < 0) return fail("cannot write to the data disk: %s", strerror(errno));
  return 0;
}

static int check_file_system(void) {
  char *const argv[] = {"/usr/sbin/e2fsck", "-p", DEVICE, NULL};
  int code = run_program(argv);
  if (code >= 0 && code <= 1) return 0;
  return fail("the data disk is damaged and could not be repaired without risk (e2fsck -p ended with %d); nothing was changed beyond that", code);
}

static int mount_data(void) {
  if (mount(DEVICE, COVE_DATA, "ext4", MS_NOATIME, "commit=30") == 0) return 0;
  say("the data disk does not mount (%s), checking it", strerror(errno));
  if (check_file_system() < 0) return -1;
  if (mount(DEVICE, COVE_DATA, "ext4", MS_NOATIME, "commit=30") == 0) return 0;
  return fail("cannot mount the data disk: %s", strerror(errno));
}

static int prepare(int fd, const struct disk_facts *facts) {
  switch (facts->kind) {
    case DISK_EMPTY:
    case DISK_HALF_MADE:
      if (facts->device_bytes < SMALLEST) return fail("the data disk is smaller than 512 MiB");
      return make_file_system(fd);
    case DISK_EXT4:
      if (facts->never_mounted) disk_mark_half_made(fd, false);
      return facts->has_errors ? check_file_system() : 0;
    case DISK_EXT4_DAMAGED: return check_file_system();
    case DISK_UNREADABLE: return fail("the data disk cannot be read: %s", strerror(errno));
    case DISK_FOREIGN: break;
  }
  return fail("the data disk holds something that is not an ext4 file system; it was left untouched");
}

static void keep_machine_id(void) {
  const char *kept = COVE_DATA "/machine-id";
  char id[64] = "";
  if (read_file(kept, id, sizeof id) != 33) {
    unsigned char random[16];
    if (getrandom(random, sizeof random, 0) != sizeof random) return;
    for (int i = 0; i < 16; i++) sprintf(id + 2 * i, "%02x", random[i]);
    strcat(id, "\n");
    write_text(kept, id);
  }
  write_text("/etc/machine-id", id);
}

static int bind_states(void) {
  const char *states[] = {"docker", "containerd"};
  for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
    char from[64], to[64];
    snprintf(from, sizeof from, COVE_DATA "/%s", states[i]);
    snprintf(to, sizeof to, "/var/lib/%s", states[i]);
    mkdir(from, 0710), mkdir(to, 0710);
    if (mount(from, to, NULL, MS_BIND, NULL) < 0) return fail("cannot mount %s: %s", to, strerror(errno));
  }
  return 0;
}

int disk_mount(void) {
  if (wait_for_path(DEVICE, WAIT_FOR_DISK_MS) < 0) return fail("the data disk " DEVICE " did not appear");
  int fd = open(DEVICE, O_RDWR | O_CLOEXEC);
  uint64_t bytes = 0;
  if (fd < 0 || ioctl(fd, BLKGETSIZE64, &bytes) < 0) return fail("cannot open the data disk: %s", strerror(errno));
  struct disk_facts facts = disk_probe(fd, bytes);
  int prepared = prepare(fd, &facts);
  close(fd);
  if (prepared < 0) return -1;
  make_dirs(COVE_DATA, 0700);
  if (mount_data() < 0) return -1;
  keep_machine_id();
  if (facts.filesystem_bytes && facts.device_bytes >= facts.filesystem_bytes + GROWN_BY) write_text(COVE_RUN "/grown", "1");
  return bind_states();
}

/* Online, in a child of its own, after the boot: a disk that was made larger by the host. */
void disk_grow(void) {
  char *const argv[] = {"/usr/sbin/resize2fs", DEVICE, NULL};
  if (access(COVE_RUN "/grown", F_OK) < 0 || vfork() != 0) return;
  execv(argv[0], argv);
  _exit(127);
}
