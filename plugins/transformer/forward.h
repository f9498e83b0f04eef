/*
 * forward.h - one group on its way through the blocks: what forward.c, forward_rows.c and extract.c
 * share.
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

/* The bodies of the passes over rows [first, last) of the group, in the worker's own tile.
 * embed_rows fills states->x; project_rows (pass 1 of run->block) its queries, keys and values;
 * transform_rows (pass 2) adds attention to it in states->mid, and the feed-forward part in x. Where
 * run->picked, rows of pass 2 are the wanted ones, which stand in front. */
void embed_rows(struct run *run, struct tile *tile, uint32_t first, uint32_t last);
void project_rows(struct run *run, struct tile *tile, uint32_t first, uint32_t last);
void transform_rows(struct run *run, struct tile *tile, uint32_t first, uint32_t last);

/* Rows of x by the architecture's norm; y may be x. */
void normalise(const struct emb_model *model, const struct norm *norm, float eps, uint32_t rows,
               uint32_t dim, const float *x, size_t ldx, float *y, size_t ldy);

enum source { FROM_STATES, FROM_TABLE, FROM_NORM };

/* If the batch wants this stage, pool it into the output. states: [n_rows, ld_x], not read for the
 * table. */
void extract(struct run *run, uint32_t stage, enum source source, const float *states);

#endif /* TRANSFORMER_FORWARD_H */
