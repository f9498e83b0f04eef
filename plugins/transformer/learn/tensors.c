/* Parameters by name, and their start. */
#include "learn/learn.h"

#include "embedder_util.h"
#include "train/rng.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Rows and columns in units of the shape. */
enum size { ONE, DIM, DIM_3, INNER, INNER_2, PIECES, PLACES, TYPES };

static uint32_t size_of(const struct learn_shape *shape, enum size size)
{
    const uint32_t sizes[] = {1,
                              shape->dim,
                              3 * shape->dim,
                              shape->inner,
                              2 * shape->inner,
                              shape->vocabulary,
                              shape->positions,
                              LEARN_TYPES_OF_PIECES};
    return sizes[size];
}

struct description {
    const char *name;
    enum size rows, columns;
};

static const struct description of_model[LEARN_PER_MODEL] = {
    [LEARN_TABLE] = {"wte.weight", PIECES, DIM},
    [LEARN_POSITIONS] = {"wpe.weight", PLACES, DIM},
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

static const struct description of_bert[LEARN_PER_MODEL] = {
    [LEARN_TABLE] = {"word.weight", PIECES, DIM},
    [LEARN_POSITIONS] = {"position.weight", PLACES, DIM},
    [LEARN_PIECE_TYPES] = {"type.weight", TYPES, DIM},
    [LEARN_INPUT_GAIN] = {"input_norm.weight", ONE, DIM},
    [LEARN_INPUT_BIAS] = {"input_norm.bias", ONE, DIM},
    [LEARN_HEAD_DENSE] = {"head.weight", DIM, DIM},
    [LEARN_HEAD_DENSE_BIAS] = {"head.bias", ONE, DIM},
    [LEARN_HEAD_GAIN] = {"head_norm.weight", ONE, DIM},
    [LEARN_HEAD_NORM_BIAS] = {"head_norm.bias", ONE, DIM},
    [LEARN_HEAD_BIAS] = {"decoder.bias", ONE, PIECES},
};
static const struct description of_bert_block[LEARN_PER_BLOCK] = {
    [LEARN_NORM1_GAIN] = {"norm1.weight", ONE, DIM}, [LEARN_NORM1_BIAS] = {"norm1.bias", ONE, DIM},
    [LEARN_QKV] = {"qkv.weight", DIM, DIM_3},        [LEARN_QKV_BIAS] = {"qkv.bias", ONE, DIM_3},
    [LEARN_PROJECTION] = {"o.weight", DIM, DIM},     [LEARN_PROJECTION_BIAS] = {"o.bias", ONE, DIM},
    [LEARN_NORM2_GAIN] = {"norm2.weight", ONE, DIM}, [LEARN_NORM2_BIAS] = {"norm2.bias", ONE, DIM},
    [LEARN_UP] = {"up.weight", DIM, INNER},          [LEARN_UP_BIAS] = {"up.bias", ONE, INNER},
    [LEARN_DOWN] = {"down.weight", INNER, DIM},      [LEARN_DOWN_BIAS] = {"down.bias", ONE, DIM},
};

static const struct {
    const struct description *model, *block;
    const char *prefix; /* of a block's number */
} architectures[] = {
    [LEARN_GPT2] = {of_model, of_block, "h"},
    [LEARN_LLAMA] = {of_llama, of_llama_block, "layers"},
    [LEARN_BERT] = {of_bert, of_bert_block, "layer"},
};

/* Of the head of masked learning. */
static bool is_of_head(const struct description *of)
{
    return of >= of_bert + LEARN_HEAD_DENSE && of <= of_bert + LEARN_HEAD_BIAS;
}

static void add_tensor(struct learn_model *model, const struct description *of, int64_t block)
{
    struct learn_tensor *tensor = &model->tensors[model->n_tensors++];
    tensor->first = model->n_parameters;
    if (!of->name || (is_of_head(of) && model->shape.headless)) {
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
                 architectures[model->shape.arch].prefix, (long long)block, of->name);
    }
}

static emb_status check_shape(const struct train_job *job, const struct learn_shape *shape)
{
    if (shape->n_blocks == 0 || shape->n_heads == 0 || shape->dim % shape->n_heads != 0 ||
        shape->dim == 0 || shape->inner == 0 || shape->context < 2 ||
        shape->positions < shape->context || shape->vocabulary < 2) {
        return emb_failf(
            job->host, EMB_E_OPTION,
            "%s: found %u blocks, dim %u, %u heads, inner %u, context %u; expected all "
            "positive, context at least 2, and dim a multiple of heads",
            job->model, shape->n_blocks, shape->dim, shape->n_heads, shape->inner, shape->context);
    }
    if (shape->arch == LEARN_BERT && shape->context < 3) {
        return emb_failf(job->host, EMB_E_OPTION,
                         "%s: found context %u, expected a piece at least beside [CLS] and [SEP]",
                         job->model, shape->context);
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
    for (uint32_t i = 0; i < LEARN_PER_MODEL; i++) {
        add_tensor(model, &architectures[shape->arch].model[i], -1);
    }
    for (uint32_t b = 0; b < shape->n_blocks; b++) {
        for (uint32_t i = 0; i < LEARN_PER_BLOCK; i++) {
            add_tensor(model, &architectures[shape->arch].block[i], b);
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

/* The stream of a tensor's numbers: those of GPT-2's shape come first, whatever else there is. */
static uint64_t stream_of(uint32_t t)
{
    enum { OF_GPT2 = LEARN_FINAL_BIAS + 1, OTHERS = 1 << 24 };
    return t < OF_GPT2 ? t : t < LEARN_PER_MODEL ? OTHERS + t : t - LEARN_PER_MODEL + OF_GPT2;
}

void learn_model_start(struct learn_model *model, uint64_t seed)
{
    bool is_bert = model->shape.arch == LEARN_BERT;
    double residual = is_bert ? 0.02 : 0.02 / sqrt(2.0 * model->shape.n_blocks);
    for (uint32_t t = 0; t < model->n_tensors; t++) {
        const struct learn_tensor *tensor = &model->tensors[t];
        float *x = model->values + tensor->first;
        uint64_t n = (uint64_t)tensor->rows * tensor->columns;
        if (tensor->decays) {
            struct rng rng = rng_stream(seed, 'p', stream_of(t));
            fill_normal(x, n, is_residual(t) ? residual : 0.02, &rng);
        } else {
            float value = ends(tensor->name, ".weight") ? 1 : 0;
            for (uint64_t i = 0; i < n; i++) {
                x[i] = value;
            }
        }
    }
}
