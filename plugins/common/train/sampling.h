/*
 * sampling.h - which words are drawn: negatives, frequent words that are left out, Huffman codes.
 */
#ifndef TRAIN_SAMPLING_H
#define TRAIN_SAMPLING_H

#include "train/rng.h"
#include "train/word_counts.h"

/* Words with probability proportional to count^power: the alias method (Walker 1977; Vose 1991). */
struct negatives {
    struct negative_slot {
        float keep;     /* probability of the slot's own word */
        uint32_t other; /* the word otherwise */
    } * slots;          /* [n] */
    uint32_t n;
};

emb_status negatives_init(struct negatives *negatives, const struct word_counts *vocabulary,
                          double power);
void negatives_finish(struct negatives *negatives, const struct train_job *job);

static inline uint32_t negatives_draw(const struct negatives *negatives, struct rng *rng)
{
    uint64_t bits = rng_next(rng);
    uint32_t i = (uint32_t)(((bits >> 32) * negatives->n) >> 32);
    float unit = (float)((bits >> 8) & 0xFFFFFF) * 0x1p-24f;
    return unit < negatives->slots[i].keep ? i : negatives->slots[i].other;
}

/* *ret_keep [n_words]: probability that an occurrence is kept, 1 where sample is 0. With f the
 * word's share of the corpus and r = sample / f, word2vec's code keeps with sqrt(r) + r (which
 * the paper, Mikolov et al. 2013b, section 2.3, writes as sqrt(r)); so does fastText. */
emb_status sampling_keep(const struct word_counts *vocabulary, double sample, float **ret_keep);

/* The Huffman tree over the counts; node i of [0, n_words - 1) is an inner one. */
struct huffman {
    uint64_t *begin; /* [n_words + 1] into codes and nodes */
    uint8_t *codes;  /* branch taken, 0 or 1, from the root on */
    uint32_t *nodes; /* the inner node at which it is taken */
};

emb_status huffman_init(struct huffman *huffman, const struct word_counts *vocabulary);
void huffman_finish(struct huffman *huffman, const struct train_job *job);

#endif /* TRAIN_SAMPLING_H */
