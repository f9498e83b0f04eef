/*
 * induction.h - words and the walk over their occurrences; shared by induction.c and scan.c.
 * Internal to suites.
 */
#ifndef SUITES_INDUCTION_INDUCTION_H
#define SUITES_INDUCTION_INDUCTION_H

#include "suites/induction/clustering.h"
#include "suites/wsd/contexts.h"
#include "suites/wsd/common.h"

#include <stddef.h>
#include <stdint.h>

/* A word whose occurrences are put into groups. */
struct word {
    uint32_t *instances; /* [n] of the test set */
    uint32_t *labels;    /* [n] numbers of the gold senses, 0 … n_labels-1 */
    uint32_t n, n_labels;
    size_t first;                 /* row of its first occurrence among those held */
    struct agreement *agreements; /* [n_representations * n_stages] */
    uint32_t *k;                  /* the same: groups found; k stands for "no vector" in groups */
    uint32_t **groups;            /* the same, of [n]: group of each occurrence; NULL: not kept */
};

enum choice_of_k { K_SILHOUETTE, K_GOLD, K_GIVEN };

struct suite_state {
    struct wsd_task *task;
    enum choice_of_k choice;
    uint64_t k;           /* K_GIVEN */
    uint64_t least, most; /* occurrences of a word */
    uint64_t block_bytes;
};

/* Words [first, end), whose occurrences are embedded together. */
struct scan {
    const struct suite_state *state;
    const struct wsd_test *test;
    struct embedder *embedder;
    struct word *words;
    uint32_t first, end;
    uint32_t n_stages, dim, n_representations;
    size_t *row_of;                /* [n_instances] row + 1 of an instance that is held, 0: not */
    struct wsd_contexts *contexts; /* the plain mean; NULL: contextual embedders */
    float *rows[WSD_N_REPRESENTATIONS]; /* [n_rows, n_stages, dim] */
    uint8_t *known[WSD_N_REPRESENTATIONS];
    size_t n_rows;
    struct wsd_targets targets;
};

/* All words: embedded block by block, each clustered at every stage. */
int induction_run_blocks(struct scan *scan, uint32_t n_words);

#endif /* SUITES_INDUCTION_INDUCTION_H */
