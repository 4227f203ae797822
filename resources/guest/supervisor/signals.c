/* Signals as events of the loop: children that ended, and requests to switch off. */
#include "cove.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

static void reap(void) {
  int status;
  for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
    if (!service_exited(pid, status)) boot_task_exited(pid, status);
    tunnel_child_gone(pid);
  }
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

void signals_watch(void) {
  const int signals[] = {SIGCHLD, SIGTERM, SIGINT, SIGUSR1, SIGUSR2, SIGPWR};
  sigset_t set;
  sigemptyset(&set);
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) sigaddset(&set, signals[i]);
  sigprocmask(SIG_BLOCK, &set, NULL);
  signal(SIGPIPE, SIG_IGN);
  int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  loop_watch(fd, EPOLLIN, on_signal, (void *)(intptr_t)fd);
}
