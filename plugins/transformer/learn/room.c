/* The memory of a batch: one block, cut up. */
#include "learn/learn.h"

#include "base/try.h"
#include "embedder_util.h"

/* Hands out pieces of one block; counts only while there is none. */
struct carve {
    float *at;
    uint64_t n;
};

static float *take(struct carve *carve, uint64_t n)
{
    float *piece = carve->at ? carve->at + carve->n : NULL;
    carve->n += (n + 15) & ~(uint64_t)15;
    return piece;
}

static void carve_block(struct carve *carve, const struct learn_shape *shape, uint64_t rows,
                        uint64_t n_sequences, struct learn_kept *kept)
{
    kept->normed1 = take(carve, rows * shape->dim);
    kept->normed2 = take(carve, rows * shape->dim);
    for (int i = 0; i < 2; i++) {
        kept->means[i] = take(carve, rows);
        kept->scales[i] = take(carve, rows);
    }
    kept->qkv = take(carve, rows * 3 * shape->dim);
    kept->weights =
        take(carve, n_sequences * shape->n_heads * (uint64_t)shape->context * shape->context);
    kept->heads = take(carve, rows * shape->dim);
    kept->middle = take(carve, rows * shape->dim);
    kept->up = take(carve, rows * learn_up_columns(shape));
    kept->active = take(carve, rows * shape->inner);
}

/* Of all blocks; where they are computed anew, one has room for all but what leaves it. */
static void carve_blocks(struct carve *carve, const struct learn_model *model, uint64_t n_sequences,
                         struct learn_scratch *scratch)
{
    struct learn_kept shared = {0};
    uint64_t before = carve->n, rows = scratch->most_rows;
    for (uint32_t b = 0; b < model->shape.n_blocks; b++) {
        if (b == 0 || !scratch->recomputes) {
            carve_block(carve, &model->shape, rows, n_sequences, &shared);
        }
        shared.out = take(carve, rows * model->shape.dim);
        if (scratch->kept) {
            scratch->kept[b] = shared;
        }
    }
    scratch->kept_bytes = (carve->n - before) * sizeof(float);
}

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* What products lay out: the widest of a block, of the dense layer of BERT's head, of the table. */
static void carve_products(struct carve *carve, const struct learn_model *model, uint64_t rows,
                           uint64_t head_rows, struct learn_products *how)
{
    const struct learn_shape *shape = &model->shape;
    uint64_t dim = shape->dim, pieces = shape->headless ? 0 : shape->vocabulary;
    uint64_t widest = larger(3 * dim, larger(learn_up_columns(shape), shape->inner));
    uint64_t table =
        larger(learn_right_units(how, dim, pieces), learn_right_units(how, pieces, dim));
    uint64_t weights =
        larger(learn_right_units(how, dim, widest), learn_right_units(how, widest, dim));
    how->lane_units =
        learn_left_units(how, larger(larger(rows, pieces), larger(widest, shape->context)));
    how->left = (int32_t *)(void *)take(carve, model->job->n_lanes * how->lane_units);
    uint64_t right[LEARN_RIGHT_ROOMS] = {
        [LEARN_WEIGHTS] = larger(weights, table),
        [LEARN_SLOPES] = larger(learn_right_units(how, rows, widest), table),
        [LEARN_STATES] = learn_right_units(how, head_rows, pieces ? dim : 0)};
    for (int i = 0; i < LEARN_RIGHT_ROOMS; i++) {
        how->right[i] = (int32_t *)(void *)take(carve, right[i]);
    }
}

static void carve_scratch(struct carve *carve, const struct learn_model *model,
                          struct learn_scratch *scratch)
{
    uint64_t n_sequences =
        scratch->most_rows / model->shape.context; /* whole ones: the most weights */
    const struct learn_shape *shape = &model->shape;
    uint64_t rows = scratch->most_rows, widest = shape->dim;
    uint64_t head_rows = rows < LEARN_HEAD_ROWS ? rows : LEARN_HEAD_ROWS;
    scratch->losses = (double *)(void *)take(carve, 2 * rows);
    scratch->input = take(carve, rows * shape->dim);
    if (shape->arch == LEARN_BERT) {
        scratch->summed = take(carve, rows * shape->dim);
        scratch->input_mean = take(carve, rows);
        scratch->input_scale = take(carve, rows);
    }
    if (shape->arch == LEARN_BERT && !shape->headless) {
        scratch->picked = (uint32_t *)(void *)take(carve, rows);
        scratch->picked_targets = (uint32_t *)(void *)take(carve, rows);
        scratch->picked_states = take(carve, rows * shape->dim);
        scratch->head_up = take(carve, rows * shape->dim);
        scratch->head_active = take(carve, rows * shape->dim);
    }
    carve_blocks(carve, model, n_sequences, scratch);
    scratch->final = take(carve, rows * shape->dim);
    scratch->final_mean = take(carve, rows);
    scratch->final_scale = take(carve, rows);
    scratch->stream = take(carve, rows * shape->dim);
    scratch->d_normed = take(carve, rows * shape->dim);
    scratch->d_qkv = take(carve, rows * 3 * shape->dim);
    scratch->d_inner = take(carve, rows * shape->inner);
    scratch->d_heads = take(carve, rows * shape->dim);
    if (shape->arch == LEARN_LLAMA) {
        uint64_t angles = (uint64_t)shape->context * (shape->dim / shape->n_heads / 2);
        scratch->d_up = take(carve, rows * 2 * shape->inner);
        scratch->cosines = take(carve, angles);
        scratch->sines = take(carve, angles);
    }
    scratch->logits = take(carve, shape->headless ? 0 : head_rows * learn_logits_ld(shape));
    scratch->scratch =
        take(carve, model->job->n_lanes * learn_attention_units(model, &scratch->products));
    scratch->partials = take(carve, (rows + LEARN_ROWS - 1) / LEARN_ROWS * 2 * widest);
    carve_products(carve, model, rows, head_rows, &scratch->products);
}

void learn_room_lay(struct learn_scratch *scratch, const struct learn_model *model,
                    const uint32_t *lengths, uint32_t n)
{
    uint64_t weights = 0;
    uint32_t row = 0;
    for (uint32_t s = 0; s < n; s++) {
        uint32_t length = lengths ? lengths[s] : model->shape.context;
        scratch->starts[s] = row;
        scratch->weights_at[s] = weights;
        row += length;
        weights += (uint64_t)model->shape.n_heads * length * length;
    }
    scratch->starts[n] = row;
    scratch->n_sequences = n;
    scratch->n_rows = row;
}

/* What is laid out, and the list of blocks; sequences have a row each at least. */
static emb_status make_lists(struct learn_scratch *scratch, const struct learn_model *model)
{
    const struct train_job *job = model->job;
    TRY(job_alloc(job, model->shape.n_blocks, sizeof *scratch->kept, "the list of blocks",
                  &scratch->kept));
    TRY(job_alloc(job, scratch->most_rows + 1ull, sizeof *scratch->starts, "sequences",
                  &scratch->starts));
    return job_alloc(job, scratch->most_rows, sizeof *scratch->weights_at, "sequences",
                     &scratch->weights_at);
}

emb_status learn_no_compute(const struct train_job *job)
{
    return emb_failf(job->host, EMB_E_OPTION,
                     "%s: option compute: found bf16, which needs a processor with AVX-512 BF16; "
                     "this one has none; expected f32",
                     job->model);
}

emb_status learn_scratch_init(struct learn_scratch *scratch, const struct learn_model *model,
                              uint32_t n_sequences)
{
    const struct train_job *job = model->job;
    *scratch = (struct learn_scratch){.most_rows = n_sequences * model->shape.context};
    if (!learn_products_init(&scratch->products, job, model->compute, model->by_blas)) {
        return learn_no_compute(job);
    }
    learn_products_choose(&scratch->products, COMPUTE_F32); /* held-out losses are in float32 */
    struct carve carve = {0};
    scratch->recomputes = model->recompute == LEARN_RECOMPUTE_ALWAYS;
    carve_scratch(&carve, model, scratch);
    if (model->recompute == LEARN_RECOMPUTE_AUTO &&
        carve.n * sizeof(float) > model->job->memory_bytes) {
        carve = (struct carve){0};
        scratch->recomputes = true;
        carve_scratch(&carve, model, scratch);
    }
    emb_status status = make_lists(scratch, model);
    if (status == EMB_OK) {
        scratch->bytes = carve.n * sizeof(float);
        status = job_alloc(job, carve.n, sizeof(float), "activations", &scratch->block);
    }
    if (status == EMB_OK) {
        carve = (struct carve){.at = scratch->block};
        carve_scratch(&carve, model, scratch);
        learn_products_choose(&scratch->products, model->compute);
        learn_room_lay(scratch, model, NULL, n_sequences);
    }
    if (status == EMB_OK && model->shape.arch == LEARN_LLAMA) {
        learn_rotary_angles(&model->shape, scratch->cosines, scratch->sines);
    }
    return status;
}

void learn_scratch_finish(struct learn_scratch *scratch, const struct learn_model *model)
{
    if (model->job) {
        const struct emb_host *host = model->job->host;
        host->free(host, scratch->kept);
        host->free(host, scratch->starts);
        host->free(host, scratch->weights_at);
        host->free(host, scratch->block);
    }
    *scratch = (struct learn_scratch){0};
}
