/*
 * wire.h - values in a row of bytes, between two processes of one executable.
 *
 *     number   8 bytes, as in memory
 *     real     8 bytes, as in memory
 *     text     number of bytes without the NUL (UINT64_MAX for NULL), the bytes, a NUL
 *     frame    4 bytes: how many follow; 8 bytes: token; 1 byte: kind; its values
 *
 * Reading takes the bytes for hostile. A frame's head says at once whether it is one: its kind is
 * among those that are read, it is no longer than its kind may be, and its token is that of this
 * conversation, which only the two ends know (0 in files).
 */
#ifndef BASE_WIRE_H
#define BASE_WIRE_H

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define WIRE_HEAD 13u /* bytes of a frame before its values */

void wire_number(struct str *out, uint64_t value);
void wire_real(struct str *out, double value);
void wire_text(struct str *out, const char *text);
size_t wire_begin(struct str *out, uint8_t kind); /* returns what wire_end wants; token 0 */
void wire_end(struct str *out, size_t begun);
/* Puts the token into each of the frames, all whole, that the bytes are. */
void wire_stamp(struct str *frames, uint64_t token);

/* Reading: after the first value that is not there, `bad` is set and all further ones are 0 or
 * NULL. Texts point into the bytes. */
struct wire {
    const char *at, *end;
    bool bad;
};

struct wire wire_of(const char *bytes, size_t n);
uint64_t wire_take_number(struct wire *wire);
double wire_take_real(struct wire *wire);
const char *wire_take_text(struct wire *wire);
/* A number of elements that take at least one byte each: no more than bytes are left. */
uint32_t wire_take_count(struct wire *wire);

/* What a reader takes for a frame. */
struct wire_rules {
    uint64_t token;
    const uint32_t *limits; /* [n_kinds] most bytes of values of each kind; 0 = no such kind */
    uint32_t n_kinds;
};

struct wire_frame {
    uint8_t kind;
    struct wire values;
    size_t size; /* in all */
};

enum wire_state {
    WIRE_PART,  /* may become a frame, when more comes */
    WIRE_WHOLE, /* is one: *ret_frame */
    /* will never be one: */
    WIRE_NO_SIZE, /* of no size: zeros, mostly */
    WIRE_NO_TOKEN,
    WIRE_NO_KIND,
    WIRE_TOO_LONG
};

/* Bytes that the frame at `bytes` takes in all, by the first four of them. */
size_t wire_frame_size(const char *bytes);

/* The frame at the start of bytes. Of those that will never be one, ret_frame->kind and ->size tell
 * what was found. */
enum wire_state wire_frame(const struct wire_rules *rules, const char *bytes, size_t n,
                           struct wire_frame *ret_frame);

#endif /* BASE_WIRE_H */
