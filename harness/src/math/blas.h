/*
 * blas.h - the host's one door to BLAS and LAPACK, and the one place that sets their thread count.
 *
 * Matrices are row-major float32 unless said otherwise; shapes are written [slowest, ..., fastest].
 * The harness parallelises its own loops (base/pool.h) and keeps BLAS to one thread: workers that
 * each call a single-threaded product scale better than one product that spreads itself, and the
 * bits of a result then do not depend on the number of cores.
 */
#ifndef MATH_BLAS_H
#define MATH_BLAS_H

#include <stdint.h>

/* One thread for every BLAS call of the process; call it before the first product. Plugins share
 * the library and so this setting. */
void blas_use_one_thread(void);

/* The library, how it was built and the kernels that it chose: "OpenBLAS 0.3.21 …, core Zen". The
 * text is static; not thread-safe the first time. */
const char *blas_describe(void);

/* c[m, n] = a[m, k] · b[n, k]ᵀ; row strides in floats. */
void blas_product_nt(uint32_t m, uint32_t n, uint32_t k, const float *a, uint64_t a_stride,
                     const float *b, uint64_t b_stride, float *c, uint64_t c_stride);

/* c[m, n] = a[m, k] · b[k, n]; row strides in floats. */
void blas_product_nn(uint32_t m, uint32_t n, uint32_t k, const float *a, uint64_t a_stride,
                     const float *b, uint64_t b_stride, float *c, uint64_t c_stride);

/* c[n, n] += a[m, n]ᵀ · a[m, n] in double; row strides in doubles. The whole square is written. */
void blas_gram(uint32_t m, uint32_t n, const double *a, uint64_t a_stride, double *c,
               uint64_t c_stride);

/* Eigenvalues, ascending, of the symmetric matrix a[n, n] (contiguous), whose rows become the unit
 * eigenvectors in the same order; each vector's largest component is positive, so that the result
 * is unique up to degenerate eigenvalues. 0, or ERR_FAILED where LAPACK's dsyev does not converge
 * (a holds not-a-number). */
int blas_symmetric_eigen(uint32_t n, double *a, double *ret_values);

#endif /* MATH_BLAS_H */
