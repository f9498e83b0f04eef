#include "plugin/registry.h"

#include "plugin/options.h"

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
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

bool plugin_id_is_valid(const char *text)
{
    if (text[0] < 'a' || text[0] > 'z') {
        return false;
    }
    size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-_");
    return text[n] == '\0' && n <= 64;
}

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

static char *flaw_of_desc(const struct emb_model_desc *desc, uint32_t i)
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
    if (!desc->name || !desc->version || !desc->citation) {
        return mem_format("model \"%s\": found NULL for its %s", desc->id,
                          !desc->name      ? "name"
                          : !desc->version ? "version"
                                           : "citation");
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
        char *flaw = flaw_of_desc(model->desc, i);
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

static char *load(const char *path, const struct emb_plugin_entry **ret_entry)
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

/* The operations of a stand-in for a refused plugin: desc->citation is the reason. */
static emb_status refused_create(const struct emb_host *host, const struct emb_model_desc *desc,
                                 const struct emb_options *options, struct emb_model **ret_model)
{
    (void)options;
    (void)ret_model;
    return host->fail(host, EMB_E_OPTION, desc->citation);
}

static void refused_destroy(struct emb_model *model)
{
    (void)model;
}

static const struct emb_model_ops refused_ops = {
    .struct_size = sizeof refused_ops, .create = refused_create, .destroy = refused_destroy};

/* Takes the flaw. */
static void refuse(struct registry *registry, const char *path, char *flaw)
{
    const char *name = file_name(path);
    size_t n = strlen(name);
    struct plugin_refusal *refusal = mem_alloc(sizeof *refusal);
    refusal->path = mem_text(path);
    refusal->stem = mem_text_n(name, text_ends(name, ".so") ? n - 3 : n);
    refusal->why = mem_format("%s: %s", path, flaw);
    refusal->plugin = (struct plugin){.path = refusal->path};
    refusal->desc = (struct emb_model_desc){.struct_size = sizeof refusal->desc,
                                            .caps = EMB_CAP_STATIC,
                                            .id = refusal->stem,
                                            .name = refusal->stem,
                                            .version = "",
                                            .citation = refusal->why};
    refusal->stand_in = (struct plugin_model){
        .plugin = &refusal->plugin, .desc = &refusal->desc, .ops = &refused_ops};
    registry->refusals =
        mem_resize(registry->refusals, registry->n_refusals + 1, sizeof *registry->refusals);
    registry->refusals[registry->n_refusals++] = refusal;
    free(flaw);
}

static void add_models(struct registry *registry, const struct plugin *plugin)
{
    for (uint32_t i = 0; i < plugin->entry->n_models; i++) {
        const struct emb_plugin_model *model = &plugin->entry->models[i];
        uint32_t known = registry->n_models;
        for (uint32_t k = 0; k < registry->n_models; k++) {
            known = strcmp(registry->models[k].desc->id, model->desc->id) == 0 ? k : known;
        }
        if (known < registry->n_models) {
            struct plugin_model *first = &registry->models[known];
            const char **other =
                first->plugin->source == plugin->source ? &first->rival : &first->hides;
            *other = *other ? *other : plugin->path;
            continue;
        }
        registry->models =
            mem_resize(registry->models, registry->n_models + 1, sizeof *registry->models);
        registry->models[registry->n_models++] =
            (struct plugin_model){.plugin = plugin, .desc = model->desc, .ops = model->ops};
    }
}

/* Loads one file, given by its real path, unless it is there already. */
static void add_file(struct registry *registry, const char *path)
{
    for (uint32_t i = 0; i < registry->n_plugins; i++) {
        if (strcmp(registry->plugins[i]->path, path) == 0) {
            return;
        }
    }
    const struct emb_plugin_entry *entry = NULL;
    char *flaw = load(path, &entry);
    if (flaw) {
        refuse(registry, path, flaw);
        return;
    }
    struct plugin *plugin = mem_alloc(sizeof *plugin);
    *plugin = (struct plugin){.path = mem_text(path), .entry = entry, .source = registry->source};
    file_size(path, &plugin->n_bytes);
    registry->plugins =
        mem_resize(registry->plugins, registry->n_plugins + 1, sizeof *registry->plugins);
    registry->plugins[registry->n_plugins++] = plugin;
    add_models(registry, plugin);
}

/* path is made absolute first: dlopen looks a bare name up in system folders. */
static void add_real_file(struct registry *registry, const char *path)
{
    char *real = realpath(path, NULL);
    if (!real) {
        refuse(registry, path, mem_format("cannot be read"));
        return;
    }
    add_file(registry, real);
    free(real);
}

static int add_folder(struct registry *registry, const char *folder)
{
    struct file_list list;
    int status = file_list_folder(folder, &list);
    if (status) {
        return error_context(status, "plugin folder");
    }
    for (uint32_t i = 0; i < list.n; i++) {
        if (text_ends(list.names[i], ".so")) {
            char *path = file_join(folder, list.names[i]);
            add_real_file(registry, path);
            free(path);
        }
    }
    file_list_finish(&list);
    return 0;
}

/* HARNESS_PLUGIN_PATH; empty parts are left out: they would mean the current folder. */
static int add_search_path(struct registry *registry, const char *path)
{
    struct slice rest = slice_of(path), part;
    int status = 0;
    while (!status && slice_field(&rest, ':', &part)) {
        if (part.n > 0) {
            char *folder = mem_text_n(part.text, part.n);
            status = add_folder(registry, folder);
            free(folder);
        }
    }
    return status ? error_context(status, "HARNESS_PLUGIN_PATH") : 0;
}

/* The build tree that this executable was linked in, if it still lies there; else NULL. Real paths
 * on both sides: a home may be reached by a link. */
static char *build_tree(void)
{
    char *root = realpath(HARNESS_BUILD_ROOT, NULL), *self = realpath("/proc/self/exe", NULL);
    size_t n = root ? strlen(root) : 0;
    bool inside = root && self && strncmp(self, root, n) == 0 && self[n] == '/';
    free(self);
    if (!inside) {
        free(root);
        return NULL;
    }
    return root;
}

static bool lies_below(const char *path, const char *folder)
{
    size_t n = strlen(folder);
    return strncmp(path, folder, n) == 0 && path[n] == '/';
}

bool plugin_is_own(const char *path)
{
    char *root = build_tree();
    char *folder = root ? file_join(root, "plugins") : mem_text(HARNESS_PLUGIN_DIR);
    char *real = realpath(path, NULL), *real_folder = realpath(folder, NULL);
    bool own = real && real_folder && lies_below(real, real_folder);
    free(real_folder);
    free(real);
    free(folder);
    free(root);
    return own;
}

/* root/plugins/NAME/NAME.so for every NAME. */
static int add_build_tree(struct registry *registry, const char *root)
{
    struct file_list list = {0};
    char *folder = file_join(root, "plugins");
    int status = file_is_folder(folder) ? file_list_folder(folder, &list) : 0;
    for (uint32_t i = 0; i < list.n && !status; i++) {
        char *path = mem_format("%s/%s/%s.so", folder, list.names[i], list.names[i]);
        if (file_exists(path)) {
            add_real_file(registry, path);
        }
        free(path);
    }
    file_list_finish(&list);
    free(folder);
    return status;
}

/* Two of one id and one source: neither is chosen. */
static int refuse_rival(const struct plugin_model *model)
{
    return model->rival ? error_set(ERR_REQUEST,
                                    "two plugins have the id \"%s\": %s and %s; remove one of them "
                                    "from the plugin folders, or name the file instead of the id",
                                    model->desc->id, model->plugin->path, model->rival)
                        : 0;
}

int registry_open(const char *const *folders, uint32_t n_folders, struct registry *ret_registry)
{
    struct registry registry = {0};
    const char *search = getenv("HARNESS_PLUGIN_PATH");
    int status = 0;
    for (uint32_t i = 0; i < n_folders && !status; i++) {
        status = add_folder(&registry, folders[i]);
    }
    registry.source++;
    if (!status && search) {
        status = add_search_path(&registry, search);
    }
    registry.source++;
    char *root = build_tree();
    if (!status && root) {
        status = add_build_tree(&registry, root);
    } else if (!status && file_is_folder(HARNESS_PLUGIN_DIR)) {
        status = add_folder(&registry, HARNESS_PLUGIN_DIR);
    }
    free(root);
    if (status) {
        registry_close(&registry);
        return status;
    }
    for (uint32_t i = 0; i < registry.n_refusals; i++) {
        log_warn("%s", registry.refusals[i]->why);
    }
    *ret_registry = registry;
    return 0;
}

int registry_open_file(const char *path, struct registry *ret_registry)
{
    struct registry registry = {0};
    add_real_file(&registry, path);
    int status =
        registry.n_refusals > 0 ? error_set(ERR_REQUEST, "%s", registry.refusals[0]->why) : 0;
    for (uint32_t i = 0; i < registry.n_models && !status; i++) {
        status = refuse_rival(&registry.models[i]);
    }
    if (status) {
        registry_close(&registry);
        return status;
    }
    *ret_registry = registry;
    return 0;
}

bool plugin_names_file(const char *text)
{
    return strchr(text, '/') && text_ends(text, ".so");
}

int registry_add_named(struct registry *registry, const char *path)
{
    struct registry file;
    for (uint32_t i = 0; i < registry->n_named; i++) {
        if (strcmp(registry->named[i].name, path) == 0) {
            return 0;
        }
    }
    int status = registry_open_file(path, &file);
    if (!status) {
        file.name = mem_text(path);
        registry->named =
            mem_resize(registry->named, registry->n_named + 1, sizeof *registry->named);
        registry->named[registry->n_named++] = file;
    }
    return status;
}

/* The one model of a file. */
static int find_named(const struct registry *registry, const char *path,
                      const struct plugin_model **ret_model)
{
    for (uint32_t i = 0; i < registry->n_named; i++) {
        const struct registry *file = &registry->named[i];
        if (strcmp(file->name, path) != 0) {
            continue;
        }
        if (file->n_models > 1) {
            return error_set(ERR_REQUEST,
                             "%s: found %u models, %s and %s among them; expected one: name the "
                             "model by its id, and the folder by --plugin-dir",
                             path, file->n_models, file->models[0].desc->id,
                             file->models[1].desc->id);
        }
        *ret_model = &file->models[0];
        return 0;
    }
    return error_set(ERR_REQUEST, "%s: a plugin's file cannot be named here", path);
}

void registry_close(struct registry *registry)
{
    for (uint32_t i = 0; i < registry->n_named; i++) {
        registry_close(&registry->named[i]);
    }
    free(registry->named);
    free(registry->name);
    for (uint32_t i = 0; i < registry->n_plugins; i++) {
        free((char *)(uintptr_t)registry->plugins[i]->path);
        free(registry->plugins[i]);
    }
    for (uint32_t i = 0; i < registry->n_refusals; i++) {
        free((char *)(uintptr_t)registry->refusals[i]->path);
        free((char *)(uintptr_t)registry->refusals[i]->stem);
        free((char *)(uintptr_t)registry->refusals[i]->why);
        free(registry->refusals[i]);
    }
    free(registry->plugins);
    free(registry->models);
    free(registry->refusals);
    *registry = (struct registry){0};
}

const struct plugin_refusal *registry_refusal(const struct registry *registry, const char *name)
{
    for (uint32_t i = 0; i < registry->n_refusals; i++) {
        if (strcmp(registry->refusals[i]->stem, name) == 0) {
            return registry->refusals[i];
        }
    }
    return NULL;
}

int registry_find(const struct registry *registry, const char *id,
                  const struct plugin_model **ret_model)
{
    if (plugin_names_file(id)) {
        return find_named(registry, id, ret_model);
    }
    for (uint32_t i = 0; i < registry->n_models; i++) {
        if (strcmp(registry->models[i].desc->id, id) == 0) {
            int status = refuse_rival(&registry->models[i]);
            if (!status) {
                *ret_model = &registry->models[i];
            }
            return status;
        }
    }
    const struct plugin_refusal *refusal = registry_refusal(registry, id);
    if (refusal) {
        return error_set(ERR_REQUEST, "%s", refusal->why);
    }
    struct str known = {0};
    for (uint32_t i = 0; i < registry->n_models; i++) {
        str_format(&known, "%s%s", i ? ", " : "", registry->models[i].desc->id);
    }
    int status = error_set(ERR_REQUEST, "no plugin \"%s\"; there are: %s", id,
                           known.n ? str_text(&known) : "none at all (see --plugin-dir)");
    str_finish(&known);
    return status;
}
