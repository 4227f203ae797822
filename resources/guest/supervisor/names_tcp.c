/* Name service over TCP (RFC 1035 4.2.2): a message after its length, one question at a time per client. */
#include "cove.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_CLIENTS 16
#define IDLE_MS 10000

static struct client {
  int fd; /* -1 when free */
  uint32_t generation;
  bool is_asking;
  int64_t deadline_ms;
  size_t got, out_length, out_sent;
  unsigned char in[2 + NAMES_LONGEST_QUERY];
  unsigned char *out;
} clients[MAX_CLIENTS];

static int listener = -1;

static void drop(struct client *client) {
  if (client->fd < 0) return;
  loop_forget(client->fd);
  close(client->fd);
  free(client->out);
  client->out = NULL;
  client->fd = -1;
  client->generation++;
}

static void on_idle(void *argument) {
  (void)argument;
  int64_t first = 0, now = uptime_ms();
  for (int i = 0; i < MAX_CLIENTS; i++) {
    struct client *client = &clients[i];
    if (client->fd >= 0 && client->deadline_ms <= now) drop(client);
    if (client->fd >= 0 && (!first || client->deadline_ms < first)) first = client->deadline_ms;
  }
  loop_cancel(on_idle, NULL);
  if (first) loop_at(first, on_idle, NULL);
}

static void send_out(struct client *client) {
  while (client->out_sent < client->out_length) {
    ssize_t sent = send(client->fd, client->out + client->out_sent, client->out_length - client->out_sent, MSG_NOSIGNAL);
    if (sent < 0 && errno == EAGAIN) return;
    if (sent < 0) return drop(client);
    client->out_sent += (size_t)sent;
  }
  free(client->out);
  client->out = NULL;
  client->out_length = 0;
}

/* Asks what has come in whole; what follows it waits for the answer. */
static void ask_next(struct client *client) {
  size_t length = (size_t)client->in[0] << 8 | client->in[1];
  if (client->fd < 0 || client->is_asking || client->out || client->got < 2) return;
  if (length > NAMES_LONGEST_QUERY || !length) return drop(client);
  if (client->got < 2 + length) return;
  unsigned char query[NAMES_LONGEST_QUERY];
  memcpy(query, client->in + 2, length);
  memmove(client->in, client->in + 2 + length, client->got - 2 - length);
  client->got -= 2 + length;
  if (!dns_is_query(query, length)) return drop(client);
  client->is_asking = true;
  struct names_asker asker = {.is_tcp = true, .client = (unsigned)(client - clients), .generation = client->generation};
  names_ask(&asker, query, length);
}

static void on_client(void *argument, unsigned events) {
  struct client *client = argument;
  (void)events;
  if (client->out) send_out(client);
  ssize_t got = 1;
  while (client->fd >= 0 && got > 0 && client->got < sizeof client->in) {
    got = recv(client->fd, client->in + client->got, sizeof client->in - client->got, 0);
    if (got > 0) client->got += (size_t)got;
    else if (got == 0 || errno != EAGAIN) return drop(client);
  }
  if (client->is_asking && client->got == sizeof client->in) return drop(client);
  ask_next(client);
}

void names_tcp_answer(const struct names_asker *asker, const unsigned char *message, size_t length) {
  struct client *client = &clients[asker->client];
  if (client->fd < 0 || client->generation != asker->generation) return;
  client->is_asking = false;
  client->out = malloc(2 + length);
  if (!client->out) return drop(client);
  client->out[0] = (unsigned char)(length >> 8);
  client->out[1] = (unsigned char)length;
  memcpy(client->out + 2, message, length);
  client->out_length = 2 + length;
  client->out_sent = 0;
  client->deadline_ms = uptime_ms() + IDLE_MS;
  send_out(client);
  ask_next(client);
}

/* With no place left the one that has been here longest gives way. */
static void on_listener(void *argument, unsigned events) {
  (void)argument, (void)events;
  int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) return;
  struct client *client = clients;
  for (int i = 0; i < MAX_CLIENTS && client->fd >= 0; i++)
    if (clients[i].fd < 0 || clients[i].deadline_ms < client->deadline_ms) client = &clients[i];
  drop(client);
  *client = (struct client){.fd = fd, .generation = client->generation, .deadline_ms = uptime_ms() + IDLE_MS};
  loop_watch(fd, EPOLLIN | EPOLLOUT | EPOLLET, on_client, client);
  on_idle(NULL);
}

void names_tcp_use(int fd) {
  listener = fd;
  for (int i = 0; i < MAX_CLIENTS; i++) clients[i].fd = -1;
  loop_watch(listener, EPOLLIN, on_listener, NULL);
}
