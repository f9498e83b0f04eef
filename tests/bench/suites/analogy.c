/*
 * Time of Google's analogy set over tables of 341,479 x 100 and 400,000 x 300 rows: the search of
 * the suite `analogy` (3CosAdd) with one and two threads, beside the matrix product that it is made
 * of. The table is random, since the time does not depend on what the rows mean; the questions are
 * the set's own where HARNESS_SHARED has them, else random ones of the same shape.
 *
 *     analogy [ROWS DIM]
 */
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/pool.h"
#include "base/rng.h"
#include "data/analogy.h"
#include "math/blas.h"
#include "math/search.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct questions {
    struct search_query *queries;
    uint32_t n, n_words;
};

static struct questions read_questions(void)
{
    const char *shared = getenv("HARNESS_SHARED");
    char *path = shared ? file_join(shared, "analogy/questions-words.txt") : NULL;
    struct analogy_set set = {0};
    struct questions questions = {.n = 19544, .n_words = 905};
    bool real = path && file_exists(path) && analogy_read(path, &set) == 0;
    questions.n = real ? set.n : questions.n;
    questions.n_words = real ? set.words.n : questions.n_words;
    questions.queries = mem_array(questions.n, sizeof *questions.queries);
    struct rng rng;
    rng_init(&rng, 1, 0);
    for (uint32_t i = 0; i < questions.n; i++) {
        struct search_query *query = &questions.queries[i];
        if (real) {
            *query =
                (struct search_query){set.questions[i].a, set.questions[i].b, set.questions[i].c};
        } else {
            query->a = (uint32_t)rng_below(&rng, questions.n_words);
            query->b = (uint32_t)rng_below(&rng, questions.n_words);
            query->c = (uint32_t)rng_below(&rng, questions.n_words);
        }
    }
    analogy_finish(&set);
    free(path);
    printf("questions: %u (%s), %u distinct words\n", questions.n, real ? "Google's" : "random",
           questions.n_words);
    return questions;
}

static void measure(const struct questions *questions, uint32_t n_rows, uint32_t dim)
{
    float *table = mem_array((size_t)n_rows * dim, sizeof *table);
    struct rng rng;
    rng_init(&rng, 2, 0);
    for (size_t i = 0; i < (size_t)n_rows * dim; i++) {
        table[i] = (float)rng_unit(&rng) - 0.45f;
    }
    uint32_t *words = mem_array(questions->n_words, sizeof *words);
    for (uint32_t i = 0; i < questions->n_words; i++) {
        words[i] = i * 20;
    }
    struct search_hit *hits = mem_array(questions->n, sizeof *hits);
    struct search_plan plan = {.table = table,
                               .stride = dim,
                               .n_rows = n_rows,
                               .dim = dim,
                               .words = words,
                               .n_words = questions->n_words,
                               .queries = questions->queries,
                               .n_queries = questions->n,
                               .method = SEARCH_3COSADD,
                               .k = 1};
    float *product = mem_array((size_t)questions->n_words * 1024, sizeof *product);
    blas_use_one_thread();
    double start = clock_seconds();
    for (uint32_t first = 0; first + 1024 <= n_rows; first += 1024) {
        blas_product_nt(questions->n_words, 1024, dim, table, dim, table + (size_t)first * dim, dim,
                        product, 1024);
    }
    double of_product = clock_seconds() - start;
    printf("%u x %u: product alone %.2f s (%.1f GFLOP/s)", n_rows, dim, of_product,
           2e-9 * n_rows * dim * questions->n_words / of_product);
    for (uint32_t threads = 1; threads <= 2; threads++) {
        struct pool *pool = pool_create(threads);
        plan.pool = pool;
        clock_t busy = clock();
        start = clock_seconds();
        search_run(&plan, hits);
        printf(", search with %u thread%s %.2f s (%.2f s of processor time)", threads,
               threads > 1 ? "s" : "", clock_seconds() - start,
               (double)(clock() - busy) / CLOCKS_PER_SEC);
        pool_destroy(pool);
    }
    printf("\n");
    free(product);
    free(hits);
    free(words);
    free(table);
}

int main(int argc, char **argv)
{
    struct questions questions = read_questions();
    if (argc == 3) {
        measure(&questions, (uint32_t)atoi(argv[1]), (uint32_t)atoi(argv[2]));
    } else {
        measure(&questions, 341479, 100);
        measure(&questions, 400000, 300);
    }
    free(questions.queries);
    return 0;
}
