/* The dispatched kernels have the same bits as the plain reference, at every length. */
#include "base/rng.h"
#include "math/blas.h"
#include "math/vectors.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define N 203

static void fill(float *x, double *wide, uint64_t stream)
{
    struct rng rng;
    rng_init(&rng, 1, stream);
    for (int i = 0; i < N; i++) {
        x[i] = (float)(rng_normal(&rng) * exp(4 * rng_normal(&rng)));
        wide[i] = rng_normal(&rng);
    }
}

Test(vectors, same_bits_as_reference)
{
    float a[N], b[N];
    double da[N], db[N], found[N], expected[N];
    fill(a, da, 1);
    fill(b, db, 2);
    for (size_t n = 0; n <= N - 3; n++) {
        for (size_t off = 0; off < 3; off++) { /* unaligned starts */
            cr_assert_eq(vec_dot(a + off, b + off, n), vec_dot_ref(a + off, b + off, n));
            cr_assert_eq(vec_dot_double(da + off, db, n), vec_dot_double_ref(da + off, db, n));
            memcpy(found, da, sizeof found);
            memcpy(expected, da, sizeof expected);
            vec_axpy(0.1, a + off, found, n);
            vec_axpy_ref(0.1, a + off, expected, n);
            cr_assert_eq(memcmp(found, expected, sizeof found), 0);
        }
    }
}

Test(vectors, cosine)
{
    float a[3] = {3, 4, 0}, b[3] = {0, 0, 2}, zero[3] = {0}, c[3] = {-6, -8, 0};
    cr_assert_eq(vec_cosine(a, b, 3), 0);
    cr_assert_eq(vec_cosine(a, a, 3), 1);
    cr_assert_eq(vec_cosine(a, c, 3), -1);
    cr_assert_eq(vec_cosine(a, zero, 3), 0);
    cr_assert_eq(vec_norm(a, 3), 5);
    cr_assert_eq(vec_unit(a, a, 3), 5);
    cr_assert_float_eq(a[1], 0.8f, 1e-7);
    cr_assert_eq(vec_unit(zero, zero, 3), 0);
    cr_assert_eq(zero[0], 0.0f);
}

Test(vectors, symmetric_eigen)
{
    /* 2 1 0 / 1 2 0 / 0 0 5: eigenvalues 1, 3, 5 */
    double a[9] = {2, 1, 0, 1, 2, 0, 0, 0, 5}, values[3];
    cr_assert_eq(blas_symmetric_eigen(3, a, values), 0);
    cr_assert_float_eq(values[0], 1, 1e-12);
    cr_assert_float_eq(values[1], 3, 1e-12);
    cr_assert_float_eq(values[2], 5, 1e-12);
    cr_assert_float_eq(a[3], sqrt(0.5), 1e-12);
    cr_assert_float_eq(a[4], sqrt(0.5), 1e-12);
    cr_assert_float_eq(fabs(a[8]), 1, 1e-12);
}

Test(vectors, products)
{
    const float a[6] = {1, 2, 3, 4, 5, 6}, b[6] = {1, 0, 2, 0, 1, 1};
    float nt[4], nn[4];
    blas_use_one_thread();
    blas_product_nt(2, 2, 3, a, 3, b, 3, nt, 2);
    blas_product_nn(2, 2, 3, a, 3, b, 2, nn, 2);
    const float expected_nt[4] = {7, 5, 16, 11}, expected_nn[4] = {8, 3, 20, 6};
    cr_assert_eq(memcmp(nt, expected_nt, sizeof nt), 0);
    cr_assert_eq(memcmp(nn, expected_nn, sizeof nn), 0, "%g %g %g %g", (double)nn[0], (double)nn[1],
                 (double)nn[2], (double)nn[3]);
    double rows[4] = {1, 2, 3, 4}, gram[4] = {0};
    blas_gram(2, 2, rows, 2, gram, 2);
    const double expected_gram[4] = {10, 14, 14, 20};
    cr_assert_eq(memcmp(gram, expected_gram, sizeof gram), 0);
}
