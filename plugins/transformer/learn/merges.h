/*
 * merges.h - joining neighbouring pieces of words (Sennrich et al. 2016): again and again the pair
 * that occurs most often becomes a piece, of equal ones the one whose left, then whose right piece
 * has the smaller number, until there are enough or no pair occurs twice. The same words and counts
 * give the same pieces, in whatever order they were counted.
 */
#ifndef TRANSFORMER_LEARN_MERGES_H
#define TRANSFORMER_LEARN_MERGES_H

#include "train/word_counts.h"

struct merges {
    struct train_job *job;
    const struct word_counts *words;
    uint32_t first_number; /* of the first merge's piece; those before it are first pieces */
    /* The pieces that a word is made of to begin with, n_bytes at most; returns how many. */
    uint32_t (*first_pieces)(void *arg, const char *word, uint32_t n_bytes, uint32_t *ret_pieces);
    void *arg;
    uint32_t (*pairs)[2]; /* [n] merge i joins these two; the host's to free */
    uint32_t n;
};

/* Learns `most` merges at most; once, with pairs NULL and n 0. EMB_E_CANCELLED if the request says
 * so. */
emb_status merges_learn(struct merges *merges, uint32_t most);

#endif /* TRANSFORMER_LEARN_MERGES_H */
