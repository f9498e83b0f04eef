/*
 * from.c - the model of from=FOLDER: what of it can be learned further, and its parameters, as
 * files of its family keep them (parts.c), with or without the prefix of a model with a head.
 */
#include "learn/from.h"

#include "base/try.h"
#include "embedder_util.h"
#include "train/settings.h"

#include <stdlib.h>
#include <string.h>

emb_status learn_from_file(const struct training *of, const char *name, char ret_path[LEARN_PATH])
{
    const char *path = of->from->path;
    int n = snprintf(ret_path, LEARN_PATH, "%s/%s", path, name);
    return n > 0 && n < LEARN_PATH
               ? EMB_OK
               : emb_failf(of->job->host, EMB_E_IO, "%.100s...: path too long", path);
}

static const char *llama_objection(const struct arch *arch)
{
    const struct rope *rope = &arch->rope;
    return !arch->tied                                       ? "its output head is not its table"
           : arch->n_kv_heads != arch->n_heads               ? "its heads share keys"
           : arch->head_dim * arch->n_heads != arch->dim     ? "its heads do not add up to dim"
           : arch->qkv_bias || arch->o_bias || arch->ff_bias ? "it has biases"
           : rope->dims != arch->head_dim || rope->scaling != ROPE_PLAIN || rope->interleaved
               ? "its rotary positions are scaled or partial"
           : !arch->gated || arch->act != ACT_SILU ? "its feed-forward part is not a gated silu"
           : arch->window != NO_WINDOW             ? "its attention has a window"
                                                   : NULL;
}

static const char *bert_objection(const struct arch *arch)
{
    bool gelu = arch->act == ACT_GELU || arch->act == ACT_GELU_TANH;
    return !arch->tied                              ? "its output head is not its table"
           : !gelu                                  ? "its activation is not gelu"
           : arch->n_types != LEARN_TYPES_OF_PIECES ? "it has not two types of pieces"
                                                    : NULL;
}

static const char *gpt2_objection(const struct arch *arch)
{
    return !arch->tied                  ? "its output head is not its table"
           : arch->act != ACT_GELU_TANH ? "its activation is not gelu_new"
                                        : NULL;
}

static const struct {
    const char *family;
    enum learn_arch arch;
    const char *(*objection)(const struct arch *arch);
} families[] = {{"gpt2", LEARN_GPT2, gpt2_objection},
                {"llama", LEARN_LLAMA, llama_objection},
                {"bert", LEARN_BERT, bert_objection}};

/* A model that this engine computes as its own library does. */
static emb_status check_from(struct training *of)
{
    struct learn_from *from = of->from;
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        if (strcmp(from->arch.family, families[i].family) != 0) {
            continue;
        }
        const char *objection = families[i].objection(&from->arch);
        from->of = families[i].arch;
        return objection ? emb_failf(of->job->host, EMB_E_UNSUPPORTED,
                                     "%s: found a %s that cannot be learned further: %s",
                                     from->path, from->arch.family, objection)
                         : EMB_OK;
    }
    return emb_failf(of->job->host, EMB_E_UNSUPPORTED,
                     "%s: found %s, expected gpt2, llama or bert, which can be learned further",
                     from->path, from->arch.family);
}

static emb_status check_options(const struct training *of, const char *path, bool table_only)
{
    const struct train_job *job = of->job;
    if (!*path) {
        return table_only ? emb_failf(job->host, EMB_E_OPTION,
                                      "%s: option keep: found table, but no model (from=FOLDER) "
                                      "to keep it of",
                                      job->model)
                          : EMB_OK;
    }
    return *setting_text(job, "tokenizer")
               ? emb_failf(job->host, EMB_E_OPTION,
                           "%s: option tokenizer: the model of from= has its own", job->model)
               : EMB_OK;
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
    emb_status status = check_options(of, path, table_only);
    if (status != EMB_OK || !*path) {
        return status;
    }
    TRY(job_alloc(job, 1, sizeof *of->from, "a model to start from", &of->from));
    const struct names *names;
    char config[LEARN_PATH];
    of->from->path = path;
    of->from->table_only = table_only;
    status = learn_from_file(of, "config.json", config);
    status = status != EMB_OK ? status
                              : arch_from_config(job->host, config, false, &of->from->arch, &names);
    status = status != EMB_OK ? status : check_from(of);
    return learn_of_option(status != EMB_OK ? status
                                            : tensor_file_open(job->host, path, &of->from->file));
}

void learn_from_close(struct training *of)
{
    if (of->from) {
        tensor_file_close(of->from->file);
        of->job->host->free(of->job->host, of->from);
        of->from = NULL;
    }
}

enum learn_arch learn_from_arch(const struct training *of)
{
    return of->from->of;
}

uint32_t learn_from_end(const struct training *of)
{
    return of->from ? of->from->arch.bos : UINT32_MAX;
}

/* By its name in files, with or without a prefix, or by the name that norms once had. */
static const struct tensor *find_tensor(const struct learn_from *from, const char *name)
{
    static const char *const prefixes[] = {"transformer.", "model.", "bert."};
    char other[96];
    const struct tensor *tensor = tensor_file_find(from->file, name);
    for (size_t i = 0; !tensor && i < sizeof prefixes / sizeof *prefixes; i++) {
        size_t n = strlen(prefixes[i]);
        if (strncmp(name, prefixes[i], n) == 0) {
            tensor = tensor_file_find(from->file, name + n);
        } else {
            snprintf(other, sizeof other, "%s%s", prefixes[i], name);
            tensor = tensor_file_find(from->file, other);
        }
    }
    const char *end = strstr(name, "LayerNorm.weight");
    end = end ? end : strstr(name, "LayerNorm.bias");
    if (!tensor && end) {
        snprintf(other, sizeof other, "%.*sLayerNorm.%s", (int)(end - name), name,
                 strcmp(end, "LayerNorm.weight") == 0 ? "gamma" : "beta");
        return find_tensor(from, other);
    }
    return tensor;
}

/* Does a BERT bring its head of masked learning? */
static bool brings_head(const struct training *of)
{
    return find_tensor(of->from, "cls.predictions.transform.dense.weight") != NULL;
}

/* Into its place among a parameter's columns. */
static void put(const struct learn_part *part, const float *numbers, float *into)
{
    uint32_t rows = part->of->rows, columns = part->of->columns;
    for (uint32_t r = 0; r < rows; r++) {
        for (uint32_t c = 0; c < part->n_columns; c++) {
            into[(uint64_t)r * columns + part->first_column + c] =
                part->transposed ? numbers[(uint64_t)c * rows + r]
                                 : numbers[(uint64_t)r * part->n_columns + c];
        }
    }
}

static emb_status read_part(struct training *of, const struct learn_part *part)
{
    const struct learn_from *from = of->from;
    const struct emb_host *host = of->job->host;
    const struct tensor *tensor = find_tensor(from, part->name);
    uint32_t rows = part->transposed ? part->n_columns : part->of->rows;
    uint32_t columns = part->transposed ? part->of->rows : part->n_columns;
    uint64_t n = (uint64_t)rows * columns;
    float *numbers;
    if (!tensor) {
        return emb_failf(host, EMB_E_FORMAT, "%s: has no tensor %s", from->path, part->name);
    }
    emb_status status = job_alloc(of->job, n, sizeof *numbers, "a tensor", &numbers);
    if (status != EMB_OK) {
        return status;
    }
    bool fits = tensor_elements(tensor) == n && tensor->n_dims == (part->of->decays ? 2 : 1) &&
                tensor->shape[tensor->n_dims - 1] == columns;
    if (!fits || !tensor_to_f32(tensor, 0, n, numbers)) {
        status = emb_failf(host, EMB_E_FORMAT,
                           "%s: tensor %s: found %llu elements of type %s, expected floats, %u "
                           "rows of %u",
                           from->path, part->name, (unsigned long long)tensor_elements(tensor),
                           tensor_type_name(tensor->type), rows, columns);
    } else {
        put(part, numbers, of->model.values + part->of->first);
    }
    host->free(host, numbers);
    return status;
}

emb_status learn_from_read(struct training *of)
{
    struct learn_part part;
    bool has_head = of->model.shape.arch != LEARN_BERT || brings_head(of);
    emb_status status = EMB_OK;
    for (uint32_t t = 0, piece = 0;
         status == EMB_OK && learn_part(&of->model, &t, &piece, &part);) {
        bool is_table = part.of == &of->model.tensors[LEARN_TABLE];
        bool is_head = part.of >= &of->model.tensors[LEARN_HEAD_DENSE] &&
                       part.of <= &of->model.tensors[LEARN_HEAD_BIAS];
        if (is_table || (!of->from->table_only && (!is_head || has_head))) {
            status = read_part(of, &part);
        }
    }
    return status;
}
