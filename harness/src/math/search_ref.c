/* The search written to be read: every query against every row, in double. */
#include "math/search.h"

#include "math/vectors.h"

#include <math.h>

double search_score(const struct search_plan *plan, const struct search_query *query, uint32_t row)
{
    const float *d = plan->table + row * plan->stride, *c = search_word(plan, query->c);
    double to_c = vec_cosine(d, c, plan->dim);
    if (plan->method == SEARCH_COSINE) {
        return to_c;
    }
    const float *a = search_word(plan, query->a), *b = search_word(plan, query->b);
    double to_a = vec_cosine(d, a, plan->dim), to_b = vec_cosine(d, b, plan->dim);
    if (plan->method == SEARCH_3COSADD) {
        return to_b - to_a + to_c;
    }
    if (plan->method == SEARCH_3COSMUL) {
        return (1 + to_b) / 2 * ((1 + to_c) / 2) / ((1 + to_a) / 2 + 0.001);
    }
    double along = to_b - to_a - (vec_cosine(b, c, plan->dim) - vec_cosine(a, c, plan->dim));
    double lengths = (2 - 2 * vec_cosine(a, b, plan->dim)) * (2 - 2 * to_c);
    return lengths > 1e-12 ? along / sqrt(lengths) : 0;
}

static bool is_input(const struct search_plan *plan, const struct search_query *query, uint32_t row)
{
    if (plan->keep_inputs) {
        return false;
    }
    return row == plan->words[query->c] ||
           (plan->method != SEARCH_COSINE &&
            (row == plan->words[query->a] || row == plan->words[query->b]));
}

void search_run_ref(const struct search_plan *plan, struct search_hit *ret_hits)
{
    for (uint32_t q = 0; q < plan->n_queries; q++) {
        struct search_hit *hits = ret_hits + (uint64_t)q * plan->k;
        for (uint32_t i = 0; i < plan->k; i++) {
            hits[i] = (struct search_hit){SEARCH_NONE, -INFINITY};
        }
        for (uint32_t row = 0; row < plan->n_rows; row++) {
            if (is_input(plan, &plan->queries[q], row)) {
                continue;
            }
            double score = search_score(plan, &plan->queries[q], row);
            uint32_t place = plan->k; /* rows come in order, so an equal score stays behind */
            while (place > 0 && score > hits[place - 1].score) {
                place--;
            }
            for (uint32_t i = plan->k; i-- > place + 1;) {
                hits[i] = hits[i - 1];
            }
            if (place < plan->k) {
                hits[place] = (struct search_hit){row, score};
            }
        }
    }
}
