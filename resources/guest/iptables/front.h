#pragma once
#include <stdbool.h>
#include <stdint.h>

/* ruleset.c: the number that the kernel raises with every change of this network namespace's nftables; -1 when it cannot be asked. */
int64_t ruleset_generation(void);
/* Whether iptables has made nothing there yet, for IPv4 or IPv6. */
bool ruleset_is_bare(void);

/* memory.c: what dockerd has had done since it found nothing at all. A file, locked while this process runs. */
enum { MEMORY_SIZE = 256 * 1024 };
bool memory_open(void);
/* The generation that it is about; -1 when it is not to be relied upon. */
int64_t memory_generation(void);
void memory_begin(int64_t generation);
bool memory_has(const char *line);
void memory_add(const char *line);
void memory_remove(const char *line);
/* Removes every line that begins so. */
void memory_remove_all(const char *beginning);
void memory_keep(int64_t generation);
void memory_drop(void);

/* swarm.c: ports that services publish. Whether a rule of dockerd's chain for them is about one, and that it is in force. */
bool swarm_understand(char operation, char **rule);
void swarm_tell(void);
