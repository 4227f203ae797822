/* Stops everything in order and in bounded time, then switches the machine off. */
#include "cove.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CONTAINERS_MS 1800 /* for containers to end by themselves */
#define ANSWERS_MS 300 /* for Docker to tell those who wait for a container that it has ended */
#define EMULATED_ANSWERS_MS 1000
#define DOCKERD_MS 3800
#define CONTAINERD_MS 400
#define LAST_WORD_MS 100 /* for the host to take it */

static enum { IDLE, STOPPING_DOCKERD, STOPPING_CONTAINERD } phase;

bool power_is_going(void) { return phase != IDLE; }

static void reap_everything(void) {
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  kill(-1, SIGKILL);
  int64_t end = uptime_ms() + 700;
  while (uptime_ms() < end) {
    pid_t pid = waitpid(-1, NULL, WNOHANG);
    if (pid < 0) return;
    if (pid == 0) sigtimedwait(&child, NULL, &(struct timespec){.tv_nsec = 50000000});
  }
}

/* Innermost first, so that the data disk itself comes last; what is busy becomes read-only. */
static void unmount_data(void) {
  static char mounts[65536];
  if (read_file("/proc/self/mounts", mounts, sizeof mounts) < 0) return;
  char *lines[512];
  int count = 0;
  for (char *save = NULL, *line = strtok_r(mounts, "\n", &save); line && count < 512; line = strtok_r(NULL, "\n", &save)) lines[count++] = line;
  while (count-- > 0) {
    char *path = strchr(lines[count], ' ');
    if (!path) continue;
    path++;
    path[strcspn(path, " ")] = 0;
    if (strncmp(path, "/var/lib/", 9) && strncmp(path, "/run/", 5)) continue;
    if (umount2(path, 0) < 0 && errno == EBUSY) umount2(path, MNT_DETACH);
  }
}

/* First: a shared folder whose file server is gone (virtiofs) holds up a sync of everything for ever. */
static void sync_data(void) {
  int fd = open(COVE_DATA, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  syncfs(fd);
  close(fd);
}

static void switch_off(void) {
  reap_everything();
  sync_data();
  unmount_data();
  sync();
  say("power off after %lld ms", (long long)uptime_ms());
  report_poweroff(uptime_ms());
  control_flush_now(LAST_WORD_MS);
  reboot(RB_POWER_OFF);
}

static void kill_containerd(void *argument) {
  (void)argument;
  service_signal(boot_service("containerd"), SIGKILL);
}

static void stop_containerd(void) {
  phase = STOPPING_CONTAINERD;
  if (boot_service("containerd")->pid <= 0) return switch_off();
  service_signal(boot_service("containerd"), SIGTERM);
  loop_at(uptime_ms() + CONTAINERD_MS, kill_containerd, NULL);
}

static void kill_containers(void *argument) {
  (void)argument;
  write_text("/sys/fs/cgroup/docker/cgroup.kill", "1");
}

static void tell_host(void *argument) {
  (void)argument;
  report_containers_ended();
}

static bool is_populated(int events) {
  char text[256];
  ssize_t length = pread(events, text, sizeof text - 1, 0);
  if (length <= 0) return false;
  text[length] = 0;
  return strstr(text, "populated 1") != NULL;
}

static void on_population(void *argument, unsigned happened) {
  (void)happened;
  int events = (int)(intptr_t)argument;
  if (is_populated(events)) return;
  loop_forget(events);
  close(events);
  loop_at(uptime_ms() + (config.emulated ? EMULATED_ANSWERS_MS : ANSWERS_MS), tell_host, NULL);
}

/* dockerd does not end before its clients' streams do, and those are the host's to end: when no container writes any more. */
static void follow_containers(void) {
  int events = open("/sys/fs/cgroup/docker/cgroup.events", O_RDONLY | O_CLOEXEC);
  if (events < 0) return report_containers_ended();
  if (is_populated(events) && loop_watch(events, EPOLLPRI, on_population, (void *)(intptr_t)events) == 0) return;
  close(events);
  report_containers_ended();
}

static void kill_dockerd(void *argument) {
  (void)argument;
  if (phase != STOPPING_DOCKERD) return;
  say("dockerd does not end: killed");
  service_signal(boot_service("dockerd"), SIGKILL);
}

void power_off(void) {
  if (power_is_going()) return;
  phase = STOPPING_DOCKERD;
  services_hold();
  if (boot_service("dockerd")->pid <= 0) return stop_containerd();
  service_signal(boot_service("dockerd"), SIGTERM);
  follow_containers();
  loop_at(uptime_ms() + CONTAINERS_MS, kill_containers, NULL);
  loop_at(uptime_ms() + DOCKERD_MS, kill_dockerd, NULL);
}

void power_child_gone(void) {
  if (phase == STOPPING_DOCKERD && boot_service("dockerd")->pid <= 0) stop_containerd();
  else if (phase == STOPPING_CONTAINERD && boot_service("containerd")->pid <= 0) switch_off();
}
