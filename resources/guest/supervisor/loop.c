/* One epoll for everything, one timerfd for every deadline: nothing here wakes up by itself. */
#include "cove.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define MAX_TIMERS 16

static struct watch {
  int fd;
  event_handler handler;
  void *argument;
} *watches;
static int watch_count;

static struct timer {
  int64_t when_ms;
  void (*handler)(void *argument);
  void *argument;
} timers[MAX_TIMERS];

static int epoll_fd = -1, timer_fd = -1;
static bool is_stopped;

static void arm(void) {
  int64_t first = 0;
  for (int i = 0; i < MAX_TIMERS; i++)
    if (timers[i].handler && (!first || timers[i].when_ms < first)) first = timers[i].when_ms;
  struct itimerspec spec = {.it_value = {.tv_sec = first / 1000, .tv_nsec = first % 1000 * 1000000}};
  timerfd_settime(timer_fd, TFD_TIMER_ABSTIME, &spec, NULL);
}

static void on_timer(void *argument, unsigned events) {
  (void)argument, (void)events;
  uint64_t count;
  (void)!read(timer_fd, &count, sizeof count);
  int64_t now = uptime_ms();
  for (int i = 0; i < MAX_TIMERS; i++) {
    struct timer due = timers[i];
    if (!due.handler || due.when_ms > now) continue;
    timers[i].handler = NULL;
    due.handler(due.argument);
  }
  arm();
}

int loop_init(void) {
  epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  timer_fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
  if (epoll_fd < 0 || timer_fd < 0) return -1;
  for (int i = 0; i < watch_count; i++) watches[i].fd = -1;
  for (int i = 0; i < MAX_TIMERS; i++) timers[i].handler = NULL;
  return loop_watch(timer_fd, EPOLLIN, on_timer, NULL);
}

/* Index of a free place, making more when there is none. */
static int free_watch(void) {
  for (int i = 0; i < watch_count; i++)
    if (watches[i].fd < 0) return i;
  int more = watch_count ? watch_count * 2 : 32;
  struct watch *grown = realloc(watches, (size_t)more * sizeof *grown);
  if (!grown) return -1;
  watches = grown;
  for (int i = watch_count; i < more; i++) watches[i].fd = -1;
  int first = watch_count;
  watch_count = more;
  return first;
}

int loop_watch(int fd, unsigned events, event_handler handler, void *argument) {
  int i = free_watch();
  if (i < 0) return -1;
  watches[i] = (struct watch){fd, handler, argument};
  struct epoll_event event = {.events = events, .data.u32 = (uint32_t)i};
  if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0) return 0;
  watches[i].fd = -1;
  return -1;
}

void loop_forget(int fd) {
  for (int i = 0; i < watch_count; i++) {
    if (watches[i].fd != fd) continue;
    epoll_ctl(epoll_fd, EPOLL_CTL_DEL, fd, NULL);
    watches[i].fd = -1;
  }
}

void loop_at(int64_t when_ms, void (*handler)(void *argument), void *argument) {
  for (int i = 0; i < MAX_TIMERS; i++) {
    if (timers[i].handler) continue;
    timers[i] = (struct timer){when_ms > 0 ? when_ms : 1, handler, argument};
    break;
  }
  arm();
}

void loop_cancel(void (*handler)(void *argument), void *argument) {
  for (int i = 0; i < MAX_TIMERS; i++)
    if (timers[i].handler == handler && timers[i].argument == argument) timers[i].handler = NULL;
  arm();
}

void loop_stop(void) { is_stopped = true; }

void loop_run(void) {
  struct epoll_event ready[8];
  while (!is_stopped) {
    int count = epoll_wait(epoll_fd, ready, 8, -1);
    if (count < 0 && errno != EINTR) return;
    for (int i = 0; i < count; i++) {
      /* A copy: a handler that watches more may move the table. */
      struct watch watch = watches[ready[i].data.u32];
      if (watch.fd >= 0) watch.handler(watch.argument, ready[i].events);
    }
  }
}
