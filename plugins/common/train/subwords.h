/*
 * subwords.h - character n-grams of words as fastText forms and numbers them (Bojanowski, Grave,
 * Joulin and Mikolov 2017).
 *
 * The n-grams of "<word>" of minn to maxn characters (UTF-8 sequences), but neither "<" nor ">"
 * alone. An n-gram's row is n_words + h mod bucket, with h the 32-bit FNV-1a hash of its bytes,
 * each sign-extended before the exclusive or. The word "</s>" has none.
 */
#ifndef TRAIN_SUBWORDS_H
#define TRAIN_SUBWORDS_H

#include "train/word_counts.h"

struct subwords {
    uint64_t *begin; /* [n_words + 1] into rows */
    uint32_t *rows;  /* a word's own row, then those of its n-grams */
    uint32_t most;   /* rows of one word, at most */
};

struct subword_rules {
    uint32_t minn, maxn; /* characters; maxn 0 = no n-grams */
    uint32_t bucket;     /* rows for n-grams */
};

emb_status subwords_init(struct subwords *subwords, const struct word_counts *vocabulary,
                         const struct subword_rules *rules);
void subwords_finish(struct subwords *subwords, const struct train_job *job);

#endif /* TRAIN_SUBWORDS_H */
