/*
 * clustering.h - groups of rows by their cosines, and how well groups agree with labels.
 */
#ifndef SUITES_INDUCTION_CLUSTERING_H
#define SUITES_INDUCTION_CLUSTERING_H

#include <stdint.h>

/* The merges of average linkage (Sokal & Michener 1958; distances updated as Lance & Williams
 * 1967), from n groups to one. Deterministic: of equal distances the lowest numbers merge. */
struct linkage {
    uint32_t n;
    uint32_t (
        *merges)[2]; /* [n - 1] rows that stand for the two groups, the first for the new one */
};

/* distances: [n, n], symmetric; used up. */
void linkage_init(struct linkage *linkage, float *distances, uint32_t n);
void linkage_finish(struct linkage *linkage);
/* Group of each row when k are left, numbered 0 … k-1 in order of first row. 1 <= k <= n. */
void linkage_cut(const struct linkage *linkage, uint32_t k, uint32_t *ret_groups);

/* Mean silhouette (Rousseeuw 1987) of k groups; a row alone in its group counts 0. */
double clustering_silhouette(const float *distances, uint32_t n, const uint32_t *groups,
                             uint32_t k);

/* Agreement of groups with labels, both numbered from 0. */
struct agreement {
    double v_measure;     /* Rosenberg & Hirschberg 2007, beta = 1; 0 / 0 = 1 for a single class */
    double paired_f;      /* F1 over pairs of rows in one group (Artiles et al. 2009) */
    double adjusted_rand; /* Hubert & Arabie 1985 */
};
struct agreement clustering_agreement(const uint32_t *groups, uint32_t n_groups,
                                      const uint32_t *labels, uint32_t n_labels, uint32_t n);

#endif /* SUITES_INDUCTION_CLUSTERING_H */
