/* Loads BLAS and LAPACK and sets their thread count. */
#include "math/blas.h"

#include "base/error.h"
#include "base/mem.h"

#include <cblas.h>
#include <dlfcn.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define LIBRARY "libopenblas.so.0"

/* OpenBLAS, loaded when it is first used: it starts threads and maps buffers as it comes, which a
 * process that multiplies nothing, the parent of all runs, need not have. */
static struct {
    void (*set_num_threads)(int n);
    char *(*config)(void);
    char *(*corename)(void);
    __typeof__(&cblas_sgemm) sgemm;
    __typeof__(&cblas_dsyrk) dsyrk;
    /* LAPACK, column-major, Fortran calling; cblas.h does not declare it */
    void (*dsyev)(const char *jobz, const char *uplo, const int *n, double *a, const int *lda,
                  double *w, double *work, const int *lwork, int *info, size_t jobz_length,
                  size_t uplo_length);
} blas;

static void *find(void *library, const char *name)
{
    void *function = dlsym(library, name);
    if (!function) {
        fprintf(stderr, "%s: found no %s\n", LIBRARY, name);
        exit(3);
    }
    return function;
}

static void load(void)
{
    setenv("OPENBLAS_NUM_THREADS", "1", 1); /* ours come from base/pool.h */
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!library) {
        fprintf(stderr, "cannot load OpenBLAS: %s\n", dlerror());
        exit(3);
    }
    *(void **)&blas.set_num_threads = find(library, "openblas_set_num_threads");
    *(void **)&blas.config = find(library, "openblas_get_config");
    *(void **)&blas.corename = find(library, "openblas_get_corename");
    *(void **)&blas.sgemm = find(library, "cblas_sgemm");
    *(void **)&blas.dsyrk = find(library, "cblas_dsyrk");
    *(void **)&blas.dsyev = find(library, "dsyev_");
    blas.set_num_threads(1);
}

static void need(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
}

void blas_use_one_thread(void)
{
    need();
    blas.set_num_threads(1);
}

const char *blas_describe(void)
{
    static char text[256];
    if (!text[0]) {
        need();
        snprintf(text, sizeof text, "%.180s, core %.40s", blas.config(), blas.corename());
    }
    return text;
}

void blas_product_nt(uint32_t m, uint32_t n, uint32_t k, const float *a, uint64_t a_stride,
                     const float *b, uint64_t b_stride, float *c, uint64_t c_stride)
{
    need();
    blas.sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (blasint)m, (blasint)n, (blasint)k, 1.0f, a,
               (blasint)a_stride, b, (blasint)b_stride, 0.0f, c, (blasint)c_stride);
}

void blas_product_nn(uint32_t m, uint32_t n, uint32_t k, const float *a, uint64_t a_stride,
                     const float *b, uint64_t b_stride, float *c, uint64_t c_stride)
{
    need();
    blas.sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (blasint)m, (blasint)n, (blasint)k, 1.0f,
               a, (blasint)a_stride, b, (blasint)b_stride, 0.0f, c, (blasint)c_stride);
}

void blas_gram(uint32_t m, uint32_t n, const double *a, uint64_t a_stride, double *c,
               uint64_t c_stride)
{
    need();
    blas.dsyrk(CblasRowMajor, CblasUpper, CblasTrans, (blasint)n, (blasint)m, 1.0, a,
               (blasint)a_stride, 1.0, c, (blasint)c_stride);
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t j = i + 1; j < n; j++) {
            c[j * c_stride + i] = c[i * c_stride + j];
        }
    }
}

int blas_symmetric_eigen(uint32_t n, double *a, double *ret_values)
{
    int order = (int)n, info = 0, scratch = -1;
    double wanted = 0;
    double *values = mem_array(n ? n : 1, sizeof *values);
    need();
    blas.dsyev("V", "U", &order, a, &order, values, &wanted, &scratch, &info, 1, 1);
    scratch = (int)wanted;
    double *work = mem_array((size_t)(scratch > 0 ? scratch : 1), sizeof *work);
    blas.dsyev("V", "U", &order, a, &order, values, work, &scratch, &info, 1, 1);
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
