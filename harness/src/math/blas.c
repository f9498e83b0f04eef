#include "math/blas.h"

#include "base/error.h"
#include "base/mem.h"

#include <cblas.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* LAPACK in OpenBLAS; declared here because cblas.h does not. Column-major, Fortran calling. */
void dsyev_(const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w,
            double *work, const int *lwork, int *info, size_t jobz_length, size_t uplo_length);

void blas_use_one_thread(void)
{
    openblas_set_num_threads(1);
}

const char *blas_describe(void)
{
    static char text[256];
    if (!text[0]) {
        snprintf(text, sizeof text, "%.180s, core %.40s", openblas_get_config(),
                 openblas_get_corename());
    }
    return text;
}

void blas_product_nt(uint32_t m, uint32_t n, uint32_t k, const float *a, uint64_t a_stride,
                     const float *b, uint64_t b_stride, float *c, uint64_t c_stride)
{
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (blasint)m, (blasint)n, (blasint)k, 1.0f,
                a, (blasint)a_stride, b, (blasint)b_stride, 0.0f, c, (blasint)c_stride);
}

void blas_product_nn(uint32_t m, uint32_t n, uint32_t k, const float *a, uint64_t a_stride,
                     const float *b, uint64_t b_stride, float *c, uint64_t c_stride)
{
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (blasint)m, (blasint)n, (blasint)k, 1.0f,
                a, (blasint)a_stride, b, (blasint)b_stride, 0.0f, c, (blasint)c_stride);
}

void blas_gram(uint32_t m, uint32_t n, const double *a, uint64_t a_stride, double *c,
               uint64_t c_stride)
{
    cblas_dsyrk(CblasRowMajor, CblasUpper, CblasTrans, (blasint)n, (blasint)m, 1.0, a,
                (blasint)a_stride, 1.0, c, (blasint)c_stride);
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t j = i + 1; j < n; j++) {
            c[j * c_stride + i] = c[i * c_stride + j];
        }
    }
}

int blas_symmetric_eigen(uint32_t n, double *a, double *ret_values)
{
    int order = (int)n, info = 0, room = -1;
    double wanted = 0;
    double *values = mem_array(n ? n : 1, sizeof *values);
    dsyev_("V", "U", &order, a, &order, values, &wanted, &room, &info, 1, 1);
    room = (int)wanted;
    double *work = mem_array((size_t)(room > 0 ? room : 1), sizeof *work);
    dsyev_("V", "U", &order, a, &order, values, work, &room, &info, 1, 1);
    free(work);
    if (info != 0) {
        free(values);
        return error_set(ERR_FAILED, "eigenvalues of a %u x %u matrix: no convergence (dsyev: %d)",
                         n, n, info);
    }
    for (uint32_t i = 0; i < n; i++) {
        double *vector = a + (size_t)i * n, largest = 0;
        for (uint32_t j = 0; j < n; j++) {
            if (fabs(vector[j]) > fabs(largest)) {
                largest = vector[j];
            }
        }
        for (uint32_t j = 0; largest < 0 && j < n; j++) {
            vector[j] = -vector[j];
        }
        ret_values[i] = values[i];
    }
    free(values);
    return 0;
}
