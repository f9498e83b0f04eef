/*
 * train.h - trainers of static word vectors: the emb.train/1 tables that plugins answer with.
 *
 * Everything else in this folder is private to it. Where to read on:
 *   words, word_counts, corpus     text -> word numbers; read once, so a pipe is as good as a file
 *   cooccurrence, events, tiles    GloVe's counts, in memory or beside the output, and their order
 *   glove                          GloVe's run
 *   sweep, sampling                epochs over chunks by several workers; random draws
 *   predictor                      the run of the two below, and sentences of a chunk
 *   word2vec, word2vec_window      skip-gram and CBOW, negative sampling and Huffman codes
 *   fasttext, fasttext_window, subwords   the same with character n-grams; fastText's .bin
 *   kernels*                       inner loops: a reference, and vector code chosen at run time
 *   checkpoint, output, settings, spool, job   what every run needs
 *
 * Option names and meanings are those of the original tools (word2vec.c, glove.c and fasttext.c
 * list them). Defaults that differ: word2vec trains skip-gram (cbow=0) and writes the binary
 * format; GloVe starts from the demonstration script's values with dimension 100 and window 10. No
 * "</s>" is put into the vocabulary. Words of equal count keep the order of their first occurrence.
 *
 * Repeatable: one worker gives the same bytes for the same text, options and seed on machines that
 * choose the same kernel (option "kernel" fixes it). GloVe does with any number of workers,
 * word2vec and fastText do with deterministic=1. A run cancelled through report() and resumed ends
 * with the same bytes under the same conditions.
 *
 * Failure leaves an earlier output as it was and no temporary file. Temporary files that hold what
 * exceeds the memory's budget lie beside the output and have no name.
 */
#ifndef COMMON_TRAIN_H
#define COMMON_TRAIN_H

#include "embedder.h"

extern const struct emb_ext_train glove_train, word2vec_train, fasttext_train;

#endif /* COMMON_TRAIN_H */
