/*
 * batch.h - one call of a plugin's embed(). For plugin/ alone; others use embed.h.
 */
#ifndef PLUGIN_BATCH_H
#define PLUGIN_BATCH_H

#include "plugin/embed.h"
#include "plugin/guarded.h"

/* The caller's throughout. */
struct embed_batch {
    struct embedder *embedder;
    const struct emb_sentence *sentences; /* [n] with out->n_rows targets in all */
    size_t n;
    int32_t pooling;     /* EMB_POOL_* */
    struct guarded *out; /* guarded_prepare() was called for it */
};

/* Fills out with the vectors and statuses of all targets, sentence after sentence, from the model
 * or, where work is split, from a record; adds to the embedder's counts and to what its certifier
 * has seen. ERR_FAILED says what the plugin did wrong, at which stage of which word. */
int embed_batch(const struct embed_batch *batch);

#endif /* PLUGIN_BATCH_H */
