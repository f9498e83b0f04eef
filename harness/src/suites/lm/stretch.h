/*
 * stretch.h - what a model makes of each sentence: the loss of the stretch that it predicts.
 */
#ifndef SUITES_LM_STRETCH_H
#define SUITES_LM_STRETCH_H

#include "plugin/embed.h"
#include "suites/lm/text.h"
#include "suites/suite.h"

struct lm_pieces {
    struct emb_piece *pieces; /* [n] */
    float *log_probs;         /* [n] */
    uint32_t n;
    size_t piece_capacity, log_prob_capacity;
};

/* What is known of one sentence: sums over its stretch. */
struct lm_stretch {
    double loss; /* -log of its probability */
    uint32_t n_pieces, n_words, n_bytes;
    bool cut; /* pieces beyond the window */
};

/* One model on one text. run, text, score and tokens are the caller's to fill in, and room for the
 * stretches, all zero. */
struct lm_scan {
    const struct suite_run *run;
    const struct lm_text *text;
    const struct emb_ext_score *score;
    const struct emb_ext_tokens *tokens;
    struct lm_pieces pieces;
    struct lm_stretch *stretches; /* [text->n] */
    uint32_t *ids;                /* [n_ids] of all pieces with a number, sentence after sentence */
    size_t n_ids, ids_capacity;
};

/* Asks for sentence `number` of the text and fills stretches[number], which was zero; its pieces'
 * ids join scan->ids. Sentences go in order. ERR_FAILED: the plugin failed, or gave a positive
 * log-probability. */
int lm_scan_sentence(struct lm_scan *scan, uint32_t number);
void lm_scan_finish(struct lm_scan *scan); /* frees what it holds, with the stretches */

#endif /* SUITES_LM_STRETCH_H */
