/* Loads kernel modules in the order of a list made at build time: no modprobe, no search. */
#include "cove.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int load(const char *path) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  long result = syscall(SYS_finit_module, fd, "", 0);
  int error = errno;
  close(fd);
  return result == 0 || error == EEXIST ? 0 : -1;
}

/* Tries every module and fails when one was missing or refused. */
int modules_load(const char *list, const char *folder) {
  char names[8192], path[512];
  if (read_file(list, names, sizeof names) < 0) return fail("cannot read the module list %s: %s", list, strerror(errno));
  int failed = 0;
  for (char *save = NULL, *name = strtok_r(names, "\n", &save); name; name = strtok_r(NULL, "\n", &save)) {
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (load(path) == 0) continue;
    fail("cannot load the kernel module %s: %s", path, strerror(errno));
    failed++;
  }
  return failed ? -1 : 0;
}
