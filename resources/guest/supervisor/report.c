/* The messages the host reads: one JSON object per line. */
#include "cove.h"

#include <sys/wait.h>

#define PORTS_A_PAGE 30 /* of at most 250 bytes each */

static char buffer[8192];

static struct text start(const char *type) {
  struct text text = {.data = buffer, .size = sizeof buffer};
  text_add(&text, "{\"type\":\"%s\"", type);
  return text;
}

static void finish(struct text *text) {
  text_add(text, "}");
  if (!text->truncated) control_send(text->data, text->length);
}

void report_step(const char *name, int64_t ms) {
  struct text text = start("step");
  text_add(&text, ",\"name\":\"%s\",\"uptimeMs\":%lld", name, (long long)ms);
  finish(&text);
}

void report_ready(int64_t ms) {
  struct text text = start("ready");
  text_add(&text, ",\"uptimeMs\":%lld", (long long)ms);
  finish(&text);
}

void report_failed(const char *step, const char *message) {
  struct text text = start("failed");
  text_add(&text, ",\"step\":\"%s\",\"message\":", step);
  text_add_json(&text, message);
  finish(&text);
}

/* The last word: everything has ended and is on the disk. */
void report_containers_ended(void) {
  struct text text = start("containers-ended");
  finish(&text);
}

void report_poweroff(int64_t ms) {
  struct text text = start("poweroff");
  text_add(&text, ",\"uptimeMs\":%lld", (long long)ms);
  finish(&text);
}

void report_service(const struct service *service, int status) {
  bool is_up = service->state == SERVICE_RUNNING;
  struct text text = start("service");
  text_add(&text, ",\"name\":\"%s\",\"state\":\"%s\",\"pid\":%d", service->name, is_up ? "running" : "exited", (int)service->pid);
  if (!is_up && WIFEXITED(status)) text_add(&text, ",\"code\":%d", WEXITSTATUS(status));
  if (!is_up && WIFSIGNALED(status)) text_add(&text, ",\"signal\":%d", WTERMSIG(status));
  text_add(&text, ",\"restarts\":%u", service->restarts);
  finish(&text);
}

static void add_services(struct text *text) {
  size_t count;
  struct service *services = boot_services(&count);
  for (size_t i = 0; i < count; i++) {
    const char *states[] = {"waiting", "starting", "running", "exited"};
    text_add(text, "%s\"%s\":{\"state\":\"%s\",\"pid\":%d,\"restarts\":%u}", i ? "," : "", services[i].name,
             states[services[i].state], (int)services[i].pid, services[i].restarts);
  }
}

static void add_port(struct text *text, const struct port *port) {
  text_add(text, "\"id\":%u,\"protocol\":\"%s\",\"hostAddress\":\"%s\",\"hostPort\":%u", port->id, port->protocol, port->host_address, port->host_port);
  text_add(text, ",\"containerAddress\":\"%s\",\"containerPort\":%u", port->container_address, port->container_port);
  text_add(text, ",\"guestPort\":%u,\"isWaiting\":%s", port->guest_port, port->is_waiting ? "true" : "false");
}

void report_tunnel_prepared(void) {
  struct text text = start("tunnel-prepared");
  finish(&text);
}

void report_tunnel_closed(const char *id) {
  struct text text = start("tunnel-closed");
  text_add(&text, ",\"id\":\"%s\"", id);
  finish(&text);
}

void report_port(const struct port *port) {
  struct text text = start("port");
  text_add(&text, ",");
  add_port(&text, port);
  finish(&text);
}

void report_port_closed(unsigned id) {
  struct text text = start("port-closed");
  text_add(&text, ",\"id\":%u", id);
  finish(&text);
}

/* One page; the host asks on from its last id until a page is the last one. */
void report_ports(const struct port *port) {
  struct text text = start("ports");
  text_add(&text, ",\"ports\":[");
  for (int shown = 0; port && shown < PORTS_A_PAGE; port = port->next) {
    if (!port->is_open) continue;
    text_add(&text, shown++ ? ",{" : "{");
    add_port(&text, port);
    text_add(&text, "}");
  }
  text_add(&text, "],\"isLast\":%s", port ? "false" : "true");
  finish(&text);
}

void report_status(void) {
  struct text text = start("status");
  struct service *dockerd = boot_service("dockerd");
  text_add(&text, ",\"ready\":%s,\"uptimeMs\":%lld,", dockerd && dockerd->state == SERVICE_RUNNING ? "true" : "false", (long long)uptime_ms());
  boot_report(&text);
  text_add(&text, ",\"services\":{");
  add_services(&text);
  text_add(&text, "}");
  finish(&text);
}
