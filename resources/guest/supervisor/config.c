/* What the host said through fw_cfg. Values are parsed as data here and nowhere else. */
#include "cove.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

struct config config;

static int64_t parse_number(const char *digits, size_t length, int64_t max) {
  int64_t value = 0;
  if (length == 0 || length > 15) return -1;
  for (size_t i = 0; i < length; i++) {
    if (digits[i] < '0' || digits[i] > '9') return -1;
    value = value * 10 + (digits[i] - '0');
  }
  return value <= max ? value : -1;
}

static void parse_line(struct config *into, const char *line, size_t length) {
  const char *equals = memchr(line, '=', length);
  if (!equals) return;
  size_t key = (size_t)(equals - line), value = length - key - 1;
  if (key == 8 && !memcmp(line, "ssh_port", 8)) {
    int64_t port = parse_number(equals + 1, value, 65535);
    if (port > 0) into->ssh_port = (int)port;
  } else if (key == 8 && !memcmp(line, "epoch_ms", 8)) {
    int64_t epoch = parse_number(equals + 1, value, 32503680000000);
    if (epoch > 0) into->epoch_ms = epoch;
  }
}

void config_parse(struct config *into, const char *text, size_t length) {
  const char *end = text + length;
  while (text < end) {
    const char *stop = memchr(text, '\n', (size_t)(end - text));
    size_t line = (size_t)((stop ? stop : end) - text);
    parse_line(into, text, line > 0 && text[line - 1] == '\r' ? line - 1 : line);
    text += line + 1;
  }
}

/* True under QEMU's TCG, where repeated code is cheap only at repeated addresses. */
bool cpu_is_emulated(void) {
#if defined(__x86_64__)
  unsigned a = 0, b = 0, c = 0, d = 0;
  __cpuid(0x40000000, a, b, c, d);
  return b == 0x54474354 && c == 0x43544743 && d == 0x47435447; /* "TCGTCGTCGTCG" */
#else
  char line[4096];
  return read_file("/proc/cmdline", line, sizeof line) > 0 && strstr(line, "cove.emulated=1");
#endif
}

static int copy_item(const char *item, const char *to, mode_t mode) {
  static char data[512 * 1024 + 1];
  char from[128];
  snprintf(from, sizeof from, FW_CFG "%s/raw", item);
  ssize_t length = read_file(from, data, sizeof data);
  return length > 0 ? write_file(to, data, (size_t)length, mode) : -1;
}

/* Docker's own settings and the host's as one JSON object; the host's is never empty. */
static int write_daemon_json(void) {
  char own[8192], hosts[65536], both[sizeof own + sizeof hosts];
  ssize_t length = read_file("/etc/docker/daemon.json", own, sizeof own);
  if (length < 0) return -1;
  char *end = strrchr(own, '}'), *more = NULL;
  if (read_file(FW_CFG "daemon.json/raw", hosts, sizeof hosts) > 0) more = strchr(hosts, '{');
  if (!end || !more) return write_text(DAEMON_JSON, own);
  *end = 0;
  snprintf(both, sizeof both, "%s,%s", own, more + 1);
  return write_text(DAEMON_JSON, both);
}

int config_load(void) {
  char data[4096];
  ssize_t length = read_file(FW_CFG "config/raw", data, sizeof data);
  if (length > 0) config_parse(&config, data, (size_t)length);
  config.emulated = cpu_is_emulated();
  if (write_daemon_json() < 0) return fail("cannot write " DAEMON_JSON);
  copy_item("ca.pem", "/etc/ssl/certs/cove-host.pem", 0644);
  copy_item("proxy-env", COVE_RUN "/proxy-env", 0600);
  if (copy_item("authorized-keys", COVE_RUN "/authorized-keys", 0600) < 0) return fail("the host gave no authorized-keys (fw_cfg opt/org.cove/authorized-keys)");
  if (copy_item("host-key", COVE_RUN "/host-key", 0600) < 0) return fail("the host gave no host-key (fw_cfg opt/org.cove/host-key)");
  return 0;
}
