/* Loads the welcome image into Docker once in the life of each of a data disk's image stores, over Docker's socket. */
#include "cove.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define IMAGE COVE_FILES "/welcome.tar"
#define LOADED COVE_DATA "/welcome-loaded"

/* Docker's classic store and containerd's have their images to themselves: daemon.json says which one it is now. */
static const char *loaded_mark(void) {
  char options[65536];
  const char *value = read_file(DAEMON_JSON, options, sizeof options) > 0 ? strstr(options, "\"containerd-snapshotter\":") : NULL;
  if (value) value += strlen("\"containerd-snapshotter\":") + strspn(value + strlen("\"containerd-snapshotter\":"), " ");
  return value && *value == 't' ? LOADED "-containerd" : LOADED;
}

bool welcome_is_done(void) { return access(loaded_mark(), F_OK) == 0; }

static int connect_docker(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/run/docker.sock"};
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0) return fd;
  if (fd >= 0) close(fd);
  return -1;
}

static int send_image(int docker) {
  int image = open(IMAGE, O_RDONLY | O_CLOEXEC);
  struct stat facts;
  if (image < 0 || fstat(image, &facts) < 0) return -1;
  char head[200];
  int length = snprintf(head, sizeof head,
                        "POST /images/load?quiet=1 HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n"
                        "Content-Type: application/x-tar\r\nContent-Length: %lld\r\n\r\n",
                        (long long)facts.st_size);
  if (write(docker, head, (size_t)length) != length) return -1;
  for (off_t at = 0; at < facts.st_size;)
    if (sendfile(docker, image, &at, (size_t)(facts.st_size - at)) <= 0) return -1;
  close(image);
  return 0;
}

int welcome_load(void) {
  if (welcome_is_done()) return 0;
  int docker = connect_docker();
  if (docker < 0 || send_image(docker) < 0) return fail("cannot send the welcome image to Docker: %s", strerror(errno));
  char answer[4096];
  size_t length = 0;
  ssize_t got;
  while (length < sizeof answer - 1 && (got = read(docker, answer + length, sizeof answer - 1 - length)) > 0) length += (size_t)got;
  answer[length] = 0;
  close(docker);
  if (strncmp(answer, "HTTP/1.1 200", 12) || strstr(answer, "errorDetail")) {
    const char *body = strstr(answer, "\r\n\r\n");
    return fail("Docker refused the welcome image: %.300s", body ? body + 4 : answer);
  }
  return write_text(loaded_mark(), "1\n");
}
