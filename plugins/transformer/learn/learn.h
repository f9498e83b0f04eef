/*
 * learn.h - a causal transformer that learns: GPT-2's shape (Radford et al. 2019) or Llama's
 * (Touvron et al. 2023), forward, backward and the update, in float32.
 *
 * T = n_sequences * context rows. A block is x += attention(norm(x)), x += feed-forward(norm(x));
 * the output head is the look-up table (tied). GPT-2: learned positions, layer norm, gelu, biases.
 * Llama: rotary positions, RMS norm, a gated feed-forward part, no bias anywhere.
 *
 * Bits. Every sum over rows is made of fixed tiles (LEARN_ROWS rows, LEARN_COLUMNS columns) that
 * are added in order, and a tile is one worker's: results do not depend on the number of workers.
 *
 *   tensors.c  parameters by name        forward.c  rows to losses       gelu.c  the activation
 *   norm.c     layer norm                backward.c losses to gradients  adamw.c the update
 *   linear.c   products with weights     attention.c causal attention    head.c  cross-entropy
 *   rotary.c   Llama's positions         gated.c    Llama's feed-forward  parts.c names in files
 */
#ifndef TRANSFORMER_LEARN_H
#define TRANSFORMER_LEARN_H

#include "train/job.h"

#include <stdbool.h>

enum { LEARN_ROWS = 128, LEARN_COLUMNS = 64, LEARN_HEAD_ROWS = 1024 };

#define LEARN_ROTARY_BASE 10000.0

enum learn_arch { LEARN_GPT2, LEARN_LLAMA };

struct learn_shape {
    uint32_t n_blocks, dim, n_heads, inner; /* dim is a multiple of n_heads */
    uint32_t context;                       /* pieces a sequence */
    uint32_t vocabulary;
    float epsilon; /* of the norms */
    enum learn_arch arch;
};

static inline uint32_t learn_up_columns(const struct learn_shape *shape)
{
    return shape->arch == LEARN_LLAMA ? 2 * shape->inner : shape->inner;
}

/* A parameter: a matrix [rows, columns], a vector has one row; none: the architecture lacks it. */
struct learn_tensor {
    char name[48];  /* "h.0.attn.c_attn.weight", "layers.0.qkv.weight" */
    uint64_t first; /* in the parameters */
    uint32_t rows, columns;
    bool decays;           /* weight decay: matrices alone */
    uint64_t frozen_until; /* the update, counted from 0, with which it begins to learn */
};

/* Of a block, from tensors[LEARN_PER_MODEL + block * LEARN_PER_BLOCK] on. Weights are [in, out]. */
enum learn_of_block {
    LEARN_NORM1_GAIN,
    LEARN_NORM1_BIAS,
    LEARN_QKV, /* [dim, 3 dim]: queries, keys, values */
    LEARN_QKV_BIAS,
    LEARN_PROJECTION, /* [dim, dim] */
    LEARN_PROJECTION_BIAS,
    LEARN_NORM2_GAIN,
    LEARN_NORM2_BIAS,
    LEARN_UP, /* [dim, inner]; of Llama [dim, 2 inner]: gates, values */
    LEARN_UP_BIAS,
    LEARN_DOWN, /* [inner, dim] */
    LEARN_DOWN_BIAS,
    LEARN_PER_BLOCK
};
enum learn_of_model {
    LEARN_TABLE,     /* [vocabulary, dim] */
    LEARN_POSITIONS, /* [context, dim] */
    LEARN_FINAL_GAIN,
    LEARN_FINAL_BIAS,
    LEARN_PER_MODEL
};

struct learn_model {
    const struct train_job *job;
    struct learn_shape shape;
    struct learn_tensor *tensors; /* [n_tensors] */
    uint32_t n_tensors;
    uint64_t n_parameters;     /* with what pads them to a multiple of 16, always 0 */
    float *values, *gradients; /* [n_parameters] */
    float *moments[2];         /* [n_parameters] AdamW's: mean of gradients, of their squares */
    uint64_t step;             /* updates made */
};

/* EMB_E_NOMEM, EMB_E_OPTION (a shape that cannot be). learn_model_finish() in every case. */
emb_status learn_model_init(struct learn_model *model, const struct train_job *job,
                            const struct learn_shape *shape);
void learn_model_finish(struct learn_model *model);
/* GPT-2's start: normal of deviation 0.02, of the two projections into the residual stream
 * 0.02 / sqrt(2 n_blocks); gains 1, biases 0. A stream of numbers a tensor. */
void learn_model_start(struct learn_model *model, uint64_t seed);

/* Where a parameter stands in such a buffer; NULL if the architecture lacks it. */
static inline float *learn_of_tensor(const struct learn_model *model, float *buffer, uint32_t t)
{
    return model->tensors[t].rows ? buffer + model->tensors[t].first : NULL;
}

static inline float *learn_of(const struct learn_model *model, float *buffer, uint32_t block,
                              enum learn_of_block which)
{
    return learn_of_tensor(model, buffer, LEARN_PER_MODEL + block * LEARN_PER_BLOCK + which);
}

/* A tensor of a model's file: columns of a parameter, turned round or not. */
struct learn_part {
    char name[80];
    const struct learn_tensor *of;
    uint32_t first_column, n_columns, n_pieces; /* n_pieces: tensors that the parameter gives */
    bool transposed;                            /* [n_columns, rows] in the file */
};

/* Goes through all of them; *tensor and *piece begin at 0. */
bool learn_part(const struct learn_model *model, uint32_t *tensor, uint32_t *piece,
                struct learn_part *ret_part);

/* What forward keeps of a block for backward. T = rows. */
struct learn_kept {
    float *normed1, *normed2;    /* [T, dim] */
    float *means[2], *scales[2]; /* [T] of the two norms: mean, 1 / deviation */
    float *qkv;                  /* [T, 3 dim] */
    float *weights;              /* [n_sequences, n_heads, context, context] of attention */
    float *heads;                /* [T, dim] what attention gathered */
    float *middle;               /* [T, dim] the residual stream after attention */
    float *up;                   /* [T, learn_up_columns] before the activation */
    float *active;               /* [T, inner] after it */
    float *out;                  /* [T, dim] the residual stream after the block */
};

/* Room for the rows of n_sequences sequences. */
struct learn_room {
    uint32_t n_sequences, n_rows;
    float *block; /* all of it */
    uint64_t bytes;
    float *input;            /* [T, dim] table row plus position */
    struct learn_kept *kept; /* [n_blocks] */
    float *final;            /* [T, dim] after the last norm */
    float *final_mean, *final_scale;
    float *stream, *d_normed, *d_qkv, *d_inner, *d_heads; /* gradients of the same shapes */
    float *d_up;                                          /* [T, 2 inner] of Llama */
    float *cosines, *sines;                               /* [context, half a head] of Llama */
    float *logits;                                        /* [LEARN_HEAD_ROWS, vocabulary] */
    float *scratch;  /* [n_lanes, LEARN_COLUMNS, context] of attention */
    float *partials; /* [tiles, 2 * widest] sums of tiles */
    double *losses;  /* [T] */
};

emb_status learn_room_init(struct learn_room *room, const struct learn_model *model,
                           uint32_t n_sequences);
void learn_room_finish(struct learn_room *room, const struct learn_model *model);

/* ids[T], targets[T] (LEARN_NO_TARGET: none). Fills room->losses[T], natural logarithm, 0 without a
 * target. */
#define LEARN_NO_TARGET UINT32_MAX
void learn_forward(const struct learn_model *model, struct learn_room *room, const uint32_t *ids,
                   const uint32_t *targets, bool keep_gradient, float scale);
/* Adds the gradient of scale * (sum of the losses) to model->gradients; after learn_forward() with
 * keep_gradient and the same scale. */
void learn_backward(struct learn_model *model, struct learn_room *room, const uint32_t *ids);

struct learn_adamw {
    double rate, beta1, beta2, epsilon, decay;
    double clip; /* greatest norm of the gradient; 0 = none */
};
/* One update (Loshchilov & Hutter 2019), gradients to 0 behind it. Returns the norm of the gradient
 * before clipping; not finite: nothing was changed. */
double learn_adamw_step(struct learn_model *model, const struct learn_adamw *how);

/* Operations, by tiles of rows; see the files. A bias that is NULL is none, and a norm without one
 * is RMS (Zhang & Sennrich 2019). */
void learn_linear(const struct train_job *job, const float *x, const float *weight,
                  const float *bias, uint32_t rows, uint32_t in, uint32_t out, float *y);
/* dx = dy weight^T (NULL: not wanted); d_weight += x^T dy, d_bias += sums of dy. */
void learn_linear_back(const struct train_job *job, const float *x, const float *weight,
                       const float *dy, uint32_t rows, uint32_t in, uint32_t out, float *dx,
                       float *d_weight, float *d_bias);
void learn_norm(const struct train_job *job, const float *x, const float *gain, const float *bias,
                uint32_t rows, uint32_t dim, float epsilon, float *y, float *means, float *scales);
/* dx += the gradient through the norm; partials: [tiles of rows, 2 dim]. */
void learn_norm_back(const struct train_job *job, const float *x, const float *gain,
                     const float *means, const float *scales, const float *dy, uint32_t rows,
                     uint32_t dim, float *dx, float *partials, float *d_gain, float *d_bias);
void learn_rotary_angles(const struct learn_shape *shape, float *cosines, float *sines);
/* Queries and keys in qkv [T, 3 dim] are turned, or their gradients turned back. */
void learn_rotary(const struct learn_model *model, const struct learn_room *room, float *qkv,
                  bool back);
void learn_gated(const struct train_job *job, const float *up, uint32_t rows, uint32_t inner,
                 float *active);
void learn_gated_back(const struct train_job *job, const float *up, const float *d_active,
                      uint32_t rows, uint32_t inner, float *d_up);
void learn_gelu(const struct train_job *job, const float *x, uint64_t n, float *y);
void learn_gelu_back(const struct train_job *job, const float *x, uint64_t n, float *dy);
void learn_attention(const struct learn_model *model, uint32_t n_sequences, const float *qkv,
                     float *weights, float *heads);
/* d_qkv from d_heads; weights are overwritten. scratch: [n_lanes, LEARN_COLUMNS, context]. */
void learn_attention_back(const struct learn_model *model, uint32_t n_sequences, const float *qkv,
                          float *weights, const float *d_heads, float *scratch, float *d_qkv);
/* Losses and, with d_final not NULL, gradients of scale * (sum of losses): d_final [T, dim] is set,
 * d_table is added to. */
void learn_head(const struct learn_model *model, const struct learn_room *room,
                const uint32_t *targets, float scale, double *losses, float *d_final,
                float *d_table);

#endif /* TRANSFORMER_LEARN_H */
