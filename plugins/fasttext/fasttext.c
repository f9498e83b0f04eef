/*
 * fasttext.c - fastText vectors: .vec tables and .bin models with subwords.
 *
 * The whole plugin is plugins/common/vectors/static_plugin.h; here stand its name and its trainer.
 */
#include "train/train.h"
#include "vectors/static_plugin.h"

const struct emb_model_desc static_plugin_desc = {
    STATIC_PLUGIN_DESC,
    .id = "fasttext",
    .name = "fastText",
    .citation = "Bojanowski, Grave, Joulin & Mikolov (2017). Enriching word vectors with subword "
                "information. TACL 5.",
};

const struct emb_ext_train *const static_plugin_trainer = &fasttext_train;
