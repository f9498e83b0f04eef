/*
 * static_plugin.h - a plugin with static_model.h as its one model.
 *
 * The plugin defines the two objects declared here and is compiled together with static_plugin.c,
 * which holds everything else, the exported entry included.
 */
#ifndef VECTORS_STATIC_PLUGIN_H
#define VECTORS_STATIC_PLUGIN_H

#include "vectors/static_model.h"

/* What begins every such plugin's descriptor; it adds id, name and citation. */
#define STATIC_PLUGIN_DESC                                                                         \
    .struct_size = sizeof(struct emb_model_desc), .caps = STATIC_MODEL_CAPS, .version = "1.0.0",   \
    .options = static_model_options, .n_options = STATIC_MODEL_N_OPTIONS

extern const struct emb_model_desc static_plugin_desc;
/* What the plugin answers to emb.train/1. */
extern const struct emb_ext_train *const static_plugin_trainer;

#endif /* VECTORS_STATIC_PLUGIN_H */
