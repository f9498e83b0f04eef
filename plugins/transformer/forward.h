/*
 * forward.h - one group on its way through the blocks: what forward.c and extract.c share.
 */
#ifndef TRANSFORMER_FORWARD_H
#define TRANSFORMER_FORWARD_H

#include "model.h"

struct run {
    struct emb_model *model;
    const struct group *group;
    const struct sequence *sequences;
    const uint32_t *ids, *positions; /* [n_rows] */
    const uint32_t *wanted;          /* [n_wanted] rows of the group, ascending */
    struct states *states;
    const struct emb_batch *batch;
    uint32_t last_stage, worker;
    bool spread;
    uint32_t block;
    bool picked; /* the states' first rows are the wanted ones */
};

/* Rows of x by the architecture's norm; y may be x. */
void normalise(const struct emb_model *model, const struct norm *norm, float eps, uint32_t rows,
               uint32_t dim, const float *x, size_t ldx, float *y, size_t ldy);

enum source { FROM_STATES, FROM_TABLE, FROM_NORM };

/* If the batch wants this stage, pool it into the output. states: [n_rows, ld_x], not read for the
 * table. */
void extract(struct run *run, uint32_t stage, enum source source, const float *states);

#endif /* TRANSFORMER_FORWARD_H */
