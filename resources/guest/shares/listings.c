/* Listings that the host has told, page by page: once files were read, the kernel lists their folder anew to renew their
   attributes (electron/engine/shares/operations/listing.ts), and is answered here, without a turn of the host's.

   A page is good while its folder does not change. Each entry that the kernel is told counts as one more lookup of its
   node; those told here the host knows nothing of, so they are taken off what the kernel forgets. Under known.c's lock. */
#include "shares.h"

#include <linux/fuse.h>
#include <stdlib.h>
#include <string.h>

/* Powers of two. A page whose place another one takes is asked of the host again. */
#define MOST_PAGES 2048
#define MOST_ASKED 256
#define LARGEST_PAGE 4096 /* what the kernel asks for (fs/fuse/readdir.c fuse_readdir_uncached) */
/* Folders that share a number only lose pages that were good. */
#define FOLDER_NUMBERS 16384
#define TOLD_CHAINS 4096
/* Of so many entries one may be told without its node: the kernel asks for its attributes alone. */
#define ENTRIES_PER_UNKNOWN 4

static struct page {
  uint64_t folder, offset;
  char *data;
  uint32_t length, version;
  uint16_t mount;
} pages[MOST_PAGES];

static uint32_t versions[FOLDER_NUMBERS];
static uint32_t epoch; /* counts what makes all pages old */

/* Pages on their way, by the number of the request: one that was asked for before a change is not kept. */
static struct asked {
  uint64_t unique;
  uint32_t version;
  uint16_t mount;
} asked[MOST_ASKED];

/* How often the kernel was told of a node here. */
static struct told {
  struct told *next;
  uint64_t node, times;
  uint16_t mount;
} *told[TOLD_CHAINS];

static uint32_t *version_of(uint16_t mount, uint64_t folder) { return &versions[mix(folder ^ (uint64_t)mount << 48) % FOLDER_NUMBERS]; }
static uint32_t present(uint16_t mount, uint64_t folder) { return *version_of(mount, folder) + epoch; }
static struct page *page_at(uint16_t mount, uint64_t folder, uint64_t offset) { return &pages[mix(mix(folder ^ (uint64_t)mount << 48) ^ offset) % MOST_PAGES]; }
static struct asked *asked_at(uint64_t unique) { return &asked[mix(unique) % MOST_ASKED]; }

void listings_changed(uint16_t mount, uint64_t folder) { ++*version_of(mount, folder); }

void listings_forget_all(void) { epoch++; }

void listings_asked(uint16_t mount, const struct fuse_in_header *head) {
  *asked_at(head->unique) = (struct asked){.unique = head->unique, .version = present(mount, head->nodeid), .mount = mount};
}

/* The record at `at`, and where the next one is; false at the end of the page and where it is cut short. */
static bool next_record(const char *data, size_t length, size_t *at, struct fuse_direntplus *record) {
  if (length - *at < FUSE_NAME_OFFSET_DIRENTPLUS) return false;
  memcpy(record, data + *at, FUSE_NAME_OFFSET_DIRENTPLUS);
  size_t bytes = FUSE_REC_ALIGN(FUSE_NAME_OFFSET_DIRENTPLUS + (size_t)record->dirent.namelen);
  if (bytes > length - *at) return false;
  *at += bytes;
  return true;
}

/* Whether everything in a page is good until the host says otherwise, for everybody. An empty folder says nothing of that. */
static bool is_lasting(uint64_t offset, const char *data, size_t length) {
  struct fuse_direntplus record;
  size_t at = 0, entries = 0;
  while (next_record(data, length, &at, &record)) {
    if (record.entry_out.nodeid == 0) continue;
    if (record.entry_out.entry_valid == 0 || record.entry_out.attr_valid == 0) return false;
    entries++;
  }
  return at == length && (entries > 0 || offset > 0);
}

void listings_learn(uint16_t mount, const struct fuse_in_header *head, uint64_t offset, const char *data, size_t length) {
  const struct asked *begun = asked_at(head->unique);
  bool is_present = begun->unique == head->unique && begun->mount == mount && begun->version == present(mount, head->nodeid);
  if (!is_present || length > LARGEST_PAGE || !is_lasting(offset, data, length)) return;
  struct page *page = page_at(mount, head->nodeid, offset);
  char *copy = malloc(length + 1);
  if (!copy) return;
  if (length > 0) memcpy(copy, data, length);
  free(page->data);
  *page = (struct page){.folder = head->nodeid, .offset = offset, .data = copy, .length = (uint32_t)length, .version = begun->version, .mount = mount};
}

static struct told **find_told(uint16_t mount, uint64_t node) {
  struct told **at = &told[mix(node ^ (uint64_t)mount << 48) % TOLD_CHAINS];
  while (*at && ((*at)->node != node || (*at)->mount != mount)) at = &(*at)->next;
  return at;
}

static bool count_told(uint16_t mount, uint64_t node) {
  struct told **at = find_told(mount, node);
  if (!*at) {
    struct told *first = malloc(sizeof *first);
    if (!first) return false;
    *first = (struct told){.node = node, .mount = mount};
    *at = first;
  }
  (*at)->times++;
  return true;
}

uint64_t listings_forget(uint16_t mount, uint64_t node, uint64_t times) {
  struct told **at = find_told(mount, node), *here = *at;
  if (!here) return times;
  uint64_t own = here->times < times ? here->times : times;
  here->times -= own;
  if (here->times == 0) {
    *at = here->next;
    free(here);
  }
  return times - own;
}

void listings_forget_mount(uint16_t mount) {
  for (size_t i = 0; i < TOLD_CHAINS; i++)
    for (struct told **at = &told[i], *here; (here = *at);) {
      if (here->mount != mount) {
        at = &here->next;
        continue;
      }
      *at = here->next;
      free(here);
    }
}

/* The page with present attributes; false where too few are known. */
static bool renew(const struct page *page, char *into) {
  struct fuse_direntplus record;
  size_t at = 0, begun = 0, entries = 0, unknown = 0;
  memcpy(into, page->data, page->length);
  for (; next_record(page->data, page->length, &at, &record); begun = at) {
    if (record.entry_out.nodeid == 0) continue;
    const struct fuse_attr_out *attributes = known_entry(page->mount, page->folder, &record, page->data + begun + FUSE_NAME_OFFSET_DIRENTPLUS);
    entries++;
    if (attributes) {
      record.entry_out.attr_valid = attributes->attr_valid;
      record.entry_out.attr_valid_nsec = attributes->attr_valid_nsec;
      record.entry_out.attr = attributes->attr;
    } else {
      record.entry_out = (struct fuse_entry_out){0};
      unknown++;
    }
    memcpy(into + begun, &record, FUSE_NAME_OFFSET_DIRENTPLUS);
  }
  return unknown * ENTRIES_PER_UNKNOWN <= entries;
}

ssize_t listings_page(uint16_t mount, uint64_t folder, const struct fuse_read_in *wanted, char *into) {
  const struct page *page = page_at(mount, folder, wanted->offset);
  bool is_there = page->data && page->folder == folder && page->mount == mount && page->offset == wanted->offset && page->version == present(mount, folder);
  if (!is_there || page->length > wanted->size || !renew(page, into)) return -1;
  struct fuse_direntplus record;
  for (size_t at = 0; next_record(into, page->length, &at, &record);)
    /* One that is not counted only keeps the host from forgetting; the others are counted already. */
    if (record.entry_out.nodeid != 0 && !count_told(mount, record.entry_out.nodeid)) return -1;
  return (ssize_t)page->length;
}
