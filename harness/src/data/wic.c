/* Finds the files of a WiC-like data set, and what each of them is. */
#include "data/context_pairs.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "data/beside.h"
#include "data/target_check.h"
#include "data/wic_files.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { DEEPEST = 3 }; /* folders below the one that is named */

struct found_file {
    char *path;
    uint8_t folder_split;
};

struct search {
    const char *root; /* as named */
    char *name;       /* of the set */
    struct found_file *files;
    size_t n_files, files_capacity;
    struct context_sets sets;
    char **parts; /* [sets.n] names of the parts, "" for none */
    size_t sets_capacity, parts_capacity;
};

/* Does the name hold one of the words, letters neither before nor behind it? Where it begins, or
 * NULL. */
static const char *find_word(const char *name, const char *word)
{
    size_t n = strlen(word);
    for (const char *at = name; (at = strcasestr(at, word)) != NULL; at++) {
        if ((at == name || !isalpha((unsigned char)at[-1])) && !isalpha((unsigned char)at[n])) {
            return at;
        }
    }
    return NULL;
}

/* The split that a file or folder is named after; CONTEXT_WHOLE if none. */
static uint8_t split_of(const char *name, const char **ret_at)
{
    static const struct {
        const char *word;
        uint8_t split;
    } words[] = {{"train", CONTEXT_TRAIN},     {"training", CONTEXT_TRAIN}, {"dev", CONTEXT_DEV},
                 {"development", CONTEXT_DEV}, {"valid", CONTEXT_DEV},      {"val", CONTEXT_DEV},
                 {"validation", CONTEXT_DEV},  {"test", CONTEXT_TEST}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const char *at = find_word(name, words[i].word);
        if (at) {
            *ret_at = at;
            return words[i].split;
        }
    }
    *ret_at = NULL;
    return CONTEXT_WHOLE;
}

static void add_file(struct search *search, const char *path, uint8_t folder_split)
{
    MEM_GROW(search->files, search->files_capacity, search->n_files + 1);
    search->files[search->n_files++] = (struct found_file){mem_text(path), folder_split};
}

static int list_folder(struct search *search, const char *path, uint8_t folder_split, int depth)
{
    struct file_list list = {0};
    int status = file_list_folder(path, &list);
    for (uint32_t i = 0; status == 0 && i < list.n; i++) {
        const char *name = list.names[i], *at;
        char *inside = file_join(path, name);
        if (!file_is_folder(inside)) {
            add_file(search, inside, folder_split);
        } else if (depth < DEEPEST && name[0] != '.') {
            uint8_t split = split_of(name, &at);
            status = list_folder(search, inside, at ? split : folder_split, depth + 1);
        }
        free(inside);
    }
    file_list_finish(&list);
    return status;
}

/* The set of a part, begun if it is new. */
static struct context_set *set_of(struct search *search, const char *part, size_t n)
{
    for (uint32_t i = 0; i < search->sets.n; i++) {
        if (strlen(search->parts[i]) == n && memcmp(search->parts[i], part, n) == 0) {
            return &search->sets.sets[i];
        }
    }
    MEM_GROW(search->sets.sets, search->sets_capacity, search->sets.n + 1u);
    MEM_GROW(search->parts, search->parts_capacity, search->sets.n + 1u);
    search->parts[search->sets.n] = mem_text_n(part, n);
    struct context_set *set = &search->sets.sets[search->sets.n++];
    context_set_init(set, search->name, search->root);
    return set;
}

/* "x/dev.data.txt" with another ending. free() it. */
static char *beside(const char *path, const char *ending, const char *other)
{
    return mem_format("%.*s%s", (int)(strlen(path) - strlen(ending)), path, other);
}

/* The same where there is such a file, here or, of that name, once elsewhere in the folder that was
 * named; NULL if there is none. free() it. */
static int find_gold(const struct search *search, char *wanted, char **ret_path)
{
    *ret_path = wanted;
    if (file_exists(wanted)) {
        return 0;
    }
    const char *found = NULL;
    for (size_t i = 0; i < search->n_files; i++) {
        const char *path = search->files[i].path;
        if (strcmp(file_name(path), file_name(wanted)) == 0) {
            if (found) {
                return error_set(ERR_REQUEST, "%s and %s: expected one file of this name", found,
                                 path);
            }
            found = path;
        }
    }
    *ret_path = found ? mem_text(found) : NULL;
    free(wanted);
    return 0;
}

static int read_tsv(struct search *search, const char *path, uint8_t split)
{
    char *definitions = beside(path, "_examples.txt", "_definitions.txt"), *labels = NULL;
    int status = find_gold(search, beside(path, "_examples.txt", "_labels.txt"), &labels);
    if (status == 0) {
        status = wic_read_tsv(set_of(search, "", 0), path, definitions, labels, split);
    }
    free(definitions);
    free(labels);
    return status;
}

/* "dev.en-fr.data": the part is "en-fr". */
static int read_mcl(struct search *search, const char *path, const char *ending, uint8_t split)
{
    const char *name = file_name(path), *dot = strchr(name, '.');
    size_t end = strlen(name) - strlen(ending), begin = (size_t)(dot - name) + 1;
    char *gold = NULL;
    int status = find_gold(search, beside(path, ending, ".gold"), &gold);
    if (status == 0) {
        struct context_set *set =
            begin < end ? set_of(search, name + begin, end - begin) : set_of(search, "", 0);
        status = wic_read_json(set, path, gold, split);
    }
    free(gold);
    return status;
}

/* "de_test_data.txt" with "de_test_gold.txt", "de_train.txt": the part is "de". */
static int read_xl(struct search *search, const char *path, const char *split_at, uint8_t split)
{
    const char *name = file_name(path);
    size_t n = (size_t)(split_at - name);
    char *gold = NULL;
    int status = text_ends(name, "_data.txt")
                     ? find_gold(search, beside(path, "_data.txt", "_gold.txt"), &gold)
                     : 0;
    if (status == 0) {
        status = wic_read_xl(set_of(search, name, n > 0 ? n - 1 : 0), path, gold, split);
    }
    free(gold);
    return status;
}

/* Is read with another file, or not needed? */
static bool is_companion(const char *name)
{
    static const char *const endings[] = {".gold.txt",   "_definitions.txt", "_hypernyms.txt",
                                          "_labels.txt", "_domains.txt",     "_gold.txt",
                                          ".gold"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        if (text_ends(name, endings[i])) {
            return true;
        }
    }
    return is_beside_data(name);
}

/* One file, if it is the main one of a format. In a folder, what is named after a split and is of
 * none is an error: it would be missed. */
static int read_one(struct search *search, const char *path, uint8_t folder_split)
{
    const char *name = file_name(path), *at;
    uint8_t named = split_of(name, &at), split = at ? named : folder_split;
    if (text_ends(name, ".data.txt")) {
        char *gold = beside(path, ".data.txt", ".gold.txt");
        int status = wic_read_wic(set_of(search, "", 0), path, gold, split);
        free(gold);
        return status;
    }
    if (text_ends(name, "_examples.txt")) {
        return read_tsv(search, path, split);
    }
    if (text_ends(name, ".data")) {
        return read_mcl(search, path, ".data", split);
    }
    if (text_ends(name, ".jsonl") || (text_ends(name, ".json") && at)) {
        return wic_read_json(set_of(search, "", 0), path, NULL, split);
    }
    if (is_companion(name)) {
        return 0;
    }
    if (text_ends(name, ".txt") && strchr(name, '_') && at) {
        return read_xl(search, path, at, split);
    }
    return at ? error_set(ERR_REQUEST,
                          "%s: no file of WiC, WiC-TSV, MCL-WiC, SuperGLUE's WiC or XL-WiC by its "
                          "name, though it is named after a split",
                          path)
              : 0;
}

/* Several parts are called SET/PART. */
static void name_parts(struct search *search)
{
    for (uint32_t i = 0; search->sets.n > 1 && i < search->sets.n; i++) {
        if (search->parts[i][0]) {
            free(search->sets.sets[i].name);
            search->sets.sets[i].name = mem_format("%s/%s", search->name, search->parts[i]);
        }
    }
}

static void search_finish(struct search *search)
{
    for (size_t i = 0; i < search->n_files; i++) {
        free(search->files[i].path);
    }
    for (uint32_t i = 0; i < search->sets.n; i++) {
        free(search->parts[i]);
    }
    free(search->files);
    free(search->parts);
    free(search->name);
}

static int read_files(struct search *search)
{
    size_t n_pairs = 0;
    for (size_t i = 0; i < search->n_files; i++) {
        TRY(read_one(search, search->files[i].path, search->files[i].folder_split));
    }
    for (uint32_t i = 0; i < search->sets.n; i++) {
        n_pairs += search->sets.sets[i].n_pairs;
    }
    if (n_pairs == 0) {
        return error_set(ERR_REQUEST,
                         "%s: holds no pairs; expected the files of WiC (*.data.txt, *.gold.txt), "
                         "WiC-TSV (*_examples.txt), MCL-WiC (*.data), SuperGLUE's WiC (*.jsonl) or "
                         "XL-WiC (*_SPLIT.txt)",
                         search->root);
    }
    return 0;
}

/* "en-fr": the second text is in another language than the lemma. */
static bool is_cross_lingual(const char *part)
{
    const char *dash = strchr(part, '-');
    return dash && (strlen(dash + 1) != (size_t)(dash - part) ||
                    strncmp(part, dash + 1, (size_t)(dash - part)) != 0);
}

/* A target that is its whole text, such as a definition, is no occurrence of the lemma. */
static void check_targets(const struct context_set *set, int n_sides)
{
    struct target_check check = {0};
    for (size_t p = 0; p < set->n_pairs; p++) {
        const struct context_pair *pair = &set->pairs[p];
        for (int side = 0; side < n_sides; side++) {
            const struct context_occurrence *at = &set->occurrences[pair->occurrences[side]];
            const struct slice target = {at->text + at->target.begin,
                                         at->target.end - at->target.begin};
            if (target.n < at->n_bytes) {
                target_check_add(&check, pair->id, target, pair->lemmas[side]);
            }
        }
    }
    target_check_finish(&check, set->path, 0.02,
                        "do the indices count tokens, or the offsets code points, from 0?");
}

int wic_read(const char *path, struct context_sets *ret_sets)
{
    if (!file_exists(path)) {
        return error_set(ERR_REQUEST, "%s: no such file or folder", path);
    }
    char *trimmed = mem_text(path);
    for (size_t n = strlen(trimmed); n > 1 && trimmed[n - 1] == '/'; n--) {
        trimmed[n - 1] = '\0';
    }
    struct search search = {.root = path, .name = mem_text(file_name(trimmed))};
    free(trimmed);
    int status = 0;
    if (file_is_folder(path)) {
        status = list_folder(&search, path, CONTEXT_WHOLE, 0);
    } else {
        add_file(&search, path, CONTEXT_WHOLE);
    }
    status = status ? status : read_files(&search);
    if (status == 0) {
        name_parts(&search);
        for (uint32_t i = 0; i < search.sets.n; i++) {
            check_targets(&search.sets.sets[i], is_cross_lingual(search.parts[i]) ? 1 : 2);
        }
        *ret_sets = search.sets;
    }
    search_finish(&search);
    if (status) {
        context_sets_finish(&search.sets);
    }
    return status;
}
