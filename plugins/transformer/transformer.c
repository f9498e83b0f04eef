/* transformer.c - the plugin: a Hugging Face model folder or a GGUF file behind embedder.h. */
#include "model.h"
#include "sentence.h"

#include "base/try.h"
#include "embedder_util.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const struct emb_option options[] = {
    {"path", NULL, "model folder (config.json, weights, tokenizer) or GGUF file", EMB_OPT_PATH, 0,
     1, 0},
    {"max-tokens", "0",
     "most pieces of a sequence, special ones included; 0 = the model's own limit", EMB_OPT_INT, 0,
     0, 1e9},
    {"long", "cut",
     "longer sentences: cut (words beyond get status CUT) or window (overlapping by half)",
     EMB_OPT_TEXT, 0, 1, 0},
    {"special", "0", "where the whole sentence is the target, pool its special pieces, too",
     EMB_OPT_FLAG, 0, 1, 0},
    {"sentence", "auto",
     "the model's own sentence vector by modules.json: auto (where there is one) or none",
     EMB_OPT_TEXT, 0, 1, 0},
    {"prompt", "auto",
     "sentence: what stands before every text: auto (the model's default), none, or the name of "
     "one of the model's prompts",
     EMB_OPT_TEXT, 0, 1, 0},
    {"prompt-text", "", "sentence: the prompt in words instead", EMB_OPT_TEXT, 0, 1, 0},
    {"compute", "f32", "numbers in matrix products: f32, bf16 or int8", EMB_OPT_TEXT, 0, 1, 0},
    {"kernels", "best", "instruction set: best, avx512, avx2, neon or portable", EMB_OPT_TEXT, 0, 1,
     0},
    {"allow-unknown", "0", "accept keys of config.json that this version does not know",
     EMB_OPT_FLAG, 0, 1, 0},
    {"table", "", "file of word vectors that replace the look-up rows of the words in both",
     EMB_OPT_PATH, 0, 1, 0},
    {"map", "ridge",
     "table: how vectors become rows: identity, procrustes or ridge; controls: random, "
     "shuffled-rows (the model's own), pca:K (the model's own in K dimensions; without table= all "
     "rows)",
     EMB_OPT_CHANGE, 0, 1, 0},
    {"norms", "matched", "table: length of the new rows: matched (as of those replaced) or raw",
     EMB_OPT_TEXT, 0, 1, 0},
    {"ridge", "1", "table: penalty of map=ridge on squared weights", EMB_OPT_REAL, 0, 0, 1e12},
    {"table-seed", "1", "table: seed of map=random and map=shuffled-rows", EMB_OPT_SEED, 0, 0,
     0x1p53},
    {"ablate", "",
     "parts to leave out, joined by +: attention, feed-forward, uniform (each :BLOCKS), "
     "head:BLOCKS.HEADS, positions",
     EMB_OPT_CHANGE, 0, 1, 0},
    {"mask", "own", "what attention may see: own (the model's mask), causal or bidirectional",
     EMB_OPT_CHANGE, 0, 1, 0},
    {"tied", "0", "1: a tied output head takes replaced rows, too; 0: it stays as trained",
     EMB_OPT_FLAG, 0, 1, 0},
};

static const struct emb_model_desc desc = {
    .struct_size = sizeof desc,
    .caps = EMB_CAP_CONTEXTUAL,
    .id = "transformer",
    .name = "Transformer",
    .version = "1.0.0",
    .citation = "Vaswani et al. 2017, Attention Is All You Need; Devlin et al. 2019, BERT",
    .options = options,
    .n_options = sizeof options / sizeof *options,
};

/* The same engine for models that read from left to right: it claims so, and takes no others. */
static const struct emb_model_desc causal_desc = {
    .struct_size = sizeof causal_desc,
    .caps = EMB_CAP_CONTEXTUAL | EMB_CAP_CAUSAL,
    .id = "transformer-causal",
    .name = "Transformer (causal)",
    .version = "1.0.0",
    .citation = "Vaswani et al. 2017, Attention Is All You Need; Radford et al. 2019, GPT-2",
    .options = options,
    .n_options = sizeof options / sizeof *options,
};

static emb_status read_options(struct emb_model *model, const struct emb_options *values)
{
    const struct emb_host *host = model->host;
    const char *text = host->opt_text(values, "long");
    model->windowed = strcmp(text, "window") == 0;
    if (!model->windowed && strcmp(text, "cut") != 0) {
        return emb_failf(host, EMB_E_OPTION, "long=%s: expected cut or window", text);
    }
    text = host->opt_text(values, "compute");
    static const char *const computes[] = {"f32", "bf16", "int8"};
    uint32_t c = 0;
    while (c < 3 && strcmp(text, computes[c]) != 0) {
        c++;
    }
    if (c == 3) {
        return emb_failf(host, EMB_E_OPTION, "compute=%s: expected f32, bf16 or int8", text);
    }
    model->compute = (enum compute)c;
    const char *kernels = host->opt_text(values, "kernels");
    model->kernels = strcmp(kernels, "best") == 0 ? kernels_best() : kernels_named(kernels);
    if (!model->kernels) {
        return emb_failf(host, EMB_E_OPTION, "kernels=%s: unknown, or not on this machine",
                         kernels);
    }
    const char *name = model->kernels->name;
    model->kernels = kernels_for(model->kernels, model->compute);
    if (!model->kernels) {
        return emb_failf(host, EMB_E_UNSUPPORTED,
                         "compute=%s: kernels=%s has no such arithmetic on this machine", text,
                         name);
    }
    model->special = host->opt_int(values, "special") != 0;
    model->head_follows = host->opt_int(values, "tied") != 0;
    return EMB_OK;
}

/* config.json beside the weights, or the metadata inside a GGUF file. */
static emb_status read_arch(struct emb_model *model, bool allow_unknown)
{
    const struct emb_host *host = model->host;
    if (tensor_file_gguf(model->file)) {
        return arch_from_gguf(host, model->path, model->file, &model->arch, &model->names);
    }
    struct stat entry;
    bool folder = stat(model->path, &entry) == 0 && S_ISDIR(entry.st_mode);
    const char *slash = strrchr(model->path, '/');
    int n = folder ? (int)strlen(model->path) : slash ? (int)(slash - model->path) : 1;
    char config[4200];
    if (snprintf(config, sizeof config, "%.*s/config.json", n,
                 folder || slash ? model->path : ".") >= (int)sizeof config) {
        return emb_failf(host, EMB_E_IO, "%.100s...: path too long", model->path);
    }
    return arch_from_config(host, config, allow_unknown, &model->arch, &model->names);
}

static emb_status read_tokenizer(struct emb_model *model)
{
    const struct gguf *gguf = tensor_file_gguf(model->file);
    if (gguf) {
        TRY(tokenizer_load_gguf(model->host, gguf, model->path, &model->tokenizer));
    } else {
        struct stat entry;
        bool folder = stat(model->path, &entry) == 0 && S_ISDIR(entry.st_mode);
        const char *slash = strrchr(model->path, '/');
        char where[4200];
        snprintf(where, sizeof where, "%.*s",
                 folder  ? (int)strlen(model->path)
                 : slash ? (int)(slash - model->path)
                         : 1,
                 folder || slash ? model->path : ".");
        TRY(tokenizer_load(model->host, where, &model->tokenizer));
    }
    tokenizer_mask(model->tokenizer, &model->arch.mask);
    uint32_t own = tokenizer_max_pieces(model->tokenizer);
    if (!model->asked_tokens && own && own < model->max_tokens) {
        model->max_tokens = own;
    }
    tokenizer_special_counts(model->tokenizer, &model->n_before, &model->n_after);
    if (model->max_tokens <= model->n_before + model->n_after) {
        return emb_failf(model->host, EMB_E_OPTION,
                         "max-tokens=%u leaves no room beside %u special pieces", model->max_tokens,
                         model->n_before + model->n_after);
    }
    return EMB_OK;
}

static uint32_t up_to_panel(uint32_t n)
{
    return (n + 31) / 32 * 32;
}

static emb_status allocate_scratch(struct emb_model *model)
{
    const struct arch *arch = &model->arch;
    struct memory *memory = &model->memory;
    uint32_t queries = arch->n_heads * arch->head_dim, keys = arch->n_kv_heads * arch->head_dim;
    uint32_t widest = arch->dim > arch->table_dim ? arch->dim : arch->table_dim;
    model->ld_x = kernels_ld(widest);
    model->ld_context = kernels_ld(queries);
    model->ld_inner = kernels_ld(arch->inner);
    model->key_column = up_to_panel(queries);
    model->value_column = model->key_column + up_to_panel(keys);
    model->ld_qkv = kernels_ld(model->value_column + up_to_panel(keys));
    uint32_t n_workers = model->host->n_workers;
    model->states = memory_take(memory, n_workers, sizeof *model->states);
    model->tiles = memory_take(memory, n_workers, sizeof *model->tiles);
    if (!model->states || !model->tiles) {
        return no_memory(model->host, "the workers");
    }
    for (uint32_t w = 0; w < n_workers; w++) {
        struct tile *tile = &model->tiles[w];
        tile->normed = memory_take(memory, TILE_ROWS * model->ld_x, sizeof(float));
        tile->context = memory_take(memory, TILE_ROWS * model->ld_context, sizeof(float));
        tile->inner = memory_take(memory, TILE_ROWS * model->ld_inner, sizeof(float));
        tile->gate =
            memory_take(memory, arch->gated ? TILE_ROWS * model->ld_inner : 1, sizeof(float));
        tile->scratch = memory_take(memory, attention_scratch(arch->head_dim), sizeof(float));
        uint32_t deepest = arch->inner > queries ? arch->inner : queries;
        deepest = deepest > widest ? deepest : widest;
        tile->work = memory_take(memory, product_work(model->compute, TILE_ROWS, deepest) + 1, 1);
        tile->row = memory_take(memory, model->ld_x, sizeof(float));
        if (!tile->normed || !tile->context || !tile->inner || !tile->gate || !tile->scratch ||
            !tile->work || !tile->row) {
            return no_memory(model->host, "the workers");
        }
    }
    return EMB_OK;
}

static emb_status name_stages(struct emb_model *model)
{
    model->n_stages = 2 + 2 * model->arch.n_blocks + (model->arch.final_norm ? 1 : 0);
    model->stage_names = memory_take(&model->memory, model->n_stages, sizeof *model->stage_names);
    if (!model->stage_names) {
        return no_memory(model->host, "stage names");
    }
    strcpy(model->stage_names[0], "table");
    strcpy(model->stage_names[1], "input");
    for (uint32_t b = 1; b <= model->arch.n_blocks; b++) {
        snprintf(model->stage_names[2 * b], sizeof *model->stage_names, "%u.attention", b % 10000);
        snprintf(model->stage_names[2 * b + 1], sizeof *model->stage_names, "%u", b % 10000);
    }
    if (model->arch.final_norm) {
        strcpy(model->stage_names[model->n_stages - 1], "norm");
    }
    return EMB_OK;
}

static emb_status open_model(struct emb_model *model, const struct emb_options *values)
{
    const struct emb_host *host = model->host;
    TRY(read_options(model, values));
    const char *root = host->opt_text(values, "path"), *own = host->opt_text(values, "sentence");
    if (strcmp(own, "auto") != 0 && strcmp(own, "none") != 0) {
        return emb_failf(host, EMB_E_OPTION, "sentence=%s: expected auto or none", own);
    }
    char path[4200];
    if (strlen(root) >= sizeof path) {
        return emb_failf(host, EMB_E_IO, "%.100s...: path too long", root);
    }
    TRY(sentence_find(model, root, path, sizeof path));
    model->path = memory_take(&model->memory, strlen(path) + 1, 1);
    if (!model->path) {
        return no_memory(host, "a path");
    }
    strcpy(model->path, path);
    TRY(tensor_file_open(host, path, &model->file));
    TRY(read_arch(model, host->opt_int(values, "allow-unknown") != 0));
    TRY(interventions_read(model, values));
    if (model->claims_causal && !model->causal) {
        return emb_failf(host, EMB_E_UNSUPPORTED,
                         "%s: a %s model%s sees both sides; transformer "
                         "reads it",
                         path, model->arch.family,
                         model->arch.causal ? " with mask=bidirectional" : "");
    }
    int64_t asked = host->opt_int(values, "max-tokens");
    if (asked > model->arch.max_positions) {
        return emb_failf(host, EMB_E_OPTION, "max-tokens=%lld: this model has %u positions",
                         (long long)asked, model->arch.max_positions);
    }
    model->asked_tokens = asked > 0;
    model->max_tokens = asked > 0 ? (uint32_t)asked : model->arch.max_positions;
    TRY(read_tokenizer(model));
    TRY(strcmp(own, "auto") == 0 ? sentence_read(model, root, values)
                                 : sentence_no_prompt(model, root, values));
    TRY(load_weights(model));
    TRY(transplant(model, values));
    TRY(allocate_scratch(model));
    return name_stages(model);
}

static void destroy(struct emb_model *model)
{
    if (!model) {
        return;
    }
    const struct emb_host *host = model->host;
    plan_finish(&model->plan);
    tokenizer_destroy(model->tokenizer);
    tensor_file_close(model->file);
    memory_finish(&model->memory);
    host->free(host, model);
}

static emb_status create(const struct emb_host *host, const struct emb_model_desc *of,
                         const struct emb_options *values, struct emb_model **ret_model)
{
    struct emb_model *model = host->alloc(host, sizeof *model);
    if (!model) {
        return no_memory(host, "a model");
    }
    model->host = host;
    model->memory.host = host;
    model->claims_causal = (of->caps & EMB_CAP_CAUSAL) != 0;
    emb_status status = open_model(model, values);
    if (status != EMB_OK) {
        destroy(model);
        return status;
    }
    *ret_model = model;
    return EMB_OK;
}

static emb_status info(const struct emb_model *model, struct emb_model_info *ret_info)
{
    const struct emb_model_info full = {
        .struct_size = ret_info->struct_size,
        .dim = model->arch.dim,
        .n_stages = model->n_stages,
        .max_tokens = model->windowed ? 0 : model->max_tokens,
        .n_words = 0,
    };
    size_t n = ret_info->struct_size < sizeof full ? ret_info->struct_size : sizeof full;
    memcpy(ret_info, &full, n);
    return EMB_OK;
}

static emb_status stage(const struct emb_model *model, uint32_t i, struct emb_stage *ret_stage)
{
    if (i >= model->n_stages) {
        return emb_failf(model->host, EMB_E_INVAL, "transformer: stage %u of %u", i,
                         model->n_stages);
    }
    bool norm = model->arch.final_norm && i == model->n_stages - 1;
    const struct emb_stage full = {
        .struct_size = ret_stage->struct_size,
        .block = norm ? (int32_t)model->arch.n_blocks : (int32_t)(i / 2),
        .name = model->stage_names[i],
        .is_block_output = !norm && i % 2 == 1,
    };
    size_t n = ret_stage->struct_size < sizeof full ? ret_stage->struct_size : sizeof full;
    memcpy(ret_stage, &full, n);
    return EMB_OK;
}

static const struct emb_model_ops ops = {
    .struct_size = sizeof ops,
    .create = create,
    .destroy = destroy,
    .info = info,
    .stage = stage,
    .embed = model_embed,
    .extension = model_extension,
};

static const struct emb_plugin_model models[] = {{&desc, &ops}, {&causal_desc, &ops}};

const struct emb_plugin_entry emb_plugin_entry_v1 = {
    .struct_size = sizeof emb_plugin_entry_v1,
    .abi_minor = EMB_ABI_MINOR,
    .built_by = "cc " __VERSION__,
    .models = models,
    .n_models = sizeof models / sizeof *models,
};
