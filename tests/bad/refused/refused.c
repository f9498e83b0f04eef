/*
 * refused.c - shared objects that the loader must refuse, each for one reason: -DREASON=… picks it.
 */
#include <embedder.h>

enum {
    REASON_ABI_2,
    REASON_NO_SYMBOL,
    REASON_SMALL_ENTRY,
    REASON_NO_MODELS,
    REASON_SMALL_DESC,
    REASON_BAD_ID,
    REASON_BOTH_KINDS,
    REASON_NO_CITATION,
    REASON_BAD_FALLBACK,
    REASON_TWO_OPTIONS,
    REASON_NO_OPS,
    REASON_NO_EMBED
};

static emb_status create(const struct emb_host *host, const struct emb_model_desc *desc,
                         const struct emb_options *options, struct emb_model **ret_model)
{
    (void)host;
    (void)desc;
    (void)options;
    (void)ret_model;
    return EMB_E_INTERNAL;
}

static void destroy(struct emb_model *model)
{
    (void)model;
}

static emb_status info(const struct emb_model *model, struct emb_model_info *ret_info)
{
    (void)model;
    (void)ret_info;
    return EMB_E_INTERNAL;
}

static emb_status stage(const struct emb_model *model, uint32_t i, struct emb_stage *ret_stage)
{
    (void)model;
    (void)i;
    (void)ret_stage;
    return EMB_E_INTERNAL;
}

static emb_status embed(struct emb_model *model, const struct emb_batch *batch)
{
    (void)model;
    (void)batch;
    return EMB_E_INTERNAL;
}

static const void *extension(struct emb_model *model, const char *id)
{
    (void)model;
    (void)id;
    return 0;
}

static const struct emb_option options[] = {
    {"window", REASON == REASON_BAD_FALLBACK ? "many" : "5", "words on either side", EMB_OPT_INT, 0,
     1, 10},
    {REASON == REASON_TWO_OPTIONS ? "window" : "other", "", "another", EMB_OPT_TEXT, 0, 1, 0},
};

static const struct emb_model_desc desc = {
    .struct_size = REASON == REASON_SMALL_DESC ? 16 : sizeof desc,
    .caps = EMB_CAP_STATIC | (REASON == REASON_BOTH_KINDS ? EMB_CAP_CONTEXTUAL : 0),
    .id = REASON == REASON_BAD_ID ? "Not An Id" : "refused",
    .name = "Refused",
    .version = "1.0.0",
    .citation = REASON == REASON_NO_CITATION ? 0 : "none",
    .options = options,
    .n_options = 2,
};

static const struct emb_model_ops ops = {
    .struct_size = sizeof ops,
    .create = create,
    .destroy = destroy,
    .info = info,
    .stage = stage,
    .embed = REASON == REASON_NO_EMBED ? 0 : embed,
    .extension = extension,
};

static const struct emb_plugin_model models[] = {{&desc, REASON == REASON_NO_OPS ? 0 : &ops}};

#if REASON_IS_ABI_2
#define ENTRY emb_plugin_entry_v2
#elif REASON_IS_NO_SYMBOL
#define ENTRY something_else
#else
#define ENTRY emb_plugin_entry_v1
#endif

extern EMB_EXPORT const struct emb_plugin_entry ENTRY;
const struct emb_plugin_entry ENTRY = {
    .struct_size = REASON == REASON_SMALL_ENTRY ? 8 : sizeof(struct emb_plugin_entry),
    .abi_minor = EMB_ABI_MINOR,
    .built_by = "cc " __VERSION__,
    .models = models,
    .n_models = REASON == REASON_NO_MODELS ? 0 : 1,
};
