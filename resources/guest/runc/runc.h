/* Stands before runc on PATH: what it changes of what runc is to read, and how. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* files.c: a whole file as a string of the caller's; NULL when that cannot be. */
char *read_whole(const char *path);
struct part {
  const char *data;
  size_t length;
};
static inline struct part whole(const char *text) { return (struct part){text, strlen(text)}; }
/* Replaces a file in one step by the given parts. */
int write_parts(const char *path, const struct part *parts, size_t count);

/* command.c: what runc was called with. */
const char *value_of(int count, char **words, const char *option, const char *shorter);
bool is_command(int count, char **words, const char *command);
/* Where runc keeps what it knows of a container, or a file of that; the container is the last word. */
void state_path(int count, char **words, const char *file, char *into, size_t size);
/* What runc is to read of a container that it makes: false when it makes none. */
bool spec_of(int count, char **words, char *into, size_t size);
/* Whether it is of a step of a build: Docker's builder has a folder for them. */
bool is_build(const char *spec);

/* spec.c */
#define MOST_VARIABLES 8
/* Adds variables that are not set, JSON strings "NAME=value", and a mount, or NULL, to what runc is to read: Go writes env before mounts. */
void extend(const char *path, const struct part *elements, size_t count, const char *mount);

/* authorities.c */
void give_authorities(int count, char **words);
/* proxy.c */
void give_proxy(int count, char **words);
/* timers.c */
void give_fine_timers(int count, char **words);
