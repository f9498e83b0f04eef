/*
 * scoring.h - the cosines of a set's sentence pairs. A sentence's vector is the mean of its pieces
 * at each stage of a contextual embedder, or of its known words by each of several means of a
 * static one. Internal to suites.
 */
#ifndef SUITES_STS_SCORING_H
#define SUITES_STS_SCORING_H

#include "data/sts.h"
#include "suites/shared/word_means.h"

/* What the rows of scores are of. */
struct sts_rows {
    uint32_t n;                            /* stages, or means */
    const struct word_mean *specs;         /* [n] of a static embedder; else NULL */
    const struct word_counts *frequencies; /* of a file, for them */
    const struct sts_set *train; /* whose sentences are counted and fitted to; NULL: none */
};

/* [rows->n, set->n], not-a-number where a sentence has no vector; the caller's to free. */
int sts_score(const struct suite_run *run, const struct sts_set *set, const struct sts_rows *rows,
              double **ret_scores);

/* The first of n means with the greatest correlation on the development set, scores[n, dev->n];
 * without one (NULL) what Arora, Liang & Ma 2017 recommend, the first SIF. */
uint32_t sts_choose(const struct word_mean *specs, uint32_t n, const struct sts_set *dev,
                    const double *scores);

#endif /* SUITES_STS_SCORING_H */
