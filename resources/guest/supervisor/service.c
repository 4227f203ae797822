/* Long-running programs: told ready by themselves (sd_notify), started again when they die. */
#include "cove.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define NOTIFY_SOCKET COVE_RUN "/notify"
#define STABLE_AFTER_MS 10000
#define LONGEST_PAUSE_MS 5000
#define COARSE_TIMER_NS 5000000

static int notify_fd = -1;
static bool is_held;

static pid_t sender_of(struct msghdr *message) {
  for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part)) {
    struct ucred sender;
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_CREDENTIALS) continue;
    memcpy(&sender, CMSG_DATA(part), sizeof sender);
    return sender.pid;
  }
  return -1;
}

static void on_notify(void *argument, unsigned events) {
  (void)argument, (void)events;
  char data[1024], control[128];
  for (;;) {
    struct iovec part = {.iov_base = data, .iov_len = sizeof data - 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t length = recvmsg(notify_fd, &message, MSG_CMSG_CLOEXEC);
    if (length < 0) return;
    data[length] = 0;
    service_told(sender_of(&message), data);
  }
}

void services_init(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = NOTIFY_SOCKET};
  int on = 1;
  unlink(NOTIFY_SOCKET);
  notify_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  setsockopt(notify_fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
  if (bind(notify_fd, (struct sockaddr *)&address, sizeof address) < 0) say("cannot listen on " NOTIFY_SOCKET);
  loop_watch(notify_fd, EPOLLIN, on_notify, NULL);
}

static struct service *find(pid_t pid) {
  size_t count;
  struct service *services = boot_services(&count);
  for (size_t i = 0; i < count; i++)
    if (pid > 0 && services[i].pid == pid) return &services[i];
  return NULL;
}

/* Its limit is over. */
static void kill_now(void *argument) {
  struct service *service = argument;
  say("%s does not %s: killed", service->name, service->state == SERVICE_STARTING ? "get ready" : "end");
  service_signal(service, SIGKILL);
}

static void limit(struct service *service, int64_t ms) {
  loop_cancel(kill_now, service);
  if (ms > 0) loop_at(uptime_ms() + ms, kill_now, service);
}

/* A message may hold several lines; only READY=1 matters here. */
void service_told(pid_t pid, const char *message) {
  struct service *service = find(pid);
  const char *ready = strstr(message, "READY=1");
  if (!ready || (ready != message && ready[-1] != '\n') || tunnel_told(pid) || !service) return;
  if (service->state != SERVICE_STARTING) return;
  loop_cancel(kill_now, service);
  service->state = SERVICE_RUNNING;
  report_service(service, 0);
  boot_service_ready(service);
  if (service->needs_reload) service_reload(service);
}

/* For work of our own: what sd_notify(3) is to others. */
void service_say_ready(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = NOTIFY_SOCKET};
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  (void)!sendto(fd, "READY=1", 7, 0, (struct sockaddr *)&address, sizeof address);
  close(fd);
}

/* What every child is made before it runs its program: a session, limits and a log of its own. */
void service_become(const struct service *service) {
  struct rlimit files = {1048576, 1048576}, endless = {RLIM_INFINITY, RLIM_INFINITY};
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  signal(SIGPIPE, SIG_DFL);
  setsid();
  setrlimit(RLIMIT_NOFILE, &files);
  setrlimit(RLIMIT_NPROC, &endless);
  setrlimit(RLIMIT_CORE, &(struct rlimit){0, RLIM_INFINITY});
  int null = open("/dev/null", O_RDONLY), log = log_pipe(service->log);
  dup2(null, 0);
  dup2(log >= 0 ? log : null, 1);
  dup2(log >= 0 ? log : null, 2);
  char score[16];
  snprintf(score, sizeof score, "%d", service->oom_score);
  write_text("/proc/self/oom_score_adj", score);
  if (service->fixed_addresses && config.emulated) personality(ADDR_NO_RANDOMIZE);
  /* Go's runtime looks after its threads every 20 µs while they work, each look an interrupt that QEMU has to make: a sixth of its work for a `docker run`. */
  if (service->coarse_timers && config.emulated) prctl(PR_SET_TIMERSLACK, COARSE_TIMER_NS);
  /* OPENSSL_ia32cap(3): ChaCha20 in plain instructions costs an emulated processor a third less. */
  if (service->plain_ciphers && config.emulated) setenv("OPENSSL_ia32cap", "~0x20000000000:~0x20", 1);
  setenv("NOTIFY_SOCKET", NOTIFY_SOCKET, 1);
  /* /tmp may be the host's. */
  setenv("TMPDIR", "/var/tmp", 1);
}

static void run_child(const struct service *service) {
  service_become(service);
  if (service->run) {
    close_range(3, ~0u, 0);
    _exit(service->run());
  }
  execv(service->argv[0], service->argv);
  dprintf(2, "cannot start %s: %s\n", service->argv[0], strerror(errno));
  _exit(127);
}

int service_start(struct service *service) {
  if (is_held) return -1;
  if (!service->log) service->log = log_open(service->name);
  if (service->stale) unlink(service->stale);
  pid_t pid = fork();
  if (pid == 0) run_child(service);
  if (pid < 0) return -1;
  service->pid = pid;
  service->state = SERVICE_STARTING;
  service->started_ms = uptime_ms();
  service->needs_reload = false;
  limit(service, service->start_limit_ms);
  return 0;
}

static void start_again(void *argument) {
  struct service *service = argument;
  if (is_held || service->state != SERVICE_DOWN) return;
  service->restarts++;
  if (service_start(service) < 0) loop_at(uptime_ms() + LONGEST_PAUSE_MS, start_again, service);
}

/* At once the first time, then after 100 ms, 200 ms, ... up to 5 s; a stable run resets the count. */
static int64_t pause_ms(struct service *service) {
  if (uptime_ms() - service->started_ms >= STABLE_AFTER_MS) service->failures = 0;
  unsigned failures = service->failures++;
  if (failures == 0) return 0;
  int64_t pause = failures > 6 ? LONGEST_PAUSE_MS : 50 << failures;
  return pause < LONGEST_PAUSE_MS ? pause : LONGEST_PAUSE_MS;
}

bool service_exited(pid_t pid, int status) {
  struct service *service = find(pid);
  if (!service) return false;
  loop_cancel(kill_now, service);
  service->state = SERVICE_DOWN;
  report_service(service, status);
  /* The next one says anew what its services publish. */
  if (!strcmp(service->name, "dockerd")) swarm_forget();
  service->pid = 0;
  if (is_held) return true;
  int64_t pause = pause_ms(service);
  if (pause == 0) start_again(service);
  else loop_at(uptime_ms() + pause, start_again, service);
  return true;
}

void services_hold(void) { is_held = true; }

void service_signal(struct service *service, int signal) {
  if (service->pid > 0) kill(service->pid, signal);
}

/* Ends it, so that it is started again. */
void service_restart(struct service *service) {
  if (!service || service->pid <= 0 || is_held) return;
  limit(service, service->stop_limit_ms);
  service_signal(service, SIGTERM);
}

/* A service that starts may have read its files already and cannot be told yet: it is when it is ready. */
void service_reload(struct service *service) {
  if (!service || service->pid <= 0) return;
  service->needs_reload = service->state == SERVICE_STARTING;
  if (!service->needs_reload) service_signal(service, SIGHUP);
}
