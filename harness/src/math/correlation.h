/*
 * correlation.h - agreement of two lists of numbers.
 *
 * Undefined values (fewer than two items, or a constant list) are not-a-number. Inputs must be
 * finite. Everything is computed in double, in two passes.
 */
#ifndef MATH_CORRELATION_H
#define MATH_CORRELATION_H

#include <stdint.h>

/* A correlation this great is 1 except for rounding. */
#define CORRELATION_PERFECT (1 - 1e-12)

/* Scores closer than this are equal except for rounding in double: ties in a ranking. (Two cosines
 * of SimLex-999's pairs in GloVe's 100 dimensions differ by 1.2e-8, and are two.) */
#define CORRELATION_TIE 1e-9
/* Of several choices, the first within this of the best is the answer (METRICS.md, "Tie"). */
#define CHOICE_TIE 1e-6

/* Makes scores that are equal except for rounding equal: of x[n] descending, each run of values
 * within CORRELATION_TIE of its greatest becomes that greatest. Whatever ranks the scores, or sets
 * a threshold between them, then sees ties where there are ties. Not-a-number stays. */
void correlation_merge_ties(double *x, uint32_t n);

double correlation_pearson(const double *x, const double *y, uint32_t n); /* NAN: undefined */

/* Spearman's rho: Pearson's r of the ranks, equal values sharing the average of their ranks. */
double correlation_spearman(const double *x, const double *y, uint32_t n);

/* ret_ranks[i] in 1..n, average ranks for ties. */
void correlation_ranks(const double *x, uint32_t n, double *ret_ranks);

/* What resampling a correlation needs: a list sorted once, so that the ranks of a resample, in
 * which item i occurs counts[i] times, follow from one walk along it. */
struct ranking {
    uint32_t *order;  /* [n] items, ascending */
    uint32_t *groups; /* [n_groups + 1] first place in order of each run of equal values */
    uint32_t n, n_groups;
};

void ranking_init(struct ranking *ranking, const double *x, uint32_t n); /* x: not kept */
void ranking_finish(struct ranking *ranking);
/* ret_ranks[i] of every item with counts[i] > 0; the others get a finite number that says nothing.
 */
void ranking_resampled(const struct ranking *ranking, const uint32_t *counts, double *ret_ranks);

/* Pearson's r where item i occurs counts[i] times; x and y are finite, items of count 0 too. */
double correlation_pearson_counted(const double *x, const double *y, const uint32_t *counts,
                                   uint32_t n);

#endif /* MATH_CORRELATION_H */
