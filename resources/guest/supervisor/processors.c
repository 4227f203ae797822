/* Processors that the kernel was told to leave for later (maxcpus=1; kernelCommandLine in arguments.ts says why). */
#include "cove.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PROCESSORS "/sys/devices/system/cpu/cpu"

/* The first is there, and cannot be switched: its folder has no such file. A guest without the others is slow, and works. */
int processors_start(void) {
  char path[64], state[4];
  for (int i = 1; i < 1024; i++) {
    snprintf(path, sizeof path, PROCESSORS "%d/online", i);
    if (read_file(path, state, sizeof state) <= 0) break;
    if (state[0] == '0' && write_text(path, "1") < 0) say("cannot start processor %d: %s", i, strerror(errno));
  }
  return 0;
}
