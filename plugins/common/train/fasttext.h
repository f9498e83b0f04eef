/*
 * fasttext.h - skip-gram with character n-grams (Bojanowski, Grave, Joulin and Mikolov 2017).
 *
 * A word's input is the mean of its row and its n-grams' rows; it predicts each word around it with
 * negatives of its own. One window is one block: the mean against all those words, so the rows of
 * n-grams, which come from main memory, are fetched and written once a window and not once a pair.
 */
#ifndef TRAIN_FASTTEXT_H
#define TRAIN_FASTTEXT_H

#include "train/predictor.h"
#include "train/subwords.h"

enum { FASTTEXT_IN, FASTTEXT_OUT }; /* matrices */

struct fasttext {
    struct predictor base;
    struct subwords subwords;
    struct subword_rules rules;
};

/* Bytes of lane.scratch. */
uint64_t fasttext_scratch_bytes(const struct fasttext *model);
/* predictor_kind.learn */
void fasttext_learn(const void *trainer, struct lane *lane, uint32_t n_kept,
                    const struct chunk *chunk);

#endif /* TRAIN_FASTTEXT_H */
