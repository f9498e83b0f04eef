/*
 * word2vec.c - word2vec vectors: one fixed vector a word, text and binary files.
 *
 * The whole plugin is plugins/common/vectors/static_plugin.h; here stand its name and its trainer.
 */
#include "train/train.h"
#include "vectors/static_plugin.h"

const struct emb_model_desc static_plugin_desc = {
    STATIC_PLUGIN_DESC,
    .id = "word2vec",
    .name = "word2vec",
    .citation = "Mikolov, Sutskever, Chen, Corrado & Dean (2013). Distributed representations of "
                "words and phrases and their compositionality. NIPS.",
};

const struct emb_ext_train *const static_plugin_trainer = &word2vec_train;
