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

#include "train/sampling.h"
#include "train/sweep.h"

enum { WORD2VEC_IN, WORD2VEC_OUT, WORD2VEC_NODES }; /* matrices */

enum { WORD2VEC_MAX_WINDOW = 255, WORD2VEC_MAX_NEGATIVE = PAIR_MAX_OUT - 1 };

struct word2vec {
    struct sweep sweep;
    struct corpus corpus;
    const struct kernels *kernels;
    struct negatives negatives;
    struct huffman huffman;
    float *keep; /* [n_words] subsampling */
    uint32_t dim, window, negative;
    bool is_cbow, has_nodes;
};

/* Bytes of lane.scratch. */
uint64_t word2vec_scratch_bytes(const struct word2vec *model);
/* sweep.train_chunk */
void word2vec_chunk(void *trainer, struct lane *lane, const struct chunk *chunk);

#endif /* TRAIN_WORD2VEC_H */
