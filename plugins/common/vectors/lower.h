/*
 * lower.h - words in lower case: full Unicode mapping, code point by code point.
 */
#ifndef VECTORS_LOWER_H
#define VECTORS_LOWER_H

#include <stddef.h>

/* Bytes that the lower-case form of n bytes can need. */
#define LOWER_ROOM(n) (2 * (n) + 8)

/* Writes the lower-case form to `ret_lower` ([LOWER_ROOM(n)]); bytes that are not UTF-8 stay as
 * they are. Returns its length in bytes. */
size_t lower_word(const char *word, size_t n, char *ret_lower);

#endif /* VECTORS_LOWER_H */
