/* While the host's setting asks for it, containers, the steps of builds and what is executed in such containers trust the
   authorities the host trusts: a file of certificates in their /dev, which leaves no trace in an image, and the variables
   by which programs find it, those left alone that are set. */
#include "runc.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef WANTED
#define WANTED "/var/lib/cove/ca-containers"
#define OWN "/etc/ssl/certs/ca-certificates.crt"
#define HOSTS "/etc/ssl/certs/cove-host.pem"
#define BUNDLE "/run/cove/ca-containers.pem"
#endif
#define INSIDE "/dev/cove-ca.pem"
#define MOUNT "{\"destination\":\"" INSIDE "\",\"type\":\"bind\",\"source\":\"" BUNDLE "\",\"options\":[\"bind\",\"ro\"]}"

static const char *const variables[] = {"SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "GIT_SSL_CAINFO"};
enum { VARIABLES = sizeof variables / sizeof *variables };

/* The guest's own authorities and the host's in one file, made anew when the host's have changed. */
static int make_bundle(void) {
  struct stat bundle, hosts;
  if (stat(HOSTS, &hosts) < 0) return -1;
  if (stat(BUNDLE, &bundle) == 0 && bundle.st_mtime > hosts.st_mtime) return 0;
  char *own = read_whole(OWN), *more = read_whole(HOSTS);
  int result = own && more ? write_parts(BUNDLE, (const struct part[]){whole(own), whole("\n"), whole(more)}, 3) : -1;
  free(own);
  free(more);
  return result;
}

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

/* The variables as elements to be put before the others. */
static void list_variables(const char *json, bool is_alone, char *into, size_t size) {
  size_t length = 0;
  char set[64];
  into[0] = 0;
  for (int i = 0; i < VARIABLES; i++) {
    snprintf(set, sizeof set, "\"%s=", variables[i]);
    if (!strstr(json, set)) length += (size_t)snprintf(into + length, size - length, "%s\"%s=" INSIDE "\"", length ? "," : "", variables[i]);
  }
  if (length && !is_alone) snprintf(into + length, size - length, ",");
}

/* Adds the variables, and where `with_mount` says so the file, to what runc is to read: Go writes env before mounts. */
static void extend(const char *path, bool with_mount) {
  char *json = read_whole(path), *env = json ? find_array(json, "\"env\":[") : NULL;
  char *mounts = env && with_mount ? find_array(env, "\"mounts\":[") : NULL, *end = mounts ? end_of_array(mounts) : NULL;
  char added[600];
  if (env && (end || !with_mount)) {
    char *rest = env + 1, *tail = end ? end : rest;
    list_variables(json, *rest == ']', added, sizeof added);
    const char *mount = !end ? "" : end == mounts + 1 ? MOUNT : "," MOUNT;
    write_parts(path, (const struct part[]){{json, (size_t)(rest - json)}, whole(added), {rest, (size_t)(tail - rest)}, whole(mount), whole(tail)}, 5);
  }
  free(json);
}

/* Whether a container that runs was given the file when it was made. */
static bool has_file(int count, char **words) {
  char path[4096];
  state_path(count, words, "/state.json", path, sizeof path);
  char *state = read_whole(path);
  bool has = state && strstr(state, "\"" INSIDE "\"");
  free(state);
  return has;
}

void give_authorities(int count, char **words) {
  char path[4096];
  if (access(WANTED, F_OK) < 0) return;
  if (is_command(count, words, "exec")) {
    const char *process = value_of(count, words, "--process", "-p");
    if (process && has_file(count, words)) extend(process, false);
  } else if (spec_of(count, words, path, sizeof path) && make_bundle() == 0) extend(path, true);
}
