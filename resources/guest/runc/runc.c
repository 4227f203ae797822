/* Stands before runc on PATH. On an emulated processor, where Docker's programs run at fixed addresses and with coarse
   timers, containers keep random ones and fine ones. What cannot be done is left undone: a container that runs without is
   better than none. */
#include "runc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/personality.h>
#include <unistd.h>

#ifndef RUNC
#define RUNC "/usr/sbin/runc"
#define FEATURES "/usr/lib/cove/runc-features.json"
#endif
#define LINUX "\"linux\":{"
#define PERSONALITY "\"personality\":{\"domain\":\"LINUX\"}"

/* runc sets a personality that it is told of anew, and with that clears the flag that it inherits; also for what is executed in the container later. */
static void give_random_addresses(int count, char **words) {
  char path[4096];
  char *json = spec_of(count, words, path, sizeof path) ? read_whole(path) : NULL, *at = json ? strstr(json, LINUX) : NULL;
  if (at && !strstr(at, "\"personality\":{")) {
    char *rest = at + strlen(LINUX);
    write_parts(path, (const struct part[]){{json, (size_t)(rest - json)}, whole(PERSONALITY), whole(*rest == '}' ? "" : ","), whole(rest)}, 4);
  }
  free(json);
}

/* containerd has each container deleted, and when its shim has ended once more by force, in case: runc would only look whether it is there. */
static bool is_deleted(int count, char **words) {
  char path[4096];
  if (count < 4 || strcmp(words[count - 3], "delete") || strcmp(words[count - 2], "--force")) return false;
  state_path(count, words, "", path, sizeof path);
  return access(path, F_OK) < 0 && errno == ENOENT;
}

/* Written when the image was made: dockerd asks twice at each start, and runc would be read from the disk to answer. */
static bool tell_features(void) {
  char *text = read_whole(FEATURES);
  if (!text) return false;
  fputs(text, stdout);
  free(text);
  return fflush(stdout) == 0;
}

int main(int count, char **words) {
  if (count == 2 && strcmp(words[1], "features") == 0 && tell_features()) return 0;
  if (is_deleted(count, words)) return 0;
  give_fine_timers(count, words);
  if (personality(0xffffffff) & ADDR_NO_RANDOMIZE) give_random_addresses(count, words);
  give_authorities(count, words);
  give_proxy(count, words);
  words[0] = "runc";
  execv(RUNC, words);
  return 127;
}
