/*
 * product.h - the products of training, c [m, n] (+)= left [m, k] right [k, n], in tiles of rows
 * that workers take in turn.
 *
 * Where the processor has AVX-512, by the engine's kernels: the right factor is laid out once, the
 * rows of the left one by the worker that multiplies them, both in units of 32 bits that follow
 * each other in the sum: a float32, or two bfloat16 (pack.h). Elsewhere by BLAS, in float32. A
 * number of c is summed in one order in float32, whichever thread computes it: bits do not depend
 * on the workers.
 */
#ifndef TRANSFORMER_LEARN_PRODUCT_H
#define TRANSFORMER_LEARN_PRODUCT_H

#include "kernels.h"

#include "base/blas.h"
#include "train/job.h"

enum learn_right_room { LEARN_WEIGHTS, LEARN_SLOPES, LEARN_STATES, LEARN_RIGHT_ROOMS };

struct learn_products {
    const struct train_job *job;
    const struct kernels *kernels; /* NULL: BLAS */
    const struct kernels *f32_kernels, *bf16_kernels;
    enum compute compute;
    int32_t *left; /* [n_lanes, lane_units] */
    uint64_t lane_units;
    int32_t *right[LEARN_RIGHT_ROOMS];
};

/* A right factor that is ready; k and n may be lessened: then its first rows, its first columns. */
struct learn_right {
    struct blas_factor factor;
    const int32_t *panels; /* NULL: BLAS */
    uint32_t k, n;
    uint64_t units; /* of a column */
};

/* False: this machine has no instructions for it. by_blas: float32 by BLAS, whatever it has. */
bool learn_products_init(struct learn_products *how, const struct train_job *job,
                         enum compute compute, bool by_blas);
/* From here on; room that was made for float32 is enough for both. */
void learn_products_choose(struct learn_products *how, enum compute compute);
/* Units of 32 bits: what a right factor takes, and the left rows of a worker. */
uint64_t learn_right_units(const struct learn_products *how, uint64_t k, uint64_t n);
uint64_t learn_left_units(const struct learn_products *how, uint64_t k);

/* By this worker alone, into learn_right_units(k, n) of room; by all of them. */
struct learn_right learn_lay(const struct learn_products *how, struct blas_factor factor,
                             uint32_t k, uint32_t n, int32_t *room);
struct learn_right learn_lay_right(const struct learn_products *how, enum learn_right_room room,
                                   struct blas_factor factor, uint32_t k, uint32_t n);
/* How many tiles m rows in all make; across: of a left factor that is turned. */
uint32_t learn_tiles(const struct learn_products *how, uint32_t m, bool across);
/* Of tile number `tile`: its first row; returns how many it has. */
uint32_t learn_tile(const struct learn_products *how, uint32_t m, bool across, uint32_t tile,
                    uint32_t *ret_first);
/* c (+)= left right for n_rows rows, of which left's is the first. */
void learn_rows(const struct learn_products *how, uint32_t worker, struct blas_factor left,
                uint32_t n_rows, const struct learn_right *right, bool add, float *c, uint32_t ldc);

#endif /* TRANSFORMER_LEARN_PRODUCT_H */
