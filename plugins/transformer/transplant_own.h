/*
 * transplant_own.h - what transplant.c and transplant_rows.c share.
 */
#ifndef TRANSFORMER_TRANSPLANT_OWN_H
#define TRANSFORMER_TRANSPLANT_OWN_H

#include "transplant.h"

#include "vectors/vectors.h"

#include <stdbool.h>
#include <stdint.h>

enum map_kind { MAP_IDENTITY, MAP_PROCRUSTES, MAP_RIDGE, MAP_RANDOM, MAP_SHUFFLED, MAP_PCA };

enum { WORDS_PER_TASK = 4096 };

struct transplant {
    const struct transplant_table *into;
    const char *path;
    enum map_kind kind;
    bool matched; /* norms=matched */
    double lambda;
    uint64_t seed;
    uint32_t n_directions;        /* K of map=pca:K */
    struct vector_table *vectors; /* NULL: all pieces count as words (map=pca) */
    const float *static_rows;     /* [vectors->n_words, dim] */
    uint32_t unknown;             /* the piece of what no vocabulary has; UINT32_MAX = none */
    uint32_t *piece_of;           /* [n_words] UINT32_MAX = not shared */
    uint64_t *word_of;            /* [n_vocab] VOCABULARY_NONE = not shared */
    emb_status cutting;           /* of the tasks */
    /* The shared words, those that the map is fitted on first: [n_fitted], then the held-out. */
    uint32_t n, n_fitted;
    uint32_t *pieces; /* [n] */
    float *old;       /* [n, table_dim] */
    float *new;       /* [n, table_dim] */
    double *mean;     /* [table_dim] of the old rows that are fitted on */
};

/* Makes `new` of the static rows or of the old ones, by `kind`. */
emb_status transplant_make_rows(struct transplant *t);
/* Gives each new row the length of the old one. */
void transplant_match_norms(struct transplant *t);

/* Mean length of rows [n, dim], and the root of the mean squared one. */
double transplant_mean_length(const float *rows, uint32_t n, uint32_t dim, double *ret_root);

#endif /* TRANSFORMER_TRANSPLANT_OWN_H */
