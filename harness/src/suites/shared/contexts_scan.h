/*
 * contexts_scan.h - texts on their way through an embedder, for contexts.c alone.
 */
#ifndef SUITES_SHARED_CONTEXTS_SCAN_H
#define SUITES_SHARED_CONTEXTS_SCAN_H

#include "suites/shared/contexts.h"
#include "suites/shared/text_words.h"

struct contexts_scan {
    /* the caller's to fill in */
    const struct context_set *set;
    struct embedder *embedder;
    struct contexts_scores *scores;
    struct word_means *means;      /* of static embedders, whose contexts are wanted; else NULL */
    struct contexts_words *wanted; /* NULL: not asked for */
    uint32_t n_stages, dim;
    bool words; /* static: contexts are wanted */

    bool learns;          /* the training text: nothing else is wanted of it */
    struct kept *kept;    /* [n_occurrences] */
    uint32_t *pairs;      /* pairs of each occurrence, one after the other */
    uint32_t *first_pair; /* [n_occurrences + 1] */
    struct text_words targets;
    uint32_t place;   /* of the target among them */
    uint32_t *places; /* [targets.n] */
    size_t places_capacity;
};

/* After the caller has filled in its members, but for the means, which may come before the scan
 * runs. End it with contexts_scan_finish. */
void contexts_scan_init(struct contexts_scan *scan);
/* Counts and components of the training text, into scan->means. specs: [word_means_n(means)]. */
int contexts_scan_learn(const struct contexts_scan *scan, const struct contexts_training *training,
                        const struct word_mean *specs);
/* All texts once: fills the cosines of methods target and context and of the grid, [n_stages,
 * n_pairs] each allocated before, and what `wanted` asks for. */
int contexts_scan_run(struct contexts_scan *scan);
void contexts_scan_finish(struct contexts_scan *scan); /* the means are freed with it */

/* Of two rows [dim]; equal ones other than zero give exactly 1. */
double contexts_cosine(const float *a, const float *b, uint32_t dim);

#endif /* SUITES_SHARED_CONTEXTS_SCAN_H */
