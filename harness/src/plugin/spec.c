/* Parses an embedder's specification, [NAME=]PLUGIN:PATH[,option=value…]. */
#include "plugin/spec.h"

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Next comma-separated part of *text without its escapes; false at the end. */
static bool next_part(const char **text, struct str *ret_part)
{
    if (!*text) {
        return false;
    }
    const char *at = *text;
    str_clear(ret_part);
    for (; *at && *at != ','; at++) {
        if (*at == '\\' && (at[1] == ',' || at[1] == '\\')) {
            at++;
        }
        str_add_char(ret_part, *at);
    }
    *text = *at ? at + 1 : NULL;
    return true;
}

static void add_pair(struct option_pair **pairs, uint32_t *n, char *name, char *value)
{
    *pairs = mem_resize(*pairs, *n + 1, sizeof **pairs);
    (*pairs)[(*n)++] = (struct option_pair){.name = name, .value = value};
}

static void free_pairs(struct option_pair *pairs, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        free(pairs[i].name);
        free(pairs[i].value);
    }
    free(pairs);
}

static bool is_flag(const struct emb_model_desc *desc, const char *name)
{
    for (uint32_t i = 0; i < desc->n_options; i++) {
        if (strcmp(desc->options[i].name, name) == 0) {
            return desc->options[i].kind == EMB_OPT_FLAG;
        }
    }
    return false;
}

/* "option=value", or a flag's name alone. */
static int parse_pair(const struct emb_model_desc *desc, const char *spec, const char *part,
                      struct option_pair **pairs, uint32_t *n)
{
    const char *equals = strchr(part, '=');
    if (equals && equals > part) {
        add_pair(pairs, n, mem_text_n(part, (size_t)(equals - part)), mem_text(equals + 1));
    } else if (is_flag(desc, part)) {
        add_pair(pairs, n, mem_text(part), mem_text("1"));
    } else {
        return error_set(ERR_REQUEST,
                         "embedder \"%s\": found \"%s\", expected option=value (a comma inside a "
                         "value is written \"\\,\")",
                         spec, part);
    }
    return 0;
}

/* Cuts "[NAME=]PLUGIN[:" off; *ret_rest is what follows: a PATH, or the options after a comma. */
static void cut_head(const char *text, char **ret_name, char **ret_plugin, const char **ret_path,
                     const char **ret_options)
{
    size_t n = strcspn(text, "=:,");
    *ret_name = NULL;
    if (text[n] == '=') {
        *ret_name = mem_text_n(text, n);
        text += n + 1;
        n = strcspn(text, ":,");
    }
    *ret_plugin = mem_text_n(text, n);
    *ret_path = text[n] == ':' ? text + n + 1 : NULL;
    *ret_options = text[n] == ',' ? text + n + 1 : NULL;
}

void spec_peek(const char *text, char **ret_name, char **ret_plugin)
{
    const char *path, *options;
    cut_head(text, ret_name, ret_plugin, &path, &options);
    if (!*ret_name) {
        *ret_name = mem_text(*ret_plugin);
    }
}

static int parse_pairs(const struct plugin_model *model, const char *text, const char *path,
                       const char *rest, struct option_pair **pairs, uint32_t *n)
{
    const struct emb_model_desc *desc = model->desc;
    struct str part = {0};
    int status = 0;
    if (path) {
        const struct emb_option *option = options_path_option(desc->options, desc->n_options);
        rest = path;
        next_part(&rest, &part);
        if (!option) {
            status = error_set(ERR_REQUEST,
                               "embedder \"%s\": found the path \"%s\", but plugin %s takes none "
                               "(options follow a comma)",
                               text, str_text(&part), desc->id);
        } else {
            add_pair(pairs, n, mem_text(option->name), mem_text(str_text(&part)));
        }
    }
    while (!status && next_part(&rest, &part)) {
        status = parse_pair(desc, text, str_text(&part), pairs, n);
    }
    str_finish(&part);
    return status;
}

int spec_parse(const struct registry *registry, const char *text, struct embedder_spec *ret_spec)
{
    char *name, *plugin;
    const char *path, *rest;
    cut_head(text, &name, &plugin, &path, &rest);
    const struct plugin_model *model = NULL;
    struct option_pair *pairs = NULL;
    uint32_t n = 0;
    int status = 0;
    if (!plugin[0] || (name && !name[0])) {
        status = error_set(ERR_REQUEST,
                           "embedder \"%s\": expected [NAME=]PLUGIN[:PATH][,option=value…]", text);
    }
    const struct plugin_refusal *refusal = registry_refusal(registry, plugin);
    status = status ? status : registry_find(registry, plugin, &model);
    if (status && refusal) {
        model = &refusal->stand_in; /* whose options are not known */
        status = 0;
    } else if (!status) {
        if (model->hides) {
            log_info("embedder \"%s\": plugin %s of %s is used, not that of %s", text,
                     model->desc->id, model->plugin->path, model->hides);
        }
        status = parse_pairs(model, text, path, rest, &pairs, &n);
    }
    status = status ? status : spec_create(name, model, pairs, n, ret_spec);
    free_pairs(pairs, n);
    free(name);
    free(plugin);
    return status;
}

static int check_paths(const struct emb_options *options, const char *name)
{
    for (uint32_t i = 0; i < options->n; i++) {
        const char *path = options->values[i].text;
        if (options->options[i].kind == EMB_OPT_PATH && path[0] && !file_exists(path)) {
            return error_set(ERR_REQUEST, "embedder %s, option %s: %s: no such file or folder",
                             name, options->options[i].name, path);
        }
    }
    return 0;
}

/* Is it the host's? An option that the plugin has itself is the plugin's. */
static bool is_hosts(const struct emb_model_desc *desc, const char *name)
{
    for (uint32_t i = 0; i < desc->n_options; i++) {
        if (strcmp(desc->options[i].name, name) == 0) {
            return false;
        }
    }
    return word_view_is_option(name);
}

/* The host's options go into the view; ret_pairs [n_pairs], borrowed, is what is left. */
static int take_hosts(const struct emb_model_desc *desc, const char *owner,
                      const struct option_pair *pairs, uint32_t n_pairs,
                      struct option_pair *ret_pairs, uint32_t *ret_n, struct word_view *word_view)
{
    for (uint32_t i = 0; i < n_pairs; i++) {
        if (!is_hosts(desc, pairs[i].name)) {
            ret_pairs[(*ret_n)++] = pairs[i];
            continue;
        }
        TRY(word_view_set(owner, pairs[i].name, pairs[i].value, word_view));
    }
    return 0;
}

char *spec_default_name(const struct embedder_spec *spec, const char *called)
{
    const struct emb_options *options = spec->options;
    char *read = word_view_name(called, &spec->word_view);
    struct str name = {0};
    str_add(&name, read);
    for (uint32_t i = 0; i < options->n; i++) {
        if (options_is_changed(options, i)) {
            str_format(&name, "@%s:%s", options->options[i].name, options->values[i].text);
        }
    }
    free(read);
    return name.data;
}

int spec_create(const char *name, const struct plugin_model *model, const struct option_pair *pairs,
                uint32_t n_pairs, struct embedder_spec *ret_spec)
{
    const struct emb_model_desc *desc = model->desc;
    const char *called = name ? name : desc->id;
    struct embedder_spec spec = {.model = model};
    struct option_pair *own = mem_array(n_pairs + 1u, sizeof *own);
    uint32_t n_own = 0;
    char *owner = strcmp(called, desc->id) == 0
                      ? mem_format("plugin %s", desc->id)
                      : mem_format("embedder %s (plugin %s)", called, desc->id);
    int status = take_hosts(desc, owner, pairs, n_pairs, own, &n_own, &spec.word_view);
    status = status
                 ? status
                 : options_create(desc->options, desc->n_options, own, n_own, owner, &spec.options);
    if (!status && (status = check_paths(spec.options, called)) != 0) {
        options_destroy(spec.options);
    }
    for (uint32_t i = 0; i < n_own && !status; i++) {
        add_pair(&spec.pairs, &spec.n_pairs, mem_text(own[i].name), mem_text(own[i].value));
    }
    free(owner);
    free(own);
    if (status) {
        return status;
    }
    spec.name = name ? mem_text(name) : spec_default_name(&spec, desc->id);
    *ret_spec = spec;
    return 0;
}

void spec_finish(struct embedder_spec *spec)
{
    free_pairs(spec->pairs, spec->n_pairs);
    options_destroy(spec->options);
    free(spec->name);
    free(spec->series);
    *spec = (struct embedder_spec){0};
}

/* Baselines go by the name "baseline", in merged reports also "baseline#2". */
static int check_name(const char *name)
{
    size_t n = strlen("baseline");
    if (strncmp(name, "baseline", n) == 0 && (name[n] == '\0' || name[n] == '#')) {
        return error_set(ERR_REQUEST,
                         "an embedder cannot be called \"%s\", as the systems without one are "
                         "called; name it: --embedder NAME=PLUGIN:PATH",
                         name);
    }
    if (strpbrk(name, "\t\n\r")) {
        return error_set(ERR_REQUEST,
                         "embedder \"%s\": found a tab or a line end in its name, expected none",
                         name);
    }
    return 0;
}

int specs_check_names(const struct embedder_spec *specs, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        TRY(check_name(specs[i].name));
        for (uint32_t k = 0; k < i; k++) {
            if (strcmp(specs[i].name, specs[k].name) == 0) {
                return error_set(ERR_REQUEST,
                                 "two embedders are called \"%s\"; name one of them: "
                                 "--embedder NAME=PLUGIN:PATH",
                                 specs[i].name);
            }
        }
    }
    return 0;
}
