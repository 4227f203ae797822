/* The steps of builds, and while the host's setting asks for it containers and what is executed in them, trust the
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

static const char *const variables[] = {"\"SSL_CERT_FILE=" INSIDE "\"", "\"CURL_CA_BUNDLE=" INSIDE "\"", "\"REQUESTS_CA_BUNDLE=" INSIDE "\"", "\"NODE_EXTRA_CA_CERTS=" INSIDE "\"", "\"GIT_SSL_CAINFO=" INSIDE "\""};
enum { VARIABLES = sizeof variables / sizeof *variables };

/* Without authorities of its own the host's file is a line's end: a build has no use for the guest's alone. */
static bool has_host_own(void) {
  struct stat hosts;
  return stat(HOSTS, &hosts) == 0 && hosts.st_size > 1;
}

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
  bool is_wanted = access(WANTED, F_OK) == 0;
  struct part elements[VARIABLES];
  for (int i = 0; i < VARIABLES; i++) elements[i] = whole(variables[i]);
  if (is_command(count, words, "exec")) {
    const char *process = value_of(count, words, "--process", "-p");
    if (is_wanted && process && has_file(count, words)) extend(process, elements, VARIABLES, NULL);
  } else if (spec_of(count, words, path, sizeof path) && (is_wanted || (is_build(path) && has_host_own())) && make_bundle() == 0) extend(path, elements, VARIABLES, MOUNT);
}
