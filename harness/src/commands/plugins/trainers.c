/* Trainers by name, and the help on their options. */
#include "commands/plugins/trainers.h"

#include "base/error.h"
#include "base/str.h"
#include "commands/args.h"
#include "commands/say.h"
#include "plugin/options.h"

#include <stdlib.h>
#include <string.h>

static const struct train_recipe recipes[] = {
    {"gpt", "transformer", "causal", false},
    {"bert", "transformer", "masked", false},
    {"senses", "transformer", "senses", true},
};

int trainer_find(const struct registry *registry, const char *id,
                 const struct train_recipe **ret_recipe, const struct plugin_model **ret_model)
{
    *ret_recipe = NULL;
    for (size_t i = 0; i < sizeof recipes / sizeof *recipes; i++) {
        if (strcmp(id, recipes[i].name) == 0) {
            *ret_recipe = &recipes[i];
            id = recipes[i].plugin;
        }
    }
    TRY(registry_find(registry, id, ret_model));
    if ((*ret_model)->trains) {
        return 0;
    }
    struct str able = {0};
    for (uint32_t i = 0; i < registry->n_models; i++) {
        const struct plugin_model *model = &registry->models[i];
        if (model->trains) {
            str_format(&able, "%s%s", able.n ? ", " : "", model->desc->id);
        }
    }
    int status = error_set(ERR_REQUEST, "plugin %s cannot be trained; those that can: %s", id,
                           able.n ? str_text(&able) : "none");
    str_finish(&able);
    return status;
}

/* All but what the recipe has decided. */
static void print_options(const struct plugin_model *model, const struct train_recipe *recipe,
                          FILE *out)
{
    const struct option_table table = {model->train_options, NULL, model->n_train_options};
    say_to(out, "\nOptions of %s, as NAME=VALUE\n", recipe ? recipe->name : model->desc->id);
    for (uint32_t i = 0; i < table.n; i++) {
        struct str label = {0}, help = {0};
        if (recipe && strcmp(table.options[i].name, "objective") == 0) {
            continue;
        }
        option_describe(&table, i, &label, &help);
        args_help_line(out, str_text(&label), str_text(&help));
        str_finish(&label);
        str_finish(&help);
    }
}

int trainer_help(const struct args *args, FILE *out)
{
    const struct train_recipe *recipe;
    const struct plugin_model *model;
    struct registry registry;
    uint32_t n_folders;
    if (!args || args_n(args) == 0) {
        return 0;
    }
    const char **folders = args_values(args, "plugin-dir", false, &n_folders);
    int status = registry_open(folders, n_folders, &registry);
    free(folders);
    TRY(status);
    status = trainer_find(&registry, args_word(args, 0), &recipe, &model);
    if (status == 0) {
        print_options(model, recipe, out);
    }
    registry_close(&registry);
    return status;
}
