/*
 * trainers.h - what `harness train` can be asked to train: plugins with emb.train/1, and names for
 * one of them with an option that says what is learned.
 */
#ifndef COMMANDS_PLUGINS_TRAINERS_H
#define COMMANDS_PLUGINS_TRAINERS_H

#include "commands/command.h"
#include "plugin/registry.h"

/* `train gpt` is `train transformer objective=causal`. */
struct train_recipe {
    const char *name, *plugin, *objective;
    bool reads_senses; /* its corpus is sense-tagged data */
};

/* The plugin's trainer by its id or a recipe's name; *ret_recipe NULL: its id was given. The error
 * lists those that can be trained. */
int trainer_find(const struct registry *registry, const char *id,
                 const struct train_recipe **ret_recipe, const struct plugin_model **ret_model);

/* The options of the trainer that args name, if they name one, below `train --help`. */
int trainer_help(const struct args *args, FILE *out);

#endif /* COMMANDS_PLUGINS_TRAINERS_H */
