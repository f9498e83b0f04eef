/*
 * pack.h - factors of a product as the kernels of AVX-512 read them, in units of 32 bits: a
 * float32, or two bfloat16 (nearest, ties to even; 0 for denormal numbers), the earlier in the sum in
 * the lower half; 0 behind an odd end. To be called where kernels_named("avx512") is not NULL.
 */
#ifndef TRANSFORMER_LEARN_PACK_H
#define TRANSFORMER_LEARN_PACK_H

#include "kernels.h"

#include "base/blas.h"

/* Panel p of a right factor [k, n]: [units, 32], columns past n are 0. */
void pack_panel(enum compute compute, struct blas_factor factor, uint32_t k, uint32_t n, uint32_t p,
                int32_t *to);
/* The first m rows of a left factor [m, k]: [m, ld], ld = kernels_ld(units); what lies between the
 * last unit and ld has no meaning. */
void pack_rows(enum compute compute, struct blas_factor factor, uint32_t m, uint32_t k, int32_t *to,
               size_t ld);

#endif /* TRANSFORMER_LEARN_PACK_H */
