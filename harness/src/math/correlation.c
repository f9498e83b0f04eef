/* Pearson's and Spearman's correlation, ties included, of items and of resampled items. */
#include "math/correlation.h"

#include "base/mem.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/* r from sums of squares and products about the means; not-a-number if either list is constant. */
static double ratio(double xx, double yy, double xy)
{
    if (!(xx > 0) || !(yy > 0)) {
        return NAN;
    }
    double r = xy / (sqrt(xx) * sqrt(yy));
    return r > 1 ? 1 : r < -1 ? -1 : r;
}

/* A list that is constant except for rounding has no correlation: spread below 1e-13 of its size.
 */
static double spread(double squares, double mean, double n)
{
    return squares <= n * mean * mean * 1e-26 ? 0 : squares;
}

double correlation_pearson(const double *x, const double *y, uint32_t n)
{
    if (n < 2) {
        return NAN;
    }
    double mx = 0, my = 0;
    for (uint32_t i = 0; i < n; i++) {
        mx += x[i];
        my += y[i];
    }
    mx /= n;
    my /= n;
    double xx = 0, yy = 0, xy = 0;
    for (uint32_t i = 0; i < n; i++) {
        double dx = x[i] - mx, dy = y[i] - my;
        xx += dx * dx;
        yy += dy * dy;
        xy += dx * dy;
    }
    return ratio(spread(xx, mx, n), spread(yy, my, n), xy);
}

double correlation_pearson_counted(const double *x, const double *y, const uint32_t *counts,
                                   uint32_t n)
{
    /* No branch on a count: a third of them are 0, which no processor foresees. */
    double mx = 0, my = 0, total = 0;
    for (uint32_t i = 0; i < n; i++) {
        double count = counts[i];
        mx += count * x[i];
        my += count * y[i];
        total += count;
    }
    if (total < 2) {
        return NAN;
    }
    mx /= total;
    my /= total;
    double xx = 0, yy = 0, xy = 0;
    for (uint32_t i = 0; i < n; i++) {
        double dx = x[i] - mx, dy = y[i] - my, count = counts[i];
        xx += count * dx * dx;
        yy += count * dy * dy;
        xy += count * dx * dy;
    }
    return ratio(spread(xx, mx, total), spread(yy, my, total), xy);
}

struct entry {
    double value;
    uint32_t item;
};

static int by_value(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->value != y->value) {
        return x->value < y->value ? -1 : 1;
    }
    return x->item < y->item ? -1 : x->item > y->item;
}

void correlation_merge_ties(double *x, uint32_t n)
{
    struct entry *entries = mem_array((size_t)n + 1, sizeof *entries);
    uint32_t defined = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (!isnan(x[i])) {
            entries[defined++] = (struct entry){x[i], i};
        }
    }
    qsort(entries, defined, sizeof *entries, by_value);
    double greatest = INFINITY;
    for (uint32_t i = defined; i-- > 0;) {
        if (entries[i].value < greatest - CORRELATION_TIE) {
            greatest = entries[i].value;
        }
        x[entries[i].item] = greatest;
    }
    free(entries);
}

void ranking_init(struct ranking *ranking, const double *x, uint32_t n)
{
    struct entry *entries = mem_array(n ? n : 1, sizeof *entries);
    for (uint32_t i = 0; i < n; i++) {
        entries[i] = (struct entry){x[i], i};
    }
    qsort(entries, n, sizeof *entries, by_value);
    *ranking = (struct ranking){.order = mem_array(n ? n : 1, sizeof(uint32_t)),
                                .groups = mem_array((size_t)n + 1, sizeof(uint32_t)),
                                .n = n};
    for (uint32_t i = 0; i < n; i++) {
        ranking->order[i] = entries[i].item;
        if (i == 0 || entries[i].value != entries[i - 1].value) {
            ranking->groups[ranking->n_groups++] = i;
        }
    }
    ranking->groups[ranking->n_groups] = n;
    free(entries);
}

void ranking_finish(struct ranking *ranking)
{
    free(ranking->order);
    free(ranking->groups);
    *ranking = (struct ranking){0};
}

void ranking_resampled(const struct ranking *ranking, const uint32_t *counts, double *ret_ranks)
{
    uint64_t before = 0;
    for (uint32_t g = 0; g < ranking->n_groups; g++) {
        uint64_t members = 0;
        for (uint32_t i = ranking->groups[g]; i < ranking->groups[g + 1]; i++) {
            members += counts[ranking->order[i]];
        }
        double rank = (double)before + ((double)members + 1) / 2;
        for (uint32_t i = ranking->groups[g]; i < ranking->groups[g + 1]; i++) {
            ret_ranks[ranking->order[i]] = rank;
        }
        before += members;
    }
}

void correlation_ranks(const double *x, uint32_t n, double *ret_ranks)
{
    struct ranking ranking;
    ranking_init(&ranking, x, n);
    for (uint32_t g = 0; g < ranking.n_groups; g++) {
        uint32_t begin = ranking.groups[g], end = ranking.groups[g + 1];
        for (uint32_t i = begin; i < end; i++) {
            ret_ranks[ranking.order[i]] = ((double)begin + (double)end + 1) / 2;
        }
    }
    ranking_finish(&ranking);
}

double correlation_spearman(const double *x, const double *y, uint32_t n)
{
    double *ranks = mem_array((size_t)n * 2 + 1, sizeof *ranks);
    correlation_ranks(x, n, ranks);
    correlation_ranks(y, n, ranks + n);
    double rho = correlation_pearson(ranks, ranks + n, n);
    free(ranks);
    return rho;
}
