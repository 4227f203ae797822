/* The supervisor's parts outside of a machine: each word on the command line exercises one of them. */
#include "cove.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static struct service services[1];

struct service *boot_services(size_t *count) { return *count = services[0].name ? 1 : 0, services; }
struct service *boot_service(const char *name) { return services[0].name && !strcmp(name, services[0].name) ? services : NULL; }
void boot_service_ready(const struct service *service) { report_step(service->name, 1); }
void boot_report(struct text *text) { text_add(text, "\"steps\":{},\"failed\":[]"); }
bool boot_task_exited(pid_t pid, int status) { return (void)pid, (void)status, false; }
bool power_is_going(void) { return false; }
void power_child_gone(void) {}
void power_off(void) { exit(0); }
void network_search(const char *domains) { (void)domains; }
/* Needs a kernel of the guest's: test/vm/ports.test.ts. */
void listeners_follow(bool is_on) { (void)is_on; }
void listeners_changed(void) {}
/* Needs a virtio-serial port: test/vm/faults/guest.test.ts. */
void tunnel_open(const char *id) { (void)id; }
void tunnel_prepare(void) {}
bool tunnel_told(pid_t pid) { return (void)pid, false; }
void tunnel_child_gone(pid_t pid) { (void)pid; }
int nft_forward(bool is_new, const struct port *port) { return (void)is_new, (void)port, 0; }

static size_t read_all(char *into, size_t size) {
  size_t length = 0;
  for (ssize_t got; (got = read(0, into + length, size - length)) > 0;) length += (size_t)got;
  return length;
}

static void print_command(const char *line) {
  struct command command = command_parse(line);
  const char *names[] = {"unknown", "status", "poweroff", "prepare-tunnel", "clock", "search", "port", "ports", "listeners", "restart", "reload", "tunnel"};
  if (command.kind >= COMMAND_PORT) printf("%s %u %s\n", names[command.kind], command.id, command.text);
  else printf("%s %lld%s\n", names[command.kind], (long long)command.epoch_ms, command.domains ? command.domains : "");
}

static int lines(void) {
  static char data[1 << 20];
  size_t length = read_all(data, sizeof data);
  for (size_t at = 0; at < length; at += 7) control_receive(data + at, length - at < 7 ? length - at : 7, print_command);
  return 0;
}

static int show_config(void) {
  char data[4096];
  struct config parsed = {0};
  config_parse(&parsed, data, read_all(data, sizeof data));
  printf("%d %lld\n", parsed.ssh_port, (long long)parsed.epoch_ms);
  return 0;
}

static int show_json(void) {
  char data[4096], out[4096];
  data[read_all(data, sizeof data - 1)] = 0;
  struct text text = {.data = out, .size = sizeof out};
  text_add_json(&text, data);
  puts(out);
  return 0;
}

static int probe(const char *path, const char *mark) {
  int fd = open(path, O_RDWR);
  struct stat facts;
  if (fd < 0 || fstat(fd, &facts) < 0) return 1;
  if (mark) return disk_mark_half_made(fd, !strcmp(mark, "mark"));
  const char *kinds[] = {"empty", "half-made", "ext4", "ext4-damaged", "foreign", "unreadable"};
  struct disk_facts disk = disk_probe(fd, (uint64_t)facts.st_size);
  printf("%s %llu %d %d\n", kinds[disk.kind], (unsigned long long)disk.filesystem_bytes, disk.has_errors, disk.never_mounted);
  return 0;
}

/* One service (a shell script) under the real loop, with limits in ms; the control port is a file descriptor given by the test. */
static int supervise(const char *script, int start_limit_ms, int stop_limit_ms, int control) {
  char *const argv[] = {"/bin/sh", "-c", (char *)script, NULL};
  services[0] = (struct service){.name = "dockerd", .argv = argv, .start_limit_ms = start_limit_ms, .stop_limit_ms = stop_limit_ms};
  make_dirs(COVE_RUN "/log", 0755);
  fcntl(control, F_SETFL, O_NONBLOCK);
  loop_init();
  signals_watch();
  control_use(control);
  services_init();
  ports_init();
  service_start(services);
  loop_run();
  return 0;
}

static int bound(int type) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  int fd = socket(AF_INET, type | SOCK_NONBLOCK, 0);
  if (bind(fd, (struct sockaddr *)&address, size) < 0 || getsockname(fd, (struct sockaddr *)&address, &size) < 0) exit(1);
  if (type == SOCK_STREAM) listen(fd, 16);
  printf("%d\n", ntohs(address.sin_port));
  return fd;
}

/* Prints its UDP and TCP ports; the port to the host is a file descriptor given by the test, QEMU's name server a UDP port. */
static int serve_names(int port, int fallback_port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)fallback_port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int fallback = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  fcntl(port, F_SETFL, O_NONBLOCK);
  signal(SIGPIPE, SIG_IGN);
  loop_init();
  names_use(port, bound(SOCK_DGRAM), fallback);
  names_tcp_use(bound(SOCK_STREAM));
  fflush(stdout);
  if (connect(fallback, (struct sockaddr *)&address, sizeof address) < 0) return 1;
  loop_run();
  return 0;
}

int main(int count, char **words) {
  if (count == 2 && !strcmp(words[1], "lines")) return lines();
  if (count == 2 && !strcmp(words[1], "config")) return show_config();
  if (count == 2 && !strcmp(words[1], "json")) return show_json();
  if (count >= 3 && !strcmp(words[1], "probe")) return probe(words[2], count > 3 ? words[3] : NULL);
  if (count == 5 && !strcmp(words[1], "supervise")) return supervise(words[2], atoi(words[3]), atoi(words[4]), 3);
  if (count == 3 && !strcmp(words[1], "names")) return serve_names(3, atoi(words[2]));
  return 2;
}
