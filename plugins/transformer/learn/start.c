/* Where parameters begin: drawn by the seed, from=FOLDER, rows from table=FILE. */
#include "learn/from.h"

#include "embedder_util.h"
#include "train/settings.h"
#include "transplant.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* An option of size: 0 means the other model's, else what it is without one. */
static emb_status size_of(const struct training *of, const char *name, uint32_t theirs,
                          uint32_t otherwise, uint32_t *ret_size)
{
    uint32_t asked = (uint32_t)setting_int(of->job, name);
    bool is_context = strcmp(name, "context") == 0; /* less of it may be learned from */
    if (theirs && asked && (is_context ? asked > theirs : asked != theirs)) {
        return emb_failf(of->job->host, EMB_E_OPTION,
                         "%s: option %s: found %u, but the model of from= has %u", of->job->model,
                         name, asked, theirs);
    }
    *ret_size = asked ? asked : theirs ? theirs : otherwise;
    return EMB_OK;
}

/* Gates take a third of Llama's: 8/3 of the dimensions, a multiple of 8, is as many parameters. */
static uint32_t inner_of(const struct training *of, uint32_t dim)
{
    return of->arch == LEARN_LLAMA ? (uint32_t)(((uint64_t)dim * 8 / 3 + 7) / 8 * 8) : 4 * dim;
}

emb_status learn_shape(const struct training *of, uint32_t n_pieces, struct learn_shape *ret_shape)
{
    static const struct arch none;
    const struct arch *theirs = of->from ? &of->from->arch : &none;
    const struct arch *blocks = of->from && !of->from->table_only ? theirs : &none;
    bool is_new = blocks->n_blocks == 0;
    float epsilon = of->arch == LEARN_BERT ? 1e-12f : 1e-5f;
    struct learn_shape shape = {
        .arch = of->arch,
        .vocabulary = theirs->n_vocab ? theirs->n_vocab : n_pieces,
        .epsilon = is_new ? epsilon : blocks->norm_eps,
        .rotary_base = is_new ? LEARN_ROTARY_BASE : blocks->rope.theta,
        .gelu_by_tanh = !is_new && blocks->act == ACT_GELU_TANH,
    };
    emb_status status = size_of(of, "blocks", blocks->n_blocks, 4, &shape.n_blocks);
    status = status != EMB_OK ? status : size_of(of, "dim", theirs->dim, 128, &shape.dim);
    status = status != EMB_OK ? status : size_of(of, "heads", blocks->n_heads, 4, &shape.n_heads);
    status = status != EMB_OK
                 ? status
                 : size_of(of, "inner", blocks->inner, inner_of(of, shape.dim), &shape.inner);
    shape.headless = of->arch == LEARN_BERT && !of->is_masked;
    if (of->is_senses && setting_int(of->job, "context") == 0 && blocks->max_positions > 128) {
        shape.context = 128; /* sentences and definitions are rarely longer */
    } else if (status == EMB_OK) {
        status = size_of(of, "context", blocks->max_positions, 128, &shape.context);
    }
    shape.positions = is_new ? shape.context : blocks->max_positions;
    if (status == EMB_OK && shape.vocabulary < n_pieces) {
        status = emb_failf(of->job->host, EMB_E_FORMAT,
                           "%s: its table has %u rows, its tokenizer %u pieces", of->from->path,
                           shape.vocabulary, n_pieces);
    }
    *ret_shape = shape;
    return status;
}

static emb_status replace_rows(struct training *of)
{
    struct learn_model *model = &of->model;
    struct memory memory = {.host = of->job->host};
    struct transplant_table into = {.host = of->job->host,
                                    .memory = &memory,
                                    .tokenizer = of->tokenizer,
                                    .path = of->from ? of->from->path : "the model to learn",
                                    .rows = model->values + model->tensors[LEARN_TABLE].first,
                                    .n_pieces = model->shape.vocabulary,
                                    .dim = model->shape.dim};
    emb_status status = transplant_into(&into, of->job->request->options);
    memory_finish(&memory);
    return learn_of_option(status);
}

emb_status learn_begin(struct training *of)
{
    emb_status status = EMB_OK;
    learn_model_start(&of->model, of->job->request->seed);
    if (of->from) {
        status = learn_from_read(of);
    }
    return status != EMB_OK ? status : replace_rows(of);
}

emb_status learn_read_table_options(struct training *of)
{
    const char *found = setting_text(of->job, "table-train");
    uint64_t tokens = 0;
    bool is_known = strcmp(found, "learned") == 0;
    if (strcmp(found, "frozen") == 0) {
        tokens = UINT64_MAX;
        is_known = true;
    } else if (strncmp(found, "frozen:", 7) == 0 && found[7] >= '1' && found[7] <= '9') {
        char *end;
        tokens = strtoull(found + 7, &end, 10);
        is_known = *end == '\0' && tokens < UINT64_MAX / 2;
    }
    of->frozen_tokens = tokens;
    return is_known ? learn_of_option(transplant_check(of->job->host, of->job->request->options))
                    : emb_failf(of->job->host, EMB_E_OPTION,
                                "%s: option table-train: found \"%s\", expected learned, frozen "
                                "or frozen:TOKENS",
                                of->job->model, found);
}

void learn_freeze_table(struct training *of)
{
    uint64_t batch = of->batch;
    of->model.tensors[LEARN_TABLE].frozen_until =
        of->frozen_tokens == UINT64_MAX ? UINT64_MAX : (of->frozen_tokens + batch - 1) / batch;
}
