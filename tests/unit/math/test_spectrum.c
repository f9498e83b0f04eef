/* The share of one direction: by hand, and against LAPACK's eigenvalues of the whole Gram matrix.
 */
#include "base/error.h"
#include "base/mem.h"
#include "base/rng.h"
#include "math/blas.h"
#include "math/spectrum.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

Test(spectrum, by_hand)
{
    const float lengths[] = {3, 0, 0, 4};
    cr_expect_float_eq(spectrum_top_share(lengths, 2, 2), 16.0 / 25, 1e-12);
    const float square[] = {1, 1, 1, 0}; /* AᵀA = [2 1; 1 1]: (3 + √5) / 2 of 3 */
    cr_expect_float_eq(spectrum_top_share(square, 2, 2), (3 + sqrt(5)) / 6, 1e-12);
    const float line[] = {1, 2, -2, -4, 0.5F, 1, 0, 0};
    cr_expect_float_eq(spectrum_top_share(line, 4, 2), 1, 1e-12);
    const float even[] = {2, 0, 0, 0, 2, 0, 0, 0, 2};
    cr_expect_float_eq(spectrum_top_share(even, 3, 3), 1.0 / 3, 1e-12);
    cr_expect_float_eq(spectrum_top_share(even, 1, 9), 1, 1e-12);
    const float zero[6] = {0};
    cr_expect(isnan(spectrum_top_share(zero, 2, 3)));
    cr_expect(isnan(spectrum_top_share(NULL, 0, 3)));
}

static double by_lapack(const float *rows, uint32_t n, uint32_t dim)
{
    double *wide = mem_array((size_t)n * dim, sizeof *wide);
    double *gram = mem_array((size_t)dim * dim, sizeof *gram);
    double *values = mem_array(dim, sizeof *values), sum = 0;
    for (size_t i = 0; i < (size_t)n * dim; i++) {
        wide[i] = (double)rows[i];
    }
    blas_gram(n, dim, wide, dim, gram, dim);
    cr_assert_eq(blas_symmetric_eigen(dim, gram, values), 0, "%s", error_message());
    for (uint32_t d = 0; d < dim; d++) {
        sum += values[d];
    }
    double share = values[dim - 1] / sum;
    free(wide);
    free(gram);
    free(values);
    return share;
}

/* offset: how much all rows have in common; 0 = a flat spectrum, where convergence is slowest. */
static void check_random(uint32_t n, uint32_t dim, double offset, double scale)
{
    struct rng rng;
    rng_init(&rng, 11, n * 1000 + dim);
    float *rows = mem_array((size_t)n * dim, sizeof *rows);
    for (size_t i = 0; i < (size_t)n * dim; i++) {
        rows[i] = (float)(scale * (offset + rng_normal(&rng)));
    }
    double found = spectrum_top_share(rows, n, dim), wanted = by_lapack(rows, n, dim);
    cr_expect(fabs(found - wanted) <= 1e-8 * wanted,
              "%u x %u, offset %g: found %.15g, LAPACK %.15g", n, dim, offset, found, wanted);
    free(rows);
}

Test(spectrum, random_matrices)
{
    const uint32_t shapes[][2] = {{2, 50}, {5, 96}, {50, 7}, {96, 96}, {40, 128}, {900, 64}};
    const double offsets[] = {0, 0.1, 1, 10};
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        for (size_t o = 0; o < sizeof offsets / sizeof *offsets; o++) {
            check_random(shapes[s][0], shapes[s][1], offsets[o], 1);
            check_random(shapes[s][0], shapes[s][1], offsets[o], 1e-6);
        }
    }
}

/* The start is random, so a dominant direction to which the sum of the rows is orthogonal is found.
 */
Test(spectrum, rows_that_cancel)
{
    const float rows[] = {10, 1, 0, -10, 1, 0, 0, 0, 3, 0, 0, -3};
    cr_expect_float_eq(spectrum_top_share(rows, 4, 3), 200.0 / 220, 1e-12);
}
