/*
 * contexts.h - the words around a target as one vector: suite wsd's nn-context, and what else
 * in it is a mean of words. Internal to suites.
 *
 * A mean weighs each word by how rare it is (shared/word_weights.h) and how far from the target it
 * stands. Distance d counts words with a letter, known to the embedder or not, from 1; those within
 * the target's token have none. With a window W, words of d > W are left out, on either side.
 *
 *   even         1
 *   linear       (W - d + 1) / W, as word2vec draws windows on average (Levy et al. 2015)
 *   inverse      1 / d, as GloVe counts (Pennington et al. 2014)
 *   exponential  0.1^((d - 1) / (W - 1)): the nearest word counts ten times the last of the window
 *                (Iacobacci, Pilehvar & Navigli 2016)
 *
 * With `components` C, the first C right singular vectors of the training contexts, not centred,
 * are taken out of every context (C = 1: Arora, Liang & Ma 2017; their S is the training text, so
 * that no test sentence is looked at).
 *
 * Order of calls: create; weigh a sentence's words; vectors of its targets; in training learn() of
 * each, then fit(), then remove() from everything.
 */
#ifndef SUITES_WSD_CONTEXTS_H
#define SUITES_WSD_CONTEXTS_H

#include "suites/shared/word_weights.h"
#include "suites/wsd/common.h"

enum wsd_distance { WSD_EVEN, WSD_LINEAR, WSD_INVERSE, WSD_EXPONENTIAL };

/* How a context becomes a vector. Zeroed: the plain mean of the sentence's other words. */
struct wsd_mean {
    struct word_weighting_spec words;
    enum wsd_distance distance;
    uint32_t window;     /* words on each side; 0 = the whole sentence */
    uint32_t components; /* taken away */
};

/* Reads the options weights, a, frequencies, window, distance and components. Words of a file of
 * frequencies are added to *counts, and *ret_file is its path (of the request), else NULL. */
int wsd_mean_read(const struct suite_request *request, struct wsd_mean *mean,
                  struct word_counts *counts, const char **ret_file);
/* What a protocol says of it behind the method: nothing where it is the plain mean. */
void wsd_mean_protocol(const struct wsd_mean *mean, const char *file, struct protocol *protocol);

struct wsd_contexts;

/* means[n] and frequencies (of a file; NULL where no mean asks for them) must outlive it. */
int wsd_contexts_create(struct embedder *embedder, const struct wsd_task *task,
                        const struct word_counts *frequencies, const struct wsd_mean *means,
                        uint32_t n, struct wsd_contexts **ret_contexts);
void wsd_contexts_free(struct wsd_contexts *contexts); /* NULL is fine */
uint32_t wsd_contexts_n(const struct wsd_contexts *contexts);

/* The words of a sentence, as wsd_list_targets() gave them, get their weights. */
void wsd_contexts_weigh(struct wsd_contexts *contexts, const char *text,
                        const struct wsd_targets *targets);
/* The context of the target in token number `token` of that sentence by mean number m, [dim];
 * WSD_NONE: all words, by their rareness alone. What is fitted is not yet taken away. False if no
 * word has a vector and a weight. */
bool wsd_contexts_vector(struct wsd_contexts *contexts, uint32_t m,
                         const struct wsd_targets *targets, const struct embedded *embedded,
                         uint32_t token, float *ret_vector);
/* Weight of a word of another text, such as a definition, by mean number 0. */
double wsd_contexts_word(const struct wsd_contexts *contexts, const char *word, size_t n_bytes);

/* A training context, for the components of mean number m. */
void wsd_contexts_learn(struct wsd_contexts *contexts, uint32_t m, const float *vector);
/* Of the means that the plan wants. ERR_REQUEST where there are too few training contexts or
 * dimensions for the components. */
int wsd_contexts_fit(struct wsd_contexts *contexts, const struct wsd_plan *plan);
/* In place; nothing where the mean takes nothing away. */
void wsd_contexts_remove(const struct wsd_contexts *contexts, uint32_t m, float *vector);
void wsd_contexts_remove_double(const struct wsd_contexts *contexts, uint32_t m, double *vector);

#endif /* SUITES_WSD_CONTEXTS_H */
