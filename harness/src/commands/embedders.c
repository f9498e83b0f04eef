/* Turns --embedder texts and prepared names into specifications. */
#include "commands/embedders.h"
#include "commands/run/snapshots.h"

#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "plugin/confinement.h"

#include <stdlib.h>
#include <string.h>

static int add_one(struct embedders *embedders, const char *text)
{
    embedders->specs = mem_resize(embedders->specs, embedders->n + 1, sizeof *embedders->specs);
    int status = spec_parse(&embedders->registry, text, &embedders->specs[embedders->n]);
    embedders->n += status == 0;
    return status;
}

/* An embedder, or one for each time of training that it is asked for. */
static int add_spec(struct embedders *embedders, const char *text)
{
    struct snapshots all;
    int status = snapshots_of(&embedders->registry, text, &all);
    if (status == 0 && all.n == 0) {
        status = add_one(embedders, text);
    }
    for (uint32_t i = 0; status == 0 && i < all.n; i++) {
        status = add_one(embedders, all.items[i].text);
        if (status == 0) {
            struct embedder_spec *spec = &embedders->specs[embedders->n - 1];
            spec->series = mem_text(all.items[i].series);
            spec->series_tokens = all.items[i].tokens;
            spec->held_out_loss = all.items[i].held_out_loss;
        }
    }
    snapshots_finish(&all);
    return status;
}

/* Are all of "context=left,pooling=first" options of the host's? */
static bool are_hosts(const char *options)
{
    struct slice rest = slice_of(options), option, name;
    bool all = true;
    while (slice_field(&rest, ',', &option)) {
        slice_field(&option, '=', &name);
        char *text = mem_text_n(name.text, name.n);
        all = all && word_view_is_option(text);
        free(text);
    }
    return all;
}

/* "[NAME=]WORD[,options]" where WORD is a prepared embedder; if a plugin is called so as well, it
 * is meant wherever it is given options of its own. */
static const struct catalogue_entry *find_prepared(const struct embedders *embedders,
                                                   const char *text, const char **ret_options)
{
    const char *word = text[strcspn(text, "=:,")] == '=' ? strchr(text, '=') + 1 : text;
    size_t n = strcspn(word, "=:,");
    if (word[n] && word[n] != ',') {
        return NULL;
    }
    char *name = mem_text_n(word, n);
    const struct catalogue_entry *entry = catalogue_find(&embedders->catalogue, name);
    const struct plugin_model *plugin;
    if (entry && entry->is_model && word[n] && !are_hosts(word + n + 1) &&
        registry_find(&embedders->registry, name, &plugin) == 0) {
        entry = NULL;
    }
    free(name);
    *ret_options = word + n;
    return entry && entry->is_model ? entry : NULL;
}

/* A prepared embedder with further options (",context=left" or ""): called as the user calls it,
 * else as it is prepared with how it is read behind. */
static int add_prepared(struct embedders *embedders, const struct catalogue_entry *entry,
                        const char *text, const char *options)
{
    const char *equals = text[strcspn(text, "=,")] == '=' ? strchr(text, '=') : NULL;
    char *prepared = catalogue_embedder(entry);
    char *spelled = mem_format("%.*s%s%s", equals ? (int)(equals - text) : 0, text,
                               equals ? prepared + strlen(entry->name) : prepared, options);
    int status = add_spec(embedders, spelled);
    struct embedder_spec *spec = status ? NULL : &embedders->specs[embedders->n - 1];
    if (spec && !equals && !spec->series) {
        free(spec->name);
        spec->name = spec_default_name(spec, entry->name);
    }
    free(spelled);
    free(prepared);
    return status;
}

/* "minilm" means the prepared embedder of that name. */
static int add_named(struct embedders *embedders, const char *text)
{
    const char *options;
    const struct catalogue_entry *entry = find_prepared(embedders, text, &options);
    if (!entry) {
        int status = add_spec(embedders, text);
        return status && !strpbrk(text, "=:,")
                   ? error_context(status, "embedder %s: not a prepared one (see harness list)",
                                   text)
                   : status;
    }
    if (!entry->ready) {
        return error_set(ERR_REQUEST, "embedder %s: %s is not there; bring it with: %s%s", text,
                         entry->path, entry->prepare ? entry->prepare : "harness fetch ",
                         entry->prepare ? "" : entry->name);
    }
    return add_prepared(embedders, entry, text, options);
}

/* The files that texts like "mine=./letters.so:PATH" name, before any model is taken from the
 * registry. */
static int open_named_files(struct embedders *embedders, const char *const *names, uint32_t n)
{
    int status = 0;
    for (uint32_t i = 0; i < n && !status; i++) {
        char *name, *plugin;
        spec_peek(names[i], &name, &plugin);
        if (plugin_names_file(plugin)) {
            status = error_context(registry_add_named(&embedders->registry, plugin),
                                   "embedder \"%s\"", names[i]);
        }
        free(name);
        free(plugin);
    }
    return status;
}

static bool is_decoder(const struct embedders *embedders, const struct catalogue_entry *entry)
{
    const struct plugin_model *model;
    return registry_find(&embedders->registry, entry->plugin, &model) == 0 &&
           (model->desc->caps & EMB_CAP_CAUSAL);
}

static int add_decoder(struct embedders *embedders, const char *text)
{
    int status = add_named(embedders, text);
    const struct embedder_spec *spec = status ? NULL : &embedders->specs[embedders->n - 1];
    return !spec || (spec->model->desc->caps & EMB_CAP_CAUSAL)
               ? status
               : error_set(ERR_REQUEST,
                           "--decoder: \"%s\" is opened by %s, which is not causal; expected a "
                           "decoder, as transformer-causal:FOLDER",
                           text, spec->model->desc->id);
}

/* decoder: what takes the place of the decoder among them; NULL: nothing does. */
static int add_defaults(struct embedders *embedders, const char *decoder)
{
    int status = 0;
    for (uint32_t i = 0; status == 0 && i < embedders->catalogue.n_entries; i++) {
        const struct catalogue_entry *entry = &embedders->catalogue.entries[i];
        if (!entry->is_model || !entry->is_default) {
            continue;
        }
        if (decoder && is_decoder(embedders, entry)) {
            status = add_decoder(embedders, decoder);
            decoder = NULL;
            continue;
        }
        if (entry->ready) {
            status = add_named(embedders, entry->name);
        } else {
            log_warn("embedder %s is left out: it is not there; bring it with: %s%s", entry->name,
                     entry->prepare ? entry->prepare : "harness fetch ",
                     entry->prepare ? "" : entry->name);
        }
    }
    if (status == 0 && decoder) { /* none of them is one */
        status = add_decoder(embedders, decoder);
    }
    if (status == 0 && embedders->n == 0) {
        status = error_set(ERR_REQUEST, "no embedder: none is prepared and none was given; "
                                        "run ./run --set-up, or see harness list");
    }
    return status;
}

int embedders_from_args(const struct args *args, struct embedders *ret_embedders)
{
    struct embedders embedders = {0};
    uint32_t n_folders, n_names;
    const char **folders = args_values(args, "plugin-dir", false, &n_folders);
    const char **names = args_values(args, "embedder", false, &n_names);
    const char *decoder = args_value(args, "decoder", NULL);
    int status = 0;
    if (decoder && n_names) {
        status = error_set(ERR_REQUEST,
                           "--decoder replaces the decoder among the default embedders, which "
                           "--embedder replaces altogether; name the decoder by --embedder, too");
        goto finish;
    }
    TRY_OR_FINISH(catalogue_open(&embedders.catalogue));
    TRY_OR_FINISH(registry_open(folders, n_folders, &embedders.registry));
    TRY_OR_FINISH(open_named_files(&embedders, names, n_names));
    if (decoder) {
        TRY_OR_FINISH(open_named_files(&embedders, &decoder, 1));
    }
    for (uint32_t i = 0; i < n_names; i++) {
        TRY_OR_FINISH(add_named(&embedders, names[i]));
    }
    if (n_names == 0) {
        TRY_OR_FINISH(add_defaults(&embedders, decoder));
    }
    TRY_OR_FINISH(specs_check_names(embedders.specs, embedders.n));
    *ret_embedders = embedders;
    embedders = (struct embedders){0};
finish:
    embedders_finish(&embedders);
    free(folders);
    free(names);
    return status;
}

void embedders_confine(const struct embedders *embedders)
{
    for (uint32_t i = 0; i < embedders->n; i++) {
        confinement_enter(embedders->specs[i].model);
    }
}

void embedders_finish(struct embedders *embedders)
{
    for (uint32_t i = 0; i < embedders->n; i++) {
        spec_finish(&embedders->specs[i]);
    }
    free(embedders->specs);
    registry_close(&embedders->registry);
    catalogue_close(&embedders->catalogue);
    *embedders = (struct embedders){0};
}
