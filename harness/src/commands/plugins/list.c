/*
 * list - what there is: suites, embedders, data sets, plugins, and what is missing for each.
 */
#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "commands/command.h"
#include "commands/help_suites.h"
#include "commands/say.h"
#include "data/catalogue.h"
#include "plugin/options.h"
#include "plugin/registry.h"
#include "suites/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option_help options[] = {
    {"plugin-dir", "DIR", "look for plugins in DIR too; repeatable"},
    {0},
};

static void list_suites(void)
{
    say("Suites (harness --suite NAME[,NAME…])\n");
    for (size_t i = 0; suites[i]; i++) {
        say("\n");
        help_suite(suites[i]);
    }
}

static void print_entry(const struct catalogue_entry *entry)
{
    say("  %-20s %s%s\n", entry->name, entry->title ? entry->title : "",
        entry->is_default ? " (default)" : "");
    if (entry->ready) {
        say("  %-20s ready: %s\n", "", entry->path);
    } else if (entry->prepare) {
        say("  %-20s missing; make it with: %s\n", "", entry->prepare);
    } else {
        say("  %-20s missing; bring it with: harness fetch %s\n", "", entry->name);
    }
}

static int list_catalogue(bool models, const char *title)
{
    struct catalogue catalogue;
    TRY(catalogue_open(&catalogue));
    uint32_t n = 0;
    say("%s\n\n", title);
    for (uint32_t i = 0; i < catalogue.n_entries; i++) {
        if (catalogue.entries[i].is_model == models) {
            print_entry(&catalogue.entries[i]);
            n++;
        }
    }
    if (n == 0) {
        say("  none\n");
    }
    catalogue_close(&catalogue);
    return 0;
}

static void print_caps(uint32_t caps)
{
    say("%s%s%s", caps & EMB_CAP_STATIC ? "static" : "contextual",
        caps & EMB_CAP_CAUSAL ? ", causal" : "", caps & EMB_CAP_CONCURRENT ? ", concurrent" : "");
}

static void print_model(const struct plugin_model *model)
{
    const struct emb_model_desc *desc = model->desc;
    const struct emb_option *path = options_path_option(desc->options, desc->n_options);
    struct str help = {0};
    say("\n  %s: %s %s (", desc->id, desc->name, desc->version);
    print_caps(desc->caps);
    say(")\n    %s\n", desc->citation);
    say("    file: %s\n", model->plugin->path);
    say("    use:  --embedder NAME=%s%s[,option=value…]\n", desc->id, path ? ":PATH" : "");
    options_help(desc->options, desc->n_options, "      ", &help);
    if (model->trains) {
        str_format(&help, "    training: harness train %s CORPUS -o FILE [option=value…]\n",
                   desc->id);
        options_help(model->train_options, model->n_train_options, "      ", &help);
    }
    say("%s", str_text(&help));
    str_finish(&help);
}

static int list_plugins(const struct args *args)
{
    struct registry registry;
    uint32_t n_folders;
    const char **folders = args_values(args, "plugin-dir", false, &n_folders);
    int status = registry_open(folders, n_folders, &registry);
    free(folders);
    if (status) {
        return status;
    }
    say("Plugins (--plugin-dir, HARNESS_PLUGIN_PATH, then those that came with the harness)\n");
    for (uint32_t i = 0; i < registry.n_models; i++) {
        print_model(&registry.models[i]);
        if (registry.models[i].rival) {
            log_warn("two plugins have the id \"%s\": %s and %s; neither can be asked for by it",
                     registry.models[i].desc->id, registry.models[i].plugin->path,
                     registry.models[i].rival);
        }
    }
    for (uint32_t i = 0; i < registry.n_refusals; i++) {
        say("\n  refused: %s\n", registry.refusals[i]->why);
    }
    if (registry.n_models == 0) {
        say("\n  none\n");
    }
    registry_close(&registry);
    return 0;
}

static int list_embedders(void)
{
    return list_catalogue(true, "Prepared embedders (harness --embedder NAME)");
}

static int list_datasets(void)
{
    return list_catalogue(false, "Prepared data sets (harness --dataset NAME; or the path of "
                                 "another)");
}

static int run(const struct args *args)
{
    const char *what = args_n(args) > 0 ? args_word(args, 0) : "all";
    bool all = strcmp(what, "all") == 0;
    if (args_n(args) > 1 || (!all && strcmp(what, "suites") && strcmp(what, "embedders") &&
                             strcmp(what, "datasets") && strcmp(what, "plugins"))) {
        return error_set(ERR_REQUEST,
                         "list: found \"%s\", expected suites, embedders, datasets or plugins",
                         args_word(args, args_n(args) - 1));
    }
    if (all || strcmp(what, "suites") == 0) {
        list_suites();
    }
    if (all || strcmp(what, "embedders") == 0) {
        fputs(all ? "\n" : "", stdout);
        TRY(list_embedders());
    }
    if (all || strcmp(what, "datasets") == 0) {
        fputs(all ? "\n" : "", stdout);
        TRY(list_datasets());
    }
    if (all || strcmp(what, "plugins") == 0) {
        fputs(all ? "\n" : "", stdout);
        TRY(list_plugins(args));
    }
    return 0;
}

const struct command command_list = {
    .name = "list",
    .synopsis = "[suites|embedders|datasets|plugins]",
    .summary = "suites, embedders, data sets and plugins, and what each still needs",
    .details = "",
    .options = options,
    .run = run,
};
