/* suites.c - the list of suites, and where their data lie. */
#include "suites/suite.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "data/catalogue.h"

#include <stdlib.h>
#include <string.h>

#define SUITE(folder) extern const struct suite suite_##folder;
#include "suites/list.h"
#undef SUITE

#define SUITE(folder) &suite_##folder,
const struct suite *const suites[] = {
#include "suites/list.h"
    NULL};
#undef SUITE

const struct suite *suite_find(const char *id)
{
    for (size_t i = 0; suites[i]; i++) {
        if (strcmp(suites[i]->id, id) == 0) {
            return suites[i];
        }
    }
    return NULL;
}

const struct suite_figures *suite_figures_of(const char *id)
{
    const struct suite *suite = suite_find(id);
    return suite ? &suite->figures : NULL;
}

const char *suite_split_meaning(const char *id, const char *axis)
{
    const struct suite *suite = suite_find(id);
    size_t n = strlen(axis);
    for (const struct suite_term *term = suite ? suite->splits : NULL; term && term->name; term++) {
        if (strncmp(term->name, axis, n) == 0 && (term->name[n] == ':' || !term->name[n])) {
            return term->what;
        }
    }
    return NULL;
}

/* "; harness fetch NAME brings it", of a name that a manifest has. free() it. */
static char *how_to_bring(const char *name)
{
    struct catalogue catalogue;
    if (catalogue_open(&catalogue)) {
        return mem_text("");
    }
    char *plain = mem_text_n(name, strcspn(name, ":"));
    const struct catalogue_entry *entry = catalogue_find(&catalogue, plain);
    char *text = entry && entry->prepare ? mem_format("; \"%s\" makes it", entry->prepare)
                 : entry                 ? mem_format("; \"harness fetch %s\" brings it", plain)
                                         : mem_text("");
    free(plain);
    catalogue_close(&catalogue);
    return text;
}

static int not_found(const char *name, const char *folder)
{
    struct file_list prepared = {0};
    struct str names = {0};
    if (file_is_folder(folder) && file_list_folder(folder, &prepared) == 0) {
        for (uint32_t i = 0; i < prepared.n; i++) {
            str_format(&names, "%s%s", i ? ", " : "", prepared.names[i]);
        }
        file_list_finish(&prepared);
    }
    char *next = how_to_bring(name);
    int status = error_set(ERR_REQUEST,
                           "data set \"%s\": no such file or folder, none that comes with the "
                           "program (see harness list datasets), and none prepared by this name in "
                           "%s (there: %s)%s",
                           name, folder, names.n ? str_text(&names) : "none", next);
    free(next);
    str_finish(&names);
    return status;
}

size_t suite_given_name(const char *asked)
{
    size_t n = strcspn(asked, "=/");
    return asked[n] == '=' && !file_exists(asked) ? n : 0;
}

int suite_locate(const char *asked, char **ret_path, char **ret_variant)
{
    size_t given = suite_given_name(asked);
    const char *name = asked + given + (given > 0);
    if (file_exists(name)) {
        *ret_path = mem_text(name);
        *ret_variant = NULL;
        return 0;
    }
    const char *colon = strchr(name, ':');
    char *plain = mem_text_n(name, colon ? (size_t)(colon - name) : strlen(name));
    char *cache = file_cache_folder(), *folder = file_join(cache, "datasets");
    char *path = file_join(folder, plain);
    if (!file_exists(path)) {
        char *shipped = catalogue_shipped(plain);
        free(shipped ? path : NULL);
        path = shipped ? shipped : path;
    }
    int status = 0;
    if (*plain && !strchr(plain, '/') && file_exists(path)) {
        *ret_path = mem_text(path);
        *ret_variant = colon ? mem_text(colon + 1) : NULL;
    } else if (colon && *plain && file_exists(plain)) {
        *ret_path = mem_text(plain);
        *ret_variant = mem_text(colon + 1);
    } else {
        status = not_found(name, folder);
    }
    free(path);
    free(folder);
    free(cache);
    free(plain);
    return status;
}
