/*
 * text_overlap.h - does a test set stand in its training text? What was learned from an instance is
 * not tested by that instance.
 */
#ifndef SUITES_SHARED_TEXT_OVERLAP_H
#define SUITES_SHARED_TEXT_OVERLAP_H

#include "data/context_pairs.h"
#include "data/wsd_data.h"

/* Of the test instances, how many stand in the training text too: the same lemma at the same place
 * of the same sentence; and how many of the test's sentences do. */
struct text_overlap {
    uint64_t instances, n_instances;
    uint64_t sentences, n_sentences;
    const char *first; /* the first such instance's id, else NULL; belongs to the test set */
};

struct text_overlap text_overlap_wsd(const struct wsd_data *test, const struct wsd_data *train);

/* The pairs of a split of a set of pairs against its training pairs: an instance is a pair of the
 * same two targets in the same two texts, in either order. */
struct text_overlap text_overlap_pairs(const struct context_set *set, uint32_t split,
                                       uint32_t train);

/* Warns if there is any. */
void text_overlap_warn(const struct text_overlap *overlap, const char *test, const char *train);

#endif /* SUITES_SHARED_TEXT_OVERLAP_H */
