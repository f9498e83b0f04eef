/* Non-negative least squares beside scipy's, and what makes a solution one. */
#include "base/rng.h"
#include "math/nnls.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define MOST 4096

static void read_numbers(FILE *file, double *ret, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        cr_assert_eq(fscanf(file, "%lf", &ret[i]), 1);
    }
}

Test(nnls, equals_scipy)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/tests/golden/stats/nnls.txt", getenv("HARNESS_SOURCE_ROOT"));
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file, "%s", path);
    unsigned m, n, cases = 0;
    while (fscanf(file, " case %u %u", &m, &n) == 2) {
        double columns[MOST], target[64], wanted[65], x[64], residual;
        cr_assert(m <= 64 && n <= 64 && m * n <= MOST);
        read_numbers(file, columns, m * n);
        read_numbers(file, target, m);
        read_numbers(file, wanted, n + 1);
        cr_assert_eq(nnls(m, n, columns, target, x, &residual), 0);
        for (unsigned j = 0; j < n; j++) {
            cr_expect_float_eq(x[j], wanted[j], 1e-9, "case %u, column %u: %g, not %g", cases, j,
                               x[j], wanted[j]);
        }
        cr_expect_float_eq(residual, wanted[n], 1e-9, "case %u", cases);
        cases++;
    }
    fclose(file);
    cr_expect_eq(cases, 61);
}

/* Karush-Kuhn-Tucker: no coefficient below 0, no product of a column with the residual above 0, and
 * 0 where the coefficient is positive. */
Test(nnls, conditions_of_a_minimum)
{
    enum { M = 50, N = 40 };
    double columns[N * M], target[M], x[N], residual, rest[M];
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct rng rng;
        rng_init(&rng, seed, 0);
        for (int i = 0; i < N * M; i++) {
            columns[i] = rng_normal(&rng) + (seed % 2 ? 2.0 : 0.0); /* odd seeds: much in common */
        }
        for (int i = 0; i < M; i++) {
            target[i] = rng_normal(&rng) + 1;
        }
        cr_assert_eq(nnls(M, N, columns, target, x, &residual), 0);
        double length = 0;
        for (int i = 0; i < M; i++) {
            rest[i] = target[i];
            for (int j = 0; j < N; j++) {
                rest[i] -= x[j] * columns[j * M + i];
            }
            length += rest[i] * rest[i];
        }
        cr_expect_float_eq(sqrt(length), residual, 1e-10);
        for (int j = 0; j < N; j++) {
            double product = 0;
            for (int i = 0; i < M; i++) {
                product += rest[i] * columns[j * M + i];
            }
            cr_expect_geq(x[j], 0);
            cr_expect_leq(product, 1e-9);
            cr_expect(x[j] == 0 || fabs(product) < 1e-9);
        }
    }
}

Test(nnls, dependent_columns)
{
    /* The same twice, and a sum of two: the first is used, the fit is exact. */
    double columns[4 * 3] = {1, 0, 0, 1, 0, 0, 0, 1, 0, 1, 1, 0}, target[3] = {2, 1, 0};
    double x[4], residual, fitted[3] = {0};
    cr_assert_eq(nnls(3, 4, columns, target, x, &residual), 0);
    cr_expect_float_eq(residual, 0, 1e-12);
    for (int j = 0; j < 4; j++) {
        cr_expect_geq(x[j], 0);
        for (int i = 0; i < 3; i++) {
            fitted[i] += x[j] * columns[j * 3 + i];
        }
    }
    cr_expect_eq(x[1], 0, "the second of two equal columns");
    cr_expect_float_eq(fitted[0], 2, 1e-12);
    cr_expect_float_eq(fitted[1], 1, 1e-12);
}

Test(nnls, nothing_to_do)
{
    double column[2] = {1, 2}, target[2] = {3, 4}, x[1], residual = -1;
    cr_expect_eq(nnls(2, 0, column, target, x, &residual), 0);
    cr_expect_float_eq(residual, 5, 1e-12);
    cr_expect_eq(nnls(0, 1, column, target, x, &residual), 0);
    cr_expect_eq(x[0], 0);
    cr_expect_eq(residual, 0);
}
