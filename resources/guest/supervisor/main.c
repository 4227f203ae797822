/* The guest's PID 1: the kernel starts it as /init of the initramfs, and it stays. */
#include "cove.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

/* The hardware clock counts whole seconds, and a busy host may take long from noting its time to starting the machine. */
#define CLOCK_BEHIND_MS 2000
#define CLOCK_AHEAD_MS 300000

/* The host's time was taken before the machine started: used only when the clock, which QEMU sets right, is clearly wrong. */
static void set_clock(void) {
  struct timeval now;
  int64_t expected = config.epoch_ms + uptime_ms();
  gettimeofday(&now, NULL);
  int64_t difference = (int64_t)now.tv_sec * 1000 + now.tv_usec / 1000 - expected;
  if (config.epoch_ms <= 0 || (difference < CLOCK_AHEAD_MS && difference > -CLOCK_BEHIND_MS)) return;
  struct timeval right = {.tv_sec = expected / 1000, .tv_usec = expected % 1000 * 1000};
  settimeofday(&right, NULL);
}

static void set_environment(void) {
  clearenv();
  setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
  setenv("HOME", "/root", 1);
  umask(022);
}

int main(void) {
  if (getpid() != 1) return 2;
  set_environment();
  loop_init();
  signals_watch();
  bool has_root = root_enter() == 0;
  int64_t initrd_ms = uptime_ms();
  control_use(-1);
  if (has_root) {
    mount_api_filesystems();
    if (config_load() < 0) boot_failed("initrd", "the host gave no identity for the guest (fw_cfg opt/org.cove/...)");
    set_clock();
    services_init();
    ports_init();
    report_step("initrd", initrd_ms);
    boot_start(initrd_ms);
  } else boot_failed("initrd", "the root image could not be mounted");
  loop_run();
  return 1;
}
