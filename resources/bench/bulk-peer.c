/* The far end of the tunnel's bulk figures: listens on a unix socket in the guest and moves bytes at memory speed.
 * A client sends one line, "send N" (we write N zero bytes) or "take N" (we read N bytes, then write "ok\n").
 * One process for each client; ends with its parent shell. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static char block[256 * 1024];

static int read_line(int fd, char *line, size_t size) {
  size_t length = 0;
  while (length + 1 < size && read(fd, line + length, 1) == 1) {
    if (line[length] == '\n') {
      line[length] = 0;
      return 0;
    }
    length++;
  }
  return -1;
}

static void serve(int fd) {
  char line[64];
  if (read_line(fd, line, sizeof line) < 0) return;
  long long left = atoll(line + 5);
  int is_sending = !strncmp(line, "send ", 5);
  while (left > 0) {
    size_t want = left < (long long)sizeof block ? (size_t)left : sizeof block;
    ssize_t moved = is_sending ? write(fd, block, want) : read(fd, block, want);
    if (moved <= 0) return;
    left -= moved;
  }
  if (!is_sending && write(fd, "ok\n", 3) < 0) return;
}

int main(int count, char **args) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (count != 2 || strlen(args[1]) >= sizeof address.sun_path) return 2;
  strcpy(address.sun_path, args[1]);
  unlink(args[1]);
  signal(SIGCHLD, SIG_IGN);
  int server = socket(AF_UNIX, SOCK_STREAM, 0);
  if (bind(server, (struct sockaddr *)&address, sizeof address) < 0 || listen(server, 64) < 0) return 1;
  puts("listening");
  fflush(stdout);
  for (;;) {
    int fd = accept(server, NULL, NULL);
    if (fd < 0) return 1;
    if (fork() == 0) {
      serve(fd);
      _exit(0);
    }
    close(fd);
  }
}
