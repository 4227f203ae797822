/* Shared declarations of the guest's PID 1: boot graph, services, control port. */
#ifndef COVE_H
#define COVE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifndef COVE_RUN
#define COVE_RUN "/run/cove"
#endif
#define DAEMON_JSON COVE_RUN "/daemon.json"
#define COVE_DATA "/var/lib/cove"
#define COVE_FILES "/usr/lib/cove"
#define FW_CFG "/sys/firmware/qemu_fw_cfg/by_name/opt/org.cove/"

/* clock.c: milliseconds since the kernel started. */
int64_t uptime_ms(void);

/* say.c: lines for the serial console, and the reason a task failed. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
int fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
void fail_to(int fd);

/* file.c: small files read and written whole. */
ssize_t read_file(const char *path, char *buffer, size_t size);
int write_file(const char *path, const char *data, size_t length, mode_t mode);
int write_text(const char *path, const char *text);
int make_dirs(const char *path, mode_t mode);

/* json.c: appends to a bounded buffer; a full buffer sets `truncated`. */
struct text {
  char *data;
  size_t size, length;
  bool truncated;
};
void text_add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_add_json(struct text *text, const char *value);

/* loop.c: one epoll for everything, one timerfd for every deadline. */
typedef void (*event_handler)(void *argument, unsigned events);
int loop_init(void);
int loop_watch(int fd, unsigned events, event_handler handler, void *argument);
void loop_forget(int fd);
void loop_at(int64_t when_ms, void (*handler)(void *argument), void *argument);
void loop_cancel(void (*handler)(void *argument), void *argument);
void loop_run(void);
void loop_stop(void);

/* config.c: what the host said through fw_cfg; values are data, never code. */
struct config {
  int ssh_port;
  int64_t epoch_ms;
  bool emulated;
};
extern struct config config;
void config_parse(struct config *into, const char *text, size_t length);
int config_load(void);
bool cpu_is_emulated(void);

/* modules.c: loads the modules named in a list, in its order. */
int modules_load(const char *list, const char *folder);

/* uevent.c: waits for a path to appear without polling. */
int wait_for_path(const char *path, int timeout_ms);
int uevent_open(void);

/* exec.c: runs a program and waits for it; its output goes to the console. */
int run_program(char *const argv[]);

/* root.c, network.c, disk.c, firewall.c, foreign.c, welcome.c: the boot's pieces of work.
   Each returns 0 or what fail() returned. */
int root_enter(void);
int mount_api_filesystems(void);
int network_up(void);
void network_search(const char *domains);
int disk_mount(void);
int firewall_load(void);
int foreign_programs_allow(void);
int processors_start(void);
int welcome_load(void);
bool welcome_is_done(void);
void disk_grow(void);

/* probe.c: what a block device holds, judged without changing it. */
enum disk_kind { DISK_EMPTY, DISK_HALF_MADE, DISK_EXT4, DISK_EXT4_DAMAGED, DISK_FOREIGN, DISK_UNREADABLE };
struct disk_facts {
  enum disk_kind kind;
  uint64_t device_bytes, filesystem_bytes;
  bool has_errors, never_mounted;
};
struct disk_facts disk_probe(int fd, uint64_t device_bytes);
int disk_mark_half_made(int fd, bool half_made);

/* port.c: the host's virtio-serial ports, by name; non-blocking descriptors or -1. */
int port_open(const char *name);
int port_wait(const char *name, int timeout_ms);

/* control.c: the virtio-serial port to the host. */
void control_open(void);
void control_use(int fd);
void control_send(const char *line, size_t length);
void control_flush_now(int timeout_ms);
bool control_has_host(void);
void control_receive(const char *data, size_t length, void (*on_line)(const char *line));

/* command.c: one line from the host. */
enum command_kind { COMMAND_UNKNOWN, COMMAND_STATUS, COMMAND_POWEROFF, COMMAND_PREPARE_TUNNEL, COMMAND_CLOCK, COMMAND_SEARCH, COMMAND_PORT, COMMAND_PORTS, COMMAND_LISTENERS, COMMAND_RESTART, COMMAND_RELOAD, COMMAND_TUNNEL };
struct command {
  enum command_kind kind;
  int64_t epoch_ms;
  const char *domains;
  unsigned id;
  const char *text;
};
struct command command_parse(const char *line);
void command_run(const char *line);

/* service.c: long-running programs that come back when they die. */
enum service_state { SERVICE_WAITING, SERVICE_STARTING, SERVICE_RUNNING, SERVICE_DOWN };
struct service {
  const char *name;
  char *const *argv;
  int (*run)(void); /* instead of argv: work of our own in a process of its own */
  const char *stale; /* removed before each start, or NULL */
  int oom_score;
  bool fixed_addresses; /* under emulation: same addresses in each child, so translated code is reused; not in containers (resources/guest/runc) */
  bool coarse_timers; /* under emulation: it may wake up late, so that it wakes up less; not in containers (resources/guest/runc) */
  bool plain_ciphers; /* under emulation: OpenSSL without SSSE3 and AVX2, which cost more there than they save */
  int64_t start_limit_ms, stop_limit_ms; /* killed when it takes longer, and so started again; 0: no limit */
  bool needs_reload; /* asked to read its files again while it was starting */
  enum service_state state;
  pid_t pid;
  unsigned restarts, failures;
  int64_t started_ms;
  struct log *log;
};
void services_init(void);
void service_become(const struct service *service);
int service_start(struct service *service);
bool service_exited(pid_t pid, int status);
void service_say_ready(void);
void service_told(pid_t pid, const char *message);
void services_hold(void);
void service_signal(struct service *service, int signal);
void service_restart(struct service *service);
void service_reload(struct service *service);

/* tunnel.c: the host's own sshd, on a virtio-serial port. */
#define TUNNEL_ID_SIZE 33 /* 32 hexadecimal digits */
void tunnel_open(const char *id);
void tunnel_prepare(void);
bool tunnel_told(pid_t pid);
void tunnel_child_gone(pid_t pid);

/* dns.c: what the guest itself understands of DNS messages. */
#define DNS_SERVER_FAILURE 2
bool dns_is_query(const unsigned char *message, size_t length);
size_t dns_own_answer(const unsigned char *query, size_t length, unsigned char *into);
size_t dns_refusal(const unsigned char *query, size_t length, int code, unsigned char *into);

/* names*.c: answers containers' questions for names; the firewall leads those for 10.0.2.3 here. */
#define NAMES_PORT 29953
#define NAMES_MARK 0xC0DE
#define NAMES_LONGEST_QUERY 1024
struct names_asker {
  bool is_tcp;
  struct sockaddr_in address; /* by UDP */
  unsigned client;            /* by TCP */
  uint32_t generation;
};
int names_serve(void);
void names_use(int port, int udp, int fallback);
void names_tcp_use(int listener);
void names_ask(const struct names_asker *asker, const unsigned char *query, size_t length);
void names_tcp_answer(const struct names_asker *asker, const unsigned char *message, size_t length);

/* ports.c: what Docker publishes, for as long as its proxies hold it, and what others want. */
enum port_origin { FROM_PROXY, FROM_LISTENER, FROM_SWARM };
struct port {
  struct port *next;
  unsigned id;
  int fd;
  char protocol[5], host_address[46], container_address[46];
  unsigned host_port, container_port;
  unsigned guest_port; /* where the host's forward arrives; 0 when it cannot reach the container */
  bool is_open, is_waiting, is_reachable, is_marked;
  enum port_origin origin;
};
void ports_init(void);
bool port_parse(struct port *port, const char *line);
void ports_answer(unsigned id, const char *problem);
void ports_list(unsigned after);
bool ports_is_published(const char *protocol, unsigned host_port);
void ports_keep(enum port_origin origin, const char *protocol, const char *host_address, unsigned port, const char *address);
void ports_mark(enum port_origin origin);
void ports_mark_like(enum port_origin origin, const char *protocol, unsigned host_port);
void ports_drop_marked(void);

/* swarm.c: what the services of a swarm publish. */
void swarm_told(const char *line);
void swarm_forget(void);

/* listeners.c: servers of the guest's own. */
void listeners_follow(bool is_on);
void listeners_changed(void);
struct inet_diag_msg;
bool listeners_know(const struct inet_diag_msg *socket); /* of a UDP server that was offered */

/* listener_signs.c: when to look for them. */
bool signs_watch(void);
void signs_forget(void);

/* nft.c: the way from a guest port to a container. */
int nft_forward(bool is_new, const struct port *port);

/* signals.c: SIGCHLD reaps, the others switch the machine off. */
void signals_watch(void);

/* log.c: a service's output in a capped file, its errors also on the console. */
struct log *log_open(const char *name);
int log_pipe(struct log *log);

/* boot.c: the graph of what needs what. */
enum { NODE_PROCESSORS, NODE_NETWORK, NODE_SSHD, NODE_NAMES, NODE_SHARES, NODE_MODULES, NODE_FIREWALL, NODE_DISK, NODE_CONTAINERD, NODE_DOCKERD, NODE_LATE_MODULES, NODE_FOREIGN, NODE_WELCOME, NODE_COUNT };
void boot_start(int64_t initrd_ms);
bool boot_task_exited(pid_t pid, int status);
void boot_service_ready(const struct service *service);
void boot_failed(const char *step, const char *message);
void boot_report(struct text *text);
struct service *boot_service(const char *name);
struct service *boot_services(size_t *count);

/* report.c: the messages the host reads. */
void report_step(const char *name, int64_t ms);
void report_ready(int64_t ms);
void report_failed(const char *step, const char *message);
void report_containers_ended(void);
void report_poweroff(int64_t ms);
void report_service(const struct service *service, int status);
void report_status(void);
void report_tunnel_prepared(void);
void report_tunnel_closed(const char *id);
void report_port(const struct port *port);
void report_port_closed(unsigned id);
void report_ports(const struct port *first);

/* power.c: stop everything in order, in bounded time. */
void power_off(void);
bool power_is_going(void);
void power_child_gone(void);

#endif
