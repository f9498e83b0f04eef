/*
 * best.h - method static-best: the strongest that a table of word vectors does with the words
 * around a target, of a grid of means (shared/word_means.h), chosen without a look at the test set;
 * of equals the first. Internal to suites.
 *
 * The choice falls on the development set, as for the headline (headline.h): greatest F1 with
 * back-off. Where there is none, or it has no training text: on the training text, each occurrence
 * of the set's ambiguous lemmas against centroids without it (leave-one-out; components keep it).
 *
 * Rows: those of any method, signed with what was taken, "|chosen-on:NAME" or
 * "|chosen-on:leave-one-out", and "|grid:N"; and metric "choice-score", the score that it was
 * chosen by, over n occurrences or instances.
 *
 * Memory: N times the centroids of nn-context, and 32 N bytes an instance.
 */
#ifndef SUITES_WSD_BEST_H
#define SUITES_WSD_BEST_H

#include "suites/wsd/contexts.h"

struct wsd_best;

/* All three must outlive it. */
struct wsd_best *wsd_best_create(const struct suite_run *run, const struct wsd_task *task,
                                 const struct wsd_plan *plan);
void wsd_best_free(struct wsd_best *best); /* NULL is fine */
/* [*ret_n] the plan's own mean, then those of the grid. */
const struct word_mean *wsd_best_means(const struct wsd_best *best, uint32_t *ret_n);
/* Where the answer by mean number m, from 1, to an instance of one of the task's tests is kept. */
struct wsd_answer *wsd_best_answer(struct wsd_best *best, const struct wsd_test *test, uint32_t m,
                                   uint32_t instance);
/* Chooses and writes, once all answers are there. */
int wsd_best_report(struct wsd_best *best, struct wsd_contexts *contexts,
                    const struct wsd_centroids *centroids);

#endif /* SUITES_WSD_BEST_H */
