/*
 * wire.h - values in a row of bytes, between two processes of one executable.
 *
 *     number   8 bytes, as in memory
 *     real     8 bytes, as in memory
 *     text     number of bytes without the NUL (UINT64_MAX for NULL), the bytes, a NUL
 *     frame    4 bytes: how many follow; 1 byte: kind; its values
 */
#ifndef WORKER_WIRE_H
#define WORKER_WIRE_H

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define WIRE_FRAME_HEAD 4u /* bytes before a frame's kind */

void wire_number(struct str *out, uint64_t value);
void wire_real(struct str *out, double value);
void wire_text(struct str *out, const char *text);
size_t wire_begin(struct str *out, uint8_t kind); /* returns what wire_end wants */
void wire_end(struct str *out, size_t begun);

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

/* The frame at the start of bytes: true if it is whole, with its kind, its values and its size. */
bool wire_frame(const char *bytes, size_t n, uint8_t *ret_kind, struct wire *ret_values,
                size_t *ret_size);

#endif /* WORKER_WIRE_H */
