/* blas.c - blas.h on cblas; the thread count is OpenBLAS's own call. */
#include "blas.h"

#include <cblas.h>

void blas_product(int32_t m, int32_t n, int32_t k, const float *a, const float *b, float *c)
{
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1.0f, a, k, b, n, 0.0f, c, n);
}

void blas_multiply(uint32_t m, uint32_t n, uint32_t k, float alpha, struct blas_factor a,
                   struct blas_factor b, float beta, float *c, uint32_t ldc)
{
    cblas_sgemm(CblasRowMajor, a.turn ? CblasTrans : CblasNoTrans,
                b.turn ? CblasTrans : CblasNoTrans, (int32_t)m, (int32_t)n, (int32_t)k, alpha,
                a.data, (int32_t)a.ld, b.data, (int32_t)b.ld, beta, c, (int32_t)ldc);
}

void blas_threads(int32_t n)
{
    openblas_set_num_threads(n);
}
