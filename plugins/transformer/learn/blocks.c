/* One block, forward and backward: norms before attention and feed-forward part, or behind them. */
#include "learn/learn.h"

#include <string.h>

struct sum {
    const float *a;
    float *out;
    uint64_t n;
};

enum { CHUNK = 1 << 14 };

static void add_chunk(void *arg, uint32_t chunk, uint32_t worker)
{
    const struct sum *of = arg;
    uint64_t first = (uint64_t)chunk * CHUNK, end = first + CHUNK < of->n ? first + CHUNK : of->n;
    (void)worker;
    for (uint64_t i = first; i < end; i++) {
        of->out[i] += of->a[i];
    }
}

/* out += a, n elements. */
static void add(const struct train_job *job, const float *a, uint64_t n, float *out)
{
    struct sum of = {a, out, n};
    job_items(job, (uint32_t)((n + CHUNK - 1) / CHUNK), add_chunk, &of);
}

/* A block as one of its passes sees it. */
struct block {
    struct learn_model *model; /* its gradients alone are written to */
    const struct learn_scratch *scratch;
    const struct learn_kept *kept;
    const float *x;
    uint32_t b;
};

static float *value(const struct block *of, enum learn_of_block which)
{
    return learn_of(of->model, of->model->values, of->b, which);
}

static float *gradient(const struct block *of, enum learn_of_block which)
{
    return learn_of(of->model, of->model->gradients, of->b, which);
}

static uint64_t n_stream(const struct block *of)
{
    return (uint64_t)of->scratch->n_rows * of->model->shape.dim;
}

/* number: 0 or 1 */
static void norm(const struct block *of, int number, const float *x, float *y)
{
    const struct learn_shape *shape = &of->model->shape;
    learn_norm(of->model->job, x, value(of, number ? LEARN_NORM2_GAIN : LEARN_NORM1_GAIN),
               value(of, number ? LEARN_NORM2_BIAS : LEARN_NORM1_BIAS), of->scratch->n_rows,
               shape->dim, shape->epsilon, y, of->kept->means[number], of->kept->scales[number]);
}

/* dx += the gradient through it. */
static void norm_back(const struct block *of, int number, const float *x, const float *dy,
                      float *dx)
{
    learn_norm_back(of->model->job, x, value(of, number ? LEARN_NORM2_GAIN : LEARN_NORM1_GAIN),
                    of->kept->means[number], of->kept->scales[number], dy, of->scratch->n_rows,
                    of->model->shape.dim, dx, of->scratch->partials,
                    gradient(of, number ? LEARN_NORM2_GAIN : LEARN_NORM1_GAIN),
                    gradient(of, number ? LEARN_NORM2_BIAS : LEARN_NORM1_BIAS));
}

static void attend(const struct block *of, const float *x, float *y)
{
    const struct learn_shape *shape = &of->model->shape;
    const struct learn_kept *kept = of->kept;
    uint32_t rows = of->scratch->n_rows, dim = shape->dim;
    learn_linear(&of->scratch->products, x, value(of, LEARN_QKV), value(of, LEARN_QKV_BIAS), rows,
                 dim, 3 * dim, kept->qkv);
    if (shape->arch == LEARN_LLAMA) {
        learn_rotary(of->model, of->scratch, kept->qkv, false);
    }
    learn_attention(of->model, of->scratch, kept);
    learn_linear(&of->scratch->products, kept->heads, value(of, LEARN_PROJECTION),
                 value(of, LEARN_PROJECTION_BIAS), rows, dim, dim, y);
}

/* dx is set; dy and dx are apart. */
static void attend_back(const struct block *of, const float *x, const float *dy, float *dx)
{
    const struct learn_shape *shape = &of->model->shape;
    const struct learn_scratch *scratch = of->scratch;
    uint32_t rows = scratch->n_rows, dim = shape->dim;
    learn_linear_back(&of->scratch->products, of->kept->heads, value(of, LEARN_PROJECTION), dy,
                      rows, dim, dim, scratch->d_heads, gradient(of, LEARN_PROJECTION),
                      gradient(of, LEARN_PROJECTION_BIAS));
    learn_attention_back(of->model, scratch, of->kept);
    if (shape->arch == LEARN_LLAMA) {
        learn_rotary(of->model, scratch, scratch->d_qkv, true);
    }
    learn_linear_back(&of->scratch->products, x, value(of, LEARN_QKV), scratch->d_qkv, rows, dim,
                      3 * dim, dx, gradient(of, LEARN_QKV), gradient(of, LEARN_QKV_BIAS));
}

static void feed(const struct block *of, const float *x, float *y)
{
    const struct learn_shape *shape = &of->model->shape;
    const struct train_job *job = of->model->job;
    const struct learn_kept *kept = of->kept;
    uint32_t rows = of->scratch->n_rows;
    learn_linear(&of->scratch->products, x, value(of, LEARN_UP), value(of, LEARN_UP_BIAS), rows,
                 shape->dim, learn_up_columns(shape), kept->up);
    if (shape->arch == LEARN_LLAMA) {
        learn_gated(job, kept->up, rows, shape->inner, kept->active);
    } else {
        learn_gelu(job, learn_gelu_is_tanh(shape), kept->up, (uint64_t)rows * shape->inner,
                   kept->active);
    }
    learn_linear(&of->scratch->products, kept->active, value(of, LEARN_DOWN),
                 value(of, LEARN_DOWN_BIAS), rows, shape->inner, shape->dim, y);
}

/* dx is set; dy and dx are apart. */
static void feed_back(const struct block *of, const float *x, const float *dy, float *dx)
{
    const struct learn_shape *shape = &of->model->shape;
    const struct train_job *job = of->model->job;
    const struct learn_kept *kept = of->kept;
    uint32_t rows = of->scratch->n_rows;
    float *d_up = of->scratch->d_inner;
    learn_linear_back(&of->scratch->products, kept->active, value(of, LEARN_DOWN), dy, rows,
                      shape->inner, shape->dim, of->scratch->d_inner, gradient(of, LEARN_DOWN),
                      gradient(of, LEARN_DOWN_BIAS));
    if (shape->arch == LEARN_LLAMA) {
        d_up = of->scratch->d_up;
        learn_gated_back(job, kept->up, of->scratch->d_inner, rows, shape->inner, d_up);
    } else {
        learn_gelu_back(job, learn_gelu_is_tanh(shape), kept->up, (uint64_t)rows * shape->inner,
                        d_up);
    }
    learn_linear_back(&of->scratch->products, x, value(of, LEARN_UP), d_up, rows, shape->dim,
                      learn_up_columns(shape), dx, gradient(of, LEARN_UP),
                      gradient(of, LEARN_UP_BIAS));
}

/* x + attend(norm(x)), and so on. */
static void norms_before(const struct block *of)
{
    const struct learn_kept *kept = of->kept;
    const struct train_job *job = of->model->job;
    norm(of, 0, of->x, kept->normed1);
    attend(of, kept->normed1, kept->middle);
    add(job, of->x, n_stream(of), kept->middle);
    norm(of, 1, kept->middle, kept->normed2);
    feed(of, kept->normed2, kept->out);
    add(job, kept->middle, n_stream(of), kept->out);
}

/* norm(x + attend(x)), and so on. */
static void norms_behind(const struct block *of)
{
    const struct learn_kept *kept = of->kept;
    const struct train_job *job = of->model->job;
    attend(of, of->x, kept->middle);
    add(job, of->x, n_stream(of), kept->middle);
    norm(of, 0, kept->middle, kept->normed1);
    feed(of, kept->normed1, kept->normed2);
    add(job, kept->normed1, n_stream(of), kept->normed2);
    norm(of, 1, kept->normed2, kept->out);
}

static void norms_before_back(const struct block *of)
{
    const struct learn_scratch *scratch = of->scratch;
    feed_back(of, of->kept->normed2, scratch->stream, scratch->d_normed);
    norm_back(of, 1, of->kept->middle, scratch->d_normed, scratch->stream);
    attend_back(of, of->kept->normed1, scratch->stream, scratch->d_normed);
    norm_back(of, 0, of->x, scratch->d_normed, scratch->stream);
}

/* A norm's gradient in place of that behind it; then that of a part and of what went past it. */
static void norms_behind_back(const struct block *of)
{
    const struct learn_scratch *scratch = of->scratch;
    const struct train_job *job = of->model->job;
    uint64_t n = n_stream(of);
    memset(scratch->d_normed, 0, n * sizeof(float));
    norm_back(of, 1, of->kept->normed2, scratch->stream, scratch->d_normed);
    feed_back(of, of->kept->normed1, scratch->d_normed, scratch->stream);
    add(job, scratch->d_normed, n, scratch->stream);
    memset(scratch->d_normed, 0, n * sizeof(float));
    norm_back(of, 0, of->kept->middle, scratch->stream, scratch->d_normed);
    attend_back(of, of->x, scratch->d_normed, scratch->stream);
    add(job, scratch->d_normed, n, scratch->stream);
}

void learn_block(const struct learn_model *model, const struct learn_scratch *scratch, uint32_t b,
                 const float *x)
{
    const struct block of = {(struct learn_model *)model, scratch, &scratch->kept[b], x, b};
    (model->shape.arch == LEARN_BERT ? norms_behind : norms_before)(&of);
}

void learn_block_back(struct learn_model *model, struct learn_scratch *scratch, uint32_t b,
                      const float *x)
{
    const struct block of = {model, scratch, &scratch->kept[b], x, b};
    (model->shape.arch == LEARN_BERT ? norms_behind_back : norms_before_back)(&of);
}
