/*
 * pair.h - the records of two systems, side by side.
 */
#ifndef COMMANDS_COMPARE_PAIR_H
#define COMMANDS_COMPARE_PAIR_H

#include "commands/compare/read.h"

/* Units in the order of a's records: items, or the lemmas of groups. */
struct paired {
    double *a, *b;                           /* [n] scores, or numerators of a ratio */
    double *denominators_a, *denominators_b; /* [n] of a ratio */
    double *gold;                            /* [n] ratings */
    const char **clusters;                   /* [n] */
    uint32_t n, n_items;
    bool rated;     /* scores and ratings, not a ratio */
    bool ranked;    /* by Spearman, not Pearson */
    bool binary;    /* each item is right or wrong */
    bool clustered; /* every item has a cluster */
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
