/*
 * vectors_write.h - finished word vectors in the layouts that the loading plugins read.
 *
 *   GloVe text      "word v1 v2 ... vD\n", no header
 *   word2vec text   "N D\n", then lines as above
 *   word2vec binary "N D\n", then for each word: the word, a space, D little-endian floats, "\n"
 * Decimals have 9 digits in word2vec text, enough to give every float back, and 6 in GloVe text, as
 * the original tools print.
 */
#ifndef TRAIN_VECTORS_WRITE_H
#define TRAIN_VECTORS_WRITE_H

#include "train/output.h"
#include "train/word_counts.h"

enum vectors_layout { VECTORS_GLOVE, VECTORS_TEXT, VECTORS_BINARY };

/* row(arg, i, ret_row [dim]) gives word i's vector. Failures stay in the file's status. */
void vectors_write(struct output *file, enum vectors_layout layout,
                   const struct word_counts *vocabulary, uint32_t dim,
                   void (*row)(void *arg, uint32_t i, float *ret_row), void *arg, float *scratch);

#endif /* TRAIN_VECTORS_WRITE_H */
