/*
 * fasttext.h - skip-gram with character n-grams (Bojanowski, Grave, Joulin and Mikolov 2017).
 *
 * A word's input is the mean of its row and its n-grams' rows; it predicts each word around it with
 * negatives of its own. One window is one block: the mean against all those words, so the rows of
 * n-grams, which come from main memory, are fetched and written once a window and not once a pair.
 */
#ifndef TRAIN_FASTTEXT_H
#define TRAIN_FASTTEXT_H

#include "train/sampling.h"
#include "train/subwords.h"
#include "train/sweep.h"

enum { FASTTEXT_IN, FASTTEXT_OUT }; /* matrices */

enum { FASTTEXT_MAX_WINDOW = 255, FASTTEXT_MAX_NEGATIVE = PAIR_MAX_OUT - 1 };

struct fasttext {
    struct sweep sweep;
    struct corpus corpus;
    const struct kernels *kernels;
    struct negatives negatives;
    struct subwords subwords;
    struct subword_rules rules;
    float *keep; /* [n_words] subsampling */
    uint32_t dim, window, negative;
};

uint64_t fasttext_scratch_bytes(const struct fasttext *model);
void fasttext_chunk(void *trainer, struct lane *lane, const struct chunk *chunk);

#endif /* TRAIN_FASTTEXT_H */
