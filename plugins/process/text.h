/*
 * text.h - a growing text, and JSON written into it.
 *
 * Where memory runs out, `failed` is set and the text stays as it is: asked once, at the end.
 */
#ifndef PROCESS_TEXT_H
#define PROCESS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
    char *data; /* [n], not NUL-terminated */
    size_t n, capacity;
    bool failed;
};

void text_clear(struct text *text);
void text_finish(struct text *text);
char *text_capacity(struct text *text,
                    size_t n); /* of n bytes at the end, or NULL; then add to n */
void text_add(struct text *text, const char *bytes, size_t n);
void text_say(struct text *text, const char *words); /* NUL-terminated */
void text_number(struct text *text, uint64_t number);
/* In quotes, escaped; ill-formed UTF-8 becomes U+FFFD, a maximal subpart each. */
void text_quoted(struct text *text, const char *bytes, size_t n);
/* Something readable on one line of at most `most` bytes: control characters and ill-formed bytes
 * as \xHH. NUL-terminated into ret_line[most + 1]. */
void text_harmless(const char *bytes, size_t n, char *ret_line, size_t most);

/* A frame: its head is made room for by begin, and filled in by end. */
size_t text_begin_frame(struct text *text);
void text_end_frame(struct text *text, size_t begun);

#endif /* PROCESS_TEXT_H */
