/* What the guest's share program knows of files, outside of a machine: messages on stdin, each with a letter, its mount
   and the lengths of a request and an answer before these. Each question is answered by a line: '?' by a size, 'l' by a
   page of a listing, both by "ask" where the host has to be asked; 'g' by how often the host hears of what is forgotten. */
#include "shares.h"

#include <linux/fuse.h>
#include <stdio.h>
#include <stdlib.h>

struct message {
  uint32_t letter, mount, request, reply;
};

static void *read_part(size_t length) {
  void *data = malloc(length + 1);
  if (!data || fread(data, 1, length, stdin) != length) exit(1);
  return data;
}

static void print_known(uint16_t mount, const uint64_t *node) {
  struct fuse_attr_out attributes;
  if (known_attributes(mount, *node, &attributes)) printf("%llu\n", (unsigned long long)attributes.attr.size);
  else printf("ask\n");
}

static void print_listing(uint16_t mount, const void *request, size_t length) {
  char page[4096], *at = page;
  ssize_t bytes = known_listing(mount, request, length, page);
  printf(bytes < 0 ? "ask" : bytes == 0 ? "end" : "");
  while (bytes > 0 && at < page + bytes) {
    struct fuse_direntplus *record = (struct fuse_direntplus *)at;
    printf("%s%.*s:%llu:%llu", at == page ? "" : " ", (int)record->dirent.namelen, record->dirent.name, (unsigned long long)record->entry_out.nodeid, (unsigned long long)record->entry_out.attr.size);
    at += FUSE_DIRENTPLUS_SIZE(record);
  }
  printf("\n");
}

/* The numbers stand at the end of what the kernel says: a u64 of FORGET, pairs of BATCH_FORGET. */
static void print_forgets(uint16_t mount, void *request, size_t length) {
  struct fuse_in_header *head = request;
  bool any = known_forgets(mount, head, length);
  uint64_t *at = (uint64_t *)(head + 1), *end = (uint64_t *)((char *)request + length);
  printf(any ? "tell" : "keep");
  for (at += head->opcode == FUSE_FORGET ? 0 : 2; at < end; at += 2) printf(" %llu", (unsigned long long)*at);
  printf("\n");
}

int main(void) {
  struct message message;
  while (fread(&message, sizeof message, 1, stdin) == 1) {
    void *request = read_part(message.request), *reply = read_part(message.reply);
    uint16_t mount = (uint16_t)message.mount;
    switch (message.letter) {
      case 'a': known_asked(mount, request, message.request); break;
      case 'r': known_answered(mount, request, message.request, reply, message.reply); break;
      case 'n': known_told(mount, request, message.request); break;
      case 'f': known_forget_all(); break;
      case 'l': print_listing(mount, request, message.request); break;
      case 'g': print_forgets(mount, request, message.request); break;
      case 'm': known_forget_mount(mount); break;
      case '?': print_known(mount, request); break;
    }
    free(request);
    free(reply);
  }
  return 0;
}
