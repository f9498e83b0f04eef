/*
 * static_model.h - the model behind the plugins glove, word2vec and fasttext: a vector_table that
 * answers the host. A plugin adds its descriptor and its trainer (static_plugin.h).
 *
 * Look-up of a target, first hit wins:
 *   1. its bytes, exactly                                          EMB_WORD_OK
 *   2. a fastText model with subwords: the mean of its n-grams,
 *      unless the target holds white space                         EMB_WORD_OK
 *   3. lower-cased                                                 EMB_WORD_BACKOFF
 *   4. several words (white space or '_' between them): the mean
 *      of those found, each by rules 1 to 3                        EMB_WORD_BACKOFF
 *   5. nothing: a row of zeros                                     EMB_WORD_UNKNOWN
 */
#ifndef VECTORS_STATIC_MODEL_H
#define VECTORS_STATIC_MODEL_H

#include "embedder.h"

/* Options of every such plugin: path first, then limit, lowercase, centre, abtt, normalise, cache,
 * verify. */
extern const struct emb_option static_model_options[];
enum { STATIC_MODEL_N_OPTIONS = 8 };

enum { STATIC_MODEL_CAPS = EMB_CAP_STATIC | EMB_CAP_CONCURRENT };

/* The members of emb_model_ops, but for emb.train/1, which static_plugin.h adds. */
emb_status static_model_create(const struct emb_host *host, const struct emb_model_desc *desc,
                               const struct emb_options *options, struct emb_model **ret_model);
void static_model_destroy(struct emb_model *model);
emb_status static_model_info(const struct emb_model *model, struct emb_model_info *info);
emb_status static_model_stage(const struct emb_model *model, uint32_t i, struct emb_stage *stage);
emb_status static_model_embed(struct emb_model *model, const struct emb_batch *batch);
/* emb.vocab/1, emb.weights/1, emb.tokens/1; NULL for others. */
const void *static_model_extension(struct emb_model *model, const char *id);

#endif /* VECTORS_STATIC_MODEL_H */
