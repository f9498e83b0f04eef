/* Creates a model from its specification, chooses stages and asks what is known of it. */
#include "plugin/open.h"

#include "plugin/load.h"
#include "plugin/opened.h"

#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "plugin/limits.h"

#include <stdlib.h>
#include <string.h>

/* Takes the flaw. */
static int broken(const struct embedder *embedder, char *flaw)
{
    int status = error_set(ERR_FAILED, "%s: %s", embedder->name, flaw);
    free(flaw);
    return status;
}

static int read_info(struct embedder *embedder)
{
    struct emb_model_info info = {.struct_size = sizeof info};
    emb_status status = embedder->ops->info(embedder->model, &info);
    if (status) {
        return host_error(embedder->name, "info", status);
    }
    char *flaw = limits_flaw_of_info(&info, embedder->kind->desc->caps);
    if (flaw) {
        return broken(embedder, flaw);
    }
    embedder->info = info;
    return 0;
}

static int read_stage(struct embedder *embedder, struct emb_stage *stages, uint32_t i)
{
    struct stage_table *table = &embedder->stages;
    stages[i].struct_size = sizeof *stages;
    emb_status status = embedder->ops->stage(embedder->model, i, &stages[i]);
    if (status) {
        return host_error(embedder->name, "stage", status);
    }
    char *flaw = limits_flaw_of_stage(stages, i);
    if (flaw) {
        return broken(embedder, flaw);
    }
    struct stage *stage = &table->stages[table->n++];
    *stage = stage_of_plugin(&stages[i]);
    stage->name = arena_keep(&table->names, stage->name);
    return 0;
}

static int read_stages(struct embedder *embedder)
{
    uint32_t n = embedder->info.n_stages;
    struct emb_stage *stages = mem_array(n, sizeof *stages);
    int status = 0;
    embedder->stages.stages = mem_array(n, sizeof(struct stage));
    for (uint32_t i = 0; i < n && !status; i++) {
        status = read_stage(embedder, stages, i);
    }
    free(stages);
    return status;
}

static int create_model(struct embedder *embedder, const struct emb_options *options)
{
    struct emb_model *model = NULL;
    host_forget_failure();
    emb_status status = embedder->ops->create(&embedder->host.api, embedder->desc, options, &model);
    host_end_progress(&embedder->host);
    if (status) {
        return host_error(embedder->name, "create", status);
    }
    if (!model) {
        return error_set(ERR_FAILED, "%s: create() succeeded without a model", embedder->name);
    }
    embedder->model = model;
    return 0;
}

int embedder_open(const struct embedder_spec *spec, const char *stages, struct pool *pool,
                  struct embedder **ret_embedder)
{
    struct embedder *embedder = mem_alloc(sizeof *embedder);
    embedder->name = mem_text(spec->name);
    embedder->kind = spec->model;
    embedder->pool = pool;
    embedder->word_view = spec->word_view;
    host_init(&embedder->host, spec->name, pool);
    int status = plugin_load(spec->model, &embedder->ops, &embedder->desc);
    status = status ? status : create_model(embedder, spec->options);
    status = status ? status : read_info(embedder);
    status = status ? status : read_stages(embedder);
    if (!status && (status = stage_choice_parse(&embedder->stages, stages, &embedder->choice))) {
        error_context(status, "%s", embedder->name);
    }
    if (status) {
        embedder_close(embedder);
        return status;
    }
    *ret_embedder = embedder;
    return 0;
}

void embedder_close(struct embedder *embedder)
{
    if (!embedder) {
        return;
    }
    if (embedder->ops) {
        embedder->ops->destroy(embedder->model);
    }
    if (atomic_load(&embedder->host.blocks) > 0) {
        log_warn("%s: destroy() leaks %llu bytes in %llu blocks", embedder->name,
                 (unsigned long long)atomic_load(&embedder->host.bytes),
                 (unsigned long long)atomic_load(&embedder->host.blocks));
    }
    host_finish(&embedder->host);
    postprocess_free(embedder->postprocess);
    certifier_destroy(embedder->certifier);
    stage_choice_finish(&embedder->choice);
    stage_table_finish(&embedder->stages);
    free(embedder->name);
    free(embedder);
}

const char *embedder_name(const struct embedder *embedder)
{
    return embedder->name;
}

bool embedder_is_static(const struct embedder *embedder)
{
    return embedder->kind->desc->caps & EMB_CAP_STATIC;
}

const char *embedder_kind(const struct embedder *embedder)
{
    return embedder_is_static(embedder) ? "static" : "contextual";
}

uint32_t embedder_dim(const struct embedder *embedder)
{
    return embedder->info.dim;
}

uint32_t embedder_n_stages(const struct embedder *embedder)
{
    return embedder->choice.n;
}

const struct stage *embedder_stage(const struct embedder *embedder, uint32_t i)
{
    return &embedder->choice.picks[i].stage;
}

const struct word_view *embedder_word_view(const struct embedder *embedder)
{
    return &embedder->word_view;
}

struct pool *embedder_pool(struct embedder *embedder)
{
    return embedder->pool;
}

const void *embedder_extension(struct embedder *embedder, const char *id)
{
    return embedder->ops->extension(embedder->model, id);
}

struct emb_model *embedder_model(struct embedder *embedder)
{
    return embedder->model;
}

struct split *embedder_split(struct embedder *embedder)
{
    return embedder->split;
}

void embedder_set_split(struct embedder *embedder, struct split *split)
{
    embedder->split = split;
}

const char *embedder_whole_pool(struct embedder *embedder)
{
    const struct emb_ext_sentence *sentence = embedder_extension(embedder, EMB_EXT_SENTENCE);
    return sentence ? sentence->whole(embedder->model) : "mean";
}

const struct plugin_model *embedder_plugin(const struct embedder *embedder)
{
    return embedder->kind;
}

const struct emb_model_info *embedder_info(const struct embedder *embedder)
{
    return &embedder->info;
}

struct stage *embedder_stages_copy(const struct embedder *embedder)
{
    uint32_t n = embedder_n_stages(embedder);
    struct stage *stages = mem_array(n, sizeof *stages);
    for (uint32_t i = 0; i < n; i++) {
        stages[i] = *embedder_stage(embedder, i);
    }
    struct stage *copies = stages_copy(stages, n);
    free(stages);
    return copies;
}

static int take_line(const struct embedder *embedder, const char *what, const char *line,
                     char **ret_line)
{
    char *flaw = limits_flaw_of_about(what, line);
    if (flaw) {
        return broken(embedder, flaw);
    }
    *ret_line = line && line[0] ? mem_text(line) : NULL;
    return 0;
}

int embedder_about(struct embedder *embedder, struct embedder_about *ret_about)
{
    const struct emb_ext_about *said = embedder_extension(embedder, EMB_EXT_ABOUT);
    struct emb_model *model = embedder->model;
    struct embedder_about about = {0};
    if (said) {
        int status = take_line(embedder, "name", said->name(model), &about.name);
        status =
            status ? status : take_line(embedder, "version", said->version(model), &about.version);
        status = status ? status
                        : take_line(embedder, "citation", said->citation(model), &about.citation);
        if (status) {
            free(about.name);
            free(about.version);
            free(about.citation);
            return status;
        }
    }
    *ret_about = about;
    return 0;
}

static void add_number(struct digest *digest, uint64_t number)
{
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++) {
        bytes[i] = (unsigned char)(number >> (8 * i));
    }
    digest_add(digest, bytes, sizeof bytes);
}

static void add_tensor(struct digest *digest, const struct emb_tensor *tensor)
{
    digest_add(digest, tensor->name, strlen(tensor->name) + 1);
    add_number(digest, (uint64_t)tensor->type);
    add_number(digest, tensor->n_dims);
    for (uint32_t d = 0; d < tensor->n_dims; d++) {
        add_number(digest, tensor->shape[d]);
    }
    digest_add(digest, tensor->data, tensor->n_bytes);
}

int embedder_weights_sha256(struct embedder *embedder, char ret_hex[DIGEST_TEXT_BYTES],
                            bool *ret_known)
{
    const struct emb_ext_weights *weights = embedder_extension(embedder, EMB_EXT_WEIGHTS);
    if (!weights) {
        *ret_known = false;
        return 0;
    }
    char hex[DIGEST_TEXT_BYTES];
    struct digest *digest = digest_create();
    uint32_t n = weights->count(embedder->model);
    int status = 0;
    for (uint32_t i = 0; i < n && !status; i++) {
        struct emb_tensor tensor = {0};
        host_forget_failure();
        emb_status failure = weights->tensor(embedder->model, i, &tensor);
        if (failure) {
            status = host_error(embedder->name, "tensor", failure);
        } else if (!tensor.name || tensor.n_dims > 4 || (!tensor.data && tensor.n_bytes > 0)) {
            status = error_set(ERR_FAILED,
                               "%s: weight %u: expected a name, data and at most 4 dimensions",
                               embedder->name, i);
        } else {
            add_tensor(digest, &tensor);
        }
    }
    digest_finish(digest, hex);
    if (status) {
        return status;
    }
    memcpy(ret_hex, hex, sizeof hex);
    *ret_known = true;
    return 0;
}

void embedder_memory(const struct embedder *embedder, uint64_t *ret_now, uint64_t *ret_most)
{
    *ret_now = atomic_load(&embedder->host.bytes);
    *ret_most = atomic_load(&embedder->host.peak_bytes);
}

void embedder_work(const struct embedder *embedder, uint64_t *ret_sentences, uint64_t *ret_tokens,
                   double *ret_seconds)
{
    *ret_sentences = embedder->sentences;
    *ret_tokens = embedder->tokens;
    *ret_seconds = embedder->seconds;
}

void embedder_next_suite(struct embedder *embedder)
{
    embedder->watched = true;
    certifier_forget(embedder->certifier);
}

void embedder_certificate(const struct embedder *embedder, struct certificate *ret_certificate)
{
    certifier_judge(embedder->certifier, ret_certificate);
}
