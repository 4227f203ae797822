/* Shared declarations of the shuttle: it carries the kernel's FUSE requests to the host and the answers back.
   The host's engine is the file server (electron/engine/shares/port/frames.ts); known.c alone understands what is carried. */
#ifndef SHARES_H
#define SHARES_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PORT_NAME "org.cove.shares"
#define MOST_MOUNTS 64
#define LARGEST_WRITE (256 * 1024)
#define LARGEST_FRAME (LARGEST_WRITE + 16384)

/* Before every message on the port; `length` counts the header too. Little-endian on every machine we run on. */
struct frame {
  uint32_t length;
  uint8_t kind;
  uint8_t flags;
  uint16_t mount;
};

enum to_host { HELLO = 1, REQUEST = 2, MOUNTED = 3, UNMOUNTED = 4, EVENT_DONE = 5, LOST = 6, SETTLED = 7 };
enum to_guest { MOUNT = 1, UNMOUNT = 2, REPLY = 3, NOTIFY = 4, EVENT = 5, ALL_MOUNTED = 6, MOUNT_VIRTIOFS = 7 };
enum { REPLAYED = 1 };

/* port.c: the virtio-serial port, and what both sides say when they meet. */
int port_open(const char *path);
void port_serve(void);
/* Sends one frame if a host is there; `false` when none is. */
bool port_send(enum to_host kind, uint16_t mount, const void *data, size_t length);
/* Sends a request, and holds it until it is answered or, where no answer comes, until a host was told it. */
void port_ask(uint16_t mount, const void *request, size_t length, bool wants_reply);
/* Sends what nobody waits for with the next frame, or with `port_send_forgotten`; `false` when it went at once. */
bool port_forget(uint16_t mount, const void *request, size_t length);
void port_send_forgotten(void);

/* held.c: requests that the host has not answered; each is told again to the next host. */
void held_wait_for_room(void);
void held_add(uint16_t mount, const void *request, size_t length, bool wants_reply);
struct held {
  struct held *next, *previous;
  uint16_t mount;
  bool wants_reply;
  uint64_t unique;
  size_t length;
  char data[];
};
/* Held no more: to be freed by whoever asks, NULL if it was not held. */
struct held *held_answered(uint16_t mount, uint64_t unique);
void held_forget_mount(uint16_t mount);
void held_send_all(bool (*send)(uint16_t mount, const void *request, size_t length));

/* known.c: attributes that the host has told, for the kernel to ask again. Data begins with FUSE's own header. */
void known_asked(uint16_t mount, const void *request, size_t length);
void known_answered(uint16_t mount, const void *request, size_t request_length, const void *reply, size_t length);
void known_told(uint16_t mount, const void *notice, size_t length);
/* Fills a struct fuse_attr_out; `false` where the host has to be asked. */
bool known_attributes(uint16_t mount, uint64_t node, void *into);
/* Before another host comes, which tells of no change before it. */
void known_forget_all(void);

/* mounts.c: one FUSE connection for each shared folder; those by virtiofs are the kernel's own affair. */
int mounts_add(uint16_t id, const char *path);
int mounts_add_virtiofs(uint16_t id, const char *tag, const char *path);
int mounts_remove(uint16_t id);
int mounts_fd(uint16_t id);
const char *mounts_path(uint16_t id);
/* Lines "<id> <path>" of what is mounted, "<id>v <path>" by virtiofs. */
size_t mounts_list(char *into, size_t size);

/* events.c: everything that may wait for an answer of the host, in a thread of its own. */
void events_start(void);
void events_add(const struct frame *frame, const void *data);
int events_thread_id(void);

/* main.c */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void told_ready(void);

#endif
