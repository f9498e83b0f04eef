/* vectors_test.h - what the tests of word-vector files share. */
#ifndef VECTORS_TEST_H
#define VECTORS_TEST_H

#include "mini_host.h"
#include "vectors/vectors.h"

#include <criterion/criterion.h>

/* A folder for the test's files and caches: HARNESS_CACHE points into it. For .init and .fini. */
void make_folder(void);
void remove_folder(void);

/* tests/golden/vectors/NAME; in the test's folder. Good for the next 31 calls. */
const char *golden_path(const char *name);
const char *folder_path(const char *name);

/* A model that the set-up prepares, such as "glove/vectors.txt"; skips the test without it. */
const char *model_path(const char *name);

/* Writes a file in the test's folder; its path. */
const char *write_file(const char *name, const void *bytes, size_t n);
const char *write_text(const char *name, const char *text);

/* A whole file in a block of its own, NUL added; *ret_n bytes. Free it. */
char *read_whole(const char *path, size_t *ret_n);

/* Loads a file that must be good, without a cache. */
struct vector_table *load_good(const char *path);
struct vector_table *load_with(const char *path, struct vector_options options);

/* Loading fails with this status and a message that holds each of `parts`; no memory is left
 * allocated. */
void check_refused(const char *path, emb_status status, const char *const *parts);
#define PARTS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* The row of a word that must be there. */
const float *row_of(const struct vector_table *table, const char *word);

/* Same words, same bits. */
void check_equal(const struct vector_table *a, const struct vector_table *b);

#endif /* VECTORS_TEST_H */
