/* Where parameters begin: drawn by the seed, from=FOLDER, rows from table=FILE. */
#include "learn/training.h"

#include "arch.h"
#include "embedder_util.h"
#include "tensors/tensors.h"
#include "train/settings.h"
#include "transplant.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct learn_from {
    const char *path; /* option from */
    struct arch arch;
    struct tensor_file *file;
    bool table_only; /* keep=table */
};

/* A model that this engine computes as its own library does. */
static emb_status check_from(const struct training *of, const struct learn_from *from)
{
    const struct arch *arch = &from->arch;
    bool same = strcmp(arch->family, "gpt2") == 0 && arch->tied && arch->act == ACT_GELU_TANH;
    return same ? EMB_OK
                : emb_failf(of->job->host, EMB_E_UNSUPPORTED,
                            "%s: found %s%s, expected gpt2 with gelu_new and its table as output "
                            "head, which is what can be learned further",
                            from->path, arch->family, arch->tied ? "" : ", head untied");
}

emb_status learn_from_file(const struct training *of, const char *name, char ret_path[LEARN_PATH])
{
    const char *path = of->from->path;
    int n = snprintf(ret_path, LEARN_PATH, "%s/%s", path, name);
    return n > 0 && n < LEARN_PATH
               ? EMB_OK
               : emb_failf(of->job->host, EMB_E_IO, "%.100s...: path too long", path);
}

/* What cannot be read although an option names it is the option's fault, no disk's. */
static emb_status of_option(emb_status status)
{
    return status == EMB_E_IO ? EMB_E_OPTION : status;
}

emb_status learn_from_open(struct training *of)
{
    const struct train_job *job = of->job;
    const char *path = setting_text(job, "from"), *keep = setting_text(job, "keep");
    bool table_only = strcmp(keep, "table") == 0;
    if (!table_only && strcmp(keep, "all") != 0) {
        return emb_failf(job->host, EMB_E_OPTION,
                         "%s: option keep: found \"%s\", expected all or table", job->model, keep);
    }
    if (!*path) {
        return table_only ? emb_failf(job->host, EMB_E_OPTION,
                                      "%s: option keep: found table, but no model (from=FOLDER) "
                                      "to keep it of",
                                      job->model)
                          : EMB_OK;
    }
    if (*setting_text(job, "tokenizer")) {
        return emb_failf(job->host, EMB_E_OPTION,
                         "%s: option tokenizer: the model of from= has its own", job->model);
    }
    if (of->is_llama) {
        return emb_failf(job->host, EMB_E_OPTION,
                         "%s: option from: only a GPT-2 can be learned further, not under "
                         "arch=llama",
                         job->model);
    }
    emb_status status = job_alloc(job, 1, sizeof *of->from, "a model to start from", &of->from);
    if (status != EMB_OK) {
        return status;
    }
    const struct names *names;
    char config[LEARN_PATH];
    of->from->path = path;
    of->from->table_only = table_only;
    status = learn_from_file(of, "config.json", config);
    status = status != EMB_OK ? status
                              : arch_from_config(job->host, config, false, &of->from->arch, &names);
    status = status != EMB_OK ? status : check_from(of, of->from);
    return of_option(status != EMB_OK ? status
                                      : tensor_file_open(job->host, path, &of->from->file));
}

void learn_from_close(struct training *of)
{
    if (of->from) {
        tensor_file_close(of->from->file);
        of->job->host->free(of->job->host, of->from);
    }
}

/* An option of size: 0 means the other model's, else what it is without one. */
static emb_status size_of(const struct training *of, const char *name, uint32_t theirs,
                          uint32_t otherwise, uint32_t *ret_size)
{
    uint32_t asked = (uint32_t)setting_int(of->job, name);
    if (theirs && asked && asked != theirs) {
        return emb_failf(of->job->host, EMB_E_OPTION,
                         "%s: option %s: found %u, but the model of from= has %u", of->job->model,
                         name, asked, theirs);
    }
    *ret_size = theirs ? theirs : asked ? asked : otherwise;
    return EMB_OK;
}

/* Gates take a third of Llama's: 8/3 of the dimensions, a multiple of 8, is as many parameters. */
static uint32_t inner_of(const struct training *of, uint32_t dim)
{
    return of->is_llama ? (uint32_t)(((uint64_t)dim * 8 / 3 + 7) / 8 * 8) : 4 * dim;
}

emb_status learn_shape(const struct training *of, uint32_t n_pieces, struct learn_shape *ret_shape)
{
    static const struct arch none;
    const struct arch *theirs = of->from ? &of->from->arch : &none;
    const struct arch *blocks = of->from && !of->from->table_only ? theirs : &none;
    struct learn_shape shape = {.arch = of->is_llama ? LEARN_LLAMA : LEARN_GPT2,
                                .vocabulary = theirs->n_vocab ? theirs->n_vocab : n_pieces,
                                .epsilon = blocks->n_blocks ? blocks->norm_eps : 1e-5f,
                                .rotary_base = LEARN_ROTARY_BASE};
    emb_status status = size_of(of, "blocks", blocks->n_blocks, 4, &shape.n_blocks);
    status = status != EMB_OK ? status : size_of(of, "dim", theirs->dim, 128, &shape.dim);
    status = status != EMB_OK ? status : size_of(of, "heads", blocks->n_heads, 4, &shape.n_heads);
    status = status != EMB_OK
                 ? status
                 : size_of(of, "inner", blocks->inner, inner_of(of, shape.dim), &shape.inner);
    status = status != EMB_OK ? status
                              : size_of(of, "context", blocks->n_positions, 128, &shape.context);
    if (status == EMB_OK && shape.vocabulary < n_pieces) {
        status = emb_failf(of->job->host, EMB_E_FORMAT,
                           "%s: its table has %u rows, its tokenizer %u pieces", of->from->path,
                           shape.vocabulary, n_pieces);
    }
    *ret_shape = shape;
    return status;
}

static const struct tensor *find_tensor(const struct learn_from *from, const char *name)
{
    char full[80];
    const struct tensor *tensor = tensor_file_find(from->file, name);
    snprintf(full, sizeof full, "transformer.%s", name);
    return tensor ? tensor : tensor_file_find(from->file, full);
}

static emb_status read_tensor(struct training *of, const struct learn_tensor *into)
{
    const struct learn_from *from = of->from;
    const struct tensor *tensor = find_tensor(from, into->name);
    uint64_t n = (uint64_t)into->rows * into->columns;
    if (!tensor) {
        return emb_failf(of->job->host, EMB_E_FORMAT, "%s: has no tensor %s", from->path,
                         into->name);
    }
    bool fits = tensor_elements(tensor) == n && tensor->n_dims == (into->decays ? 2 : 1) &&
                tensor->shape[tensor->n_dims - 1] == into->columns;
    if (!fits || !tensor_to_f32(tensor, 0, n, of->model.values + into->first)) {
        return emb_failf(of->job->host, EMB_E_FORMAT,
                         "%s: tensor %s: found %llu elements of type %s, expected floats, %u rows "
                         "of %u",
                         from->path, into->name, (unsigned long long)tensor_elements(tensor),
                         tensor_type_name(tensor->type), into->rows, into->columns);
    }
    return EMB_OK;
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
    return of_option(status);
}

emb_status learn_begin(struct training *of)
{
    emb_status status = EMB_OK;
    learn_model_start(&of->model, of->job->request->seed);
    uint32_t n = !of->from ? 0 : of->from->table_only ? LEARN_TABLE + 1 : of->model.n_tensors;
    for (uint32_t t = 0; status == EMB_OK && t < n; t++) {
        status = read_tensor(of, &of->model.tensors[t]);
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
    return is_known ? of_option(transplant_check(of->job->host, of->job->request->options))
                    : emb_failf(of->job->host, EMB_E_OPTION,
                                "%s: option table-train: found \"%s\", expected learned, frozen "
                                "or frozen:TOKENS",
                                of->job->model, found);
}

void learn_freeze_table(struct training *of)
{
    uint64_t batch = (uint64_t)of->per_step * of->model.shape.context;
    of->model.tensors[LEARN_TABLE].frozen_until =
        of->frozen_tokens == UINT64_MAX ? UINT64_MAX : (of->frozen_tokens + batch - 1) / batch;
}
