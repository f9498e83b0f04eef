/*
 * toy.c - the plugin to copy. Every word has a vector made from a hash of its letters: a static
 * embedder without a file, the same on every machine, useful for nothing but learning the contract.
 */
#include <embedder.h>
#include <embedder_util.h>

/* Yours to define. Allocated through the host, so that a report can say how much it takes. */
struct emb_model {
    const struct emb_host *host;
    uint32_t dim;
    uint64_t seed;
};

/* The host parses these, checks the ranges and prints the help: `toy,dim=50,seed=7`. */
static const struct emb_option options[] = {
    {"dim", "64", "floats in a vector", EMB_OPT_INT, 0, 1, 4096},
    {"seed", "1", "other seeds give other vectors", EMB_OPT_SEED, 0, 0, 0x1p53},
};

static const struct emb_model_desc desc = {
    .struct_size = sizeof desc,
    .caps = EMB_CAP_STATIC | EMB_CAP_CONCURRENT,
    .id = "toy",
    .name = "Toy",
    .version = "1.0.0",
    .citation = "none: vectors from a hash function, as an example for plugin authors",
    .options = options,
    .n_options = sizeof options / sizeof *options,
};

/* Load the model. ret_model is written on success alone. */
static emb_status create(const struct emb_host *host, const struct emb_model_desc *self,
                         const struct emb_options *values, struct emb_model **ret_model)
{
    (void)self;
    struct emb_model *model = host->alloc(host, sizeof *model);
    if (!model) {
        return emb_failf(host, EMB_E_NOMEM, "no memory for the model");
    }
    model->host = host;
    model->dim = (uint32_t)host->opt_int(values, "dim");
    model->seed = (uint64_t)host->opt_int(values, "seed");
    *ret_model = model;
    return EMB_OK;
}

static void destroy(struct emb_model *model)
{
    if (model) {
        model->host->free(model->host, model);
    }
}

/* The members of edition 1.0 are always there; test for later ones with EMB_HAS. */
static emb_status info(const struct emb_model *model, struct emb_model_info *info)
{
    info->dim = model->dim;
    info->n_stages = 1;
    info->max_tokens = 0; /* any length */
    info->n_words = 0;    /* any word */
    return EMB_OK;
}

/* A static embedder has one point at which a vector can be read: its table. */
static emb_status stage(const struct emb_model *model, uint32_t i, struct emb_stage *stage)
{
    (void)model;
    if (i != 0) {
        return EMB_E_INVAL;
    }
    stage->block = 0;
    stage->name = "table";
    stage->is_block_output = 0;
    return EMB_OK;
}

/* A number in [-1, 1) for dimension d of a word: FNV-1a over its bytes, then splitmix64. */
static float number(uint64_t seed, const char *word, uint32_t n_bytes, uint32_t d)
{
    uint64_t h = 0xcbf29ce484222325u ^ seed;
    for (uint32_t i = 0; i < n_bytes; i++) {
        h = (h ^ (unsigned char)word[i]) * 0x100000001b3u;
    }
    h += (d + 1) * 0x9e3779b97f4a7c15u;
    h = (h ^ h >> 30) * 0xbf58476d1ce4e5b9u;
    h = (h ^ h >> 27) * 0x94d049bb133111ebu;
    return (float)((double)(h >> 40) / (1 << 23) - 1.0);
}

/* Rows follow the targets of sentence 0, then 1, ... Write batch->stages' rows, nothing beside
 * them, and a status for each target. */
static emb_status embed(struct emb_model *model, const struct emb_batch *batch)
{
    uint64_t row = 0;
    for (uint32_t i = 0; i < batch->n_sentences; i++) {
        const struct emb_sentence *sentence = &batch->sentences[i];
        for (uint32_t t = 0; t < sentence->n_targets; t++, row++) {
            const struct emb_span *span = &sentence->targets[t];
            for (uint32_t s = 0; s < batch->n_stages; s++) {
                float *out = emb_row(batch, row, s);
                for (uint32_t d = 0; d < model->dim; d++) {
                    out[d] = number(model->seed, sentence->text + span->begin,
                                    span->end - span->begin, d);
                }
            }
            batch->word_status[row] = EMB_WORD_OK;
        }
    }
    return EMB_OK;
}

/* Abilities beyond embed(), by name: none here. See embedder.h, section 8. */
static const void *extension(struct emb_model *model, const char *id)
{
    (void)model;
    (void)id;
    return NULL;
}

static const struct emb_model_ops ops = {
    .struct_size = sizeof ops,
    .create = create,
    .destroy = destroy,
    .info = info,
    .stage = stage,
    .embed = embed,
    .extension = extension,
};

static const struct emb_plugin_model models[] = {{&desc, &ops}};

/* The one symbol that a plugin exports. */
const struct emb_plugin_entry emb_plugin_entry_v1 = {
    .struct_size = sizeof emb_plugin_entry_v1,
    .abi_minor = EMB_ABI_MINOR,
    .built_by = "cc " __VERSION__,
    .models = models,
    .n_models = 1,
};
