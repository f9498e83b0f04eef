/* train.h - the transformer plugin's emb.train/1. */
#ifndef TRANSFORMER_LEARN_TRAIN_H
#define TRANSFORMER_LEARN_TRAIN_H

#include "embedder.h"

extern const struct emb_ext_train learn_train;

#endif /* TRANSFORMER_LEARN_TRAIN_H */
