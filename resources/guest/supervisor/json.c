/* Appends text and JSON strings to a bounded buffer. */
#include "cove.h"

#include <stdarg.h>
#include <stdio.h>

void text_add(struct text *text, const char *format, ...) {
  if (text->truncated) return;
  va_list arguments;
  va_start(arguments, format);
  int wanted = vsnprintf(text->data + text->length, text->size - text->length, format, arguments);
  va_end(arguments);
  if (wanted < 0 || (size_t)wanted >= text->size - text->length) {
    text->data[text->length] = 0;
    text->truncated = true;
    return;
  }
  text->length += (size_t)wanted;
}

/* Bytes outside ASCII become '?': a log line may not be UTF-8, a JSON string must be. */
void text_add_json(struct text *text, const char *value) {
  text_add(text, "\"");
  for (; *value; value++) {
    unsigned char c = (unsigned char)*value;
    if (c == '"' || c == '\\') text_add(text, "\\%c", c);
    else if (c < 0x20) text_add(text, "\\u%04x", c);
    else text_add(text, "%c", c < 0x7f ? c : '?');
  }
  text_add(text, "\"");
}
