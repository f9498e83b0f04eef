/*
 * figures.h - rows of the report from lists of scores: the part that similarity, synonyms, sts and
 * analogy share.
 */
#ifndef SUITES_SHARED_FIGURES_H
#define SUITES_SHARED_FIGURES_H

#include "math/bootstrap.h"
#include "suites/suite.h"

/* A figure with an interval by the request's resamples, seed and option "interval" (percentile or
 * bca). The pool is the embedder's where
 * there is one. clusters may be NULL. */
struct bootstrap figures_plan(const struct suite_run *run);

/* One row: `row` is what is fixed (suite, dataset, embedder, kind, stage, method), the rest is
 * given. The protocol is `protocol` with the policy and the version behind it. */
struct measured {
    const char *metric;
    struct split split;
    const char *policy;
    double value;
    struct interval interval;
    uint64_t n, answered; /* coverage = answered / n */
};
void figures_row(const struct suite_run *run, const struct figure *row,
                 const struct protocol *protocol, const struct measured *figure);
/* The same, and why it has no value, or a caveat about its value; NULL: as figures_row, which says
 * of a figure without a value whether nothing was answered. */
void figures_row_because(const struct suite_run *run, const struct figure *row,
                         const struct protocol *protocol, const struct measured *figure,
                         const char *reason);

/* Items of a data set as one system scored them. */
struct scored {
    const double *scores; /* [n] not-a-number: no score (out of vocabulary) */
    const double *gold;   /* [n] */
    uint32_t n;
};

/* Spearman and Pearson, their intervals, and how many items had a score. */
struct correlations {
    double spearman, pearson;
    struct interval spearman_interval, pearson_interval;
    uint32_t n, known;
    const char *reason; /* why there is none; NULL */
};

/* With zero, items without a score count as scored 0; else they are left out. */
struct correlations figures_correlate(const struct suite_run *run, const struct scored *scored,
                                      bool zero);
/* Two rows. */
void figures_correlation_rows(const struct suite_run *run, const struct figure *row,
                              const struct protocol *protocol, struct split split,
                              const char *policy, const struct correlations *of);
/* The rows of policies "skip" and "zero", and of the metric "coverage". */
void figures_skip_and_zero(const struct suite_run *run, const struct figure *row,
                           const struct protocol *protocol, struct split split,
                           const struct scored *scored);

/* A named share of the items: those i with keys[i] equal to key. Returns how many were copied. */
uint32_t figures_select(const struct scored *scored, const char *const *keys, const char *key,
                        double *ret_scores, double *ret_gold);

#endif /* SUITES_SHARED_FIGURES_H */
