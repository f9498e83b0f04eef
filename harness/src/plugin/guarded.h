/*
 * guarded.h - output buffers that show when a plugin writes outside its rows.
 *
 * Between and after the stages of a row lie GUARD_FLOATS floats of a known pattern; after the last
 * row comes a page that cannot be written at all. What a plugin should write is filled with another
 * pattern first, which is a NaN, so that a row left out cannot pass for a vector. Both rows and
 * stages start at multiples of 64 bytes.
 */
#ifndef PLUGIN_GUARDED_H
#define PLUGIN_GUARDED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GUARD_FLOATS 16u

struct guarded {
    float *vectors;  /* [capacity rows, n_stages, dim] by the strides */
    uint8_t *status; /* [rows] and guard bytes after them */
    uint32_t n_stages, dim;
    uint64_t stage_stride; /* floats */
    uint64_t row_stride;   /* floats */
    uint64_t n_rows;
    void *map;
    size_t map_bytes, status_capacity;
    uint64_t map_rows;
};

/* stage_stride: floats from stage to stage, >= dim; 0 = as above. */
void guarded_init(struct guarded *guarded, uint32_t n_stages, uint32_t dim, uint64_t stage_stride);
void guarded_finish(struct guarded *guarded);

/* Make room for n_rows rows, all of it patterned. */
void guarded_prepare(struct guarded *guarded, uint64_t n_rows);

enum guarded_flaw {
    GUARDED_SOUND,
    GUARDED_PAST,       /* something outside the rows was written */
    GUARDED_STATUS,     /* a status that does not exist, or none */
    GUARDED_UNWRITTEN,  /* a row of a known word was left out, all of it or a part */
    GUARDED_NOT_FINITE, /* NaN or infinity */
    GUARDED_NOT_ZERO    /* a row of an unknown or cut word */
};

/* Where the first flaw is: */
struct guarded_place {
    uint64_t row;
    uint32_t stage, column;
    uint8_t status;
    float value;
};
enum guarded_flaw guarded_check(const struct guarded *guarded, struct guarded_place *ret_place);

#endif /* PLUGIN_GUARDED_H */
