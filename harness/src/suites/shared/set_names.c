/* Gives every data set of a run a name of its own. */
#include "suites/shared/set_names.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "suites/suite.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SAY_A_NAME "name one of them: --dataset NAME=PATH"

void set_names_add(struct set_names *names, const char *asked, const char *path, const char *own)
{
    MEM_GROW(names->entries, names->capacity, (size_t)names->n + 1);
    names->entries[names->n++] =
        (struct set_entry){.asked = asked, .path = mem_text(path), .own = mem_text(own)};
}

/* A path from the root, without "." and "..", as it is written: links are not followed, so that a
 * set is called by the folders that the user knows. */
static char *whole_path(const char *path)
{
    char *here = path[0] == '/' ? NULL : getcwd(NULL, 0);
    char *full = mem_format("%s/%s", here ? here : "", path);
    struct slice rest = slice_of(full), folder;
    struct str tidy = {0};
    while (slice_field(&rest, '/', &folder)) {
        if (slice_is(folder, "..")) {
            const char *last = tidy.n ? strrchr(tidy.data, '/') : NULL;
            tidy.n = last ? (size_t)(last - tidy.data) : 0;
            if (tidy.data) {
                tidy.data[tidy.n] = '\0';
            }
        } else if (folder.n > 0 && !slice_is(folder, ".")) {
            str_format(&tidy, "/%.*s", (int)folder.n, folder.text);
        }
    }
    free(full);
    free(here);
    return tidy.data ? tidy.data : mem_text("/");
}

/* The folders above a set: "/data/raganato2017" for "/data/raganato2017/ALL/ALL.data.xml", whose
 * own name is ALL: a folder that only repeats the name tells nothing apart. */
static char *folders_above(const struct set_entry *entry)
{
    char *path = whole_path(entry->path);
    size_t n_own = strcspn(entry->own, ":"); /* without a variant */
    char *last = strrchr(path, '/');
    *last = '\0';
    while ((last = strrchr(path, '/')) != NULL && strlen(last + 1) == n_own &&
           strncmp(last + 1, entry->own, n_own) == 0) {
        *last = '\0';
    }
    return path;
}

/* The last `depth` folders of a path with '/' behind each; all of them if there are fewer. */
static const char *last_folders(const char *path, uint32_t depth)
{
    const char *at = path + strlen(path);
    while (depth > 0 && at > path) {
        do {
            at--;
        } while (at > path && *at != '/');
        depth--;
    }
    return *at == '/' ? at + 1 : at;
}

enum { MOST_FOLDERS = 64 };

/* What a set that the user did not name is called at a depth: 0 its own name; 1 … with that many
 * folders above it; beyond, by the name of its file. */
static char *name_at(const struct set_entry *entry, uint32_t depth)
{
    if (depth == 0) {
        return mem_text(entry->own);
    }
    if (depth > MOST_FOLDERS) {
        return mem_text(file_name(entry->path));
    }
    char *above = folders_above(entry);
    const char *folders = last_folders(above, depth);
    char *name = mem_format("%s%s%s", folders, *folders ? "/" : "", entry->own);
    free(above);
    return name;
}

static uint32_t n_of_word(const struct set_names *names, const char *asked)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < names->n; i++) {
        n += names->entries[i].asked == asked;
    }
    return n;
}

/* The name that the user gave; NULL: none. */
static char *given_name(const struct set_names *names, const struct set_entry *entry)
{
    size_t n = suite_given_name(entry->asked);
    if (n == 0) {
        return NULL;
    }
    return n_of_word(names, entry->asked) > 1
               ? mem_format("%.*s/%s", (int)n, entry->asked, entry->own)
               : mem_text_n(entry->asked, n);
}

/* Is a set called like another one that was called before or behind it? */
static bool is_shared(const struct set_names *names, uint32_t set)
{
    for (uint32_t i = 0; i < names->n; i++) {
        if (i != set && strcmp(names->entries[i].name, names->entries[set].name) == 0) {
            return true;
        }
    }
    return false;
}

/* The least depth at which the sets of a group, called alike so far, all differ; they stay as they
 * are where there is none. group: [n] the sets' numbers. */
static void tell_apart(struct set_names *names, const uint32_t *group, uint32_t n)
{
    for (uint32_t depth = 1; depth <= MOST_FOLDERS + 1; depth++) {
        struct map seen = {0};
        for (uint32_t g = 0; g < n; g++) {
            char *name = name_at(&names->entries[group[g]], depth);
            map_put_text(&seen, name);
            free(name);
        }
        bool all_differ = seen.n == n;
        map_finish(&seen);
        for (uint32_t g = 0; all_differ && g < n; g++) {
            free(names->entries[group[g]].name);
            names->entries[group[g]].name = name_at(&names->entries[group[g]], depth);
        }
        if (all_differ) {
            return;
        }
    }
}

/* Every group of sets that share their own name, one group at a time. */
static void tell_all_apart(struct set_names *names, const bool *is_given)
{
    bool *shared = mem_array(names->n + 1u, sizeof *shared);
    uint32_t *group = mem_array(names->n + 1u, sizeof *group);
    for (uint32_t i = 0; i < names->n; i++) {
        shared[i] = !is_given[i] && is_shared(names, i);
    }
    for (uint32_t i = 0; i < names->n; i++) {
        uint32_t n = 0;
        for (uint32_t k = i; shared[i] && k < names->n; k++) {
            if (shared[k] && strcmp(names->entries[k].own, names->entries[i].own) == 0) {
                group[n++] = k;
                shared[k] = k == i;
            }
        }
        if (n > 0) {
            tell_apart(names, group, n);
            shared[i] = false;
        }
    }
    free(group);
    free(shared);
}

static int check_given(const char *suite, const struct set_entry *entry)
{
    size_t n = suite_given_name(entry->asked);
    for (size_t c = 0; c < n; c++) {
        if ((unsigned char)entry->asked[c] < ' ' || entry->asked[c] == '|') {
            return error_set(ERR_REQUEST,
                             "suite %s: data set \"%s\": found '|' or a control character in its "
                             "name, expected none",
                             suite, entry->asked);
        }
    }
    return 0;
}

static int take(struct set_names *names, const char *suite, uint32_t i)
{
    const struct set_entry *entry = &names->entries[i];
    uint32_t number = map_find_text(&names->taken, entry->name);
    if (number == MAP_NONE) {
        map_put_text(&names->taken, entry->name);
        return 0;
    }
    const struct set_entry *other = entry;
    for (uint32_t k = 0; k < i && other == entry; k++) {
        other = strcmp(names->entries[k].name, entry->name) == 0 ? &names->entries[k] : other;
    }
    char *one = whole_path(other->path), *two = whole_path(entry->path);
    int status = 0;
    if (strcmp(one, two) != 0) {
        status =
            error_set(ERR_REQUEST, "suite %s: %s and %s would both be called \"%s\"; " SAY_A_NAME,
                      suite, other->path, entry->path, entry->name);
    } else if (!names->are_of_training) {
        status =
            error_set(ERR_REQUEST,
                      "suite %s: %s was given twice, and both would be called \"%s\"; leave one "
                      "out, or " SAY_A_NAME,
                      suite, entry->path, entry->name);
    }
    free(one);
    free(two);
    return status;
}

int set_names_settle(struct set_names *names, const char *suite)
{
    bool *is_given = mem_array(names->n + 1u, sizeof *is_given);
    int status = 0;
    for (uint32_t i = 0; i < names->n; i++) {
        struct set_entry *entry = &names->entries[i];
        status = status ? status : check_given(suite, entry);
        char *given = given_name(names, entry);
        is_given[i] = given != NULL;
        entry->name = given ? given : name_at(entry, 0);
    }
    tell_all_apart(names, is_given);
    for (uint32_t i = 0; status == 0 && i < names->n; i++) {
        status = take(names, suite, i);
    }
    free(is_given);
    return status;
}

void set_names_put(const struct set_names *names, uint32_t i, char **name)
{
    free(*name);
    *name = mem_text(names->entries[i].name);
}

int set_names_derive(struct set_names *names, const char *suite, uint32_t i, const char *derived)
{
    uint32_t known = names->taken.n;
    if (map_put_text(&names->taken, derived) == known) {
        return 0;
    }
    return error_set(ERR_REQUEST,
                     "suite %s: a part of %s would be called \"%s\", as another data set of this "
                     "run is or a part of it; " SAY_A_NAME,
                     suite, names->entries[i].path, derived);
}

void set_names_finish(struct set_names *names)
{
    for (uint32_t i = 0; i < names->n; i++) {
        free(names->entries[i].path);
        free(names->entries[i].own);
        free(names->entries[i].name);
    }
    free(names->entries);
    map_finish(&names->taken);
    *names = (struct set_names){0};
}
