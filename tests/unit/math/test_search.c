/* The fast search gives the answers of the plain double-precision one, ties included. */
#include "base/mem.h"
#include "base/pool.h"
#include "base/rng.h"
#include "math/search.h"
#include "math/search_kernels.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROWS 3000u
#define DIM 37u
#define WORDS 200u
#define QUERIES 200u

/* Rows in clusters, a tenth of them copies of others at another length (ties), some zero. */
static float *make_table(void)
{
    float *table = mem_array((size_t)ROWS * DIM, sizeof *table);
    struct rng rng;
    rng_init(&rng, 3, 0);
    for (uint32_t i = 0; i < ROWS; i++) {
        float *row = table + i * DIM;
        const float *near = table + rng_below(&rng, i + 1) * DIM;
        for (uint32_t d = 0; d < DIM; d++) {
            row[d] = i % 500 == 499 ? 0
                     : i % 10 == 9  ? 2 * near[d]
                     : i % 3 == 0   ? (float)rng_normal(&rng)
                                    : near[d] + 0.3f * (float)rng_normal(&rng);
        }
    }
    return table;
}

static void make_queries(uint32_t *words, struct search_query *queries)
{
    struct rng rng;
    rng_init(&rng, 4, 0);
    for (uint32_t i = 0; i < WORDS; i++) {
        words[i] = i * 14; /* distinct; zero rows and copies among them */
    }
    for (uint32_t q = 0; q < QUERIES; q++) {
        queries[q].a = (uint32_t)rng_below(&rng, WORDS);
        queries[q].b = (uint32_t)rng_below(&rng, WORDS);
        queries[q].c = (uint32_t)rng_below(&rng, WORDS);
    }
}

static void compare(struct search_plan *plan)
{
    size_t n = (size_t)plan->n_queries * plan->k;
    struct search_hit *fast = mem_array(n, sizeof *fast), *plain = mem_array(n, sizeof *plain);
    search_run_ref(plan, plain);
    search_run(plan, fast);
    for (size_t i = 0; i < n; i++) {
        cr_assert(fast[i].row == plain[i].row && fast[i].score == plain[i].score,
                  "method %d, k %u, query %zu, place %zu: row %u score %.17g, expected %u %.17g",
                  (int)plan->method, plan->k, i / plan->k, i % plan->k, fast[i].row, fast[i].score,
                  plain[i].row, plain[i].score);
    }
    free(fast);
    free(plain);
}

Test(search, equals_reference)
{
    uint32_t words[WORDS];
    struct search_query queries[QUERIES];
    float *table = make_table();
    make_queries(words, queries);
    struct pool *pool = pool_create(3);
    struct search_plan plan = {.table = table,
                               .stride = DIM,
                               .n_rows = ROWS,
                               .dim = DIM,
                               .words = words,
                               .n_words = WORDS,
                               .queries = queries};
    for (int method = SEARCH_COSINE; method <= SEARCH_PAIR_DIRECTION; method++) {
        plan.method = (enum search_method)method;
        for (int variant = 0; variant < 4; variant++) {
            plan.k = variant % 2 ? 7 : 1;
            plan.pool = variant < 2 ? NULL : pool;
            plan.keep_inputs = variant == 3;
            plan.n_queries = variant == 0 ? QUERIES : 30;
            compare(&plan);
        }
    }
    pool_destroy(pool);
    free(table);
}

Test(search, few_rows)
{
    const float table[6] = {1, 0, 0, 1, 1, 1};
    const uint32_t words[2] = {0, 1};
    const struct search_query query = {0, 1, 1};
    const struct search_plan plan = {.table = table,
                                     .stride = 2,
                                     .n_rows = 3,
                                     .dim = 2,
                                     .words = words,
                                     .n_words = 2,
                                     .queries = &query,
                                     .n_queries = 1,
                                     .method = SEARCH_3COSADD,
                                     .k = 2};
    struct search_hit hits[2];
    search_run(&plan, hits);
    cr_assert_eq(hits[0].row, 2u);
    cr_assert_eq(hits[1].row, SEARCH_NONE);
}

/* Vectors in the place of rows: the same answers, and the rows themselves among them if they are
 * not named. */
Test(search, vectors)
{
    enum { K = 5 };
    uint32_t words[WORDS];
    struct search_query queries[QUERIES];
    float *table = make_table();
    make_queries(words, queries);
    float *vectors = mem_array((size_t)WORDS * DIM, sizeof *vectors);
    for (uint32_t i = 0; i < WORDS; i++) {
        memcpy(vectors + i * DIM, table + words[i] * DIM, DIM * sizeof *vectors);
    }
    struct search_plan plan = {.table = table,
                               .stride = DIM,
                               .n_rows = ROWS,
                               .dim = DIM,
                               .words = words,
                               .n_words = WORDS,
                               .queries = queries,
                               .n_queries = 30,
                               .k = K};
    struct search_hit of_rows[30 * K], of_vectors[30 * K];
    for (int method = SEARCH_COSINE; method <= SEARCH_PAIR_DIRECTION; method++) {
        plan.method = (enum search_method)method;
        plan.vectors = NULL;
        search_run(&plan, of_rows);
        plan.vectors = vectors;
        search_run(&plan, of_vectors);
        for (uint32_t i = 0; i < 30 * K; i++) {
            cr_assert_eq(of_vectors[i].row, of_rows[i].row);
            cr_assert_eq(of_vectors[i].score, of_rows[i].score);
        }
        compare(&plan);
    }
    for (uint32_t i = 0; i < WORDS; i++) {
        words[i] = SEARCH_NONE;
    }
    plan.method = SEARCH_COSINE;
    plan.n_queries = 1;
    queries[0].c = 1;
    search_run(&plan, of_vectors);
    cr_assert_float_eq(of_vectors[0].score, 1, 1e-12);
    compare(&plan);
    free(vectors);
    free(table);
}

/* The dispatched kernels against the plain ones, at every length. */
Test(search, kernels)
{
    float to[3][100];
    struct rng rng;
    rng_init(&rng, 8, 0);
    for (int i = 0; i < 300; i++) {
        to[i / 100][i % 100] = (float)(2 * rng_unit(&rng) - 1);
    }
    const struct search_scale scale = {0.1f, 1.3f};
    for (int method = SEARCH_COSINE; method <= SEARCH_PAIR_DIRECTION; method++) {
        search_max fast = search_max_kernel((enum search_method)method);
        search_max plain = search_max_plain((enum search_method)method);
        for (uint32_t n = 1; n <= 100; n++) {
            float most = -INFINITY;
            for (uint32_t i = 0; i < n; i++) {
                float score = search_score_float((enum search_method)method, to[0][i], to[1][i],
                                                 to[2][i], &scale);
                most = score > most ? score : most;
            }
            cr_assert_float_eq(fast(to[0], to[1], to[2], n, &scale), most, 1e-6 * fabsf(most));
            cr_assert_float_eq(plain(to[0], to[1], to[2], n, &scale), most, 1e-6 * fabsf(most));
        }
    }
}
