#include "runc.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

/* Linux' own: how late a timer may be, timer_slack_ns in proc(5). */
#define FINE_TIMER_NS 50000

/* A line for each thread of a process; what has ended meanwhile needs none. */
static void write_to_threads(int pid, const char *file, const char *text) {
  char path[300];
  snprintf(path, sizeof path, "/proc/%d/task", pid);
  DIR *threads = opendir(path);
  for (struct dirent *thread; threads && (thread = readdir(threads));) {
    snprintf(path, sizeof path, "/proc/%.20s/%s", thread->d_name, file);
    int fd = thread->d_name[0] == '.' ? -1 : open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) continue;
    (void)!write(fd, text, strlen(text));
    close(fd);
  }
  if (threads) closedir(threads);
}

/* What runs inside inherits the timers of who starts it. The first process of a container is there once that is created, and waits for its start. */
void give_fine_timers(int count, char **words) {
  static const char key[] = "\"init_process_pid\":";
  if (is_command(count, words, "run") || is_command(count, words, "exec") || is_command(count, words, "restore")) prctl(PR_SET_TIMERSLACK, FINE_TIMER_NS);
  if (!is_command(count, words, "start") || prctl(PR_GET_TIMERSLACK) <= FINE_TIMER_NS) return;
  char path[4096], text[24];
  state_path(count, words, "/state.json", path, sizeof path);
  char *state = read_whole(path), *at = state ? strstr(state, key) : NULL;
  int pid = at ? atoi(at + strlen(key)) : 0;
  snprintf(text, sizeof text, "%d", FINE_TIMER_NS);
  if (pid > 0) write_to_threads(pid, "timerslack_ns", text);
  free(state);
}
