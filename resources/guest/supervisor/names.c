/* Name service for containers. A question goes to the host over a virtio-serial port of its own and is answered by the
   host's resolver; when no engine listens there or none answers in time, QEMU's name server is asked instead.
   A frame is serial (4 bytes), transport ('U' or 'T'), length (2 bytes), message; numbers are big-endian. */
#include "cove.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#define HOST_MS 3000
#define FALLBACK_MS 4000
#define MAX_PENDING 256
#define FRAME_HEAD 7

static struct pending {
  enum { FREE, FOR_HOST, AT_HOST, AT_FALLBACK } state; /* FOR_HOST: the port is full */
  uint32_t serial;
  uint16_t fallback_id;
  int64_t deadline_ms;
  struct names_asker asker;
  size_t length;
  unsigned char query[NAMES_LONGEST_QUERY];
} pendings[MAX_PENDING];

static int port_fd = -1, udp_fd = -1, fallback_fd = -1;
static uint32_t last_serial;
static unsigned char input[FRAME_HEAD + 65535];
static size_t input_length;

static void answer(const struct names_asker *asker, const unsigned char *message, size_t length) {
  if (asker->is_tcp) names_tcp_answer(asker, message, length);
  else (void)!sendto(udp_fd, message, length, 0, (const struct sockaddr *)&asker->address, sizeof asker->address);
}

/* The asker's own id goes back, whatever id the question travelled with. */
static void settle(struct pending *pending, unsigned char *message, size_t length) {
  pending->state = FREE;
  if (length < 12) return;
  memcpy(message, pending->query, 2);
  answer(&pending->asker, message, length);
}

static void refuse(struct pending *pending) {
  unsigned char message[NAMES_LONGEST_QUERY];
  settle(pending, message, dns_refusal(pending->query, pending->length, DNS_SERVER_FAILURE, message));
}

static bool host_is_there(void) {
  struct pollfd port = {.fd = port_fd, .events = POLLOUT};
  return port_fd >= 0 && poll(&port, 1, 0) >= 0 && !(port.revents & (POLLHUP | POLLERR | POLLNVAL));
}

static bool ask_host(struct pending *pending) {
  unsigned char frame[FRAME_HEAD + NAMES_LONGEST_QUERY];
  uint32_t serial = htonl(pending->serial);
  memcpy(frame, &serial, 4);
  frame[4] = pending->asker.is_tcp ? 'T' : 'U';
  frame[5] = (unsigned char)(pending->length >> 8);
  frame[6] = (unsigned char)pending->length;
  memcpy(frame + FRAME_HEAD, pending->query, pending->length);
  size_t length = FRAME_HEAD + pending->length;
  if (pending->state == FREE) pending->deadline_ms = uptime_ms() + HOST_MS;
  pending->state = AT_HOST;
  if (port_fd >= 0 && write(port_fd, frame, length) == (ssize_t)length) return true;
  pending->state = FOR_HOST;
  return errno == EAGAIN && host_is_there();
}

static void ask_fallback(struct pending *pending) {
  unsigned char message[NAMES_LONGEST_QUERY];
  unsigned char random = 0;
  (void)!getrandom(&random, 1, GRND_NONBLOCK);
  pending->fallback_id = (uint16_t)(random << 8 | (pending - pendings));
  pending->state = AT_FALLBACK;
  pending->deadline_ms = uptime_ms() + FALLBACK_MS;
  memcpy(message, pending->query, pending->length);
  message[0] = (unsigned char)(pending->fallback_id >> 8);
  message[1] = (unsigned char)pending->fallback_id;
  if (send(fallback_fd, message, pending->length, 0) < 0) refuse(pending);
}

static void on_deadline(void *argument);

static void arm(void) {
  int64_t first = 0;
  for (size_t i = 0; i < MAX_PENDING; i++)
    if (pendings[i].state != FREE && (!first || pendings[i].deadline_ms < first)) first = pendings[i].deadline_ms;
  loop_cancel(on_deadline, NULL);
  if (first) loop_at(first, on_deadline, NULL);
}

static void on_deadline(void *argument) {
  (void)argument;
  int64_t now = uptime_ms();
  for (size_t i = 0; i < MAX_PENDING; i++) {
    if (pendings[i].state == FREE || pendings[i].deadline_ms > now) continue;
    if (pendings[i].state != AT_FALLBACK) ask_fallback(&pendings[i]);
    else refuse(&pendings[i]);
  }
  arm();
}

void names_ask(const struct names_asker *asker, const unsigned char *query, size_t length) {
  unsigned char message[NAMES_LONGEST_QUERY + 64];
  if (length > NAMES_LONGEST_QUERY || !dns_is_query(query, length)) return;
  size_t own = dns_own_answer(query, length, message);
  if (own) return answer(asker, message, own);
  struct pending *pending = pendings;
  while (pending < pendings + MAX_PENDING && pending->state != FREE) pending++;
  if (pending == pendings + MAX_PENDING) return answer(asker, message, dns_refusal(query, length, DNS_SERVER_FAILURE, message));
  pending->serial = ++last_serial;
  pending->asker = *asker;
  pending->length = length;
  memcpy(pending->query, query, length);
  if (!ask_host(pending)) ask_fallback(pending);
  arm();
}

static void take_frame(uint32_t serial, unsigned char *message, size_t length) {
  for (size_t i = 0; i < MAX_PENDING; i++)
    if (pendings[i].state == AT_HOST && pendings[i].serial == serial) {
      /* Empty: the host does not know either. */
      if (length < 12) ask_fallback(&pendings[i]);
      else settle(&pendings[i], message, length);
    }
}

static void take_frames(void) {
  size_t at = 0;
  while (input_length - at >= FRAME_HEAD) {
    size_t length = (size_t)input[at + 5] << 8 | input[at + 6];
    if (input_length - at < FRAME_HEAD + length) break;
    uint32_t serial;
    memcpy(&serial, input + at, 4);
    take_frame(ntohl(serial), input + at + FRAME_HEAD, length);
    at += FRAME_HEAD + length;
  }
  memmove(input, input + at, input_length - at);
  input_length -= at;
}

/* Without a host at the other end the port reads as ended, for ever: hence the edge-triggered events. */
static void on_port(void *argument, unsigned events) {
  (void)argument, (void)events;
  ssize_t got;
  while ((got = read(port_fd, input + input_length, sizeof input - input_length)) > 0) {
    input_length += (size_t)got;
    take_frames();
  }
  if (got < 0) {
    for (size_t i = 0; i < MAX_PENDING; i++)
      if (pendings[i].state == FOR_HOST && !ask_host(&pendings[i])) ask_fallback(&pendings[i]);
    return arm();
  }
  input_length = 0;
  for (size_t i = 0; i < MAX_PENDING; i++)
    if (pendings[i].state == AT_HOST || pendings[i].state == FOR_HOST) ask_fallback(&pendings[i]);
  arm();
}

static void on_udp(void *argument, unsigned events) {
  (void)argument, (void)events;
  unsigned char query[NAMES_LONGEST_QUERY + 1];
  struct names_asker asker = {.is_tcp = false};
  for (;;) {
    socklen_t size = sizeof asker.address;
    ssize_t got = recvfrom(udp_fd, query, sizeof query, 0, (struct sockaddr *)&asker.address, &size);
    if (got < 0) return;
    names_ask(&asker, query, (size_t)got);
  }
}

static void on_fallback(void *argument, unsigned events) {
  (void)argument, (void)events;
  unsigned char message[65535];
  ssize_t got;
  while ((got = recv(fallback_fd, message, sizeof message, 0)) >= 0 || errno == ECONNREFUSED) {
    if (got < 12) continue;
    uint16_t id = (uint16_t)(message[0] << 8 | message[1]);
    struct pending *pending = &pendings[id & (MAX_PENDING - 1)];
    if (pending->state == AT_FALLBACK && pending->fallback_id == id) settle(pending, message, (size_t)got);
  }
  arm();
}

void names_use(int port, int udp, int fallback) {
  port_fd = port;
  udp_fd = udp;
  fallback_fd = fallback;
  loop_watch(udp, EPOLLIN, on_udp, NULL);
  loop_watch(fallback, EPOLLIN, on_fallback, NULL);
  if (port >= 0) loop_watch(port, EPOLLIN | EPOLLOUT | EPOLLET, on_port, NULL);
}
