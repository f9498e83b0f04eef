/*
 * fasttext.c - fastText vectors: .vec tables and .bin models with subwords.
 *
 * The whole model is plugins/common/vectors/static_model.h; here stand its name and its trainer.
 */
#include "train/train.h"
#include "vectors/static_model.h"

#include <string.h>

static const struct emb_model_desc desc = {
    .struct_size = sizeof(struct emb_model_desc),
    .caps = STATIC_MODEL_CAPS,
    .id = "fasttext",
    .name = "fastText",
    .version = "1.0.0",
    .citation = "Bojanowski, Grave, Joulin & Mikolov (2017). Enriching word vectors with subword "
                "information. TACL 5.",
    .options = static_model_options,
    .n_options = STATIC_MODEL_N_OPTIONS,
};

static const void *extension(struct emb_model *model, const char *id)
{
    if (strcmp(id, EMB_EXT_TRAIN) == 0) {
        return &fasttext_train;
    }
    return static_model_extension(model, id);
}

static const struct emb_model_ops ops = {
    .struct_size = sizeof(struct emb_model_ops),
    .create = static_model_create,
    .destroy = static_model_destroy,
    .info = static_model_info,
    .stage = static_model_stage,
    .embed = static_model_embed,
    .extension = extension,
};

static const struct emb_plugin_model models[] = {{&desc, &ops}};

const struct emb_plugin_entry emb_plugin_entry_v1 = {
    .struct_size = sizeof(struct emb_plugin_entry),
    .abi_minor = EMB_ABI_MINOR,
    .built_by = __VERSION__,
    .models = models,
    .n_models = 1,
};
