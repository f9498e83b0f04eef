/*
 * scan.h - the test data on their way through the embedder: what scan.c, its blocks for the glosses
 * and its report share.
 */
#ifndef SUITES_WSD_SCAN_H
#define SUITES_WSD_SCAN_H

#include "suites/wsd/best.h"
#include "suites/wsd/common.h"
#include "suites/wsd/contexts.h"

/* Methods in the order of the report; the glosses are in the order of enum wsd_gloss. */
enum wsd_method { NN, NN_CONTEXT, GLOSSES, NN_GLOSS = GLOSSES + WSD_N_GLOSSES, N_METHODS };
struct wsd_scan {
    const struct suite_run *run;
    const struct wsd_task *task;
    const struct wsd_test *test;
    const struct wsd_plan *plan;
    const struct wsd_centroids *centroids;
    struct wsd_contexts *contexts; /* of static embedders; NULL: no means of words */
    struct wsd_best *best;         /* NULL: not asked for */
    uint32_t n_stages, dim;
    struct wsd_answer *answers[N_METHODS]; /* [n_stages, n_instances]; NULL: not wanted */
    struct wsd_targets targets;
    double *cosines; /* [n_stages, most_candidates] scratch */
    uint32_t most_candidates;
    float *context_vector; /* [dim] */
    /* What gloss needs of the present block of sentences. */
    struct wsd_held held;
    float *held_targets, *held_sentences;
    double *held_target_norms, *held_sentence_norms;
    double *nn_cosines; /* [candidates of the block, n_stages], for nn+gloss */
    size_t *nn_first;   /* [held.n + 1] */
};

static inline struct wsd_answer *wsd_scan_answer(const struct wsd_scan *scan, int method,
                                                 uint32_t stage, uint32_t instance)
{
    return &scan->answers[method][(size_t)stage * wsd_n(scan->test) + instance];
}

/* scan.c: sentences [first, end) through the embedder. */
int wsd_scan_sentences(struct wsd_scan *scan, uint32_t first, uint32_t end);

/* scan_block.c: all sentences, in blocks whose vectors are kept within the plan's bytes until the
 * definitions have been compared with them. */
int wsd_scan_blocks(struct wsd_scan *scan);

/* scan_report.c: every method and stage of scan->test as a system of its own. */
void wsd_scan_report(const struct wsd_scan *scan);

#endif /* SUITES_WSD_SCAN_H */
