/*
 * blas.h - the only door to cblas on the plugin side: the products of training, and the yardstick
 * that own kernels are measured and checked against.
 */
#ifndef COMMON_BLAS_H
#define COMMON_BLAS_H

#include <stdint.h>

/* c[m, n] = a[m, k] b[k, n], row-major, contiguous, float32. */
void blas_product(int32_t m, int32_t n, int32_t k, const float *a, const float *b, float *c);

/* c[m, n] = alpha a[m, k] b[k, n] + beta c, row-major, rows ld_ floats apart. turn_a: a is given as
 * [k, m]; turn_b: b as [n, k]. With beta 0, c is not read. */
struct blas_factor {
    const float *data;
    uint32_t ld;
    int turn;
};
void blas_multiply(uint32_t m, uint32_t n, uint32_t k, float alpha, struct blas_factor a,
                   struct blas_factor b, float beta, float *c, uint32_t ldc);

/* How many threads BLAS may start: for benchmarks; plugins leave it to the host. */
void blas_threads(int32_t n);

#endif /* COMMON_BLAS_H */
