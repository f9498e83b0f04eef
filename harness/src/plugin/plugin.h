/*
 * plugin.h - a plugin's file and the kinds of model that it makes, as far as they are known.
 */
#ifndef PLUGIN_PLUGIN_H
#define PLUGIN_PLUGIN_H

#include <embedder.h>

#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>

struct plugin {
    const char *path;
    uint64_t n_bytes;   /* of the file */
    uint32_t source;    /* where it was found: lower ones come first */
    uint32_t abi_minor; /* of the header that it was built with */
    struct arena texts; /* its path, and what its models' descriptions are made of */
};

/* One kind of model that a plugin makes: what an embedder's specification names. */
struct plugin_model {
    const struct plugin *plugin;
    const struct emb_model_desc *desc;
    const struct emb_model_ops *ops; /* NULL where the plugin is not loaded: see plugin/load.h */
    bool trains;                     /* has emb.train/1; not known (false) where it is loaded */
    const struct emb_option *train_options; /* [n_train_options] */
    uint32_t n_train_options;
    const char *hides; /* a file whose model of this id is not used, since it was found later */
    const char *rival; /* a file with a model of this id from the same source: neither is used */
};

/* Is text a proper id: lower-case letters, digits, '-', '_', beginning with a letter? */
bool plugin_id_is_valid(const char *text);

/* Does the file lie where the plugins that come with the harness lie: in the build tree that this
 * executable is of, or in the installation? */
bool plugin_is_own(const char *path);

#endif /* PLUGIN_PLUGIN_H */
