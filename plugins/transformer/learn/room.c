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
    kept->out = take(carve, rows * shape->dim);
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
    for (uint32_t b = 0; b < shape->n_blocks; b++) {
        struct learn_kept unused;
        carve_block(carve, shape, rows, n_sequences, scratch->kept ? &scratch->kept[b] : &unused);
    }
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
    scratch->logits = take(carve, shape->headless ? 0 : head_rows * shape->vocabulary);
    scratch->scratch = take(carve, (uint64_t)model->job->n_lanes * LEARN_COLUMNS * shape->context);
    scratch->partials = take(carve, (rows + LEARN_ROWS - 1) / LEARN_ROWS * 2 * widest);
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

emb_status learn_scratch_init(struct learn_scratch *scratch, const struct learn_model *model,
                              uint32_t n_sequences)
{
    const struct train_job *job = model->job;
    *scratch = (struct learn_scratch){.most_rows = n_sequences * model->shape.context};
    struct carve carve = {0};
    carve_scratch(&carve, model, scratch);
    emb_status status = make_lists(scratch, model);
    if (status == EMB_OK) {
        scratch->bytes = carve.n * sizeof(float);
        status = job_alloc(job, carve.n, sizeof(float), "activations", &scratch->block);
    }
    if (status == EMB_OK) {
        carve = (struct carve){.at = scratch->block};
        carve_scratch(&carve, model, scratch);
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
