/* The entry and descriptor that the static plugins share. */
#include "vectors/static_plugin.h"

#include <string.h>

static const void *extension(struct emb_model *model, const char *id)
{
    if (strcmp(id, EMB_EXT_TRAIN) == 0) {
        return static_plugin_trainer;
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

static const struct emb_plugin_model models[] = {{&static_plugin_desc, &ops}};

const struct emb_plugin_entry emb_plugin_entry_v1 = {
    .struct_size = sizeof(struct emb_plugin_entry),
    .abi_minor = EMB_ABI_MINOR,
    .built_by = __VERSION__,
    .models = models,
    .n_models = 1,
};
