/* From the kernel's initramfs to the read-only root image under a tmpfs overlay. */
#include "cove.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define WAIT_FOR_DISK_MS 20000

static int mount_or_fail(const char *what, const char *where, const char *type, unsigned long flags, const char *options) {
  if (mount(what, where, type, flags, options) == 0) return 0;
  return fail("cannot mount %s on %s: %s", type, where, strerror(errno));
}

static int mount_early(void) {
  mkdir("/dev", 0755), mkdir("/proc", 0755), mkdir("/sys", 0755);
  mkdir("/ro", 0755), mkdir("/rw", 0755), mkdir("/new", 0755);
  if (mount("dev", "/dev", "devtmpfs", MS_NOSUID, NULL) < 0 && errno != EBUSY) return -1;
  if (mount_or_fail("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0) return -1;
  return mount_or_fail("sys", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
}

static int mount_root(void) {
  if (wait_for_path("/dev/vda", WAIT_FOR_DISK_MS) < 0) return fail("the root disk /dev/vda did not appear");
  if (mount_or_fail("/dev/vda", "/ro", "erofs", MS_RDONLY, NULL) < 0) return -1;
  if (mount_or_fail("rw", "/rw", "tmpfs", 0, "mode=755") < 0) return -1;
  mkdir("/rw/upper", 0755), mkdir("/rw/work", 0755);
  return mount_or_fail("root", "/new", "overlay", 0, "lowerdir=/ro,upperdir=/rw/upper,workdir=/rw/work");
}

static void forget_initramfs(void) {
  char names[2048], path[256];
  if (read_file("/modules/list", names, sizeof names) > 0) {
    for (char *save = NULL, *name = strtok_r(names, "\n", &save); name; name = strtok_r(NULL, "\n", &save)) {
      snprintf(path, sizeof path, "/modules/%s", name);
      unlink(path);
    }
  }
  unlink("/init");
}

static int switch_root(void) {
  forget_initramfs();
  const char *moved[] = {"dev", "proc", "sys"};
  for (size_t i = 0; i < 3; i++) {
    char from[16], to[16];
    snprintf(from, sizeof from, "/%s", moved[i]);
    snprintf(to, sizeof to, "/new/%s", moved[i]);
    if (mount(from, to, NULL, MS_MOVE, NULL) < 0) return fail("cannot move %s: %s", from, strerror(errno));
  }
  if (chdir("/new") < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0 || chdir("/") < 0)
    return fail("cannot switch to the root image: %s", strerror(errno));
  return 0;
}

int root_enter(void) {
  if (mount_early() < 0) return -1;
  modules_load("/modules/list", "/modules");
  control_open();
  if (mount_root() < 0) return -1;
  return switch_root();
}

static const struct {
  const char *where, *type, *options;
  unsigned long flags;
} api[] = {
    {"/run", "tmpfs", "mode=755", MS_NOSUID | MS_NODEV},
    {"/tmp", "tmpfs", "mode=1777", MS_NOSUID | MS_NODEV},
    {"/dev/pts", "devpts", "gid=5,mode=620,ptmxmode=666", MS_NOSUID | MS_NOEXEC},
    {"/dev/shm", "tmpfs", "mode=1777", MS_NOSUID | MS_NODEV},
    {"/dev/mqueue", "mqueue", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC},
    {"/sys/fs/cgroup", "cgroup2", "nsdelegate,memory_recursiveprot", MS_NOSUID | MS_NODEV | MS_NOEXEC},
    {"/sys/fs/bpf", "bpf", "mode=700", MS_NOSUID | MS_NODEV | MS_NOEXEC},
};

static void delegate_controllers(void) {
  const char *controllers[] = {"+cpuset", "+cpu", "+io", "+memory", "+hugetlb", "+pids", "+rdma", "+misc"};
  for (size_t i = 0; i < sizeof controllers / sizeof *controllers; i++)
    write_text("/sys/fs/cgroup/cgroup.subtree_control", controllers[i]);
  /* From the root group, which has no memory.swap.max, dockerd concludes that nobody can limit swap. */
  make_dirs("/sys/fs/cgroup/cove", 0755);
  write_text("/sys/fs/cgroup/cove/cgroup.procs", "1");
}

static void set_kernel_values(void) {
  char lines[4096];
  if (read_file("/etc/sysctl.conf", lines, sizeof lines) < 0) return;
  for (char *save = NULL, *line = strtok_r(lines, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
    char *equals = strchr(line, '=');
    if (line[0] == '#' || !equals) continue;
    *equals = 0;
    char path[256];
    snprintf(path, sizeof path, "/proc/sys/%s", line);
    for (char *c = path + 10; *c; c++)
      if (*c == '.') *c = '/';
    if (write_text(path, equals + 1) < 0) say("cannot set %s: %s", path, strerror(errno));
  }
}

int mount_api_filesystems(void) {
  mount(NULL, "/", NULL, MS_SHARED | MS_REC, NULL);
  for (size_t i = 0; i < sizeof api / sizeof *api; i++) {
    mkdir(api[i].where, 0755);
    if (mount(api[i].type, api[i].where, api[i].type, api[i].flags, api[i].options) < 0)
      say("cannot mount %s on %s: %s", api[i].type, api[i].where, strerror(errno));
  }
  make_dirs(COVE_RUN "/log", 0755);
  make_dirs("/run/sshd", 0755);
  make_dirs("/run/lock", 0755);
  delegate_controllers();
  set_kernel_values();
  return 0;
}
