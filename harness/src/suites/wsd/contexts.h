/*
 * contexts.h - the words around a target as one vector (shared/word_means.h): suite wsd's
 * nn-context, and what else in it is a mean of words. Internal to suites.
 */
#ifndef SUITES_WSD_CONTEXTS_H
#define SUITES_WSD_CONTEXTS_H

#include "suites/shared/word_means.h"
#include "suites/wsd/common.h"

struct wsd_contexts;

/* means[n] and frequencies (of a file; NULL where no mean asks for them) must outlive it. */
int wsd_contexts_create(struct embedder *embedder, const struct wsd_task *task,
                        const struct word_counts *frequencies, const struct word_mean *means,
                        uint32_t n, struct wsd_contexts **ret_contexts);
void wsd_contexts_free(struct wsd_contexts *contexts); /* NULL is fine */
uint32_t wsd_contexts_n(const struct wsd_contexts *contexts);

/* The words of a sentence, as wsd_list_targets() gave them, get their weights. */
void wsd_contexts_weigh(struct wsd_contexts *contexts, const char *text,
                        const struct wsd_targets *targets);
/* The context of the target in token number `token` of the sentence that was weighed last, by mean
 * number m, [dim]; WSD_NONE: all words, by their rareness alone. What is fitted is not yet taken
 * away. False if no word has a vector and a weight. */
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
