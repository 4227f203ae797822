/* Requests that the host has not answered. The kernel waits for every one of them: when the host's engine dies,
   the next one is told them again. */
#include "shares.h"

#include <stdlib.h>
#include <string.h>

/* More than that and the kernel's next requests stay with the kernel. */
#define MOST_BYTES (16u * 1024 * 1024)

static struct held ends = {.next = &ends, .previous = &ends};
static size_t bytes;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t room = PTHREAD_COND_INITIALIZER;

static struct held *take(struct held *held) {
  held->previous->next = held->next;
  held->next->previous = held->previous;
  bytes -= held->length;
  pthread_cond_broadcast(&room);
  return held;
}

static void drop(struct held *held) { free(take(held)); }

/* Before a request is read; several readers may pass at once, each with one. */
void held_wait_for_room(void) {
  pthread_mutex_lock(&lock);
  while (bytes > MOST_BYTES) pthread_cond_wait(&room, &lock);
  pthread_mutex_unlock(&lock);
}

void held_add(uint16_t mount, const void *request, size_t length, bool wants_reply) {
  struct held *held = malloc(sizeof *held + length);
  if (!held) return;
  held->mount = mount;
  held->wants_reply = wants_reply;
  held->length = length;
  memcpy(held->data, request, length);
  memcpy(&held->unique, held->data + 8, sizeof held->unique); /* fuse_in_header.unique */
  pthread_mutex_lock(&lock);
  held->next = &ends;
  held->previous = ends.previous;
  ends.previous->next = held;
  ends.previous = held;
  bytes += length;
  pthread_mutex_unlock(&lock);
}

struct held *held_answered(uint16_t mount, uint64_t unique) {
  pthread_mutex_lock(&lock);
  struct held *held = ends.next;
  while (held != &ends && (held->mount != mount || held->unique != unique)) held = held->next;
  held = held == &ends ? NULL : take(held);
  pthread_mutex_unlock(&lock);
  return held;
}

void held_forget_mount(uint16_t mount) {
  pthread_mutex_lock(&lock);
  for (struct held *held = ends.next, *next; held != &ends; held = next) {
    next = held->next;
    if (held->mount == mount) drop(held);
  }
  pthread_mutex_unlock(&lock);
}

void held_send_all(bool (*send)(uint16_t mount, const void *request, size_t length)) {
  pthread_mutex_lock(&lock);
  for (struct held *held = ends.next, *next; held != &ends; held = next) {
    next = held->next;
    if (!send(held->mount, held->data, held->length)) break;
    if (!held->wants_reply) drop(held);
  }
  pthread_mutex_unlock(&lock);
}
