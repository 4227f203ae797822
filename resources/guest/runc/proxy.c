/* The steps of builds, and while the host's setting asks for it containers and what is executed in them, find the host's
   proxy by the usual variables, those left alone that are set. Nothing of it is kept in an image. */
#include "runc.h"

#include <stdlib.h>
#include <unistd.h>

#ifndef PROXY
#define PROXY "/run/cove/proxy-env"
#define PROXY_WANTED "/var/lib/cove/proxy-containers"
#endif

/* What the host wrote: a line for each variable, an element of JSON. */
static size_t split(const char *text, struct part *into, size_t most) {
  size_t count = 0;
  while (*text && count < most) {
    size_t length = strcspn(text, "\n");
    if (length > 2 && text[0] == '"' && text[length - 1] == '"') into[count++] = (struct part){text, length};
    text += length + (text[length] == '\n');
  }
  return count;
}

void give_proxy(int count, char **words) {
  char path[4096];
  bool is_wanted = access(PROXY_WANTED, F_OK) == 0;
  const char *file = NULL;
  if (is_command(count, words, "exec")) file = is_wanted ? value_of(count, words, "--process", "-p") : NULL;
  else if (spec_of(count, words, path, sizeof path) && (is_wanted || is_build(path))) file = path;
  char *text = file ? read_whole(PROXY) : NULL;
  struct part elements[MOST_VARIABLES];
  size_t found = text ? split(text, elements, MOST_VARIABLES) : 0;
  if (found) extend(file, elements, found, NULL);
  free(text);
}
