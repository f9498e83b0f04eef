/*
 * sentence.h - the model's own sentence vector: what sentence_read.c reads and sentence.c computes.
 */
#ifndef TRANSFORMER_SENTENCE_H
#define TRANSFORMER_SENTENCE_H

#include "embedder.h"

#include <stdint.h>

enum { MODULES = 16, POOLINGS = 6 };

enum dense_activation { DENSE_IDENTITY, DENSE_TANH, DENSE_RELU };

/* After pooling: y = act(W x + b), or with no weight y = x / |x|. */
struct step {
    float *weight, *bias; /* [n_out, n_in], [n_out] or NULL */
    uint32_t n_in, n_out;
    enum dense_activation act;
};

struct sentence {
    int32_t poolings[POOLINGS]; /* [n_poolings] EMB_POOL_* or OWN_POOL_*, side by side */
    uint32_t n_poolings;
    char *prompt; /* before every text; NULL: none */
    struct step steps[MODULES];
    uint32_t n_steps;
    uint32_t dim, widest;
    char made[256];    /* "mean+special,normalise" */
    char refusal[256]; /* what is not built here; "": all is */
};

/* Appends to what `made` says; cut where it is full. */
void sentence_add_made(struct sentence *s, const char *text);

struct emb_model; /* model.h */

/* sentence_prompt.c: s->prompt by the options prompt= and prompt-text=, with the names of `root`'s
 * config_sentence_transformers.json. EMB_E_OPTION: no such name, both options, or no such file. */
emb_status sentence_read_prompt(struct emb_model *model, struct sentence *s, const char *root,
                                const struct emb_options *values);
/* EMB_E_OPTION where a prompt is asked of a model without a sentence vector of its own. */
emb_status sentence_no_prompt(struct emb_model *model, const char *root,
                              const struct emb_options *values);

#endif /* TRANSFORMER_SENTENCE_H */
