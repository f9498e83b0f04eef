/* Parameters by name, their start, and the room that their rows need. */
#include "learn/learn.h"

#include "embedder_util.h"
#include "train/rng.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Rows and columns in units of the shape. */
enum size { ONE, DIM, DIM_3, INNER, INNER_2, PIECES, CONTEXT };

static uint32_t size_of(const struct learn_shape *shape, enum size size)
{
    const uint32_t sizes[] = {1,
                              shape->dim,
                              3 * shape->dim,
                              shape->inner,
                              2 * shape->inner,
                              shape->vocabulary,
                              shape->context};
    return sizes[size];
}

struct description {
    const char *name;
    enum size rows, columns;
};

static const struct description of_model[LEARN_PER_MODEL] = {
    [LEARN_TABLE] = {"wte.weight", PIECES, DIM},
    [LEARN_POSITIONS] = {"wpe.weight", CONTEXT, DIM},
    [LEARN_FINAL_GAIN] = {"ln_f.weight", ONE, DIM},
    [LEARN_FINAL_BIAS] = {"ln_f.bias", ONE, DIM},
};
static const struct description of_block[LEARN_PER_BLOCK] = {
    [LEARN_NORM1_GAIN] = {"ln_1.weight", ONE, DIM},
    [LEARN_NORM1_BIAS] = {"ln_1.bias", ONE, DIM},
    [LEARN_QKV] = {"attn.c_attn.weight", DIM, DIM_3},
    [LEARN_QKV_BIAS] = {"attn.c_attn.bias", ONE, DIM_3},
    [LEARN_PROJECTION] = {"attn.c_proj.weight", DIM, DIM},
    [LEARN_PROJECTION_BIAS] = {"attn.c_proj.bias", ONE, DIM},
    [LEARN_NORM2_GAIN] = {"ln_2.weight", ONE, DIM},
    [LEARN_NORM2_BIAS] = {"ln_2.bias", ONE, DIM},
    [LEARN_UP] = {"mlp.c_fc.weight", DIM, INNER},
    [LEARN_UP_BIAS] = {"mlp.c_fc.bias", ONE, INNER},
    [LEARN_DOWN] = {"mlp.c_proj.weight", INNER, DIM},
    [LEARN_DOWN_BIAS] = {"mlp.c_proj.bias", ONE, DIM},
};

/* What is not named here is not there. */
static const struct description of_llama[LEARN_PER_MODEL] = {
    [LEARN_TABLE] = {"embed_tokens.weight", PIECES, DIM},
    [LEARN_FINAL_GAIN] = {"norm.weight", ONE, DIM},
};
static const struct description of_llama_block[LEARN_PER_BLOCK] = {
    [LEARN_NORM1_GAIN] = {"norm1.weight", ONE, DIM},
    [LEARN_QKV] = {"qkv.weight", DIM, DIM_3},
    [LEARN_PROJECTION] = {"o.weight", DIM, DIM},
    [LEARN_NORM2_GAIN] = {"norm2.weight", ONE, DIM},
    [LEARN_UP] = {"gate_up.weight", DIM, INNER_2},
    [LEARN_DOWN] = {"down.weight", INNER, DIM},
};

static void add_tensor(struct learn_model *model, const struct description *of, int64_t block)
{
    struct learn_tensor *tensor = &model->tensors[model->n_tensors++];
    tensor->first = model->n_parameters;
    if (!of->name) {
        return;
    }
    tensor->rows = size_of(&model->shape, of->rows);
    tensor->columns = size_of(&model->shape, of->columns);
    tensor->decays = of->rows != ONE;
    model->n_parameters += (uint64_t)tensor->rows * tensor->columns;
    if (block < 0) {
        snprintf(tensor->name, sizeof tensor->name, "%s", of->name);
    } else {
        snprintf(tensor->name, sizeof tensor->name, "%s.%lld.%s",
                 model->shape.arch == LEARN_LLAMA ? "layers" : "h", (long long)block, of->name);
    }
}

static emb_status check_shape(const struct train_job *job, const struct learn_shape *shape)
{
    if (shape->n_blocks == 0 || shape->n_heads == 0 || shape->dim % shape->n_heads != 0 ||
        shape->dim == 0 || shape->inner == 0 || shape->context < 2 || shape->vocabulary < 2) {
        return emb_failf(
            job->host, EMB_E_OPTION,
            "%s: found %u blocks, dim %u, %u heads, inner %u, context %u; expected all "
            "positive, context at least 2, and dim a multiple of heads",
            job->model, shape->n_blocks, shape->dim, shape->n_heads, shape->inner, shape->context);
    }
    if (shape->arch == LEARN_LLAMA && shape->dim / shape->n_heads % 2 != 0) {
        return emb_failf(job->host, EMB_E_OPTION,
                         "%s: found heads of %u dimensions, expected an even number, which rotary "
                         "positions pair",
                         job->model, shape->dim / shape->n_heads);
    }
    return EMB_OK;
}

emb_status learn_model_init(struct learn_model *model, const struct train_job *job,
                            const struct learn_shape *shape)
{
    *model = (struct learn_model){.job = job, .shape = *shape};
    emb_status status = check_shape(job, shape);
    if (status == EMB_OK) {
        status = job_alloc(job, LEARN_PER_MODEL + (uint64_t)shape->n_blocks * LEARN_PER_BLOCK,
                           sizeof *model->tensors, "the list of parameters", &model->tensors);
    }
    if (status != EMB_OK) {
        return status;
    }
    bool is_llama = shape->arch == LEARN_LLAMA;
    for (uint32_t i = 0; i < LEARN_PER_MODEL; i++) {
        add_tensor(model, is_llama ? &of_llama[i] : &of_model[i], -1);
    }
    for (uint32_t b = 0; b < shape->n_blocks; b++) {
        for (uint32_t i = 0; i < LEARN_PER_BLOCK; i++) {
            add_tensor(model, is_llama ? &of_llama_block[i] : &of_block[i], b);
        }
    }
    model->n_parameters = (model->n_parameters + 15) & ~(uint64_t)15;
    float **buffers[] = {&model->values, &model->gradients, &model->moments[0], &model->moments[1]};
    for (size_t i = 0; status == EMB_OK && i < sizeof buffers / sizeof *buffers; i++) {
        status = job_alloc(job, model->n_parameters, sizeof(float), "parameters", buffers[i]);
    }
    return status;
}

void learn_model_finish(struct learn_model *model)
{
    if (model->job) {
        const struct emb_host *host = model->job->host;
        host->free(host, model->tensors);
        host->free(host, model->values);
        host->free(host, model->gradients);
        host->free(host, model->moments[0]);
        host->free(host, model->moments[1]);
    }
    *model = (struct learn_model){0};
}

/* Two normal numbers of a pair of uniform ones (Box & Muller 1958). */
static void fill_normal(float *x, uint64_t n, double deviation, struct rng *rng)
{
    for (uint64_t i = 0; i < n; i += 2) {
        double u = (double)((rng_next(rng) >> 11) + 1) * 0x1p-53;
        double angle = 2 * 3.14159265358979323846 * (double)(rng_next(rng) >> 11) * 0x1p-53;
        double radius = deviation * sqrt(-2 * log(u));
        x[i] = (float)(radius * cos(angle));
        if (i + 1 < n) {
            x[i + 1] = (float)(radius * sin(angle));
        }
    }
}

/* Into the residual stream. */
static bool is_residual(uint32_t t)
{
    uint32_t which = (t - LEARN_PER_MODEL) % LEARN_PER_BLOCK;
    return t >= LEARN_PER_MODEL && (which == LEARN_PROJECTION || which == LEARN_DOWN);
}

static bool ends(const char *text, const char *ending)
{
    size_t n = strlen(text), m = strlen(ending);
    return n >= m && strcmp(text + n - m, ending) == 0;
}

void learn_model_start(struct learn_model *model, uint64_t seed)
{
    double residual = 0.02 / sqrt(2.0 * model->shape.n_blocks);
    for (uint32_t t = 0; t < model->n_tensors; t++) {
        const struct learn_tensor *tensor = &model->tensors[t];
        float *x = model->values + tensor->first;
        uint64_t n = (uint64_t)tensor->rows * tensor->columns;
        if (tensor->decays) {
            struct rng rng = rng_stream(seed, 'p', t);
            fill_normal(x, n, is_residual(t) ? residual : 0.02, &rng);
        } else {
            float value = ends(tensor->name, ".weight") ? 1 : 0;
            for (uint64_t i = 0; i < n; i++) {
                x[i] = value;
            }
        }
    }
}

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

static void carve_room(struct carve *carve, const struct learn_model *model,
                       struct learn_room *room)
{
    const struct learn_shape *shape = &model->shape;
    uint64_t rows = room->n_rows, widest = shape->dim;
    uint64_t head_rows = rows < LEARN_HEAD_ROWS ? rows : LEARN_HEAD_ROWS;
    room->losses = (double *)(void *)take(carve, 2 * rows);
    room->input = take(carve, rows * shape->dim);
    for (uint32_t b = 0; b < shape->n_blocks; b++) {
        struct learn_kept unused;
        carve_block(carve, shape, rows, room->n_sequences, room->kept ? &room->kept[b] : &unused);
    }
    room->final = take(carve, rows * shape->dim);
    room->final_mean = take(carve, rows);
    room->final_scale = take(carve, rows);
    room->stream = take(carve, rows * shape->dim);
    room->d_normed = take(carve, rows * shape->dim);
    room->d_qkv = take(carve, rows * 3 * shape->dim);
    room->d_inner = take(carve, rows * shape->inner);
    room->d_heads = take(carve, rows * shape->dim);
    if (shape->arch == LEARN_LLAMA) {
        uint64_t angles = (uint64_t)shape->context * (shape->dim / shape->n_heads / 2);
        room->d_up = take(carve, rows * 2 * shape->inner);
        room->cosines = take(carve, angles);
        room->sines = take(carve, angles);
    }
    room->logits = take(carve, head_rows * shape->vocabulary);
    room->scratch = take(carve, (uint64_t)model->job->n_lanes * LEARN_COLUMNS * shape->context);
    room->partials = take(carve, (rows + LEARN_ROWS - 1) / LEARN_ROWS * 2 * widest);
}

emb_status learn_room_init(struct learn_room *room, const struct learn_model *model,
                           uint32_t n_sequences)
{
    const struct train_job *job = model->job;
    *room = (struct learn_room){.n_sequences = n_sequences,
                                .n_rows = n_sequences * model->shape.context};
    struct carve carve = {0};
    carve_room(&carve, model, room);
    emb_status status = job_alloc(job, model->shape.n_blocks, sizeof *room->kept,
                                  "the list of blocks", &room->kept);
    if (status == EMB_OK) {
        room->bytes = carve.n * sizeof(float);
        status = job_alloc(job, carve.n, sizeof(float), "activations", &room->block);
    }
    if (status == EMB_OK) {
        carve = (struct carve){.at = room->block};
        carve_room(&carve, model, room);
    }
    if (status == EMB_OK && model->shape.arch == LEARN_LLAMA) {
        learn_rotary_angles(&model->shape, room->cosines, room->sines);
    }
    return status;
}

void learn_room_finish(struct learn_room *room, const struct learn_model *model)
{
    if (model->job) {
        model->job->host->free(model->job->host, room->kept);
        model->job->host->free(model->job->host, room->block);
    }
    *room = (struct learn_room){0};
}
