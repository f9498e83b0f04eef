/*
 * blas.h - the only door to cblas on the plugin side: the yardstick that own kernels are measured
 * and checked against.
 */
#ifndef COMMON_BLAS_H
#define COMMON_BLAS_H

#include <stdint.h>

/* c[m, n] = a[m, k] b[k, n], row-major, contiguous, float32. */
void blas_product(int32_t m, int32_t n, int32_t k, const float *a, const float *b, float *c);

/* How many threads BLAS may start: for benchmarks; plugins leave it to the host. */
void blas_threads(int32_t n);

#endif /* COMMON_BLAS_H */
