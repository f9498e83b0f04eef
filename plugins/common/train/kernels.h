/*
 * kernels.h - the inner loops of the trainers, once in plain C (the reference) and once in vector
 * code that is compiled for several instruction sets and chosen at run time.
 *
 * Rows are `width` floats, a multiple of 16, 64-byte aligned; what lies beyond the dimension is
 * zero and stays zero.
 */
#ifndef TRAIN_KERNELS_H
#define TRAIN_KERNELS_H

#include <math.h>
#include <stdint.h>

enum {
    KERNEL_ROW_FLOATS = 16, /* rows are padded to a multiple of this */
    PAIR_MAX_IN = 32,       /* rows of a block: callers cut wider windows */
    PAIR_MAX_OUT = 64       /* and longer paths into several blocks */
};

/*
 * A block of logistic regressions: every input row against every output row, as in negative
 * sampling with negatives shared by a window (Ji et al. 2016, "Parallelizing Word2Vec in Shared
 * and Distributed Memory"), or a path of the Huffman tree. With s_ij = in_i . out_j and
 *     g_ij = rate * (positive_j - weight_j * sigmoid(s_ij))
 * out_j += sum_i g_ij in_i,  in_add_i += sum_j g_ij out_j  (both sides as they were before).
 * Output rows must differ from each other; a row drawn twice has weight 2. Input rows may repeat
 * (both steps are added).
 */
struct pair_block {
    uint32_t n_in, n_out; /* 1..PAIR_MAX_IN, 1..PAIR_MAX_OUT */
    uint32_t width;
    uint32_t want_loss;
    float rate;
    const float *const *in; /* [n_in] rows */
    float *const *in_add;   /* [n_in] rows that receive the gradient; may be the input rows */
    float *const *out;      /* [n_out] rows */
    const float *positive;  /* [n_out] how often the row is a true example, 0.. */
    const float *weight;    /* [n_out] how often the row occurs in all, >= positive */
    double *loss;           /* if want_loss: += the block's negative log likelihood */
};

/* One co-occurrence of a tile; row and column count within the tile's blocks. */
struct glove_record {
    uint32_t row, column;
    float log_count; /* log X */
    float weight;    /* f(X) = min(1, (X / x_max)^alpha) */
};

/*
 * AdaGrad steps on f(X) (w_i . c_j + b_i + b~_j - log X)^2 / 2 for the records in order
 * (Pennington, Socher and Manning 2014). A word's row is [2, width]: the parameters, then the sums
 * of squared steps. Parameters of a left word: w[dim], b, 1; of a right word: c[dim], 1, b~; so the
 * dot product of two rows is the model's estimate. Both ones are put back after each step.
 */
struct glove_tile {
    const struct glove_record *records; /* [n] */
    uint64_t n;
    float *left;                        /* [rows, 2, width] of this row block */
    float *right;                       /* [columns, 2, width] of this column block */
    uint64_t left_stride, right_stride; /* floats from one row of the block to the next */
    uint32_t dim, width;                /* width >= dim + 2 */
    float eta;
};

struct kernels {
    const char *name;
    void (*pair_block)(const struct pair_block *block);
    double (*glove_tile)(
        const struct glove_tile *tile); /* sum of f(X) diff^2 / 2 before the steps */
    /* y[0..width) += a * x[0..width) */
    void (*add_scaled)(float *y, const float *x, float a, uint32_t width);
};

/* log(1 + exp(x)), finite for every finite x: -log of the sigmoid of -x. */
static inline double softplus(double x)
{
    return (x > 0 ? x : 0) + log1p(exp(-fabs(x)));
}

/* By name ("reference", "vector", "avx2", "avx512"), or the best of this machine for "auto";
 * NULL if the name is unknown or this machine cannot run it. */
const struct kernels *kernels_find(const char *name);

extern const struct kernels kernels_reference, kernels_vector;
#ifdef TRAIN_HAVE_X86_KERNELS
extern const struct kernels kernels_avx2, kernels_avx512;
#endif

#endif /* TRAIN_KERNELS_H */
