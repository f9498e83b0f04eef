/*
 * sentence.h - the model's own sentence vector: what sentence_read.c reads and sentence.c computes.
 */
#ifndef TRANSFORMER_SENTENCE_H
#define TRANSFORMER_SENTENCE_H

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

#endif /* TRANSFORMER_SENTENCE_H */
