/* train_test.h - one training run in a test, and the files around it. */
#ifndef TRAIN_TEST_H
#define TRAIN_TEST_H

#include "embedder.h"

#include <stdbool.h>
#include <stddef.h>

struct run {
    const struct emb_ext_train *trainer;
    const char *options[16]; /* "name=value", NULL at the end */
    const char *text;        /* the corpus; NULL: the golden excerpt */
    size_t n_bytes;          /* of text; 0: up to its NUL */
    uint32_t n_threads;      /* 0 = 1 */
    uint64_t seed, memory_bytes;
    const char *output;                   /* a name in the test's own folder; NULL: "out" */
    const char *checkpoint, *resume_from; /* likewise, or NULL */
    uint32_t cancel_phase; /* cancel at the first report of this phase or a later one; 0 = never */
    uint32_t cancel_after; /* ... but let this many such reports pass */
    /* What came of it. */
    uint32_t n_reports;
    bool was_cancelled;
    struct emb_train_result result;
};

emb_status run_train(struct run *run);

/* The path of a name in a folder of this test process's own; valid until the process ends. */
const char *test_path(const char *name);
void test_folder_remove(void); /* for .fini */

/* A whole file, NUL-terminated; NULL if it is not there. */
char *test_read(const char *path, size_t *ret_n_bytes);
bool test_same_bytes(const char *name_a, const char *name_b);
/* Files of the test's folder, to see what a failed run leaves. */
unsigned test_count_files(void);
/* A file of tests/golden/train. */
char *test_golden(const char *name, size_t *ret_n_bytes);

#endif /* TRAIN_TEST_H */
