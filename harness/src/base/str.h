/*
 * str.h - a growing text, and the few cuts that line formats need. Zero-initialise, use, finish.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>

struct str {
    char *data; /* NUL-terminated; NULL only before the first append */
    size_t n, capacity;
};

void str_append(struct str *str, const char *bytes, size_t n);
void str_add(struct str *str, const char *text);
void str_add_char(struct str *str, char c);
void str_format(struct str *str, const char *format, ...) __attribute__((format(printf, 2, 3)));
void str_clear(struct str *str); /* keeps the room */
void str_finish(struct str *str);
const char *str_text(const struct str *str); /* "" if empty */

/* A part of a text that is not NUL-terminated. */
struct slice {
    const char *text;
    size_t n;
};

struct slice slice_of(const char *text);
bool slice_is(struct slice slice, const char *text);
struct slice slice_trim(struct slice slice); /* ASCII white space at both ends */

/* Next line of *rest without its line end (LF or CRLF); false when nothing is left. A last line
 * without a line end counts; an empty rest after the last line end does not. */
bool slice_line(struct slice *rest, struct slice *ret_line);
/* Next field of *rest up to `separator` (consumed); false once the whole was consumed. Empty fields
 * count. Start with rest = the line; rest->text becomes NULL at the end. */
bool slice_field(struct slice *rest, char separator, struct slice *ret_field);
/* Next run of characters that are not ASCII white space; false if none is left. */
bool slice_word(struct slice *rest, struct slice *ret_word);

/* A terminal obeys control characters: those of ASCII and of Latin-1 (in UTF-8) become '?', but for
 * tabs; marks that turn the order of letters, and bytes that are no UTF-8, too. In place. */
void text_make_printable(char *text);
/* Is there nothing in it that text_make_printable would change? */
bool text_is_printable(const char *text);

bool text_starts(const char *text, const char *prefix);
bool text_ends(const char *text, const char *suffix);

#endif /* BASE_STR_H */
