/* What the guest's share program knows of files, outside of a machine: messages on stdin, each with a letter, its mount
   and the lengths of a request and an answer before these; every '?' is answered by a line, a size or "ask". */
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
      case '?': print_known(mount, request); break;
    }
    free(request);
    free(reply);
  }
  return 0;
}
