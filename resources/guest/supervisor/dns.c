/* The little of DNS (RFC 1035) that the guest itself must understand: one question, two names of our own, a refusal. */
#include "cove.h"

#include <ctype.h>
#include <string.h>

#define HEADER 12
#define TYPE_A 1

static const char *const host_names[] = {"host.docker.internal", "gateway.docker.internal"};
static const unsigned char host_address[] = {10, 0, 2, 2};

/* The first question's name in lower case with dots; gives where the question ends, 0 when there is none. */
static size_t read_question(const unsigned char *message, size_t length, char name[256]) {
  size_t at = HEADER, used = 0;
  if (length < HEADER || message[4] || message[5] != 1) return 0;
  for (;;) {
    if (at >= length) return 0;
    size_t label = message[at++];
    if (label == 0) break;
    if (label > 63 || at + label > length || used + label + 1 > 255) return 0;
    if (used) name[used++] = '.';
    for (size_t i = 0; i < label; i++) name[used++] = (char)tolower(message[at + i]);
    at += label;
  }
  name[used] = 0;
  return at + 4 <= length ? at + 4 : 0;
}

bool dns_is_query(const unsigned char *message, size_t length) {
  char name[256];
  return length >= HEADER && !(message[2] & 0x80) && read_question(message, length, name) > 0;
}

/* The question again with an answer's flags and no records. */
static size_t begin_answer(const unsigned char *query, size_t length, int code, unsigned char *into) {
  char name[256];
  size_t end = read_question(query, length, name);
  memcpy(into, query, end);
  into[2] = 0x80 | (query[2] & 0x79); /* a response; opcode and recursion-desired as asked */
  into[3] = (unsigned char)(0x80 | code);
  memset(into + 6, 0, 6);
  return end;
}

size_t dns_refusal(const unsigned char *query, size_t length, int code, unsigned char *into) {
  return begin_answer(query, length, code, into);
}

/* Answers for the names that mean the host, also when no engine runs; 0 for any other question. */
size_t dns_own_answer(const unsigned char *query, size_t length, unsigned char *into) {
  char name[256];
  size_t end = read_question(query, length, name), is_ours = 0;
  for (size_t i = 0; end && i < sizeof host_names / sizeof *host_names; i++) is_ours |= !strcmp(name, host_names[i]);
  if (!is_ours) return 0;
  size_t used = begin_answer(query, length, 0, into);
  if (query[end - 4] || query[end - 3] != TYPE_A || query[end - 2] || query[end - 1] != 1) return used;
  const unsigned char record[] = {0xC0, HEADER, 0, TYPE_A, 0, 1, 0, 0, 0, 60, 0, sizeof host_address};
  into[7] = 1;
  memcpy(into + used, record, sizeof record);
  memcpy(into + used + sizeof record, host_address, sizeof host_address);
  return used + sizeof record + sizeof host_address;
}
