/*
 * train.h - emb.train/1 tables of the static word-vector trainers.
 *
 * A plugin answers EMB_EXT_TRAIN with one of these. Everything else in this folder is private to
 * it. See options.c for the options of each, REQUEST rules are those of embedder.h, section 8.
 */
#ifndef COMMON_TRAIN_H
#define COMMON_TRAIN_H

#include "embedder.h"

extern const struct emb_ext_train glove_train, word2vec_train, fasttext_train;

#endif /* COMMON_TRAIN_H */
