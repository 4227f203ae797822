/* What the host has told of files: the kernel asks for the attributes of each file again that it has read, and of each
   folder that it has listed (fs/fuse/dir.c fuse_invalidate_atime), and is answered here, without a turn of the host's.

   Kept is only what the host tells at once when it changes: attributes with a time that they are good for. What the
   guest itself does to a file, and every notice of the host's, drops them; the next answer brings them again. */
#include "shares.h"

#include <linux/fuse.h>
#include <string.h>

/* Powers of two. A node whose place another one takes is asked of the host again. */
#define MOST_NODES 16384
#define MOST_PLACES 32768

static struct known {
  uint64_t node;
  uint32_t host; /* which one told of it */
  uint32_t name; /* its folder and name, hashed; 0 of a root */
  uint16_t mount;
  struct fuse_attr_out attributes; /* attr_valid 0: dropped */
} nodes[MOST_NODES];

/* Which node was last seen under a name: what is removed or moved is told by its name. */
static struct place { uint64_t node; uint16_t mount; } places[MOST_PLACES];
static uint32_t present_host = 1;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static uint64_t mix(uint64_t value) {
  value *= 0x9e3779b97f4a7c15u;
  return value ^ value >> 29;
}

static struct known *at(uint16_t mount, uint64_t node) { return &nodes[mix(node ^ (uint64_t)mount << 48) % MOST_NODES]; }

static struct known *find(uint16_t mount, uint64_t node) {
  struct known *known = at(mount, node);
  return known->node == node && known->mount == mount && known->host == present_host ? known : NULL;
}

static uint32_t hash_name(uint16_t mount, uint64_t folder, const char *name, size_t length) {
  uint64_t hash = mix(folder ^ (uint64_t)mount << 48);
  for (size_t i = 0; i < length; i++) hash = mix(hash ^ (unsigned char)name[i]);
  return (uint32_t)(hash ^ hash >> 32) | 1u << 31;
}

static struct place *place_of(uint32_t name) { return &places[name % MOST_PLACES]; }

static void drop(uint16_t mount, uint64_t node) {
  struct known *known = find(mount, node);
  if (known) known->attributes.attr_valid = 0;
}

static void drop_name(uint32_t name) { drop(place_of(name)->mount, place_of(name)->node); }

/* Nothing is known that its name would not find. */
static void take_place(uint32_t name, uint16_t mount, uint64_t node) {
  struct place *place = place_of(name);
  struct known *former = find(place->mount, place->node);
  if (former && place_of(former->name) == place && former->name != 0 && (place->node != node || place->mount != mount)) former->host = 0;
  *place = (struct place){.node = node, .mount = mount};
}

static void move_name(uint32_t from, uint32_t to) {
  const struct place place = *place_of(from);
  struct known *known = find(place.mount, place.node);
  if (!known || known->name != from) return;
  take_place(to, place.mount, place.node);
  known->name = to;
}

/* A node that has lost a name has to be told of by the one that it may have left. */
static void forget_name(uint32_t name) {
  struct known *known = find(place_of(name)->mount, place_of(name)->node);
  if (known) known->host = 0;
}

static void learn_entry(uint16_t mount, uint32_t name, const struct fuse_entry_out *entry) {
  if (entry->nodeid == 0) return forget_name(name);
  take_place(name, mount, entry->nodeid);
  struct fuse_attr_out attributes = {.attr_valid = entry->attr_valid, .attr_valid_nsec = entry->attr_valid_nsec, .attr = entry->attr};
  *at(mount, entry->nodeid) = (struct known){.node = entry->nodeid, .host = present_host, .name = name, .mount = mount, .attributes = attributes};
}

/* READDIRPLUS: "." and ".." have no node. */
static void learn_listing(uint16_t mount, uint64_t folder, const char *data, size_t length) {
  while (length >= FUSE_NAME_OFFSET_DIRENTPLUS) {
    struct fuse_direntplus record;
    memcpy(&record, data, FUSE_NAME_OFFSET_DIRENTPLUS);
    size_t bytes = FUSE_NAME_OFFSET_DIRENTPLUS + (size_t)record.dirent.namelen;
    if (bytes > length) return;
    if (record.entry_out.nodeid != 0) learn_entry(mount, hash_name(mount, folder, data + FUSE_NAME_OFFSET_DIRENTPLUS, record.dirent.namelen), &record.entry_out);
    bytes = FUSE_REC_ALIGN(bytes);
    if (bytes > length) return;
    data += bytes;
    length -= bytes;
  }
}

/* A node that was never told of by its name might be removed without our noticing; the root has none and stays. */
static void learn_attributes(uint16_t mount, uint64_t node, const char *data, size_t length) {
  struct known *known = find(mount, node);
  if (!known && node == FUSE_ROOT_ID) {
    known = at(mount, node);
    *known = (struct known){.node = node, .host = present_host, .mount = mount};
  }
  if (!known || length < sizeof known->attributes) return;
  memcpy(&known->attributes, data, sizeof known->attributes);
}

/* A request's names, each ended by a NUL, behind what its kind has before them; and a second folder, or file, that it is about. */
struct words {
  uint32_t first, second; /* 0: none */
  uint64_t other;
};

static uint32_t next_name(uint16_t mount, uint64_t folder, const char **at_name, const char *end) {
  const char *name = *at_name;
  if (name >= end) return 0;
  size_t length = strnlen(name, (size_t)(end - name));
  *at_name = name + length + 1;
  return hash_name(mount, folder, name, length);
}

static struct words read_words(uint16_t mount, const struct fuse_in_header *head, const char *end) {
  const char *body = (const char *)(head + 1), *name = body;
  struct words words = {0};
  switch (head->opcode) {
    case FUSE_RENAME: name += sizeof(struct fuse_rename_in); break;
    case FUSE_RENAME2: name += sizeof(struct fuse_rename2_in); break;
    case FUSE_LINK: name += sizeof(struct fuse_link_in); break;
    case FUSE_MKNOD: name += sizeof(struct fuse_mknod_in); break;
    case FUSE_MKDIR: name += sizeof(struct fuse_mkdir_in); break;
    case FUSE_COPY_FILE_RANGE:
      if (end - body >= 24) memcpy(&words.other, body + 16, sizeof words.other); /* fuse_copy_file_range_in.nodeid_out */
      return words;
    case FUSE_LOOKUP: case FUSE_SYMLINK: case FUSE_UNLINK: case FUSE_RMDIR: break;
    default: return words;
  }
  if (name > end) return words;
  bool moves = head->opcode == FUSE_RENAME || head->opcode == FUSE_RENAME2;
  if (moves || head->opcode == FUSE_LINK) memcpy(&words.other, body, sizeof words.other); /* newdir, oldnodeid */
  words.first = next_name(mount, head->nodeid, &name, end);
  if (moves) words.second = next_name(mount, words.other, &name, end);
  return words;
}

static void drop_changed(uint16_t mount, uint64_t node, const struct words *words) {
  drop(mount, node);
  drop(mount, words->other);
  drop_name(words->first);
  drop_name(words->second);
}

static bool changes(uint32_t opcode) {
  switch (opcode) {
    case FUSE_SETATTR: case FUSE_WRITE: case FUSE_FALLOCATE: case FUSE_COPY_FILE_RANGE: case FUSE_MKNOD: case FUSE_MKDIR: case FUSE_SYMLINK:
    case FUSE_LINK: case FUSE_UNLINK: case FUSE_RMDIR: case FUSE_RENAME: case FUSE_RENAME2: return true;
    default: return false;
  }
}

void known_asked(uint16_t mount, const void *request, size_t length) {
  const struct fuse_in_header *head = request;
  if (length < sizeof *head || !changes(head->opcode)) return;
  struct words words = read_words(mount, head, (const char *)request + length);
  pthread_mutex_lock(&lock);
  drop_changed(mount, head->nodeid, &words);
  pthread_mutex_unlock(&lock);
}

static void learn(uint16_t mount, const struct fuse_in_header *head, const struct words *words, const char *data, size_t length) {
  struct fuse_entry_out entry;
  switch (head->opcode) {
    case FUSE_GETATTR: return learn_attributes(mount, head->nodeid, data, length);
    case FUSE_READDIRPLUS: return learn_listing(mount, head->nodeid, data, length);
    case FUSE_UNLINK: case FUSE_RMDIR: return forget_name(words->first);
    case FUSE_RENAME: case FUSE_RENAME2: return move_name(words->first, words->second);
    case FUSE_LOOKUP: case FUSE_SYMLINK: case FUSE_MKNOD: case FUSE_MKDIR: case FUSE_LINK: break;
    default: return;
  }
  if (length < sizeof entry) return;
  memcpy(&entry, data, sizeof entry);
  learn_entry(mount, words->first, &entry);
}

/* What was asked for before a change may have been told after that was asked for: dropped once more. */
void known_answered(uint16_t mount, const void *request, size_t request_length, const void *reply, size_t length) {
  const struct fuse_in_header *head = request;
  const struct fuse_out_header *result = reply;
  if (request_length < sizeof *head || length < sizeof *result) return;
  struct words words = read_words(mount, head, (const char *)request + request_length);
  pthread_mutex_lock(&lock);
  if (changes(head->opcode)) drop_changed(mount, head->nodeid, &words);
  if (result->error == 0) learn(mount, head, &words, (const char *)(result + 1), length - sizeof *result);
  pthread_mutex_unlock(&lock);
}

void known_told(uint16_t mount, const void *notice, size_t length) {
  const struct fuse_out_header *head = notice;
  const char *body = (const char *)notice + sizeof *head;
  struct fuse_notify_inval_entry_out entry;
  struct fuse_notify_inval_inode_out inode;
  pthread_mutex_lock(&lock);
  if (length >= sizeof *head + sizeof entry && head->error == FUSE_NOTIFY_INVAL_ENTRY) {
    memcpy(&entry, body, sizeof entry);
    size_t rest = length - sizeof *head - sizeof entry;
    drop(mount, entry.parent);
    drop_name(hash_name(mount, entry.parent, body + sizeof entry, entry.namelen < rest ? entry.namelen : rest));
  } else if (length >= sizeof *head + sizeof inode && head->error == FUSE_NOTIFY_INVAL_INODE) {
    memcpy(&inode, body, sizeof inode);
    drop(mount, inode.ino);
  }
  pthread_mutex_unlock(&lock);
}

bool known_attributes(uint16_t mount, uint64_t node, void *into) {
  pthread_mutex_lock(&lock);
  const struct known *known = find(mount, node);
  bool is_known = known && known->attributes.attr_valid > 0;
  if (is_known) memcpy(into, &known->attributes, sizeof known->attributes);
  pthread_mutex_unlock(&lock);
  return is_known;
}

void known_forget_all(void) {
  pthread_mutex_lock(&lock);
  present_host = present_host % UINT32_MAX + 1; /* never 0 */
  pthread_mutex_unlock(&lock);
}
