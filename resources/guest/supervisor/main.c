/* The guest's PID 1: the kernel starts it as /init of the initramfs, and it stays. */
#include "cove.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define CLOCK_TOLERANCE_MS 2000

static void reap(void) {
  int status;
  for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
    if (!service_exited(pid, status)) boot_task_exited(pid, status);
  power_child_gone();
}

static void on_signal(void *argument, unsigned events) {
  (void)events;
  int fd = (int)(intptr_t)argument;
  struct signalfd_siginfo info;
  while (read(fd, &info, sizeof info) == sizeof info) {
    if (info.ssi_signo == SIGCHLD) reap();
    else power_off();
  }
}

static void watch_signals(void) {
  const int signals[] = {SIGCHLD, SIGTERM, SIGINT, SIGUSR1, SIGUSR2, SIGPWR};
  sigset_t set;
  sigemptyset(&set);
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) sigaddset(&set, signals[i]);
  sigprocmask(SIG_BLOCK, &set, NULL);
  signal(SIGPIPE, SIG_IGN);
  int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  loop_watch(fd, EPOLLIN, on_signal, (void *)(intptr_t)fd);
}

/* The host's time was taken before the machine started: used only when the clock is clearly wrong. */
static void set_clock(void) {
  struct timeval now;
  int64_t expected = config.epoch_ms + uptime_ms();
  gettimeofday(&now, NULL);
  int64_t difference = (int64_t)now.tv_sec * 1000 + now.tv_usec / 1000 - expected;
  if (config.epoch_ms <= 0 || (difference < CLOCK_TOLERANCE_MS && difference > -CLOCK_TOLERANCE_MS)) return;
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
  watch_signals();
  bool has_root = root_enter() == 0;
  int64_t initrd_ms = uptime_ms();
  control_use(-1);
  if (has_root) {
    mount_api_filesystems();
    if (config_load() < 0) boot_failed("initrd", "the host gave no identity for the guest (fw_cfg opt/org.cove/...)");
    set_clock();
    services_init();
    report_step("initrd", initrd_ms);
    boot_start(initrd_ms);
  } else boot_failed("initrd", "the root image could not be mounted");
  loop_run();
  return 1;
}
