/*
 * senses.h - objective=senses: fine-tuning for word senses (Blevins & Zettlemoyer 2020), with one
 * encoder for both sides. A word's vector is the mean of its pieces' last hidden states in its
 * sentence, a definition's that of all its pieces, as the suite wsd has them (method gloss); what
 * is learned is sense_loss.h, the mean over the words.
 *
 *   senses.c       the run: steps, checks, early stopping      sense_batch.c  words to losses
 *   sense_text.c   reading                                     sense_loss.c   one word's loss
 */
#ifndef TRANSFORMER_LEARN_SENSES_H
#define TRANSFORMER_LEARN_SENSES_H

#include "learn/sense_text.h"
#include "learn/training.h"

enum { SENSE_CHUNK = 12, SENSE_CHECKS = 64 };

/* Words of one lemma, whose definitions are read once for them all. */
struct sense_chunk {
    uint32_t first, n; /* in the order of the items */
};

/* A check on the development set. */
struct sense_check {
    uint64_t words; /* learned from until then */
    double loss, f1;
};

/* What is known of the run so far; it travels with the checkpoint. */
struct sense_record {
    struct sense_check checks[SENSE_CHECKS + 2];
    uint64_t n_checks, best; /* best: number of the check whose parameters are kept */
    uint64_t stopped;        /* early: no check improved for `patience` of them */
    double recent, spent;    /* loss, decaying mean; seconds in earlier parts of the run */
};

struct senses {
    struct training *of;
    struct sense_text text;
    struct sense_record record;
    struct sense_chunk *chunks;  /* [n_chunks] of train, in an order of its own each epoch */
    struct sense_item *items;    /* [train.n] in this epoch's order */
    uint32_t n_chunks, per_step; /* chunks */
    uint64_t epoch;
    uint32_t first_block; /* the first that learns; 0: and the table */
    float *best;          /* [n_parameters] of the best check, where there is a development set */
    /* of a batch: what is laid out, and scratch */
    double *scores;             /* [most candidates] */
    uint8_t *right;             /* [most candidates] */
    float *vectors, *d_vectors; /* [most candidates, dim] of a chunk's definitions */
    float *word, *d_word;       /* [dim] */
};

/* Rows that a chunk takes: its sentences and definitions, cut to the context. */
uint32_t sense_rows(const struct senses *senses, const struct sense_item *items, uint32_t n);
/* Lays out and reads chunks of items, as many from the first on as there is room for, one at least;
 * with weight > 0 their gradient, weight times each word's, is added to the model's. Returns how
 * many chunks; adds to losses and to right answers. */
uint32_t sense_batch(struct senses *senses, const struct sense_item *items,
                     const struct sense_chunk *chunks, uint32_t n_chunks, double weight,
                     double *loss, uint64_t *n_right);

/* The run, from options that were read to a folder that stands in its place. */
emb_status senses_run(struct training *of, struct emb_train_result *result);

#endif /* TRANSFORMER_LEARN_SENSES_H */
