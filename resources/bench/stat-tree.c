/* What a look at a folder's files costs, without a program's start and without printing: lists the folder and everything
   below it and asks for the attributes of each entry, as `git status` does, `times` times; prints the microseconds of each.
   usage: stat-tree FOLDER TIMES */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static long seen;

static void look(int folder) {
  DIR *listing = fdopendir(folder);
  if (!listing) exit(1);
  for (struct dirent *entry; (entry = readdir(listing));) {
    struct stat facts;
    if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
    if (fstatat(folder, entry->d_name, &facts, AT_SYMLINK_NOFOLLOW) < 0) exit(1);
    seen++;
    if (!S_ISDIR(facts.st_mode)) continue;
    int inner = openat(folder, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (inner < 0) exit(1);
    look(inner);
  }
  closedir(listing);
}

int main(int count, char **words) {
  if (count != 3) return 2;
  for (int times = atoi(words[2]); times > 0; times--) {
    struct timespec begun, ended;
    int folder = open(words[1], O_RDONLY | O_DIRECTORY);
    if (folder < 0) return 1;
    seen = 0;
    clock_gettime(CLOCK_MONOTONIC, &begun);
    look(folder);
    clock_gettime(CLOCK_MONOTONIC, &ended);
    printf("%ld %ld\n", (ended.tv_sec - begun.tv_sec) * 1000000 + (ended.tv_nsec - begun.tv_nsec) / 1000, seen);
  }
  return 0;
}
