/*
 * tiles.h - co-occurrence records, shuffled and grouped so that training runs in the cache.
 *
 * Words are dealt to n_blocks blocks in turn (word i to block i mod n_blocks, there in place i /
 * n_blocks), so that each block has frequent and rare ones. A tile holds the records of one block
 * of rows and one of columns, in random order. Tiles that share neither touch different rows of
 * the matrices: they can be learned from at the same time without a lock and without a difference
 * (Gemulla, Nijkamp, Haas and Sismanis 2011).
 */
#ifndef TRAIN_TILES_H
#define TRAIN_TILES_H

#include "train/cooccurrence.h"
#include "train/kernels.h"

struct tiles {
    struct train_job *job;
    uint32_t n_blocks, rows_per_block; /* the last blocks may have one row less */
    uint64_t *begin;                   /* [n_blocks * n_blocks + 1] into records, row block first */
    uint64_t n;
    const struct glove_record *records;
    struct spool spool;
};

struct tiles_weighting {
    double x_max, alpha; /* f(X) = min(1, (X / x_max)^alpha) */
};

static inline uint64_t tiles_place(const struct tiles *tiles, uint32_t word)
{
    return (uint64_t)(word % tiles->n_blocks) * tiles->rows_per_block + word / tiles->n_blocks;
}

/* block_bytes: what the rows of a block should take. A symmetric matrix's records are taken both
 * ways. Phase 3 of GloVe. Free with tiles_finish, also after failure. */
emb_status tiles_make(struct tiles *tiles, struct train_job *job,
                      const struct cooccurrences *counts, uint32_t n_words, uint64_t row_bytes,
                      bool symmetric, const struct tiles_weighting *weighting);
void tiles_finish(struct tiles *tiles);

#endif /* TRAIN_TILES_H */
