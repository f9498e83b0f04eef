/*
 * attention.c - attention of each head of each sequence (Vaswani et al. 2017), forward and
 * backward: LEARN_COLUMNS queries at a time against the keys that do not follow the last of them,
 * in BERT against all.
 */
#include "learn/exponential.h"
#include "learn/learn.h"

#include "base/blas.h"

#include <math.h>
#include <string.h>

struct attention {
    const struct learn_model *model;
    const struct learn_scratch *scratch;
    const struct learn_kept *kept;
};

/* One head of one sequence. */
struct head {
    uint32_t length, dim, width, row; /* of a head; floats a row of qkv */
    const float *q, *k, *v;
    float *weights; /* [length, length] */
    uint64_t first; /* float in qkv where its queries begin; in rows of dim: out */
    uint64_t out;
    float scale;
    bool causal;
};

static struct head head_of(const struct attention *of, uint32_t number)
{
    const struct learn_shape *shape = &of->model->shape;
    uint32_t sequence = number / shape->n_heads, h = number % shape->n_heads;
    uint64_t row = of->scratch->starts[sequence];
    struct head head = {.length = of->scratch->starts[sequence + 1] - of->scratch->starts[sequence],
                        .dim = shape->dim / shape->n_heads,
                        .width = shape->dim,
                        .row = 3 * shape->dim,
                        .causal = shape->arch != LEARN_BERT};
    head.first = row * head.row + h * head.dim;
    head.out = row * shape->dim + h * head.dim;
    head.q = of->kept->qkv + head.first;
    head.k = head.q + shape->dim;
    head.v = head.k + shape->dim;
    head.weights = of->kept->weights + of->scratch->weights_at[sequence] +
                   (uint64_t)h * head.length * head.length;
    head.scale = 1 / sqrtf((float)head.dim);
    return head;
}

static uint32_t end_of(const struct head *head, uint32_t first)
{
    return first + LEARN_COLUMNS < head->length ? first + LEARN_COLUMNS : head->length;
}

/* How many keys the queries before `end` see together. */
static uint32_t keys_of(const struct head *head, uint32_t end)
{
    return head->causal ? end : head->length;
}

/* Softmax of the first n of a row, 0 behind them up to `end`. */
LEARN_HOT static void softmax(float *row, uint32_t n, uint32_t end)
{
    float most = row[0], sum = 0;
    for (uint32_t i = 1; i < n; i++) {
        most = row[i] > most ? row[i] : most;
    }
    for (uint32_t i = 0; i < n; i++) {
        row[i] = learn_exp(row[i] - most);
    }
    for (uint32_t i = 0; i < n; i++) {
        sum += row[i];
    }
    float inverse = 1 / sum;
    for (uint32_t i = 0; i < n; i++) {
        row[i] *= inverse;
    }
    for (uint32_t i = n; i < end; i++) {
        row[i] = 0;
    }
}

static void forward_head(void *arg, uint32_t number, uint32_t worker)
{
    const struct attention *of = arg;
    struct head head = head_of(of, number);
    uint32_t ld = head.length;
    (void)worker;
    for (uint32_t first = 0, end; first < head.length; first = end) {
        end = end_of(&head, first);
        uint32_t keys = keys_of(&head, end);
        float *weights = head.weights + (uint64_t)first * ld;
        blas_multiply(end - first, keys, head.dim, head.scale,
                      (struct blas_factor){head.q + (uint64_t)first * head.row, head.row, 0},
                      (struct blas_factor){head.k, head.row, 1}, 0, weights, ld);
        for (uint32_t i = first; i < end; i++) {
            softmax(head.weights + (uint64_t)i * ld, head.causal ? i + 1 : keys, keys);
        }
        blas_multiply(end - first, head.dim, keys, 1, (struct blas_factor){weights, ld, 0},
                      (struct blas_factor){head.v, head.row, 0}, 0,
                      of->kept->heads + head.out + (uint64_t)first * head.width, head.width);
    }
}

void learn_attention(const struct learn_model *model, const struct learn_scratch *scratch,
                     const struct learn_kept *kept)
{
    struct attention of = {model, scratch, kept};
    job_items(model->job, scratch->n_sequences * model->shape.n_heads, forward_head, &of);
}

/* w becomes the gradient of the scores: w (dw - sum of w dw). */
LEARN_HOT static void softmax_back(float *w, const float *dw, uint32_t n)
{
    float sum = 0;
    for (uint32_t i = 0; i < n; i++) {
        sum += w[i] * dw[i];
    }
    for (uint32_t i = 0; i < n; i++) {
        w[i] *= dw[i] - sum;
    }
}

static void clear(const struct head *head, float *d_kv)
{
    for (uint32_t r = 0; r < head->length; r++) {
        memset(d_kv + (uint64_t)r * head->row, 0, head->dim * sizeof *d_kv);
    }
}

static void backward_head(void *arg, uint32_t number, uint32_t worker)
{
    const struct attention *of = arg;
    const struct learn_scratch *scratch = of->scratch;
    struct head head = head_of(of, number);
    uint32_t ld = head.length;
    float *dq = scratch->d_qkv + head.first, *dk = dq + head.width, *dv = dk + head.width;
    float *dw = scratch->scratch + (uint64_t)worker * LEARN_COLUMNS * of->model->shape.context;
    clear(&head, dk);
    clear(&head, dv);
    for (uint32_t first = 0, end; first < head.length; first = end) {
        end = end_of(&head, first);
        uint32_t n = end - first, keys = keys_of(&head, end);
        float *weights = head.weights + (uint64_t)first * ld;
        struct blas_factor out = {scratch->d_heads + head.out + (uint64_t)first * head.width,
                                  head.width, 0};
        blas_multiply(n, keys, head.dim, 1, out, (struct blas_factor){head.v, head.row, 1}, 0, dw,
                      ld);
        blas_multiply(keys, head.dim, n, 1, (struct blas_factor){weights, ld, 1}, out, 1, dv,
                      head.row);
        for (uint32_t i = 0; i < n; i++) {
            softmax_back(weights + (uint64_t)i * ld, dw + (uint64_t)i * ld, keys);
        }
        blas_multiply(n, head.dim, keys, head.scale, (struct blas_factor){weights, ld, 0},
                      (struct blas_factor){head.k, head.row, 0}, 0, dq + (uint64_t)first * head.row,
                      head.row);
        blas_multiply(keys, head.dim, n, head.scale, (struct blas_factor){weights, ld, 1},
                      (struct blas_factor){head.q + (uint64_t)first * head.row, head.row, 0}, 1, dk,
                      head.row);
    }
}

void learn_attention_back(const struct learn_model *model, const struct learn_scratch *scratch,
                          const struct learn_kept *kept)
{
    struct attention of = {model, scratch, kept};
    job_items(model->job, scratch->n_sequences * model->shape.n_heads, backward_head, &of);
}
