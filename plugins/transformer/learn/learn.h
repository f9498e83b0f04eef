/*
 * learn.h - a transformer that learns: GPT-2's shape (Radford et al. 2019), Llama's (Touvron et al.
 * 2023) or BERT's (Devlin et al. 2019), forward, backward and the update, in float32.
 *
 * T rows, a piece each: sequences one behind the other, without padding. A block of GPT-2 and Llama
 * is x += attention(norm(x)), x += feed-forward(norm(x)), attention from left to right; of BERT x =
 * norm(x + attention(x)), x = norm(x + feed-forward(x)), attention to both sides. The output head
 * is the look-up table (tied), in BERT behind a dense layer, gelu and a norm. GPT-2: learned
 * positions, layer norm, gelu, biases. BERT: the same, gelu by erf, types of pieces, of which the
 * first is used, a norm of what enters, no pooler. Llama: rotary positions, RMS norm, a gated
 * feed-forward part, no bias anywhere.
 *
 * Bits. Every sum over rows is made of fixed tiles (product.h, LEARN_ROWS rows, LEARN_COLUMNS
 * columns) that are added in order, and a tile is one worker's: results do not depend on the number
 * of workers.
 *
 * With compute = COMPUTE_BF16 the factors of products, those of attention too, are rounded to
 * bfloat16 (Kalamkar et al. 2019); sums, parameters, gradients, moments, norms and softmaxes are
 * float32, as is a forward pass without a gradient.
 *
 *   tensors.c  parameters by name        forward.c  rows to losses       gelu.c  the activation
 *   norm.c     layer norm                backward.c losses to gradients  adamw.c the update
 *   linear.c   products with weights     attention.c attention           head.c  cross-entropy
 *   room.c     memory of a batch         masked_head.c BERT's            blocks.c  one block
 *   rotary.c   Llama's positions         gated.c    Llama's feed-forward  parts.c names in files
 *   product.c  products by tiles         pack.c     their factors as the kernels read them
 */
#ifndef TRANSFORMER_LEARN_H
#define TRANSFORMER_LEARN_H

#include "learn/product.h"

#include "train/job.h"

#include <stdbool.h>

enum { LEARN_ROWS = 128, LEARN_COLUMNS = 64, LEARN_HEAD_ROWS = 1024 };

#define LEARN_ROTARY_BASE 10000.0

enum learn_arch { LEARN_GPT2, LEARN_LLAMA, LEARN_BERT };

enum { LEARN_TYPES_OF_PIECES = 2 };

struct learn_shape {
    uint32_t n_blocks, dim, n_heads, inner; /* dim is a multiple of n_heads */
    uint32_t context;                       /* pieces a sequence, at most */
    uint32_t positions;                     /* that the model has; at least context */
    uint32_t vocabulary;
    float epsilon; /* of the norms */
    enum learn_arch arch;
    bool headless;      /* BERT without a head to predict pieces with */
    bool gelu_by_tanh;  /* BERT; GPT-2's always is */
    double rotary_base; /* Llama */
};

static inline uint32_t learn_up_columns(const struct learn_shape *shape)
{
    return shape->arch == LEARN_LLAMA ? 2 * shape->inner : shape->inner;
}

/* Floats from a row of logits to the next: rows of a power of two would share a set of the cache. */
static inline uint32_t learn_logits_ld(const struct learn_shape *shape)
{
    return (uint32_t)kernels_ld(shape->vocabulary);
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
    LEARN_POSITIONS, /* [positions, dim] */
    LEARN_FINAL_GAIN,
    LEARN_FINAL_BIAS,
    LEARN_PIECE_TYPES, /* [2, dim]; from here on BERT's */
    LEARN_INPUT_GAIN,
    LEARN_INPUT_BIAS,
    LEARN_HEAD_DENSE, /* [dim, dim] */
    LEARN_HEAD_DENSE_BIAS,
    LEARN_HEAD_GAIN,
    LEARN_HEAD_NORM_BIAS,
    LEARN_HEAD_BIAS, /* [vocabulary] of the logits */
    LEARN_PER_MODEL
};

/* Whether a block's activations are kept from forward to backward, or computed anew there (Chen et
 * al. 2016): the same bits for a third more work. Auto: where all would take more than the job's
 * memory. */
enum learn_recompute { LEARN_RECOMPUTE_AUTO, LEARN_RECOMPUTE_NEVER, LEARN_RECOMPUTE_ALWAYS };

struct learn_model {
    const struct train_job *job;
    struct learn_shape shape;
    struct learn_tensor *tensors; /* [n_tensors] */
    uint32_t n_tensors;
    uint64_t n_parameters;     /* with what pads them to a multiple of 16, always 0 */
    float *values, *gradients; /* [n_parameters] */
    float *moments[2];         /* [n_parameters] AdamW's: mean of gradients, of their squares */
    uint64_t step;             /* updates made */
    enum compute compute;      /* of products; set before there is room for a batch */
    enum learn_recompute recompute;
    bool by_blas; /* float32 by BLAS where there is a choice: for tests */
};

/* EMB_E_NOMEM, EMB_E_OPTION (a shape that cannot be). learn_model_finish() in every case. */
emb_status learn_model_init(struct learn_model *model, const struct train_job *job,
                            const struct learn_shape *shape);
void learn_model_finish(struct learn_model *model);
/* GPT-2's start: normal of deviation 0.02, of the two projections into the residual stream
 * 0.02 / sqrt(2 n_blocks) (BERT: 0.02, too); gains 1, biases 0. A stream of numbers a tensor. */
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
    float *normed1;              /* [T, dim] after the first norm */
    float *normed2;              /* [T, dim] after the second; BERT: what enters the second */
    float *means[2], *scales[2]; /* [T] of the two norms: mean, 1 / deviation */
    float *qkv;                  /* [T, 3 dim] */
    float *weights;              /* of each sequence [n_heads, its rows, its rows] of attention */
    float *heads;                /* [T, dim] what attention gathered */
    float *middle;               /* [T, dim] the residual stream after attention */
    float *up;                   /* [T, learn_up_columns] before the activation */
    float *active;               /* [T, inner] after it */
    float *out;                  /* [T, dim] the residual stream after the block */
};

/* Room for a batch, and what it is made of. */
struct learn_scratch {
    uint32_t n_sequences, n_rows, most_rows;
    uint32_t *starts;           /* [n_sequences + 1] the first row of each */
    uint64_t *weights_at;       /* [n_sequences] where its weights of attention begin */
    float *block;               /* all of it but what stands above */
    uint64_t bytes, kept_bytes; /* of it: what blocks keep for backward */
    bool recomputes;            /* blocks share what they keep, but for `out` */
    struct learn_products products;
    float *summed; /* BERT: [T, dim] table row, position, type */
    float *input;  /* [T, dim] what enters the first block */
    float *input_mean, *input_scale;
    struct learn_kept *kept; /* [n_blocks] */
    float *final;            /* [T, dim] after the last norm; BERT: after the head's */
    float *final_mean, *final_scale;
    uint32_t *picked, *picked_targets;            /* BERT: the rows with a target, and these */
    float *picked_states, *head_up, *head_active; /* BERT: [picked, dim] */
    float *stream, *d_normed, *d_qkv, *d_inner, *d_heads; /* gradients of the same shapes */
    float *d_up;                                          /* [T, 2 inner] of Llama */
    float *cosines, *sines;                               /* [context, half a head] of Llama */
    float *logits;                                        /* [LEARN_HEAD_ROWS, learn_logits_ld()] */
    float *scratch;  /* [n_lanes, learn_attention_units()] of attention */
    float *partials; /* [tiles, 2 * widest] sums of tiles */
    double *losses;  /* [T] */
};

/* For n_sequences of `context` rows, which are laid out to begin with. EMB_E_OPTION: this machine
 * has no instructions for model->compute. */
emb_status learn_scratch_init(struct learn_scratch *scratch, const struct learn_model *model,
                              uint32_t n_sequences);
/* That refusal. */
emb_status learn_no_compute(const struct train_job *job);
void learn_scratch_finish(struct learn_scratch *scratch, const struct learn_model *model);
/* Lays out n sequences of lengths[n], 1 to context each, room->most_rows together at most. */
void learn_room_lay(struct learn_scratch *scratch, const struct learn_model *model,
                    const uint32_t *lengths, uint32_t n);

/* ids[T], targets[T] (LEARN_NO_TARGET: none). Fills room->losses[T], natural logarithm, 0 without a
 * target. Without a gradient always in float32, as the finished model is computed. */
#define LEARN_NO_TARGET UINT32_MAX
void learn_forward(struct learn_model *model, struct learn_scratch *scratch, const uint32_t *ids,
                   const uint32_t *targets, bool keep_gradient, float scale);
/* Adds the gradient of scale * (sum of the losses) to model->gradients; after learn_forward() with
 * keep_gradient and the same scale. */
void learn_backward(struct learn_model *model, struct learn_scratch *scratch, const uint32_t *ids);

/* The same without a head: ids to the last hidden states [T, dim], which are returned, and their
 * gradient in room->stream [T, dim] to gradients, down to block `first`; 0: and below it. */
const float *learn_forward_states(const struct learn_model *model, struct learn_scratch *scratch,
                                  const uint32_t *ids);
void learn_backward_states(struct learn_model *model, struct learn_scratch *scratch,
                           const uint32_t *ids, uint32_t first);
/* blocks.c. Block b of x [T, dim]; its gradient, stream being that of its output, then of x. */
void learn_block(const struct learn_model *model, const struct learn_scratch *scratch, uint32_t b,
                 const float *x);
void learn_block_back(struct learn_model *model, struct learn_scratch *scratch, uint32_t b,
                      const float *x);

struct learn_adamw {
    double rate, beta1, beta2, epsilon, decay;
    double clip; /* greatest norm of the gradient; 0 = none */
};
/* One update (Loshchilov & Hutter 2019), gradients to 0 behind it. Returns the norm of the gradient
 * before clipping; not finite: nothing was changed. */
double learn_adamw_step(struct learn_model *model, const struct learn_adamw *how);

/* Operations, by tiles of rows; see the files. A bias that is NULL is none, and a norm without one
 * is RMS (Zhang & Sennrich 2019). */
void learn_linear(const struct learn_products *how, const float *x, const float *weight,
                  const float *bias, uint32_t rows, uint32_t in, uint32_t out, float *y);
/* dx = dy weight^T (NULL: not wanted); d_weight += x^T dy, d_bias += sums of dy. */
void learn_linear_back(const struct learn_products *how, const float *x, const float *weight,
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
void learn_rotary(const struct learn_model *model, const struct learn_scratch *scratch, float *qkv,
                  bool back);
void learn_gated(const struct train_job *job, const float *up, uint32_t rows, uint32_t inner,
                 float *active);
void learn_gated_back(const struct train_job *job, const float *up, const float *d_active,
                      uint32_t rows, uint32_t inner, float *d_up);
static inline bool learn_gelu_is_tanh(const struct learn_shape *shape)
{
    return shape->arch != LEARN_BERT || shape->gelu_by_tanh;
}
void learn_gelu(const struct train_job *job, bool by_tanh, const float *x, uint64_t n, float *y);
void learn_gelu_back(const struct train_job *job, bool by_tanh, const float *x, uint64_t n,
                     float *dy);
/* What a worker needs beside. */
uint64_t learn_attention_units(const struct learn_model *model, const struct learn_products *how);
void learn_attention(const struct learn_model *model, const struct learn_scratch *scratch,
                     const struct learn_kept *kept);
/* room->d_qkv from room->d_heads; kept->weights are overwritten. */
void learn_attention_back(const struct learn_model *model, const struct learn_scratch *scratch,
                          const struct learn_kept *kept);
/* Losses of `rows` rows of final [rows, dim] and, with d_final not NULL, gradients of scale * (sum
 * of losses): d_final [rows, dim] is set, those of table and bias are added to. */
void learn_head(struct learn_model *model, const struct learn_scratch *scratch, const float *final,
                uint32_t rows, const uint32_t *targets, float scale, double *losses,
                float *d_final);
/* BERT's: the rows that have a target through dense layer, gelu, norm and the table. With a
 * gradient, room->stream is set to that of states [T, dim]. */
void learn_masked_head(struct learn_model *model, struct learn_scratch *scratch,
                       const float *states, const uint32_t *targets, bool keep_gradient,
                       float scale);

#endif /* TRANSFORMER_LEARN_H */
