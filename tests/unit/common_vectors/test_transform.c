/* test_transform.c - limit, lower case, centring, all but the top, unit length. */
#include "base/unicode.h"
#include "vectors_test.h"
#include "vectors/transform.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

Test(transform, lowercase, .init = make_folder, .fini = remove_folder)
{
    const char *path =
        write_text("t", "The 1 1\nthe 2 2\nÉLAN 3 3\nSTRASSE 4 4\nélan 5 5\nΣ 6 6\n");
    struct vector_table *table = load_with(path, (struct vector_options){.lowercase = true});
    cr_assert_eq(table->n_words, 4);
    cr_assert_eq(row_of(table, "the")[0], 1.0f);
    cr_assert_eq(row_of(table, "élan")[0], 3.0f);
    cr_assert_eq(row_of(table, "strasse")[0], 4.0f);
    cr_assert_eq(row_of(table, "σ")[0], 6.0f);
    cr_assert_eq(vectors_find(table, "The", 3), VOCABULARY_NONE);
    vectors_free(table);
}

Test(transform, lower_word)
{
    static const char *const pairs[][2] = {
        {"ABC", "abc"},   {"Ünïcode", "ünïcode"},       {"ΑΒΓ", "αβγ"}, {"İ", "i̇"}, {"Ⱥ", "ⱥ"},
        {"日本", "日本"}, {"A\xff\xc3Z", "a\xff\xc3z"}, {"", ""}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        char lower[EMB_LOWER_ROOM(32)];
        size_t n = utf8_lower(pairs[i][0], strlen(pairs[i][0]), lower);
        cr_assert_eq(n, strlen(pairs[i][1]), "%s: %zu bytes", pairs[i][0], n);
        cr_assert_eq(memcmp(lower, pairs[i][1], n), 0);
    }
}

Test(transform, normalise, .init = make_folder, .fini = remove_folder)
{
    const char *path = write_text("t", "a 3 4\nb 0 0\nc 1e-20 0\nd 1e30 1e30\n");
    struct vector_table *table = load_with(path, (struct vector_options){.normalise = true});
    cr_assert_eq(row_of(table, "a")[0], 0.6f);
    cr_assert_eq(row_of(table, "a")[1], 0.8f);
    cr_assert_eq(row_of(table, "b")[0], 0.0f);
    cr_assert_eq(row_of(table, "c")[0], 1.0f);
    cr_assert_float_eq(row_of(table, "d")[0], sqrtf(0.5f), 1e-7);
    vectors_free(table);
}

Test(transform, centre, .init = make_folder, .fini = remove_folder)
{
    const char *path = write_text("t", "a 1 10\nb 2 20\nc 6 30\n");
    struct vector_table *table = load_with(path, (struct vector_options){.centre = true});
    const float expected[] = {-2, -10, -1, 0, 3, 10};
    cr_assert_eq(memcmp(table->rows, expected, sizeof expected), 0);
    vectors_free(table);
}

/* Against numpy's singular value decomposition. */
Test(transform, all_but_the_top, .init = make_folder, .fini = remove_folder)
{
    size_t n;
    char *bytes = read_whole(golden_path("abtt-2.f32"), &n);
    const float *expected = (const float *)(const void *)bytes;
    struct vector_table *table =
        load_with(golden_path("abtt-in.glove"), (struct vector_options){.abtt = 2});
    cr_assert_eq(n, table->n_words * table->dim * sizeof(float));
    for (uint64_t i = 0; i < table->n_words * table->dim; i++) {
        cr_assert_float_eq(table->rows[i], expected[i], 2e-6, "number %lu: %g, expected %g",
                           (unsigned long)i, (double)table->rows[i], (double)expected[i]);
    }
    vectors_free(table);
    free(bytes);
}

Test(transform, abtt_out_of_range, .init = make_folder, .fini = remove_folder)
{
    struct vector_table *table = NULL;
    struct vector_options options = {.abtt = 6};
    cr_assert_eq(vectors_load(mini_host(1), golden_path("table.vec"), &options, &table),
                 EMB_E_OPTION);
    cr_assert(strstr(mini_host_failure(), "abtt=6"));
}

/* Directions known by construction, of a size with many columns to spare and nearly equal
 * variances, for any number of workers. */
Test(transform, principal_components)
{
    enum { N = 3000, DIM = 40, D = 3 };
    float *rows = calloc(N * DIM, sizeof *rows);
    for (int i = 0; i < N; i++) {
        for (int d = 0; d < DIM; d++) {
            /* Walsh-like signs: columns nearly orthogonal; scales fall slowly but for the first */
            double sign = __builtin_popcount((unsigned)(i & (d + 1))) % 2 ? -1 : 1;
            rows[i * DIM + d] = (float)(sign * (d < D ? 9 - d : 5 - 0.01 * d));
        }
    }
    double mean[DIM], one[D * DIM], seven[D * DIM];
    cr_assert(table_mean(mini_host(1), rows, N, DIM, mean));
    cr_assert(principal_components(mini_host(1), rows, N, DIM, mean, D, one));
    cr_assert(principal_components(mini_host(7), rows, N, DIM, mean, D, seven));
    cr_assert_eq(memcmp(one, seven, sizeof one), 0, "depends on the number of workers");
    for (int k = 0; k < D; k++) {
        /* an eigenvector: C u = lambda u */
        double image[DIM] = {0}, lambda = 0, error = 0;
        for (int i = 0; i < N; i++) {
            double along = 0;
            for (int d = 0; d < DIM; d++) {
                along += ((double)rows[i * DIM + d] - mean[d]) * one[k * DIM + d];
            }
            for (int d = 0; d < DIM; d++) {
                image[d] += along * ((double)rows[i * DIM + d] - mean[d]);
            }
        }
        for (int d = 0; d < DIM; d++) {
            lambda += image[d] * one[k * DIM + d];
        }
        for (int d = 0; d < DIM; d++) {
            error = fmax(error, fabs(image[d] - lambda * one[k * DIM + d]));
        }
        cr_assert_lt(error / lambda, 1e-9, "component %d: %g", k, error / lambda);
        cr_assert_gt(fabs(one[k * DIM + k]), 0.9, "component %d points elsewhere", k);
    }
    free(rows);
}
