/* Loads a plugin's file by dlopen and checks its entry and descriptors. */
#include "plugin/load.h"

#include "plugin/confinement.h"
#include "plugin/options.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"

#include <dlfcn.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Struct members that version 1.0 of the contract had: less cannot be used. */
#define ENTRY_BYTES_V1 (offsetof(struct emb_plugin_entry, reserved) + sizeof(uint32_t))
#define DESC_BYTES_V1 (offsetof(struct emb_model_desc, reserved) + sizeof(uint32_t))
#define OPS_BYTES_V1 (offsetof(struct emb_model_ops, extension) + sizeof(void (*)(void)))

/* What is wrong with a plugin's constants, or NULL; free() it. */
static char *flaw_of_options(const struct emb_model_desc *desc)
{
    if (desc->n_options > 0 && !desc->options) {
        return mem_format("model \"%s\" has %u options, but no table of them", desc->id,
                          desc->n_options);
    }
    for (uint32_t i = 0; i < desc->n_options; i++) {
        char *flaw = option_flaw(&desc->options[i]);
        if (flaw) {
            char *text = mem_format("model \"%s\", option %u: %s", desc->id, i, flaw);
            free(flaw);
            return text;
        }
        for (uint32_t k = 0; k < i; k++) {
            if (strcmp(desc->options[k].name, desc->options[i].name) == 0) {
                return mem_format("model \"%s\": two options are called \"%s\"", desc->id,
                                  desc->options[i].name);
            }
        }
    }
    return NULL;
}

char *plugin_desc_flaw(const struct emb_model_desc *desc, uint32_t i)
{
    if (!desc) {
        return mem_format("model %u: found no descriptor (NULL)", i);
    }
    if (desc->struct_size < DESC_BYTES_V1) {
        return mem_format("model %u: found a descriptor of %u bytes, wanted at least %zu", i,
                          desc->struct_size, DESC_BYTES_V1);
    }
    if (!desc->id || !plugin_id_is_valid(desc->id)) {
        return mem_format("model %u: found the id \"%s\", wanted 1 to 64 of a-z 0-9 - _ beginning "
                          "with a letter",
                          i, desc->id ? desc->id : "(NULL)");
    }
    const uint32_t kinds = EMB_CAP_STATIC | EMB_CAP_CONTEXTUAL;
    if ((desc->caps & kinds) == kinds || (desc->caps & kinds) == 0) {
        return mem_format("model \"%s\": found caps 0x%x, wanted exactly one of EMB_CAP_STATIC and "
                          "EMB_CAP_CONTEXTUAL",
                          desc->id, desc->caps);
    }
    const char *const texts[][2] = {
        {"name", desc->name}, {"version", desc->version}, {"citation", desc->citation}};
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
        if (!texts[k][1] || !text_is_printable(texts[k][1])) {
            return mem_format("model \"%s\": found %s for its %s", desc->id,
                              texts[k][1] ? "control characters" : "NULL", texts[k][0]);
        }
    }
    return flaw_of_options(desc);
}

static char *flaw_of_ops(const struct emb_model_ops *ops, const char *id)
{
    if (!ops) {
        return mem_format("model \"%s\": found no operations (NULL)", id);
    }
    if (ops->struct_size < OPS_BYTES_V1) {
        return mem_format("model \"%s\": found operations of %u bytes, wanted at least %zu", id,
                          ops->struct_size, OPS_BYTES_V1);
    }
    const char *missing = !ops->create      ? "create"
                          : !ops->destroy   ? "destroy"
                          : !ops->info      ? "info"
                          : !ops->stage     ? "stage"
                          : !ops->embed     ? "embed"
                          : !ops->extension ? "extension"
                                            : NULL;
    return missing ? mem_format("model \"%s\": found NULL for its operation %s", id, missing)
                   : NULL;
}

static char *flaw_of_entry(const struct emb_plugin_entry *entry)
{
    if (entry->struct_size < ENTRY_BYTES_V1) {
        return mem_format("found an entry of %u bytes, wanted at least %zu", entry->struct_size,
                          ENTRY_BYTES_V1);
    }
    if (entry->n_models == 0 || !entry->models) {
        return mem_format("found an entry without models, wanted at least one");
    }
    for (uint32_t i = 0; i < entry->n_models; i++) {
        const struct emb_plugin_model *model = &entry->models[i];
        char *flaw = plugin_desc_flaw(model->desc, i);
        flaw = flaw ? flaw : flaw_of_ops(model->ops, model->desc->id);
        if (flaw) {
            return flaw;
        }
    }
    return NULL;
}

/* Why there is no entry symbol: another ABI, or no plugin at all. */
static char *flaw_of_symbols(void *handle)
{
    for (int major = 0; major < 32; major++) {
        char symbol[64];
        snprintf(symbol, sizeof symbol, "emb_plugin_entry_v%d", major);
        if (dlsym(handle, symbol)) {
            return mem_format("built for ABI %d, this harness speaks %d (found the symbol %s, "
                              "wanted %s)",
                              major, EMB_ABI_MAJOR, symbol, EMB_ENTRY_SYMBOL);
        }
    }
    return mem_format("no plugin: found no symbol %s", EMB_ENTRY_SYMBOL);
}

/* dlopen names the file in most of its messages; ours names it once. */
static char *loader_message(const char *path)
{
    const char *why = dlerror();
    why = why ? why : "unknown reason";
    size_t n = strlen(path);
    if (strncmp(why, path, n) == 0 && strncmp(why + n, ": ", 2) == 0) {
        why += n + 2;
    }
    return mem_format("cannot be loaded: %s", why);
}

char *plugin_load_file(const char *path, const struct emb_plugin_entry **ret_entry)
{
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!handle) {
        return loader_message(path);
    }
    const struct emb_plugin_entry *entry = dlsym(handle, EMB_ENTRY_SYMBOL);
    char *flaw = entry ? flaw_of_entry(entry) : flaw_of_symbols(handle);
    if (!flaw) {
        *ret_entry = entry;
    }
    return flaw;
}

int plugin_load(const struct plugin_model *model, const struct emb_model_ops **ret_ops,
                const struct emb_model_desc **ret_desc)
{
    const struct emb_plugin_entry *entry = NULL;
    if (model->ops) {
        *ret_ops = model->ops;
        *ret_desc = model->desc;
        return 0;
    }
    confinement_enter(model);
    char *flaw = plugin_load_file(model->plugin->path, &entry);
    if (flaw) {
        int status = error_set(ERR_REQUEST, "%s: %s", model->plugin->path, flaw);
        free(flaw);
        return status;
    }
    for (uint32_t i = 0; i < entry->n_models; i++) {
        if (strcmp(entry->models[i].desc->id, model->desc->id) == 0) {
            *ret_ops = entry->models[i].ops;
            *ret_desc = entry->models[i].desc;
            return 0;
        }
    }
    return error_set(ERR_REQUEST, "%s: found no model \"%s\", which it had before",
                     model->plugin->path, model->desc->id);
}
