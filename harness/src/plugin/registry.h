/*
 * registry.h - finding plugins and what they say of themselves.
 *
 * A plugin is a shared object NAME.so that exports one constant, emb_plugin_entry_v1. Finding out
 * what it says loads it in another process (plugin/probe.h): none of its code runs here. Only
 * folders that are named are searched, never the current one, and a plugin is never unloaded.
 * A file that cannot be used is not skipped in silence: it becomes a refusal that names the path,
 * what was found and what was wanted.
 */
#ifndef PLUGIN_REGISTRY_H
#define PLUGIN_REGISTRY_H

#include <embedder.h>

#include "plugin/plugin.h"

#include <stdbool.h>
#include <stdint.h>

/* A file that is no plugin for this harness. */
struct plugin_refusal {
    const char *path;
    const char *stem; /* "abi2" of ".../abi2.so": what a user may have meant by a plugin's id */
    const char *why;  /* "PATH: built for ABI 2, this harness speaks 1" */
    /* A model that cannot be created for exactly this reason: so that an embedder asked for becomes
     * a failed row beside those that work. */
    struct plugin plugin;
    struct emb_model_desc desc;
    struct plugin_model stand_in;
};

struct registry {
    struct plugin **plugins;          /* [n_plugins] */
    struct plugin_model *models;      /* [n_models] in order of discovery */
    struct plugin_refusal **refusals; /* [n_refusals] */
    uint32_t n_plugins, n_models, n_refusals;
    struct registry *named; /* [n_named] one file each, named on the spot */
    char *name;             /* of one of these: as it was named */
    uint32_t n_named, source;
};

/* All plugins of the given folders (--plugin-dir), then of HARNESS_PLUGIN_PATH (folders between
 * colons), then of the build tree if this executable lies in it, else of the installation: three
 * sources. Of two models with one id that of the earlier source is used (spec_parse notes it);
 * two of one source are an error when that id is asked for. So is a given folder that is not
 * there.
 * The same file met twice is loaded once. Refusals are logged as warnings.
 * Free with registry_close. */
int registry_open(const char *const *folders, uint32_t n_folders, struct registry *ret_registry);

/* One file alone; a file that is no plugin is an error. Free with registry_close. */
int registry_open_file(const char *path, struct registry *ret_registry);

/* One file, loaded into this process, which it may end. Free with registry_close. */
int registry_load_file(const char *path, struct registry *ret_registry);

/* Is text the path of a plugin's file, "./letters.so", rather than an id? */
bool plugin_names_file(const char *text);
/* Opens a file for registry_find to find by exactly this path. */
int registry_add_named(struct registry *registry, const char *path);

void registry_close(struct registry *registry); /* forgets; nothing is unloaded */

/* The model kind with this id, or the one that a file added by registry_add_named holds. The error
 * lists those that there are; if a refused file bears that name, it says why it was refused. */
int registry_find(const struct registry *registry, const char *id,
                  const struct plugin_model **ret_model);

/* The refusal of a file NAME.so, or NULL. */
const struct plugin_refusal *registry_refusal(const struct registry *registry, const char *name);

#endif /* PLUGIN_REGISTRY_H */
