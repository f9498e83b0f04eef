/*
 * description.h - what a plugin says of itself, as bytes: written where it was loaded, read where
 * it was not, and not believed there.
 */
#ifndef PLUGIN_DESCRIPTION_H
#define PLUGIN_DESCRIPTION_H

#include <embedder.h>

#include "base/arena.h"
#include "base/wire.h"

#include <stdbool.h>

#define DESCRIPTION_MOST_MODELS 256u /* of a file */

struct plugin_description {
    struct emb_model_desc desc;
    bool trains;                            /* it has emb.train/1 */
    const struct emb_option *train_options; /* [n_train_options] */
    uint32_t n_train_options;
};

/* The models of a plugin that is loaded. Asks each for its trainer. */
void description_write(const struct emb_plugin_entry *entry, struct str *out);

/* The models again, *ret_models [*ret_n], all in the arena. NULL, or what is wrong with the bytes
 * or with what they say (free() it). */
char *description_read(struct wire *wire, struct arena *arena,
                       struct plugin_description **ret_models, uint32_t *ret_n,
                       uint32_t *ret_abi_minor);

#endif /* PLUGIN_DESCRIPTION_H */
