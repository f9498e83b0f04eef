/*
 * glove.c - GloVe vectors: one fixed vector a word, from co-occurrence counts.
 *
 * The whole plugin is plugins/common/vectors/static_plugin.h; here stand its name and its trainer.
 */
#include "train/train.h"
#include "vectors/static_plugin.h"

const struct emb_model_desc static_plugin_desc = {
    STATIC_PLUGIN_DESC,
    .id = "glove",
    .name = "GloVe",
    .citation = "Pennington, Socher & Manning (2014). GloVe: Global vectors for word "
                "representation. EMNLP.",
};

const struct emb_ext_train *const static_plugin_trainer = &glove_train;
