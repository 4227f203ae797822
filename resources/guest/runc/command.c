#include "runc.h"

#include <stdio.h>

const char *value_of(int count, char **words, const char *option, const char *shorter) {
  for (int i = 1; i + 1 < count; i++)
    if (!strcmp(words[i], option) || !strcmp(words[i], shorter)) return words[i + 1];
  return NULL;
}

bool is_command(int count, char **words, const char *command) {
  for (int i = 1; i < count; i++)
    if (!strcmp(words[i], command)) return true;
  return false;
}

void state_path(int count, char **words, const char *file, char *into, size_t size) {
  const char *root = value_of(count, words, "--root", "--root");
  snprintf(into, size, "%s/%s%s", root ? root : "/run/runc", words[count - 1], file);
}

bool spec_of(int count, char **words, char *into, size_t size) {
  const char *bundle = value_of(count, words, "--bundle", "-b");
  snprintf(into, size, "%s/config.json", bundle ? bundle : ".");
  return is_command(count, words, "create") || is_command(count, words, "run");
}

bool is_build(const char *spec) { return strstr(spec, "/buildkit/executor/"); }
