/*
 * pair.h - the records of two systems, side by side.
 */
#ifndef COMMANDS_COMPARE_PAIR_H
#define COMMANDS_COMPARE_PAIR_H

#include "commands/compare/read.h"

/* Units in the order of a's records: items, or the lemmas of groups; of a ratio also the clusters
 * of items, with the sums of theirs. */
struct paired {
    double *a, *b;                           /* [n] scores, or numerators of a ratio */
    double *denominators_a, *denominators_b; /* [n] of a ratio */
    double *gold;                            /* [n] ratings */
    const char **clusters;                   /* [n] that a correlation's items are in */
    uint32_t n, n_items;
    uint32_t only_a, only_b, both, neither; /* items of a share, by who has them right */
    double scale; /* what one item's difference is in the figure: 1 / n of a share is 1, of an F1
                     with unanswered items 2 n / (answered + n) */
    const char *units_are; /* "items", "lemmas", "documents", "clusters" */
    bool rated;            /* scores and ratings, not a ratio */
    bool ranked;           /* by Spearman, not Pearson */
    bool binary;           /* each item is right or wrong */
    bool clustered;        /* every item has a cluster: of a ratio, units are clusters */
};

/* a and b of one place; both have records. Free with paired_finish. */
struct paired pair_records(const struct compare_system *a, const struct compare_system *b);
void paired_finish(struct paired *paired);

/* The figures of the two lists; not-a-number where there is none. */
double paired_value_a(const struct paired *paired);
double paired_value_b(const struct paired *paired);

/* Do a system's records make up its row? If not, a sentence that says what is amiss. free() it. */
char *records_contradict(const struct compare_system *system);

#endif /* COMMANDS_COMPARE_PAIR_H */
