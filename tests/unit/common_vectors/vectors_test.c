/* Files, loads and comparisons for the tests of word vectors. */
#include "vectors_test.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64];

static char prepared[1024]; /* where the set-up keeps models */

static void find_prepared(void)
{
    const char *own = getenv("HARNESS_CACHE"), *xdg = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    if (own) {
        snprintf(prepared, sizeof prepared, "%s/models/", own);
    } else if (xdg) {
        snprintf(prepared, sizeof prepared, "%s/harness/models/", xdg);
    } else {
        snprintf(prepared, sizeof prepared, "%s/.cache/harness/models/", home ? home : "");
    }
}

void make_folder(void)
{
    find_prepared();
    strcpy(folder, "/tmp/vectors-XXXXXX");
    cr_assert(mkdtemp(folder));
    char cache[128];
    snprintf(cache, sizeof cache, "%s/cache", folder);
    setenv("HARNESS_CACHE", cache, 1);
    unsetenv("HARNESS_NO_CACHE");
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *at)
{
    (void)status, (void)kind, (void)at;
    return remove(path);
}

void remove_folder(void)
{
    nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static const char *join(const char *a, const char *b, const char *c)
{
    static char paths[32][1024];
    static unsigned next;
    char *path = paths[next++ % 32];
    snprintf(path, sizeof paths[0], "%s%s%s", a, b, c);
    return path;
}

const char *golden_path(const char *name)
{
    const char *root = getenv("HARNESS_SOURCE_ROOT");
    cr_assert(root, "HARNESS_SOURCE_ROOT is not set: run by meson test");
    return join(root, "/tests/golden/vectors/", name);
}

const char *model_path(const char *name)
{
    const char *path = join(prepared, name, "");
    if (access(path, R_OK) != 0) {
        cr_skip_test("not prepared: %s", path);
    }
    return path;
}

const char *folder_path(const char *name)
{
    return join(folder, "/", name);
}

const char *write_file(const char *name, const void *bytes, size_t n)
{
    const char *path = folder_path(name);
    FILE *file = fopen(path, "wb");
    cr_assert(file && fwrite(bytes, 1, n, file) == n && fclose(file) == 0);
    return path;
}

const char *write_text(const char *name, const char *text)
{
    return write_file(name, text, strlen(text));
}

char *read_whole(const char *path, size_t *ret_n)
{
    FILE *file = fopen(path, "rb");
    cr_assert(file, "%s cannot be opened", path);
    fseek(file, 0, SEEK_END);
    size_t n = (size_t)ftell(file);
    rewind(file);
    char *bytes = malloc(n + 1);
    cr_assert(bytes && fread(bytes, 1, n, file) == n);
    fclose(file);
    bytes[n] = '\0';
    *ret_n = n;
    return bytes;
}

struct vector_table *load_with(const char *path, struct vector_options options)
{
    struct vector_table *table = NULL;
    emb_status status = vectors_load(mini_host(2), path, &options, &table);
    cr_assert_eq(status, EMB_OK, "%s: %d: %s", path, status, mini_host_failure());
    return table;
}

struct vector_table *load_good(const char *path)
{
    return load_with(path, (struct vector_options){.cache = false});
}

void check_refused(const char *path, emb_status status, const char *const *parts)
{
    struct vector_table *table = NULL;
    struct vector_options options = {.cache = false};
    size_t before = mini_host_bytes();
    emb_status found = vectors_load(mini_host(2), path, &options, &table);
    cr_assert_eq(found, status, "%s: status %d, expected %d (%s)", path, found, status,
                 mini_host_failure());
    cr_assert_null(table);
    cr_assert(strstr(mini_host_failure(), path), "no path in: %s", mini_host_failure());
    for (; *parts; parts++) {
        cr_assert(strstr(mini_host_failure(), *parts), "no '%s' in: %s", *parts,
                  mini_host_failure());
    }
    cr_assert_eq(mini_host_bytes(), before);
}

const float *row_of(const struct vector_table *table, const char *word)
{
    uint64_t i = vectors_find(table, word, strlen(word));
    cr_assert_neq(i, VOCABULARY_NONE, "'%s' is not there", word);
    return table->rows + i * table->row_stride;
}

void check_equal(const struct vector_table *a, const struct vector_table *b)
{
    cr_assert_eq(a->n_words, b->n_words);
    cr_assert_eq(a->dim, b->dim);
    for (uint64_t i = 0; i < a->n_words; i++) {
        uint32_t n_a, n_b;
        const char *word_a = vocabulary_word(&a->words, i, &n_a);
        const char *word_b = vocabulary_word(&b->words, i, &n_b);
        cr_assert(n_a == n_b && memcmp(word_a, word_b, n_a) == 0, "word %lu", (unsigned long)i);
        cr_assert_eq(vectors_find(b, word_a, n_a), i);
    }
    cr_assert_eq(memcmp(a->rows, b->rows, a->n_words * a->dim * sizeof(float)), 0);
}
