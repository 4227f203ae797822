/* What a block device holds, judged without changing it. Anything unknown counts as somebody's data. */
#include "cove.h"

#include <string.h>
#include <unistd.h>

#define MIB (1024ull * 1024)
#define BLOCK 4096
#define SUPERBLOCK_AT 1024
#define BACKUP_AT (128 * MIB) /* first backup superblock of a 4 KiB-block ext4 */
#define MARK_AT (127 * MIB)   /* a block of the first group that mke2fs leaves alone */
#define SAMPLES 256

static const char mark_text[] = "cove: this file system is being made; it holds no data yet\n";

static uint32_t little32(const unsigned char *p) { return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24; }
static uint16_t little16(const unsigned char *p) { return (uint16_t)(p[0] | p[1] << 8); }

static bool read_at(int fd, uint64_t at, void *into, size_t length) {
  return pread(fd, into, length, (off_t)at) == (ssize_t)length;
}

static bool has_magic(int fd, uint64_t superblock_at) {
  unsigned char magic[2];
  return read_at(fd, superblock_at + 0x38, magic, 2) && little16(magic) == 0xEF53;
}

/* 1 when the range is all zero, 0 when not, -1 when it cannot be read. */
static int is_zero(int fd, uint64_t from, uint64_t length) {
  static unsigned char data[65536];
  for (uint64_t at = from; at < from + length; at += sizeof data) {
    size_t part = from + length - at < sizeof data ? (size_t)(from + length - at) : sizeof data;
    if (!read_at(fd, at, data, part)) return -1;
    if (data[0] || memcmp(data, data + 1, part - 1)) return 0;
  }
  return 1;
}

static int looks_empty(int fd, uint64_t bytes) {
  int verdict = is_zero(fd, 0, 4 * MIB < bytes ? 4 * MIB : bytes);
  if (verdict == 1 && bytes > 8 * MIB) verdict = is_zero(fd, bytes - MIB, MIB);
  for (uint64_t i = 1; verdict == 1 && i < SAMPLES; i++) verdict = is_zero(fd, bytes / SAMPLES * i / BLOCK * BLOCK, BLOCK);
  const uint64_t backup_groups[] = {1, 3, 5, 7, 9, 25, 27, 49};
  for (size_t i = 0; verdict == 1 && i < sizeof backup_groups / sizeof *backup_groups; i++)
    if (backup_groups[i] * BACKUP_AT + BLOCK <= bytes) verdict = is_zero(fd, backup_groups[i] * BACKUP_AT, BLOCK);
  return verdict;
}

static bool is_marked_half_made(int fd) {
  char data[sizeof mark_text];
  return read_at(fd, MARK_AT, data, sizeof data) && !memcmp(data, mark_text, sizeof data);
}

int disk_mark_half_made(int fd, bool half_made) {
  char data[BLOCK] = {0};
  if (half_made) memcpy(data, mark_text, sizeof mark_text);
  else if (!is_marked_half_made(fd)) return 0;
  return pwrite(fd, data, BLOCK, MARK_AT) == BLOCK && fsync(fd) == 0 ? 0 : -1;
}

static void read_superblock(int fd, struct disk_facts *facts) {
  unsigned char super[1024];
  if (!read_at(fd, SUPERBLOCK_AT, super, sizeof super)) return;
  uint64_t blocks = little32(super + 4);
  if (little32(super + 0x60) & 0x80) blocks |= (uint64_t)little32(super + 0x150) << 32;
  facts->filesystem_bytes = blocks << (10 + (little32(super + 0x18) & 7));
  facts->has_errors = little16(super + 0x3A) & 2;
  facts->never_mounted = little32(super + 0x2C) == 0;
}

struct disk_facts disk_probe(int fd, uint64_t device_bytes) {
  struct disk_facts facts = {.kind = DISK_FOREIGN, .device_bytes = device_bytes};
  unsigned char first[BLOCK];
  if (!read_at(fd, 0, first, sizeof first)) facts.kind = DISK_UNREADABLE;
  else if (has_magic(fd, SUPERBLOCK_AT)) {
    facts.kind = DISK_EXT4;
    read_superblock(fd, &facts);
  } else if (has_magic(fd, BACKUP_AT)) facts.kind = DISK_EXT4_DAMAGED;
  else if (is_marked_half_made(fd)) facts.kind = DISK_HALF_MADE;
  else {
    int empty = looks_empty(fd, device_bytes);
    if (empty) facts.kind = empty > 0 ? DISK_EMPTY : DISK_UNREADABLE;
  }
  return facts;
}
