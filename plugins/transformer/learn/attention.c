/*
 * attention.c - attention of each head of each sequence (Vaswani et al. 2017), forward and
 * backward: LEARN_COLUMNS queries at a time against the keys that do not follow the last of them,
 * in BERT against all.
 */
#include "learn/exponential.h"
#include "learn/learn.h"
#include "learn/sums.h"

#include <math.h>
#include <string.h>

struct attending {
    const struct learn_model *model;
    const struct learn_scratch *scratch;
    const struct learn_kept *kept;
};

/* One head of one sequence. */
struct head {
    const struct learn_products *how;
    uint32_t worker;
    uint32_t length, dim, width, row; /* of a head; floats a row of qkv */
    const float *q, *k, *v;
    float *weights; /* [length, length] */
    uint64_t first; /* float in qkv where its queries begin; in rows of dim: out */
    uint64_t out;
    float scale;
    bool causal;
    /* scratch of the worker */
    float *slopes;     /* [LEARN_COLUMNS, length] of the weights */
    int32_t *right[2]; /* two factors of all keys */
    int32_t *few[2];   /* two of LEARN_COLUMNS queries */
};

static uint64_t keys_units(const struct learn_model *model, const struct learn_products *how)
{
    uint64_t dim = model->shape.dim / model->shape.n_heads, context = model->shape.context;
    uint64_t one = learn_right_units(how, dim, context),
             other = learn_right_units(how, context, dim);
    return one > other ? one : other;
}

uint64_t learn_attention_units(const struct learn_model *model, const struct learn_products *how)
{
    uint64_t dim = model->shape.dim / model->shape.n_heads;
    return (uint64_t)LEARN_COLUMNS * model->shape.context + 2 * keys_units(model, how) +
           2 * learn_right_units(how, LEARN_COLUMNS, dim);
}

static struct head head_of(const struct attending *of, uint32_t number, uint32_t worker)
{
    const struct learn_shape *shape = &of->model->shape;
    const struct learn_products *how = &of->scratch->products;
    uint32_t sequence = number / shape->n_heads, h = number % shape->n_heads;
    uint64_t row = of->scratch->starts[sequence];
    struct head head = {.how = how,
                        .worker = worker,
                        .length = of->scratch->starts[sequence + 1] - of->scratch->starts[sequence],
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
    uint64_t keys = keys_units(of->model, how),
             few = learn_right_units(how, LEARN_COLUMNS, head.dim);
    head.slopes = of->scratch->scratch + worker * learn_attention_units(of->model, how);
    head.right[0] = (int32_t *)(void *)(head.slopes + (uint64_t)LEARN_COLUMNS * shape->context);
    head.right[1] = head.right[0] + keys;
    head.few[0] = head.right[1] + keys;
    head.few[1] = head.few[0] + few;
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

/* Rows of qkv as they stand, or turned. */
static struct blas_factor rows_of(const struct head *head, const float *x, int turned)
{
    return (struct blas_factor){x, head->row, turned};
}

/* Softmax of the first n of a row times `scale`, 0 behind them up to `end`. */
LEARN_HOT static void softmax(float *row, uint32_t n, uint32_t end, float scale)
{
    float most = sum_most(row, n);
    for (uint32_t i = 0; i < n; i++) {
        row[i] = learn_exp(scale * (row[i] - most));
    }
    float inverse = 1 / sum_of(row, n);
    for (uint32_t i = 0; i < n; i++) {
        row[i] *= inverse;
    }
    for (uint32_t i = n; i < end; i++) {
        row[i] = 0;
    }
}

static void forward_head(void *arg, uint32_t number, uint32_t worker)
{
    const struct attending *of = arg;
    struct head head = head_of(of, number, worker);
    uint32_t ld = head.length;
    struct learn_right turned_keys =
        learn_lay(head.how, rows_of(&head, head.k, 1), head.dim, head.length, head.right[0]);
    struct learn_right values =
        learn_lay(head.how, rows_of(&head, head.v, 0), head.length, head.dim, head.right[1]);
    for (uint32_t first = 0, end; first < head.length; first = end) {
        end = end_of(&head, first);
        uint32_t n = end - first, keys = keys_of(&head, end);
        float *weights = head.weights + (uint64_t)first * ld;
        turned_keys.n = values.k = keys;
        learn_rows(head.how, worker, rows_of(&head, head.q + (uint64_t)first * head.row, 0), n,
                   &turned_keys, false, weights, ld);
        for (uint32_t i = first; i < end; i++) {
            softmax(head.weights + (uint64_t)i * ld, head.causal ? i + 1 : keys, keys, head.scale);
        }
        learn_rows(head.how, worker, (struct blas_factor){weights, ld, 0}, n, &values, false,
                   of->kept->heads + head.out + (uint64_t)first * head.width, head.width);
    }
}

void learn_attention(const struct learn_model *model, const struct learn_scratch *scratch,
                     const struct learn_kept *kept)
{
    struct attending of = {model, scratch, kept};
    job_items(model->job, scratch->n_sequences * model->shape.n_heads, forward_head, &of);
}

/* w becomes the gradient of queries times keys: scale w (dw - sum of w dw). */
LEARN_HOT static void softmax_back(float *w, const float *dw, uint32_t n, float scale)
{
    float sum = sum_dot(w, dw, n);
    for (uint32_t i = 0; i < n; i++) {
        w[i] *= scale * (dw[i] - sum);
    }
}

static void clear(const struct head *head, float *d_kv)
{
    for (uint32_t r = 0; r < head->length; r++) {
        memset(d_kv + (uint64_t)r * head->row, 0, head->dim * sizeof *d_kv);
    }
}

/* Queries [first, end): their gradients, and what they add to those of keys and values. */
static void backward_queries(const struct attending *of, const struct head *head, uint32_t first,
                             uint32_t end, struct learn_right turned_values,
                             struct learn_right keys_laid)
{
    const struct learn_products *how = head->how;
    uint32_t ld = head->length, n = end - first, keys = keys_of(head, end), worker = head->worker;
    float *dq = of->scratch->d_qkv + head->first, *dk = dq + head->width, *dv = dk + head->width;
    float *weights = head->weights + (uint64_t)first * ld;
    struct blas_factor out = {of->scratch->d_heads + head->out + (uint64_t)first * head->width,
                              head->width, 0};
    struct learn_right outs = learn_lay(how, out, n, head->dim, head->few[0]);
    struct learn_right queries = learn_lay(
        how, rows_of(head, head->q + (uint64_t)first * head->row, 0), n, head->dim, head->few[1]);
    turned_values.n = keys_laid.k = keys;
    learn_rows(how, worker, out, n, &turned_values, false, head->slopes, ld);
    learn_rows(how, worker, (struct blas_factor){weights, ld, 1}, keys, &outs, true, dv, head->row);
    for (uint32_t i = 0; i < n; i++) {
        softmax_back(weights + (uint64_t)i * ld, head->slopes + (uint64_t)i * ld, keys,
                     head->scale);
    }
    learn_rows(how, worker, (struct blas_factor){weights, ld, 0}, n, &keys_laid, false,
               dq + (uint64_t)first * head->row, head->row);
    learn_rows(how, worker, (struct blas_factor){weights, ld, 1}, keys, &queries, true, dk,
               head->row);
}

static void backward_head(void *arg, uint32_t number, uint32_t worker)
{
    const struct attending *of = arg;
    struct head head = head_of(of, number, worker);
    float *dk = of->scratch->d_qkv + head.first + head.width, *dv = dk + head.width;
    struct learn_right turned_values =
        learn_lay(head.how, rows_of(&head, head.v, 1), head.dim, head.length, head.right[0]);
    struct learn_right keys =
        learn_lay(head.how, rows_of(&head, head.k, 0), head.length, head.dim, head.right[1]);
    clear(&head, dk);
    clear(&head, dv);
    for (uint32_t first = 0, end; first < head.length; first = end) {
        end = end_of(&head, first);
        backward_queries(of, &head, first, end, turned_values, keys);
    }
}

void learn_attention_back(const struct learn_model *model, const struct learn_scratch *scratch,
                          const struct learn_kept *kept)
{
    struct attending of = {model, scratch, kept};
    job_items(model->job, scratch->n_sequences * model->shape.n_heads, backward_head, &of);
}
