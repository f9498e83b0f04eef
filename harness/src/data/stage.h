/*
 * stage.h - a point of a model's forward pass at which a word's vector can be read: what plugins
 * offer (plugin/stages.h gives them their types), suites score and reports show.
 *
 * A name is for people. Block and part say what a stage is; no code looks at the name.
 */
#ifndef DATA_STAGE_H
#define DATA_STAGE_H

#include <stdbool.h>
#include <stdint.h>

enum stage_part {
    STAGE_NONE,         /* no stage: of a baseline */
    STAGE_TABLE,        /* the row of the look-up table */
    STAGE_INPUT,        /* what enters the first block */
    STAGE_ATTENTION,    /* within a block, behind its attention and residual */
    STAGE_FEED_FORWARD, /* the end of a block, the usual "layer" */
    STAGE_NORM,         /* a normalisation behind the last block */
    STAGE_COMBINATION,  /* a sum or mean of several */
    STAGE_OTHER,        /* a point of none of these kinds: a whole sentence's own vector, … */
    STAGE_N_PARTS
};

#define STAGE_NO_BLOCK (-1) /* it has none, or none that is known */

struct stage {
    const char *name; /* "table", "3.attention", "sum:3-6"; NULL: no stage */
    int32_t block;    /* 0: before the first; of a combination its last */
    enum stage_part part;
};

/* Row of the look-up table: the one stage that every model has. */
#define STAGE_THE_TABLE ((struct stage){"table", 0, STAGE_TABLE})

/* "attention"; NULL of STAGE_NONE. */
const char *stage_part_name(enum stage_part part);
/* STAGE_N_PARTS: no part has that name. NULL is the name of STAGE_NONE. */
enum stage_part stage_part_of(const char *name);

/* A single point of the forward pass, no combination. */
bool stage_is_native(const struct stage *stage);
/* One of the usual layers: the input, or the end of a block. */
bool stage_is_output(const struct stage *stage);
/* A single point that does not lie within a block. */
bool stage_is_whole(const struct stage *stage);
/* Stages with names of their own, in one block: free() it. */
struct stage *stages_copy(const struct stage *stages, uint32_t n);
/* The same name, or none both. */
bool stage_same(const struct stage *a, const struct stage *b);
/* Where it stands among a model's stages: the table, the input, then by block the attention before
 * the end, the norm. Combinations and others are not on the way: infinity. */
double stage_place(const struct stage *stage);

#endif /* DATA_STAGE_H */
