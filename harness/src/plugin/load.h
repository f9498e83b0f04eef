/*
 * load.h - a plugin's file into this process: its constructors run here, so this process should be
 * one that a plugin may end.
 */
#ifndef PLUGIN_LOAD_H
#define PLUGIN_LOAD_H

#include "plugin/plugin.h"

/* NULL and *ret_entry, which is for ever; or what is wrong with the file, free() it. */
char *plugin_load_file(const char *path, const struct emb_plugin_entry **ret_entry);

/* What is wrong with the descriptor of a file's model i, or NULL; free() it. */
char *plugin_desc_flaw(const struct emb_model_desc *desc, uint32_t i);

/* The operations of a model and its own descriptor: loads its plugin if that is still to do. */
int plugin_load(const struct plugin_model *model, const struct emb_model_ops **ret_ops,
                const struct emb_model_desc **ret_desc);

#endif /* PLUGIN_LOAD_H */
