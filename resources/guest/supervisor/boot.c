/* What the boot consists of and what needs what. Everything whose needs are met runs at once. */
#include "cove.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define BIT(node) (1u << (node))
#define ARGS(...) (char *const[]){__VA_ARGS__, NULL}

enum { SSHD, NAMES, SHARES, CONTAINERD, DOCKERD, SERVICE_COUNT };

/* eth0 has a second address, for forwarded ports alone: a swarm would not know which of the two to advertise. */
static char *dockerd_argv[] = {"/usr/sbin/dockerd", "--swarm-default-advertise-addr=10.0.2.15", "--containerd=/run/containerd/containerd.sock", "--userland-proxy-path=" COVE_FILES "/port-proxy", "--config-file=" DAEMON_JSON, NULL};

/* It starts the containers that start with it one by one, and gives those that it stops 15 s before it kills them: both limits are for one that hangs. */
#define DOCKERD_START_MS 300000
#define DOCKERD_STOP_MS 60000

static struct service services[SERVICE_COUNT] = {
    [SSHD] = {.name = "sshd", .argv = ARGS("/usr/sbin/sshd", "-D", "-e", "-f", "/etc/ssh/sshd_config"), .oom_score = -1000, .fixed_addresses = true, .plain_ciphers = true},
    [NAMES] = {.name = "names", .run = names_serve, .oom_score = -1000},
    [SHARES] = {.name = "shares", .argv = ARGS(COVE_FILES "/shares"), .oom_score = -1000},
    [CONTAINERD] = {.name = "containerd", .argv = ARGS("/usr/bin/containerd", "--config", "/etc/containerd/config.toml"), .oom_score = -999, .fixed_addresses = true, .coarse_timers = true},
    [DOCKERD] = {.name = "dockerd", .argv = dockerd_argv, .stale = "/run/docker.pid", .oom_score = -500, .fixed_addresses = true, .coarse_timers = true, .start_limit_ms = DOCKERD_START_MS, .stop_limit_ms = DOCKERD_STOP_MS},
};

static int load_docker_modules(void) { return modules_load(COVE_FILES "/modules-docker", "/"); }
static int load_late_modules(void) { return modules_load(COVE_FILES "/modules-late", "/"); }

static struct node {
  const char *step; /* told to the host when done; NULL for inner work */
  unsigned needs;
  struct service *service;
  int (*task)(void);
  enum { WAITING, RUNNING, DONE, FAILED } state;
  pid_t pid;
  int failure_pipe;
  int64_t done_ms;
  char message[400];
} nodes[NODE_COUNT] = {
    [NODE_PROCESSORS] = {.task = processors_start},
    [NODE_DISK] = {.step = "data-disk", .task = disk_mount},
    [NODE_SSHD] = {.step = "sshd", .service = &services[SSHD]},
    [NODE_SHARES] = {.service = &services[SHARES]},
    [NODE_NETWORK] = {.step = "network", .task = network_up},
    [NODE_NAMES] = {.needs = BIT(NODE_NETWORK), .service = &services[NAMES]},
    [NODE_MODULES] = {.task = load_docker_modules},
    [NODE_FIREWALL] = {.task = firewall_load, .needs = BIT(NODE_MODULES)},
    [NODE_CONTAINERD] = {.step = "containerd", .needs = BIT(NODE_PROCESSORS) | BIT(NODE_DISK) | BIT(NODE_FIREWALL), .service = &services[CONTAINERD]},
    [NODE_DOCKERD] = {.step = "dockerd", .service = &services[DOCKERD],
                      /* Containers that start with it find their folders; programs in Go count the processors when they start. */
                      .needs = BIT(NODE_PROCESSORS) | BIT(NODE_DISK) | BIT(NODE_NETWORK) | BIT(NODE_SHARES)},
    [NODE_LATE_MODULES] = {.needs = BIT(NODE_DOCKERD), .task = load_late_modules},
    [NODE_FOREIGN] = {.needs = BIT(NODE_LATE_MODULES), .task = foreign_programs_allow},
    [NODE_WELCOME] = {.step = "welcome-image", .needs = BIT(NODE_DOCKERD), .task = welcome_load},
};
static const char *const inner_names[NODE_COUNT] = {[NODE_PROCESSORS] = "processors", [NODE_SHARES] = "shares", [NODE_NAMES] = "names", [NODE_MODULES] = "modules", [NODE_FIREWALL] = "firewall", [NODE_LATE_MODULES] = "late-modules", [NODE_FOREIGN] = "foreign-programs"};
static int64_t initrd_done_ms;
static bool is_ready_told;

static void advance(void);

static void done(struct node *node) {
  node->state = DONE;
  node->done_ms = uptime_ms();
  if (node->step) report_step(node->step, node->done_ms);
  if (node == &nodes[NODE_DOCKERD] && !is_ready_told) {
    is_ready_told = true;
    report_ready(node->done_ms);
    disk_grow();
  }
  advance();
}

static void failed(struct node *node, const char *message) {
  const char *name = node->step ? node->step : inner_names[node - nodes];
  node->state = FAILED;
  snprintf(node->message, sizeof node->message, "%s", message[0] ? message : "it ended unexpectedly");
  report_failed(name, node->message);
}

/* Work runs in a child so that two processors share it and PID 1 stays responsive. */
static void start_task(struct node *node) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) return failed(node, "cannot make a pipe");
  node->pid = fork();
  if (node->pid == 0) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    fail_to(ends[1]);
    _exit(node->task() == 0 ? 0 : 1);
  }
  close(ends[1]);
  node->failure_pipe = ends[0];
  node->state = RUNNING;
  if (node->pid < 0) failed(node, "cannot start a process");
}

static void start_node(struct node *node) {
  if (node->task) return start_task(node);
  node->state = RUNNING;
  if (service_start(node->service) < 0) failed(node, "cannot start a process");
}

static unsigned done_nodes(void) {
  unsigned bits = 0;
  for (int i = 0; i < NODE_COUNT; i++)
    if (nodes[i].state == DONE) bits |= BIT(i);
  return bits;
}

static void advance(void) {
  if (power_is_going()) return;
  for (int i = 0; i < NODE_COUNT; i++)
    if (nodes[i].state == WAITING && (nodes[i].needs & ~done_nodes()) == 0) start_node(&nodes[i]);
}

void boot_start(int64_t initrd_ms) {
  initrd_done_ms = initrd_ms;
  advance();
}

bool boot_task_exited(pid_t pid, int status) {
  for (int i = 0; i < NODE_COUNT; i++) {
    struct node *node = &nodes[i];
    if (!node->task || node->state != RUNNING || node->pid != pid) continue;
    char message[400];
    ssize_t length = read(node->failure_pipe, message, sizeof message - 1);
    message[length > 0 ? length : 0] = 0;
    close(node->failure_pipe);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) done(node);
    else failed(node, message);
    return true;
  }
  return false;
}

void boot_service_ready(const struct service *service) {
  for (int i = 0; i < NODE_COUNT; i++)
    if (nodes[i].service == service && nodes[i].state == RUNNING) done(&nodes[i]);
  /* Docker that starts again may have another image store. */
  bool is_again = service == &services[DOCKERD] && nodes[NODE_WELCOME].state >= DONE;
  if (is_again && !welcome_is_done()) start_task(&nodes[NODE_WELCOME]);
}

void boot_failed(const char *step, const char *message) {
  report_failed(step, message);
}

void boot_report(struct text *text) {
  text_add(text, "\"steps\":{\"initrd\":%lld", (long long)initrd_done_ms);
  for (int i = 0; i < NODE_COUNT; i++)
    if (nodes[i].state == DONE) text_add(text, ",\"%s\":%lld", nodes[i].step ? nodes[i].step : inner_names[i], (long long)nodes[i].done_ms);
  text_add(text, "},\"failed\":[");
  for (int i = 0, shown = 0; i < NODE_COUNT; i++) {
    if (nodes[i].state != FAILED) continue;
    text_add(text, "%s{\"step\":\"%s\",\"message\":", shown++ ? "," : "", nodes[i].step ? nodes[i].step : inner_names[i]);
    text_add_json(text, nodes[i].message);
    text_add(text, "}");
  }
  text_add(text, "]");
}

struct service *boot_services(size_t *count) {
  *count = SERVICE_COUNT;
  return services;
}

struct service *boot_service(const char *name) {
  for (int i = 0; i < SERVICE_COUNT; i++)
    if (!strcmp(services[i].name, name)) return &services[i];
  return NULL;
}
