/*
 * unicode.h - the host's one door to utf8proc: what a byte string is as text.
 */
#ifndef DATA_UNICODE_H
#define DATA_UNICODE_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The code point at text[0..n) and its length in bytes; -1 and 1 where the bytes are no UTF-8.
 * n >= 1. */
int32_t unicode_next(const char *text, size_t n, size_t *ret_bytes);

/* Appends a code point as UTF-8. */
void unicode_append(struct str *text, int32_t code_point);

bool unicode_is_letter(int32_t code_point);
bool unicode_is_alphanumeric(int32_t code_point); /* letter or any number */

/* Offset of the first byte that is no UTF-8, or n. */
size_t unicode_check(const char *text, size_t n);

bool unicode_has_letter(const char *text, size_t n);

/* The lower case of embedder_lower.h, the one that plugins have, too: full, with final sigma; bytes
 * that are no UTF-8 stay. Appended to *lower. */
void unicode_lower(const char *text, size_t n, struct str *lower);
char *unicode_lower_text(const char *text); /* free() it */

/* The canonical composition (NFC) of a text, appended; bytes that are no UTF-8 stay as they are,
 * all of them. */
void unicode_compose(const char *text, size_t n, struct str *composed);

/* Columns of a terminal that n bytes of text take: two for wide characters, none for marks that
 * join the letter before, one for a byte that is no UTF-8 and for a control character. */
size_t unicode_columns(const char *text, size_t n);

/* The byte offset of code point number `point` (n at the end); false if the text has fewer. */
bool unicode_offset(const char *text, size_t n, uint64_t point, size_t *ret_bytes);

/* Next run of characters that are no white space, as Python's str.split() cuts: beyond ASCII's at
 * U+001C to U+001F, U+0085, the no-break space U+00A0 and the other spaces of Unicode. */
bool unicode_word(struct slice *rest, struct slice *ret_word);

/* What is left of a text without the code points at both ends that are not alphanumeric. */
struct slice unicode_trim(struct slice text);

#endif /* DATA_UNICODE_H */
