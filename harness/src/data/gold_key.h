/*
 * gold_key.h - answers, right or given: `INSTANCE_ID KEY [KEY…]`, one instance a line.
 *
 * Fields are separated by blanks or tabs, lines end in LF or CRLF, the last may lack its end; empty
 * lines are skipped; a byte order mark at the start is skipped. Plain or packed.
 */
#ifndef DATA_GOLD_KEY_H
#define DATA_GOLD_KEY_H

#include "base/str.h"

#include <stdint.h>

/* Each line: id, and what follows it (one key or more, still to be cut by slice_word). A take that
 * is not 0 ends the reading with that code. A line with an id alone is an error. */
int gold_key_read(const char *path,
                  int (*take)(void *ctx, uint32_t line, struct slice id, struct slice keys),
                  void *ctx);

#endif /* DATA_GOLD_KEY_H */
