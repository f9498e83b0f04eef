/* Reads the manifests datasets/NAME.json and finds what is prepared in the cache. */
#include "data/catalogue.h"

#include "base/build_tree.h"
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* What the program was built or installed with. */
static char *own_folder(void)
{
    return build_tree_is_own() ? mem_text(HARNESS_SOURCE_DATASETS)
                               : installed_folder(HARNESS_INSTALLED_DATASETS);
}

static char *manifest_folder(void)
{
    const char *named = getenv("HARNESS_DATASETS");
    return named && named[0] ? mem_text(named) : own_folder();
}

static bool is_name(const char *name)
{
    return name && name[0] && name[0] != '.' &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") ==
               strlen(name);
}

static int wrong(const char *path, const char *member, const char *expected)
{
    return error_set(ERR_REQUEST, "%s: \"%s\": expected %s", path, member, expected);
}

/* The folder beside a manifest that its "source" names; NULL if it names none. */
static const char *folder_beside(const json *manifest)
{
    return jsonr_get_text(jsonr_get(manifest, "source"), "folder", NULL);
}

static int read_entry(struct catalogue_entry *entry, const char *cache)
{
    const json *manifest = entry->manifest;
    const char *kind = jsonr_get_text(manifest, "kind", NULL);
    entry->name = jsonr_get_text(manifest, "name", NULL);
    if (!is_name(entry->name)) {
        return wrong(entry->manifest_path, "name", "letters, digits, '.', '-', '_'");
    }
    if (!kind || (strcmp(kind, "model") != 0 && strcmp(kind, "dataset") != 0)) {
        return wrong(entry->manifest_path, "kind", "\"model\" or \"dataset\"");
    }
    entry->is_model = strcmp(kind, "model") == 0;
    const json *use = jsonr_get(manifest, entry->is_model ? "embedder" : "dataset");
    const char *path = jsonr_get_text(use, "path", NULL);
    entry->plugin = jsonr_get_text(use, "plugin", NULL);
    if (!path || path[0] == '/' || strstr(path, "..")) {
        return wrong(entry->manifest_path, entry->is_model ? "embedder.path" : "dataset.path",
                     "a relative path");
    }
    if (entry->is_model && !is_name(entry->plugin)) {
        return wrong(entry->manifest_path, "embedder.plugin", "the id of a plugin");
    }
    entry->title = jsonr_get_text(manifest, "title", "");
    entry->licence = jsonr_get_text(manifest, "licence", "unknown");
    entry->citation = jsonr_get_text(manifest, "citation", "");
    entry->prepare = jsonr_get_text(manifest, "prepare", NULL);
    entry->is_default = jsonr_get_bool(use, "default", false);
    const char *beside = folder_beside(manifest);
    if (beside && !is_name(beside)) {
        return wrong(entry->manifest_path, "source.folder", "the name of a folder beside it");
    }
    char *kinds = beside ? file_folder(entry->manifest_path)
                         : file_join(cache, entry->is_model ? "models" : "datasets");
    entry->folder = file_join(kinds, beside ? beside : entry->name);
    entry->comes_along = beside != NULL;
    entry->path = strcmp(path, ".") == 0 ? mem_text(entry->folder) : file_join(entry->folder, path);
    entry->ready = file_exists(entry->path);
    free(kinds);
    return 0;
}

int catalogue_open(struct catalogue *ret_catalogue)
{
    struct catalogue catalogue = {.folder = manifest_folder()};
    struct file_list list = {0};
    char *cache = file_cache_folder();
    /* having no manifests at all is fine; only a folder that was named must exist */
    bool absent = !getenv("HARNESS_DATASETS") && !file_exists(catalogue.folder);
    int status = absent ? 0 : file_list_folder(catalogue.folder, &list);
    catalogue.entries = mem_array(list.n, sizeof *catalogue.entries);
    catalogue.documents = mem_array(list.n, sizeof *catalogue.documents);
    for (uint32_t i = 0; status == 0 && i < list.n; i++) {
        if (!text_ends(list.names[i], ".json")) {
            continue;
        }
        struct catalogue_entry *entry = &catalogue.entries[catalogue.n_entries];
        entry->manifest_path = file_join(catalogue.folder, list.names[i]);
        status = jsonr_read_file(entry->manifest_path, &catalogue.documents[catalogue.n_entries]);
        entry->manifest = catalogue.documents[catalogue.n_entries++];
        if (status == 0) {
            status = read_entry(entry, cache);
        }
        if (status == 0 && catalogue_find(&catalogue, entry->name) != entry) {
            status =
                error_set(ERR_REQUEST, "%s: the name '%s' is taken by %s", entry->manifest_path,
                          entry->name, catalogue_find(&catalogue, entry->name)->manifest_path);
        }
    }
    file_list_finish(&list);
    free(cache);
    if (status != 0) {
        catalogue_close(&catalogue);
        return status;
    }
    *ret_catalogue = catalogue;
    return 0;
}

void catalogue_close(struct catalogue *catalogue)
{
    for (uint32_t i = 0; i < catalogue->n_entries; i++) {
        free(catalogue->entries[i].folder);
        free(catalogue->entries[i].path);
        free(catalogue->entries[i].manifest_path);
        jsonr_free(catalogue->documents[i]);
    }
    free(catalogue->entries);
    free(catalogue->documents);
    free(catalogue->folder);
    *catalogue = (struct catalogue){0};
}

const struct catalogue_entry *catalogue_find(const struct catalogue *catalogue, const char *name)
{
    for (uint32_t i = 0; i < catalogue->n_entries; i++) {
        if (strcmp(catalogue->entries[i].name, name) == 0) {
            return &catalogue->entries[i];
        }
    }
    return NULL;
}

/* Takes folder. */
static char *shipped_in(char *folder, const char *name)
{
    char *file = mem_format("%s.json", name), *manifest_path = file_join(folder, file);
    char *path = NULL;
    json *manifest = NULL;
    if (file_exists(manifest_path) && jsonr_read_file(manifest_path, &manifest) == 0 &&
        is_name(folder_beside(manifest))) {
        path = file_join(folder, folder_beside(manifest));
    }
    jsonr_free(manifest);
    free(manifest_path);
    free(file);
    free(folder);
    return path;
}

char *catalogue_shipped(const char *name)
{
    char *path = is_name(name) ? shipped_in(manifest_folder(), name) : NULL;
    return path || !is_name(name) ? path : shipped_in(own_folder(), name);
}

static void add_value(struct str *text, const char *value)
{
    for (const char *at = value; *at; at++) { /* as plugin/spec.h reads it */
        if (*at == ',' || *at == '\\') {
            str_add_char(text, '\\');
        }
        str_add_char(text, *at);
    }
}

static int add_option(void *ctx, const char *key, const json *value)
{
    struct str *text = ctx;
    str_format(text, ",%s=", key);
    const char *typed = jsonr_as_text(value);
    add_value(text, typed ? typed : "");
    return 0;
}

char *catalogue_embedder(const struct catalogue_entry *entry)
{
    struct str text = {0};
    str_format(&text, "%s=%s:", entry->name, entry->plugin);
    add_value(&text, entry->path);
    jsonr_each(jsonr_get(jsonr_get(entry->manifest, "embedder"), "options"), add_option, &text);
    return text.data;
}
