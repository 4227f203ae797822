/* The far end of the figures of published ports: a TCP server in a container that answers at memory speed and whose
 * processes wait for clients, so that what is measured is the way there. A client sends lines: "ping" (we answer "pong"),
 * "send N" (we write N zero bytes), "take N" (we read N bytes, then write "ok"). */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PROCESSES = 40, WAITING = 128 }; /* more than clients that stay and come at once */

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

static int move(int fd, long long left, int is_sending) {
  while (left > 0) {
    size_t want = left < (long long)sizeof block ? (size_t)left : sizeof block;
    ssize_t moved = is_sending ? write(fd, block, want) : read(fd, block, want);
    if (moved <= 0) return -1;
    left -= moved;
  }
  return 0;
}

static void serve(int fd) {
  char line[64];
  while (read_line(fd, line, sizeof line) == 0) {
    int is_sending = !strncmp(line, "send ", 5), is_taking = !strncmp(line, "take ", 5);
    if ((is_sending || is_taking) && move(fd, atoll(line + 5), is_sending) < 0) return;
    if (is_taking && write(fd, "ok\n", 3) < 0) return;
    if (!is_sending && !is_taking && write(fd, "pong\n", 5) < 0) return;
  }
}

int main(int count, char **words) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(count == 2 ? (unsigned short)atoi(words[1]) : 0)};
  int server = socket(AF_INET, SOCK_STREAM, 0), on = 1;
  signal(SIGPIPE, SIG_IGN);
  setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(server, (struct sockaddr *)&address, sizeof address) < 0 || listen(server, WAITING) < 0 || write(STDOUT_FILENO, "listening\n", 10) < 0) return 1;
  for (int i = 1; i < PROCESSES && fork() != 0; i++) {}
  for (;;) {
    int fd = accept(server, NULL, NULL);
    if (fd < 0) return 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    serve(fd);
    close(fd);
  }
}
