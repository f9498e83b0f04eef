/* blas.c - blas.h on cblas; the thread count is OpenBLAS's own call. */
#include "blas.h"

#include <cblas.h>

void blas_product(int32_t m, int32_t n, int32_t k, const float *a, const float *b, float *c)
{
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1.0f, a, k, b, n, 0.0f, c, n);
}

void blas_threads(int32_t n)
{
    openblas_set_num_threads(n);
}
