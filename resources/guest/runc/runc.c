/* Stands before runc on PATH. On an emulated processor, where Docker's programs run at fixed addresses and with coarse
   timers, containers keep random ones and fine ones. While the host's setting asks for it, containers, the steps of builds
   and what is executed in such containers trust the authorities the host trusts: a file of certificates in their /dev, which leaves no trace in an
   image, and the variables by which programs find it, those left alone that are set. What cannot be done is left undone:
   a container that runs without is better than none. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef RUNC
#define RUNC "/usr/sbin/runc"
#define WANTED "/var/lib/cove/ca-containers"
#define OWN "/etc/ssl/certs/ca-certificates.crt"
#define HOSTS "/etc/ssl/certs/cove-host.pem"
#define BUNDLE "/run/cove/ca-containers.pem"
#define FEATURES "/usr/lib/cove/runc-features.json"
#endif
#define INSIDE "/dev/cove-ca.pem"
#define MOUNT "{\"destination\":\"" INSIDE "\",\"type\":\"bind\",\"source\":\"" BUNDLE "\",\"options\":[\"bind\",\"ro\"]}"
#define LINUX "\"linux\":{"
#define PERSONALITY "\"personality\":{\"domain\":\"LINUX\"}"
#define MOST_BYTES (8 * 1024 * 1024)
/* Linux' own: how late a timer may be, timer_slack_ns in proc(5). */
#define FINE_TIMER_NS 50000

static const char *const variables[] = {"SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "GIT_SSL_CAINFO"};
enum { VARIABLES = sizeof variables / sizeof *variables };

/* A whole file as a string of the caller's; NULL when that cannot be. */
static char *read_whole(const char *path) {
  struct stat facts;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  char *text = fd >= 0 && fstat(fd, &facts) == 0 && facts.st_size < MOST_BYTES ? malloc((size_t)facts.st_size + 1) : NULL;
  ssize_t length = text ? read(fd, text, (size_t)facts.st_size) : -1;
  if (fd >= 0) close(fd);
  if (length < 0) {
    free(text);
    return NULL;
  }
  text[length] = 0;
  return text;
}

struct part {
  const char *data;
  size_t length;
};

static struct part whole(const char *text) { return (struct part){text, strlen(text)}; }

/* Replaces a file in one step by the given parts. */
static int write_parts(const char *path, const struct part *parts, size_t count) {
  char next[4096];
  if (snprintf(next, sizeof next, "%s.%d", path, (int)getpid()) >= (int)sizeof next) return -1;
  int fd = open(next, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  bool is_written = fd >= 0;
  for (size_t i = 0; is_written && i < count; i++) is_written = write(fd, parts[i].data, parts[i].length) == (ssize_t)parts[i].length;
  if (fd >= 0) close(fd);
  if (is_written && rename(next, path) == 0) return 0;
  unlink(next);
  return -1;
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

static const char *value_of(int count, char **words, const char *option, const char *shorter) {
  for (int i = 1; i + 1 < count; i++)
    if (!strcmp(words[i], option) || !strcmp(words[i], shorter)) return words[i + 1];
  return NULL;
}

static bool is_command(int count, char **words, const char *command) {
  for (int i = 1; i < count; i++)
    if (!strcmp(words[i], command)) return true;
  return false;
}

/* Where runc keeps what it knows of a container, or a file of that; the container is the last word. */
static void state_path(int count, char **words, const char *file, char *into, size_t size) {
  const char *root = value_of(count, words, "--root", "--root");
  snprintf(into, size, "%s/%s%s", root ? root : "/run/runc", words[count - 1], file);
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

/* What runc is to read of a container that it makes: false when it makes none. */
static bool spec_of(int count, char **words, char *into, size_t size) {
  const char *bundle = value_of(count, words, "--bundle", "-b");
  snprintf(into, size, "%s/config.json", bundle ? bundle : ".");
  return is_command(count, words, "create") || is_command(count, words, "run");
}

static void give_authorities(int count, char **words) {
  char path[4096];
  if (is_command(count, words, "exec")) {
    const char *process = value_of(count, words, "--process", "-p");
    if (process && has_file(count, words)) extend(process, false);
  } else if (spec_of(count, words, path, sizeof path) && make_bundle() == 0) extend(path, true);
}

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

/* A line for each thread of a process; what has ended meanwhile needs none. */
static void write_to_threads(int pid, const char *file, const char *text) {
  char path[300];
  snprintf(path, sizeof path, "/proc/%d/task", pid);
  DIR *threads = opendir(path);
  for (struct dirent *thread; threads && (thread = readdir(threads));) {
    snprintf(path, sizeof path, "/proc/%.20s/%s", thread->d_name, file);
    int fd = thread->d_name[0] == '.' ? -1 : open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) continue;
    (void)!write(fd, text, strlen(text));
    close(fd);
  }
  if (threads) closedir(threads);
}

/* What runs inside inherits the timers of who starts it. The first process of a container is there once that is created, and waits for its start. */
static void give_fine_timers(int count, char **words) {
  static const char key[] = "\"init_process_pid\":";
  if (is_command(count, words, "run") || is_command(count, words, "exec") || is_command(count, words, "restore")) prctl(PR_SET_TIMERSLACK, FINE_TIMER_NS);
  if (!is_command(count, words, "start") || prctl(PR_GET_TIMERSLACK) <= FINE_TIMER_NS) return;
  char path[4096], text[24];
  state_path(count, words, "/state.json", path, sizeof path);
  char *state = read_whole(path), *at = state ? strstr(state, key) : NULL;
  int pid = at ? atoi(at + strlen(key)) : 0;
  snprintf(text, sizeof text, "%d", FINE_TIMER_NS);
  if (pid > 0) write_to_threads(pid, "timerslack_ns", text);
  free(state);
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
  if (access(WANTED, F_OK) == 0) give_authorities(count, words);
  words[0] = "runc";
  execv(RUNC, words);
  return 127;
}
