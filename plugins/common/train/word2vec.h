/*
 * word2vec.h - skip-gram and CBOW with negative sampling and hierarchical softmax (Mikolov, Chen,
 * Corrado and Dean 2013a; Mikolov, Sutskever, Chen, Corrado and Dean 2013b).
 *
 * As in the original program: in skip-gram the context words' rows predict the word in the middle,
 * in CBOW their mean does. All context words of a window share its negatives, so a window is one
 * small product of matrices (kernels.h, struct pair_block).
 */
#ifndef TRAIN_WORD2VEC_H
#define TRAIN_WORD2VEC_H

#include "train/predictor.h"

enum { WORD2VEC_IN, WORD2VEC_OUT, WORD2VEC_NODES }; /* matrices */

struct word2vec {
    struct predictor base;
    struct huffman huffman;
    bool is_cbow, has_nodes;
};

/* Bytes of lane.scratch. */
uint64_t word2vec_scratch_bytes(const struct word2vec *model);
/* predictor_kind.learn */
void word2vec_learn(const void *trainer, struct lane *lane, uint32_t n_kept,
                    const struct chunk *chunk);

#endif /* TRAIN_WORD2VEC_H */
