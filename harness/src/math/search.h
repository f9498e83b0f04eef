/*
 * search.h - the rows of a table that answer analogy questions best, at the speed of a matrix
 * product.
 *
 * A question a : b = c : ? is scored for every row d from three cosines, and many questions share
 * their words: Google's 19,544 questions are made of 905. So one product of the distinct words'
 * unit rows by a panel of the table's gives all cosines of the panel, and a question costs two
 * additions a row; no score is kept that is not among the best.
 *
 * The panels are scored in float32; whatever comes within the rounding error of the best is scored
 * again in double, by vectors.h. So the answers are those of a double-precision search over every
 * row (search_ref.c), and ties, equal scores in double, go to the lowest row. They depend on
 * neither the number of threads nor the BLAS.
 */
#ifndef MATH_SEARCH_H
#define MATH_SEARCH_H

#include "base/pool.h"

#include <stdbool.h>
#include <stdint.h>

enum search_method {
    SEARCH_COSINE,        /* cos(d, c): neighbours; a and b are not read */
    SEARCH_3COSADD,       /* cos(d, b) - cos(d, a) + cos(d, c); Mikolov, Yih & Zweig 2013 */
    SEARCH_3COSMUL,       /* cos'(d, b) cos'(d, c) / (cos'(d, a) + 0.001), cos' = (1 + cos) / 2;
                             Levy & Goldberg 2014 */
    SEARCH_PAIR_DIRECTION /* cos(d - c, b - a) of unit rows; Mikolov, Yih & Zweig 2013 */
};

struct search_query {
    uint32_t a, b, c; /* indices into the plan's words */
};

struct search_plan {
    const float *table; /* [n_rows, dim] as loaded; all-zero rows have cosine 0 with every row */
    uint64_t stride;    /* floats from row to row */
    uint32_t n_rows, dim;
    const uint32_t *words; /* [n_words] distinct rows that the queries name */
    uint32_t n_words;
    /* [n_words, dim] to be used in the place of these rows, NULL = the rows; a word is then known
     * by its row only in order not to answer itself, and may have none, SEARCH_NONE */
    const float *vectors;
    const struct search_query *queries; /* [n_queries] */
    uint32_t n_queries;
    enum search_method method;
    uint32_t k;        /* answers wanted of each query, >= 1 */
    bool keep_inputs;  /* a query's own words may be answers; by custom they may not */
    struct pool *pool; /* NULL = this thread alone */
};

#define SEARCH_NONE UINT32_MAX

struct search_hit {
    uint32_t row; /* SEARCH_NONE: the table has fewer rows than answers are wanted */
    double score;
};

/* ret_hits[n_queries, k], best first. */
void search_run(const struct search_plan *plan, struct search_hit *ret_hits);

/* The same, row by row in double (search_ref.c). */
void search_run_ref(const struct search_plan *plan, struct search_hit *ret_hits);

/* The vector of a plan's word. */
static inline const float *search_word(const struct search_plan *plan, uint32_t word)
{
    return plan->vectors ? plan->vectors + (uint64_t)word * plan->dim
                         : plan->table + plan->words[word] * plan->stride;
}

/* The score of one row in double: what both agree on. */
double search_score(const struct search_plan *plan, const struct search_query *query, uint32_t row);

#endif /* MATH_SEARCH_H */
