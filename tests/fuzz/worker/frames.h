/*
 * frames.h - an input as a row of frames, so that what is fuzzed is what they say and not whether
 * they are frames:
 *
 *     1 byte kind, 2 bytes n (low byte first), n bytes of values; again and again
 *
 * FRAMES_RAW: the n bytes stand as they are, where a frame would. What is cut short is left out.
 */
#ifndef FUZZ_FRAMES_H
#define FUZZ_FRAMES_H

#include "base/wire.h"

#include <stdbool.h>
#include <stdint.h>

enum { FRAMES_RAW = 0xff };

struct frames_part {
    uint8_t kind;
    const char *values;
    size_t n;
};

/* The next part of the input; false at its end. */
static inline bool frames_next(const uint8_t **at, const uint8_t *end, struct frames_part *ret_part)
{
    if (end - *at < 3) {
        return false;
    }
    size_t n = (*at)[1] | (size_t)(*at)[2] << 8;
    if (n > (size_t)(end - *at) - 3) {
        return false;
    }
    *ret_part = (struct frames_part){(*at)[0], (const char *)*at + 3, n};
    *at += 3 + n;
    return true;
}

/* As it goes over the wire. */
static inline void frames_put(struct str *out, const struct frames_part *part)
{
    if (part->kind == FRAMES_RAW) {
        str_append(out, part->values, part->n);
        return;
    }
    size_t begun = wire_begin(out, part->kind);
    str_append(out, part->values, part->n);
    wire_end(out, begun);
}

#endif /* FUZZ_FRAMES_H */
