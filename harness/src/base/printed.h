/*
 * printed.h - what somebody else's code printed, shown line by line as warnings: named, harmless to
 * a terminal, and no more than MOST_PRINTED bytes of it.
 */
#ifndef BASE_PRINTED_H
#define BASE_PRINTED_H

#include "base/str.h"

#include <stdint.h>

#define MOST_PRINTED (64u << 10)

struct printed {
    const char *who;          /* "minilm" */
    struct str line;          /* without its end so far */
    uint64_t shown, left_out; /* bytes */
};

/* All that can be read now of a file that does not block; false at its end. */
bool printed_read(struct printed *printed, int fd);

/* Shows a last line without an end, and how much was left out; frees. */
void printed_finish(struct printed *printed);

#endif /* BASE_PRINTED_H */
