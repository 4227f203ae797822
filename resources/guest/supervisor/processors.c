/* Processors that the kernel was told to leave for later (maxcpus=1; kernelCommandLine in arguments.ts says why): what the
   kernel patches in its own code is to be patched by then. The balloon's driver, whose switch is in the page allocator, is
   one of the first modules for that reason (recipe.json). */
#include "cove.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PROCESSORS "/sys/devices/system/cpu/cpu"
#define NOBODYS_GROUP "/sys/fs/cgroup/cove-nobody"

/*
 * The first container that runs switches the kernel's check of device rules on, and the last one that ends off again: twice
 * per `docker run` where nothing else runs. With rules (all is allowed) for a group of nobody it stays on.
 */
static void keep_device_rules_on(void) {
  const struct bpf_insn allow[] = {{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 1}, {.code = BPF_JMP | BPF_EXIT}};
  union bpf_attr load = {.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE, .insn_cnt = sizeof allow / sizeof *allow};
  load.insns = (uintptr_t)allow;
  load.license = (uintptr_t)"GPL";
  int program = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof load);
  mkdir(NOBODYS_GROUP, 0755);
  int group = open(NOBODYS_GROUP, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  union bpf_attr attach = {.attach_type = BPF_CGROUP_DEVICE};
  attach.target_fd = (unsigned)group;
  attach.attach_bpf_fd = (unsigned)program;
  if (program < 0 || group < 0 || syscall(SYS_bpf, BPF_PROG_ATTACH, &attach, sizeof attach) < 0) say("device rules are switched with each container: %s", strerror(errno));
}

/* The first is there, and cannot be switched: its folder has no such file. A guest without the others is slow, and works. */
int processors_start(void) {
  if (config.emulated) keep_device_rules_on();
  char path[64], state[4];
  for (int i = 1; i < 1024; i++) {
    snprintf(path, sizeof path, PROCESSORS "%d/online", i);
    if (read_file(path, state, sizeof state) <= 0) break;
    if (state[0] == '0' && write_text(path, "1") < 0) say("cannot start processor %d: %s", i, strerror(errno));
  }
  return 0;
}
