/* Finds plugin files in folders and on the search path, and looks models up by id. */
#include "plugin/registry.h"

#include "plugin/load.h"
#include "plugin/probe.h"

#include "base/build_tree.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

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
    struct arena *texts = &refusal->plugin.texts;
    char *why = mem_format("%s: %s", path, flaw);
    refusal->path = refusal->plugin.path = arena_keep(texts, path);
    refusal->stem = arena_text(texts, name, text_ends(name, ".so") ? n - 3 : n);
    refusal->why = arena_keep(texts, why);
    free(why);
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

static void add_model(struct registry *registry, const struct plugin_model *model)
{
    for (uint32_t i = 0; i < registry->n_models; i++) {
        struct plugin_model *first = &registry->models[i];
        if (strcmp(first->desc->id, model->desc->id) == 0) {
            const char **other =
                first->plugin->source == model->plugin->source ? &first->rival : &first->hides;
            *other = *other ? *other : model->plugin->path;
            return;
        }
    }
    registry->models =
        mem_resize(registry->models, registry->n_models + 1, sizeof *registry->models);
    registry->models[registry->n_models++] = *model;
}

/* texts: the plugin's from now on. */
static struct plugin *add_plugin(struct registry *registry, const char *path, uint32_t source,
                                 struct arena texts)
{
    struct plugin *plugin = mem_alloc(sizeof *plugin);
    *plugin = (struct plugin){.source = source, .texts = texts};
    plugin->path = arena_keep(&plugin->texts, path);
    file_size(path, &plugin->n_bytes);
    registry->plugins =
        mem_resize(registry->plugins, registry->n_plugins + 1, sizeof *registry->plugins);
    registry->plugins[registry->n_plugins++] = plugin;
    return plugin;
}

/* Files that are to be looked at, each once, by their real paths. */
struct finds {
    char **paths;      /* [n] */
    uint32_t *sources; /* [n] where they were found: struct plugin */
    uint32_t n;
};

static void finds_finish(struct finds *finds)
{
    for (uint32_t i = 0; i < finds->n; i++) {
        free(finds->paths[i]);
    }
    free(finds->paths);
    free(finds->sources);
}

/* path is made absolute first: dlopen looks a bare name up in system folders. */
static void find(struct registry *registry, struct finds *finds, const char *path)
{
    char *real = realpath(path, NULL);
    if (!real) {
        refuse(registry, path, mem_format("cannot be read"));
        return;
    }
    for (uint32_t i = 0; i < finds->n; i++) {
        if (strcmp(finds->paths[i], real) == 0) {
            free(real);
            return;
        }
    }
    finds->paths = mem_resize(finds->paths, finds->n + 1, sizeof *finds->paths);
    finds->sources = mem_resize(finds->sources, finds->n + 1, sizeof *finds->sources);
    finds->paths[finds->n] = real;
    finds->sources[finds->n++] = registry->source;
}

/* What a file was found to be; takes what was probed. */
static void add_probed(struct registry *registry, const char *path, uint32_t source,
                       struct probed *probed)
{
    if (probed->flaw) {
        refuse(registry, path, probed->flaw);
        arena_finish(&probed->arena);
        return;
    }
    struct plugin *plugin = add_plugin(registry, path, source, probed->arena);
    plugin->abi_minor = probed->abi_minor;
    for (uint32_t i = 0; i < probed->n_models; i++) {
        const struct plugin_description *said = &probed->models[i];
        const struct plugin_model model = {.plugin = plugin,
                                           .desc = &said->desc,
                                           .trains = said->trains,
                                           .train_options = said->train_options,
                                           .n_train_options = said->n_train_options};
        add_model(registry, &model);
    }
}

static int look_at(struct registry *registry, const struct finds *finds)
{
    struct probed *probed = mem_array(finds->n, sizeof *probed);
    int status = probe_files(finds->paths, finds->n, probed);
    for (uint32_t i = 0; i < finds->n; i++) {
        if (!status) {
            add_probed(registry, finds->paths[i], finds->sources[i], &probed[i]);
        } else {
            free(probed[i].flaw);
            arena_finish(&probed[i].arena);
        }
    }
    free(probed);
    return status;
}

static int find_in_folder(struct registry *registry, struct finds *finds, const char *folder)
{
    struct file_list list;
    int status = file_list_folder(folder, &list);
    if (status) {
        return error_context(status, "plugin folder");
    }
    for (uint32_t i = 0; i < list.n; i++) {
        if (text_ends(list.names[i], ".so")) {
            char *path = file_join(folder, list.names[i]);
            find(registry, finds, path);
            free(path);
        }
    }
    file_list_finish(&list);
    return 0;
}

/* HARNESS_PLUGIN_PATH; empty parts are left out: they would mean the current folder. */
static int find_in_search_path(struct registry *registry, struct finds *finds, const char *path)
{
    struct slice rest = slice_of(path), part;
    int status = 0;
    while (!status && slice_field(&rest, ':', &part)) {
        if (part.n > 0) {
            char *folder = mem_text_n(part.text, part.n);
            status = find_in_folder(registry, finds, folder);
            free(folder);
        }
    }
    return status ? error_context(status, "HARNESS_PLUGIN_PATH") : 0;
}

/* root/plugins/NAME/NAME.so for every NAME. */
static int find_in_build_tree(struct registry *registry, struct finds *finds, const char *root)
{
    struct file_list list = {0};
    char *folder = file_join(root, "plugins");
    int status = file_is_folder(folder) ? file_list_folder(folder, &list) : 0;
    for (uint32_t i = 0; i < list.n && !status; i++) {
        char *path = mem_format("%s/%s/%s.so", folder, list.names[i], list.names[i]);
        if (file_exists(path)) {
            find(registry, finds, path);
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
    struct finds finds = {0};
    const char *search = getenv("HARNESS_PLUGIN_PATH");
    TRY(build_tree_check_program());
    char *root = build_tree(), *installed = installed_folder(HARNESS_PLUGIN_DIR);
    int status = 0;
    for (uint32_t i = 0; i < n_folders; i++) {
        TRY_OR_FINISH(find_in_folder(&registry, &finds, folders[i]));
    }
    registry.source++;
    if (search) {
        TRY_OR_FINISH(find_in_search_path(&registry, &finds, search));
    }
    registry.source++;
    if (root) {
        TRY_OR_FINISH(find_in_build_tree(&registry, &finds, root));
    } else if (file_is_folder(installed)) {
        TRY_OR_FINISH(find_in_folder(&registry, &finds, installed));
    }
    TRY_OR_FINISH(look_at(&registry, &finds));
    for (uint32_t i = 0; i < registry.n_refusals; i++) {
        log_warn("%s", registry.refusals[i]->why);
    }
    *ret_registry = registry;
    registry = (struct registry){0};
finish:
    registry_close(&registry);
    finds_finish(&finds);
    free(installed);
    free(root);
    return status;
}

/* How one file fared. */
static int finish_file(struct registry *registry, int status, struct registry *ret_registry)
{
    for (uint32_t i = 0; i < registry->n_models && !status; i++) {
        status = refuse_rival(&registry->models[i]);
    }
    if (!status && registry->n_refusals > 0) {
        status = error_set(ERR_REQUEST, "%s", registry->refusals[0]->why);
    }
    if (status) {
        registry_close(registry);
        return status;
    }
    *ret_registry = *registry;
    return 0;
}

int registry_open_file(const char *path, struct registry *ret_registry)
{
    struct registry registry = {0};
    struct finds finds = {0};
    find(&registry, &finds, path);
    int status = look_at(&registry, &finds);
    finds_finish(&finds);
    return finish_file(&registry, status, ret_registry);
}

int registry_load_file(const char *path, struct registry *ret_registry)
{
    struct registry registry = {0};
    const struct emb_plugin_entry *entry = NULL;
    char *real = realpath(path, NULL);
    char *flaw = real ? plugin_load_file(real, &entry) : mem_format("cannot be read");
    if (flaw) {
        refuse(&registry, real ? real : path, flaw);
    } else {
        struct plugin *plugin = add_plugin(&registry, real, 0, (struct arena){0});
        plugin->abi_minor = entry->abi_minor;
        for (uint32_t i = 0; i < entry->n_models; i++) {
            const struct plugin_model model = {
                .plugin = plugin, .desc = entry->models[i].desc, .ops = entry->models[i].ops};
            add_model(&registry, &model);
        }
    }
    free(real);
    return finish_file(&registry, 0, ret_registry);
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
        arena_finish(&registry->plugins[i]->texts);
        free(registry->plugins[i]);
    }
    for (uint32_t i = 0; i < registry->n_refusals; i++) {
        arena_finish(&registry->refusals[i]->plugin.texts);
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
    const char *there = known.n ? str_text(&known) : "none at all (see --plugin-dir)";
    int status =
        file_exists(id)
            ? error_set(ERR_REQUEST,
                        "no plugin \"%s\", but a %s: expected the plugin that reads it in front, "
                        "PLUGIN:%s; there are: %s",
                        id, file_is_folder(id) ? "folder" : "file", id, there)
            : error_set(ERR_REQUEST, "no plugin \"%s\"; there are: %s", id, there);
    str_finish(&known);
    return status;
}
