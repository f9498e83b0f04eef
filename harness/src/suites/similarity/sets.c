/* Reads the data sets of suite `similarity`. */
#include "suites/similarity/sets.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "data/beside.h"
#include "data/catalogue.h"
#include "suites/shared/set_names.h"
#include "suites/suite.h"

#include <stdlib.h>
#include <string.h>

static int folder_files(const char *path, int (*body)(void *ctx, const char *path), void *ctx)
{
    struct file_list list;
    int status = file_list_folder(path, &list);
    uint32_t n = 0;
    for (uint32_t i = 0; !status && i < list.n; i++) {
        char *file = file_join(path, list.names[i]);
        if (!is_beside_data(list.names[i]) && !file_is_folder(file)) {
            status = body(ctx, file);
            n++;
        }
        free(file);
    }
    if (!status && n == 0) {
        status = error_set(ERR_REQUEST, "%s: no data set in this folder", path);
    }
    file_list_finish(&list);
    return status;
}

/* Of a prepared set what its manifest says is used ("dataset": {"path": "sts-test.csv"}). */
static void use_manifest(const char *asked, char **path)
{
    size_t given = suite_given_name(asked);
    const char *name = asked + given + (given > 0);
    struct catalogue catalogue;
    if (file_exists(name) || catalogue_open(&catalogue) != 0) {
        return; /* a path of the user's own, or manifests that are not this set's concern */
    }
    const struct catalogue_entry *entry = catalogue_find(&catalogue, name);
    if (entry && !entry->is_model && file_is_folder(*path) && entry->ready &&
        strcmp(entry->folder, *path) == 0) {
        free(*path);
        *path = mem_text(entry->path);
    }
    catalogue_close(&catalogue);
}

int data_set_files(const char *name, int (*body)(void *ctx, const char *path), void *ctx)
{
    char *path, *variant;
    TRY(suite_locate(name, &path, &variant));
    use_manifest(name, &path);
    int status = file_is_folder(path) ? folder_files(path, body, ctx) : body(ctx, path);
    free(path);
    free(variant);
    return status;
}

struct reading {
    const struct suite_request *request;
    struct similarity_sets *sets;
    size_t capacity;
    struct set_names names;
    const char *asked; /* the word of the request that is read */
};

static char **set_name(struct similarity_set *set)
{
    return set->is_synonyms ? &set->synonyms.name : &set->pairs.name;
}

static int read_file(void *ctx, const char *path)
{
    struct reading *reading = ctx;
    struct similarity_sets *sets = reading->sets;
    struct similarity_set set = {.is_synonyms = synonyms_recognise(path)};
    uint64_t limit = reading->request->limit;
    TRY(set.is_synonyms ? synonyms_read(path, &set.synonyms) : pairs_read(path, &set.pairs));
    if (limit && set.synonyms.n > limit) {
        set.synonyms.n = (uint32_t)limit;
    }
    if (limit && set.pairs.n > limit) {
        set.pairs.n = (uint32_t)limit;
    }
    MEM_GROW(sets->sets, reading->capacity, (size_t)sets->n + 1);
    sets->sets[sets->n++] = set;
    set_names_add(&reading->names, reading->asked, path, *set_name(&set));
    return 0;
}

static int read_asked(struct reading *reading, const char *asked)
{
    reading->asked = asked;
    return data_set_files(asked, read_file, reading);
}

int similarity_sets_read(const struct suite_request *request, const char *fallback,
                         struct similarity_sets *ret_sets)
{
    struct similarity_sets sets = {0};
    struct reading reading = {.request = request, .sets = &sets};
    int status = request->n_datasets ? 0 : read_asked(&reading, fallback);
    for (uint32_t i = 0; !status && i < request->n_datasets; i++) {
        status = read_asked(&reading, request->datasets[i]);
    }
    status = status ? status : set_names_settle(&reading.names, "similarity");
    for (uint32_t i = 0; !status && i < sets.n; i++) {
        set_names_put(&reading.names, i, set_name(&sets.sets[i]));
    }
    set_names_finish(&reading.names);
    if (status) {
        similarity_sets_finish(&sets);
        return status;
    }
    *ret_sets = sets;
    return 0;
}

void similarity_sets_finish(struct similarity_sets *sets)
{
    for (uint32_t i = 0; i < sets->n; i++) {
        pairs_finish(&sets->sets[i].pairs);
        synonyms_finish(&sets->sets[i].synonyms);
    }
    free(sets->sets);
    *sets = (struct similarity_sets){0};
}
