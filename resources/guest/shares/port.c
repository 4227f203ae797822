/* The virtio-serial port. The host may vanish at any moment, in the middle of a message too, and another may come:
   every meeting begins with the host's mark and a number of its own, which we repeat; until then all bytes are old. */
#include "shares.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MARK_BYTES 16
#define NONCE_BYTES 16
#define STALL_MS 5000

static const unsigned char mark_of_host[MARK_BYTES] = {0xc0, 0x5e, 'c', 'o', 'v', 'e', '-', 'h', 'o', 's', 't', 0xff, 0x01, 0x9d, 0xa7, 0xe3};
static const unsigned char mark_of_guest[MARK_BYTES] = {0xc0, 0x5e, 'c', 'o', 'v', 'e', '-', 'g', 'u', 'e', 's', 0xff, 0x01, 0x9d, 0xa7, 0xe4};

static int port = -1;
static bool is_met;
static unsigned char met_nonce[NONCE_BYTES];
static pthread_mutex_t writing = PTHREAD_MUTEX_INITIALIZER;

/* Nodes that the kernel has forgotten: the host need not hear of them at once, and each frame costs a turn of its loop. */
static char forgotten[4096];
static size_t forgotten_length;

static unsigned char input[65536];
static size_t input_start, input_end;

/* `fd:N` is a descriptor that was inherited: tests without a machine. */
int port_open(const char *path) {
  if (!strncmp(path, "fd:", 3)) {
    port = atoi(path + 3);
    return fcntl(port, F_SETFL, fcntl(port, F_GETFL) & ~O_NONBLOCK);
  }
  return port = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY);
}

static bool write_all(const void *data, size_t length) {
  const char *at = data;
  while (length > 0) {
    ssize_t wrote = write(port, at, length);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return false;
    at += wrote;
    length -= (size_t)wrote;
  }
  return true;
}

/* With `writing` held. */
static bool write_forgotten(void) {
  size_t length = is_met ? forgotten_length : 0;
  if (length == 0) return true;
  forgotten_length = 0;
  return write_all(forgotten, length);
}

/* With `writing` held. One write where it fits: each is a turn of the host's loop. */
static bool write_frame(struct frame head, const void *data, size_t length) {
  static char small[32 * 1024];
  size_t first = is_met ? forgotten_length : 0;
  head.length = (uint32_t)(sizeof head + length);
  if (first + head.length > sizeof small) return write_forgotten() && write_all(&head, sizeof head) && write_all(data, length);
  memcpy(small, forgotten, first);
  memcpy(small + first, &head, sizeof head);
  if (length > 0) memcpy(small + first + sizeof head, data, length);
  forgotten_length -= first;
  return write_all(small, first + head.length);
}

bool port_send(enum to_host kind, uint16_t mount, const void *data, size_t length) {
  pthread_mutex_lock(&writing);
  bool sent = is_met && write_frame((struct frame){.kind = kind, .mount = mount}, data, length);
  pthread_mutex_unlock(&writing);
  return sent;
}

/* Under one lock with the meeting, so that a new host hears of a request once. */
void port_ask(uint16_t mount, const void *request, size_t length, bool wants_reply) {
  pthread_mutex_lock(&writing);
  if (wants_reply || !is_met) held_add(mount, request, length, wants_reply);
  if (is_met) write_frame((struct frame){.kind = REQUEST, .mount = mount}, request, length);
  pthread_mutex_unlock(&writing);
}

bool port_forget(uint16_t mount, const void *request, size_t length) {
  struct frame head = {.length = (uint32_t)(sizeof head + length), .kind = REQUEST, .mount = mount};
  pthread_mutex_lock(&writing);
  bool fits = is_met && head.length <= sizeof forgotten;
  if (fits && forgotten_length + head.length > sizeof forgotten) write_forgotten();
  if (fits) {
    memcpy(forgotten + forgotten_length, &head, sizeof head);
    memcpy(forgotten + forgotten_length + sizeof head, request, length);
    forgotten_length += head.length;
  }
  pthread_mutex_unlock(&writing);
  if (!fits) port_ask(mount, request, length, false);
  return fits;
}

void port_send_forgotten(void) {
  pthread_mutex_lock(&writing);
  write_forgotten();
  pthread_mutex_unlock(&writing);
}

/* Blocks for at most `timeout_ms` (-1: for ever); 0 when the host is gone or silent. */
static size_t take(void *into, size_t length, int timeout_ms) {
  if (input_start == input_end) {
    struct pollfd wait = {.fd = port, .events = POLLIN};
    if (timeout_ms >= 0 && poll(&wait, 1, timeout_ms) == 0) return 0;
    ssize_t got;
    do got = read(port, input, sizeof input);
    while (got < 0 && errno == EINTR);
    if (got <= 0) return 0;
    input_start = 0;
    input_end = (size_t)got;
  }
  size_t taken = input_end - input_start < length ? input_end - input_start : length;
  memcpy(into, input + input_start, taken);
  input_start += taken;
  return taken;
}

static bool take_all(void *into, size_t length, int first_timeout_ms) {
  char *at = into;
  int timeout_ms = first_timeout_ms;
  while (length > 0) {
    size_t taken = take(at, length, timeout_ms);
    if (taken == 0) return false;
    at += taken;
    length -= taken;
    timeout_ms = STALL_MS;
  }
  return true;
}

static bool send_again(uint16_t mount, const void *request, size_t length) {
  return write_frame((struct frame){.kind = REQUEST, .flags = REPLAYED, .mount = mount}, request, length);
}

static size_t read_boot_id(char *into, size_t size) {
  int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
  ssize_t got = fd < 0 ? -1 : read(fd, into, size);
  if (fd >= 0) close(fd);
  return got > 0 ? (size_t)got : 0;
}

/* What the host must know of us: this boot, the process of events, and what is mounted. */
static size_t describe(char *into, size_t size) {
  int32_t events = events_thread_id();
  memcpy(into, &events, sizeof events);
  memset(into + 4, 0, 40);
  read_boot_id(into + 4, 36);
  return 44 + mounts_list(into + 44, size - 44);
}

/* A write to a port without a host waits for one, and needs no polling; what it says is skipped by the other side. */
static bool wait_for_host(void) {
  pthread_mutex_lock(&writing);
  is_met = false;
  known_forget_all();
  bool written = write_all(mark_of_guest, MARK_BYTES);
  pthread_mutex_unlock(&writing);
  return written;
}

static bool find_mark(void) {
  unsigned char window[MARK_BYTES] = {0}, byte;
  while (take(&byte, 1, -1) == 1) {
    memmove(window, window + 1, MARK_BYTES - 1);
    window[MARK_BYTES - 1] = byte;
    if (!memcmp(window, mark_of_host, MARK_BYTES)) return true;
  }
  return false;
}

static bool greet(const unsigned char *nonce) {
  static char hello[65536];
  size_t length = describe(hello, sizeof hello);
  pthread_mutex_lock(&writing);
  is_met = false;
  known_forget_all();
  bool met = write_all(mark_of_guest, MARK_BYTES) && write_all(nonce, NONCE_BYTES) && write_frame((struct frame){.kind = HELLO}, hello, length);
  is_met = met;
  memcpy(met_nonce, nonce, NONCE_BYTES);
  if (met) held_send_all(send_again);
  pthread_mutex_unlock(&writing);
  return met;
}

static bool meet(void) {
  unsigned char nonce[NONCE_BYTES];
  return find_mark() && take_all(nonce, sizeof nonce, STALL_MS) && greet(nonce);
}

static void on_frame(const struct frame *head, const void *data, size_t length) {
  if (head->kind == REPLY && length >= 16) {
    uint64_t unique;
    memcpy(&unique, (const char *)data + 8, sizeof unique); /* fuse_out_header.unique */
    struct held *asked = held_answered(head->mount, unique);
    if (asked) known_answered(head->mount, asked->data, asked->length, data, length);
    free(asked);
    int fd = mounts_fd(head->mount);
    /* ENOENT: whoever asked was killed meanwhile. */
    if (fd >= 0 && write(fd, data, length) < 0 && errno != ENOENT) say("the kernel refused an answer: %m");
  } else if (head->kind != REPLY) {
    if (head->kind == NOTIFY) known_told(head->mount, data, length);
    events_add(head, data);
  }
}

/* A mark where a message should begin: the host has said it more than once, or it is another host. */
static bool meet_again(const struct frame *head) {
  unsigned char rest[MARK_BYTES - sizeof *head], nonce[NONCE_BYTES];
  if (memcmp(head, mark_of_host, sizeof *head) || !take_all(rest, sizeof rest, STALL_MS) || !take_all(nonce, sizeof nonce, STALL_MS)) return false;
  if (memcmp(rest, mark_of_host + sizeof *head, sizeof rest)) return false;
  return !memcmp(nonce, met_nonce, NONCE_BYTES) || greet(nonce);
}

/* True while what comes is well-formed. */
static bool serve_frame(char *data, bool *is_gone) {
  struct frame head;
  *is_gone = !take_all(&head, sizeof head, -1);
  if (*is_gone) return false;
  if (head.length < sizeof head || head.length > LARGEST_FRAME || head.kind < MOUNT || head.kind > MOUNT_VIRTIOFS) return meet_again(&head);
  size_t length = head.length - sizeof head;
  if (!take_all(data, length, STALL_MS)) return false;
  data[length] = 0;
  on_frame(&head, data, length);
  return true;
}

/* The host speaks nonsense, perhaps since another one came in the middle of a message: it has to begin anew. */
static void tell_lost(void) {
  pthread_mutex_lock(&writing);
  is_met = false;
  write_frame((struct frame){.kind = LOST}, NULL, 0);
  pthread_mutex_unlock(&writing);
}

void port_serve(void) {
  char *data = malloc(LARGEST_FRAME + 1);
  if (!data) return;
  for (;;) {
    if (!wait_for_host()) sleep(1);
    if (!meet()) continue;
    bool is_gone;
    while (serve_frame(data, &is_gone)) {}
    if (!is_gone) tell_lost();
  }
}
