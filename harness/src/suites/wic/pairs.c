/* Chooses a split's pairs, learns the threshold and measures the area under the curve. */
#include "suites/wic/wic.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int by_cosine(const void *a, const void *b)
{
    const struct wic_scored *x = a, *y = b;
    return x->cosine < y->cosine ? -1 : x->cosine > y->cosine;
}

bool wic_belongs(const struct context_set *set, const struct wic_share *share, size_t pair)
{
    return set->pairs[pair].split == share->split && set->pairs[pair].same >= 0 &&
           (!share->cell || share->cell[pair] == share->number);
}

struct wic_scored *wic_sorted_pairs(const struct context_set *set, const double *cosines,
                                    const struct wic_share *share, bool all, uint32_t *ret_n)
{
    struct wic_scored *pairs = mem_array(set->n_pairs + 1, sizeof *pairs);
    uint32_t n = 0;
    for (size_t p = 0; p < set->n_pairs; p++) {
        bool known = !isnan(cosines[p]);
        if (wic_belongs(set, share, p) && (known || all)) {
            pairs[n++] =
                (struct wic_scored){known ? cosines[p] : -INFINITY, set->pairs[p].same == 1};
        }
    }
    if (n) {
        qsort(pairs, n, sizeof *pairs, by_cosine);
    }
    *ret_n = n;
    return pairs;
}

/* The least of the thresholds with the greatest accuracy, of: below all, the midpoints between
 * neighbouring distinct cosines, above all. */
static double best_threshold(const struct wic_scored *pairs, uint32_t n)
{
    uint32_t right = 0;
    for (uint32_t i = 0; i < n; i++) {
        right += pairs[i].same; /* below all: everything is "same" */
    }
    uint32_t best = right;
    double threshold = -INFINITY;
    for (uint32_t i = 0; i < n; i++) {
        right += pairs[i].same ? UINT32_MAX : 1; /* pair i falls below the threshold */
        bool last = i + 1 == n;
        if (right > best && (last || pairs[i].cosine < pairs[i + 1].cosine)) {
            best = right;
            threshold =
                last ? INFINITY : pairs[i].cosine + (pairs[i + 1].cosine - pairs[i].cosine) / 2;
        }
    }
    return threshold;
}

double wic_area_under_curve(const struct wic_scored *pairs, const uint32_t *counts, uint32_t n)
{
    double wins = 0, different = 0, same = 0;
    for (uint32_t i = 0, end; i < n; i = end) {
        double tied_same = 0, tied_different = 0;
        for (end = i; end < n && pairs[end].cosine <= pairs[i].cosine; end++) {
            double times = counts ? counts[end] : 1;
            tied_same += pairs[end].same ? times : 0;
            tied_different += pairs[end].same ? 0 : times;
        }
        wins += tied_same * (different + tied_different / 2);
        same += tied_same;
        different += tied_different;
    }
    return same > 0 && different > 0 ? wins / (same * different) : NAN;
}

static double resampled_area(const void *ctx, const uint32_t *counts, uint32_t n, uint32_t worker)
{
    (void)worker;
    return wic_area_under_curve(ctx, counts, n);
}

struct interval wic_area_interval(const struct bootstrap *plan, const struct wic_scored *pairs,
                                  uint32_t n)
{
    return bootstrap_interval(plan, n, resampled_area, pairs);
}

bool wic_answer(const struct wic_scoring *scoring, size_t pair)
{
    return !isnan(scoring->cosines[pair]) && scoring->cosines[pair] >= scoring->threshold;
}

bool wic_is_right(const struct wic_scoring *scoring, size_t pair)
{
    return wic_answer(scoring, pair) == (scoring->set->pairs[pair].same == 1);
}

void wic_protocol(const struct wic_scoring *scoring, uint32_t split, uint32_t n,
                  const struct stage *stage, struct protocol *ret_protocol)
{
    const char *on = scoring->learned_on ? scoring->learned_on : "none";
    bool itself = strcmp(on, contexts_split_names[split]) == 0;
    char *dataset = contexts_dataset(scoring->set, split);
    protocol_begin(ret_protocol, "wic", dataset, n);
    protocol_add(ret_protocol, PROTOCOL_THRESHOLD, itself ? "itself" : on);
    protocol_add(ret_protocol, PROTOCOL_METHOD, scoring->row.method);
    if (scoring->terms) {
        protocol_append(ret_protocol, scoring->terms, PROTOCOL_OTHER);
    }
    if (stage) {
        protocol_add(ret_protocol, PROTOCOL_STAGE, stage->name);
    }
    protocol_add(ret_protocol, PROTOCOL_POOL, "mean");
    free(dataset);
}

void wic_learn_threshold(struct wic_scoring *scoring)
{
    scoring->threshold = NAN;
    scoring->learned_on = NULL;
    for (uint32_t split = CONTEXT_TRAIN; split <= CONTEXT_DEV && !scoring->learned_on; split++) {
        uint32_t n;
        const struct wic_share whole = {.split = split};
        struct wic_scored *pairs =
            wic_sorted_pairs(scoring->set, scoring->cosines, &whole, false, &n);
        if (n) {
            scoring->threshold = best_threshold(pairs, n);
            scoring->learned_on = contexts_split_names[split];
        }
        free(pairs);
    }
}
