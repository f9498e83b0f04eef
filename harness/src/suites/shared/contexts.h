/*
 * contexts.h - cosines of pairs of words in their own contexts: what wic and context-similarity
 * score.
 */
#ifndef SUITES_SHARED_CONTEXTS_H
#define SUITES_SHARED_CONTEXTS_H

#include "data/context_pairs.h"
#include "suites/shared/oov_of.h"
#include "suites/suite.h"
#include "suites/shared/vocabulary.h"
#include "suites/shared/word_means.h"

#include <stdint.h>

/* The state of both suites: the sets that a request names. */
struct suite_state {
    struct context_set *sets; /* [n] */
    uint32_t n;
    struct oov_of *oov_of;          /* what the parent saw of the items; NULL: nothing yet */
    struct word_mean mean;          /* method context, as the options ask for it */
    struct word_counts frequencies; /* of a file, for it */
    char *file;                     /* what that file is called; NULL: none */
    bool best;                      /* method static-best is asked for */
};

/* Reads every data set of the request; without one, an error that calls the suite by name. */
int contexts_prepare(const struct suite_request *request, const char *suite,
                     int (*read)(const char *path, struct context_sets *ret_sets),
                     struct suite_state **ret_state);
void contexts_release(struct suite_state *state); /* NULL is fine */

extern const char *const contexts_split_names[CONTEXT_N_SPLITS]; /* "train", … */
/* "wic:dev": the caller's to free. */
char *contexts_dataset(const struct context_set *set, uint32_t split);

enum contexts_method {
    CONTEXTS_TARGET, /* the target's vector in its text */
    CONTEXTS_LEMMA,  /* static embedders: the lemma's vector, whatever form stands in the text */
    CONTEXTS_AROUND, /* static embedders: mean of the other words of the text */
    CONTEXTS_BEST,   /* static embedders: the mean of a grid that was chosen, if asked for */
    CONTEXTS_N_METHODS
};
extern const char *const contexts_method_names[CONTEXTS_N_METHODS]; /* "target", … */

/* cosines[m][stage * n_pairs + pair], not-a-number where a side has no vector; NULL where the
 * method makes no sense for the embedder. Rounded to 12 decimals, so that equal vectors have equal
 * cosines whatever their lengths; equal rows give exactly 1. */
struct contexts_scores {
    double *cosines[CONTEXTS_N_METHODS];
    double *grid; /* [n_grid, n_pairs] by the means to choose from; NULL: none */
    struct word_mean
        means[1 + WORD_MEANS_GRID]; /* that of method context, then those of the grid */
    uint32_t n_grid;
    struct protocol terms[CONTEXTS_N_METHODS]; /* what a protocol says behind the method */
};

/* The text that means count words in and fit components to: the contexts of a set's split. */
struct contexts_training {
    const struct context_set *set; /* NULL: there is none */
    uint32_t split;                /* CONTEXT_N_SPLITS: the whole set */
};

/* What the model makes of the targets themselves. */
struct contexts_words {
    uint8_t *unknown; /* [n_occurrences] the target has no vector, cut away or lacking */
    uint32_t *pieces; /* [n_occurrences] of the target; 0: beyond the window */
    bool any_unknown, has_pieces; /* has_pieces: of a model of subwords */
    struct vocabulary vocabulary; /* the targets it lacks, or cuts into several pieces */
};
void contexts_words_finish(struct contexts_words *words);

/* Each text goes through once, those of the training text once before where components are fitted.
 * A vector is kept until the last pair that needs it is scored. Method static-best is not chosen
 * yet. ret_words may be NULL. */
int contexts_score(const struct suite_run *run, const struct context_set *set,
                   const struct contexts_training *training, struct contexts_scores *ret_scores,
                   struct contexts_words *ret_words);
/* Number `chosen` of the grid is method static-best from now on. dev: where it was chosen. */
void contexts_choose(const struct suite_run *run, const struct context_set *set,
                     struct contexts_scores *scores, uint32_t chosen, const char *dev);
void contexts_scores_finish(struct contexts_scores *scores);

#endif /* SUITES_SHARED_CONTEXTS_H */
