#include "runc.h"

#include <stdio.h>
#include <stdlib.h>

/* The longest name of a variable of ours, with what comes before and after it. */
#define LONGEST 64

/* The ']' of the array that begins at '['; NULL when there is none. */
static char *end_of_array(char *at) {
  bool is_text = false;
  for (int depth = 0; *at; at++) {
    if (is_text && *at == '\\' && at[1]) at++;
    else if (*at == '"') is_text = !is_text;
    else if (!is_text && (*at == '[' || *at == '{')) depth++;
    else if (!is_text && (*at == ']' || *at == '}') && --depth == 0) return at;
  }
  return NULL;
}

/* The '[' of an array by its key. Quotes in strings are escaped, so this is a key; `env` of the process comes first. */
static char *find_array(char *json, const char *key) {
  char *at = strstr(json, key);
  return at ? at + strlen(key) - 1 : NULL;
}

/* Whether the variable of an element ("NAME=value", a JSON string) is set, in either case: programs differ in which they read. */
static bool is_set(const char *json, struct part element) {
  char name[LONGEST];
  const char *equals = memchr(element.data, '=', element.length);
  size_t length = equals ? (size_t)(equals - element.data) + 1 : 0;
  if (length == 0 || length >= sizeof name) return true;
  memcpy(name, element.data, length);
  name[length] = 0;
  return strcasestr(json, name);
}

void extend(const char *path, const struct part *elements, size_t count, const char *mount) {
  char *json = read_whole(path), *env = json ? find_array(json, "\"env\":[") : NULL;
  char *mounts = env && mount ? find_array(env, "\"mounts\":[") : NULL, *end = mounts ? end_of_array(mounts) : NULL;
  if (env && (end || !mount) && count <= MOST_VARIABLES) {
    char *rest = env + 1, *tail = end ? end : rest;
    struct part parts[2 * MOST_VARIABLES + 5] = {{json, (size_t)(rest - json)}};
    size_t length = 1;
    for (size_t i = 0; i < count; i++) {
      if (is_set(json, elements[i])) continue;
      if (length > 1) parts[length++] = whole(",");
      parts[length++] = elements[i];
    }
    if (length > 1 && *rest != ']') parts[length++] = whole(",");
    parts[length++] = (struct part){rest, (size_t)(tail - rest)};
    if (end) parts[length++] = whole(end == mounts + 1 ? "" : ",");
    if (end) parts[length++] = whole(mount);
    parts[length++] = whole(tail);
    write_parts(path, parts, length);
  }
  free(json);
}
