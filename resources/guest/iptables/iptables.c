/* Stands before iptables and ip6tables on PATH. At each start dockerd runs them some 180 times, one after another, and
   most of that asks whether a rule or chain is there, or takes away what former Dockers left. What it began with nothing
   of and has changed by nobody's hand but its own is remembered, and such questions are answered from that; whatever
   changes a rule is done by the real program, and so is everything once somebody else has changed the ruleset, which the
   kernel's count of changes tells. */
#include "front.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef REAL
#define REAL "/usr/sbin/%s"
#endif
#define NO_RULE "Bad rule (does a matching rule exist in that chain?)."
#define NO_CHAIN "No chain/target/match by that name."

#define ELSEWHERE 'e' /* a policy, or a table whose rules are not remembered: nothing that is remembered changes */

/* One call: the operation's letter, or 0 for what is none of ours. */
static struct {
  char operation;
  const char *table, *chain;
  int rest; /* where the words of the rule begin */
  bool is_swarm; /* a port that a service publishes */
} call = {.table = "filter", .chain = ""};
static const char *program;

/* The forms that dockerd uses; all others go on as they are. */
static void understand(int count, char **words) {
  int at = 1;
  if (at < count && !strcmp(words[at], "--wait")) at++;
  if (at + 1 < count && !strcmp(words[at], "-t")) {
    call.table = words[at + 1];
    at += 2;
  }
  bool is_remembered = !strcmp(call.table, "filter") || !strcmp(call.table, "nat");
  if (!is_remembered || (at < count && !strcmp(words[at], "-P"))) {
    call.operation = ELSEWHERE;
    call.rest = count;
    return;
  }
  if (at < count && !strcmp(words[at], "-n")) at++;
  if (at + 1 >= count || words[at][0] != '-' || strlen(words[at]) != 2 || !strchr("CDAINFXL", words[at][1])) return;
  char operation = words[at][1];
  call.chain = words[at + 1];
  call.rest = at + 2;
  bool has_rule = call.rest < count;
  /* By its number, or to a place that is told. */
  if (has_rule && words[call.rest][0] != '-' && words[call.rest][0] != '!') return;
  if (has_rule != (strchr("CDAI", operation) != NULL)) return;
  call.operation = operation;
  call.is_swarm = program[2] != '6' && !strcmp(call.table, "nat") && !strcmp(call.chain, "DOCKER-INGRESS") && swarm_understand(operation, words + call.rest);
}

static bool is_builtin(void) {
  static const char *const filter[] = {"INPUT", "FORWARD", "OUTPUT", NULL}, *const nat[] = {"PREROUTING", "INPUT", "OUTPUT", "POSTROUTING", NULL};
  for (const char *const *name = call.table[0] == 'f' ? filter : nat; *name; name++)
    if (!strcmp(*name, call.chain)) return true;
  return false;
}

/* `FAMILY TABLE CHAIN`, then the words of the rule if there are any, each with a space behind it; false when that would not tell them apart. */
static bool line_of(char *line, size_t size, int count, char **words) {
  int length = snprintf(line, size, "%c %s %s ", program[2] == '6' ? '6' : '4', call.table, call.chain);
  for (int i = call.rest; i < count && length < (int)size; i++) {
    if (strpbrk(words[i], " \n")) return false;
    length += snprintf(line + length, size - (size_t)length, "%s ", words[i]);
  }
  return length < (int)size && !strpbrk(call.chain, " \n");
}

static int refuse(const char *why) {
  fprintf(stderr, "%s: %s\n", program, why);
  return 1;
}

/* What is known without the real program: its exit code, or -1. */
static int answer(const char *line) {
  switch (call.operation) {
    case 'C': return memory_has(line) ? 0 : refuse(NO_RULE);
    case 'D': return memory_has(line) ? -1 : refuse(NO_RULE);
    case 'F':
    case 'X':
    case 'L': return is_builtin() || memory_has(line) ? -1 : refuse(NO_CHAIN);
    default: return -1;
  }
}

/* What the real program has just done. */
static void remember(const char *line) {
  switch (call.operation) {
    case 'A':
    case 'I':
    case 'N': memory_add(line); break;
    case 'D':
    case 'X': memory_remove(line); break;
    case 'F': {
      bool is_listed = memory_has(line);
      memory_remove_all(line);
      if (is_listed) memory_add(line);
      break;
    }
    default: break;
  }
}

static const char *path_of_real(void) {
  static char path[256];
  snprintf(path, sizeof path, REAL, program);
  return path;
}

static int become_real(char **words) {
  execv(path_of_real(), words);
  fprintf(stderr, "cannot run %s\n", path_of_real());
  return 127;
}

static int run_real(char **words) {
  pid_t pid = vfork();
  if (pid == 0) _exit(become_real(words));
  int status;
  if (pid < 0 || waitpid(pid, &status, 0) != pid) return 127;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Has the real program do it; what that has changed is remembered if nobody else has changed anything meanwhile. */
static int change(const char *line, int64_t before, char **words) {
  int code = run_real(words);
  int64_t after = ruleset_generation();
  if (after == before + 1 && code == 0) remember(line);
  if (after == before || (after == before + 1 && code == 0)) memory_keep(after);
  else memory_drop();
  return code;
}

/* As it would be without us. */
static int pass_on(char **words) { return call.is_swarm ? run_real(words) : become_real(words); }

static int run(int count, char **words) {
  char line[4096];
  if (!call.operation || !line_of(line, sizeof line, count, words) || !memory_open()) return pass_on(words);
  int64_t now = ruleset_generation();
  if (now >= 0 && memory_generation() < 0 && ruleset_is_bare()) memory_begin(now);
  if (now < 0 || memory_generation() != now) {
    memory_drop();
    return pass_on(words);
  }
  int code = answer(line);
  return code < 0 ? change(line, now, words) : code;
}

int main(int count, char **words) {
  const char *slash = strrchr(words[0], '/');
  program = slash ? slash + 1 : words[0];
  understand(count, words);
  int code = run(count, words);
  if (code == 0 && call.is_swarm) swarm_tell();
  return code;
}
