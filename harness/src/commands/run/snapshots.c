/* Expands snapshots=all into one embedder for each snapshot in a folder. */
#include "commands/run/snapshots.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "data/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPTION "snapshots="

/* Bytes up to the next comma that stands for itself. */
static size_t part_length(const char *text)
{
    size_t n = 0;
    while (text[n] && text[n] != ',') {
        n += text[n] == '\\' && text[n + 1] ? 2 : 1;
    }
    return n;
}

/* A specification in its parts, all but `rest` as they stand there. */
struct spelled {
    char *name, *plugin, *path; /* path: without escapes; NULL: none */
    char *path_text;            /* with them */
    char *value;                /* of the option, NULL: it is not there */
    struct str rest;            /* ",option=value" of the others */
};

static char *without_escapes(const char *text, size_t n)
{
    struct str plain = {0};
    for (size_t i = 0; i < n; i++) {
        i += text[i] == '\\' && i + 1 < n && (text[i + 1] == ',' || text[i + 1] == '\\');
        str_add_char(&plain, text[i]);
    }
    char *copy = mem_text(str_text(&plain));
    str_finish(&plain);
    return copy;
}

static void take_apart(const char *text, struct spelled *ret)
{
    *ret = (struct spelled){0};
    spec_peek(text, &ret->name, &ret->plugin);
    const char *at = text + strcspn(text, ":,");
    if (*at == ':') {
        size_t n = part_length(at + 1);
        ret->path_text = mem_text_n(at + 1, n);
        ret->path = without_escapes(at + 1, n);
        at += 1 + n;
    }
    while (*at == ',') {
        size_t n = part_length(at + 1);
        if (strncmp(at + 1, OPTION, strlen(OPTION)) == 0) {
            free(ret->value);
            ret->value = mem_text_n(at + 1 + strlen(OPTION), n - strlen(OPTION));
        } else {
            str_format(&ret->rest, ",%.*s", (int)n, at + 1);
        }
        at += 1 + n;
    }
}

static void spelled_finish(struct spelled *spelled)
{
    free(spelled->name);
    free(spelled->plugin);
    free(spelled->path);
    free(spelled->path_text);
    free(spelled->value);
    str_finish(&spelled->rest);
}

static bool is_plugins(const struct registry *registry, const char *plugin)
{
    const struct plugin_model *model;
    if (registry_find(registry, plugin, &model) != 0) {
        return false;
    }
    for (uint32_t i = 0; i < model->desc->n_options; i++) {
        if (strcmp(model->desc->options[i].name, "snapshots") == 0) {
            return true;
        }
    }
    return false;
}

static int add(const struct spelled *spelled, const char *file, const json *item,
               struct snapshots *all)
{
    uint64_t pieces;
    const char *folder = jsonr_get_text(item, "folder", NULL);
    const json *count = jsonr_get(item, "pieces");
    char right[32] = "";
    if (count && jsonr_as_uint(count, &pieces)) {
        snprintf(right, sizeof right, "at-%llu", (unsigned long long)pieces);
    }
    if (!*right || !folder || strcmp(folder, right) != 0) {
        return error_set(ERR_REQUEST,
                         "%s: snapshots[%u]: expected \"pieces\", a whole number, and \"folder\", "
                         "at- and that number",
                         file, all->n);
    }
    all->items = mem_resize(all->items, all->n + 1, sizeof *all->items);
    struct snapshot *snapshot = &all->items[all->n++];
    snapshot->text =
        mem_format("%s@%llu=%s:%s/%s%s", spelled->name, (unsigned long long)pieces, spelled->plugin,
                   spelled->path_text, folder, str_text(&spelled->rest));
    snapshot->series = mem_text(spelled->name);
    snapshot->tokens = (double)pieces;
    snapshot->held_out_loss = jsonr_get_real(item, "held_out_loss", NAN);
    return 0;
}

static int read_list(const struct spelled *spelled, struct snapshots *all)
{
    char *file = file_join(spelled->path, "training.json");
    json *document = NULL;
    int status = jsonr_read_file(file, &document);
    const json *list = status ? NULL : jsonr_get(document, "snapshots");
    if (!status && jsonr_length(list) == 0) {
        status = error_set(ERR_REQUEST,
                           "%s: lists no snapshots; harness train transformer … snapshots=N keeps "
                           "them",
                           file);
    }
    for (size_t i = 0; !status && i < jsonr_length(list); i++) {
        status = add(spelled, file, jsonr_at(list, i), all);
    }
    jsonr_free(document);
    free(file);
    return status;
}

int snapshots_of(const struct registry *registry, const char *text, struct snapshots *ret_all)
{
    struct spelled spelled;
    int status = 0;
    *ret_all = (struct snapshots){0};
    take_apart(text, &spelled);
    if (spelled.value && !is_plugins(registry, spelled.plugin)) {
        if (strcmp(spelled.value, "all") != 0 || !spelled.path) {
            status = error_set(ERR_REQUEST,
                               "embedder \"%s\": found snapshots=%s%s, expected "
                               "PLUGIN:FOLDER,snapshots=all",
                               text, spelled.value, spelled.path ? "" : " without a folder");
        } else {
            status = error_context(read_list(&spelled, ret_all), "embedder \"%s\"", text);
        }
    }
    spelled_finish(&spelled);
    if (status) {
        snapshots_finish(ret_all);
    }
    return status;
}

void snapshots_finish(struct snapshots *all)
{
    for (uint32_t i = 0; i < all->n; i++) {
        free(all->items[i].text);
        free(all->items[i].series);
    }
    free(all->items);
    *all = (struct snapshots){0};
}
