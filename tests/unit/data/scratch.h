/*
 * scratch.h - a folder of a test's own, with the files that the test writes.
 */
#ifndef TESTS_SCRATCH_H
#define TESTS_SCRATCH_H

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct scratch {
    char folder[256];
};

static inline struct scratch scratch_open(void)
{
    struct scratch scratch;
    const char *base = getenv("TMPDIR");
    snprintf(scratch.folder, sizeof scratch.folder, "%s/harness-test-XXXXXX", base ? base : "/tmp");
    assert(mkdtemp(scratch.folder));
    return scratch;
}

/* The path of a name in the folder, in one of four buffers used in turn. */
static inline const char *scratch_path(const struct scratch *scratch, const char *name)
{
    static char paths[4][512];
    static int turn;
    turn = (turn + 1) % 4;
    snprintf(paths[turn], sizeof paths[turn], "%s/%s", scratch->folder, name);
    return paths[turn];
}

static inline const char *scratch_bytes(const struct scratch *scratch, const char *name,
                                        const void *bytes, size_t n)
{
    const char *path = scratch_path(scratch, name);
    FILE *file = fopen(path, "wb");
    assert(file);
    assert(fwrite(bytes, 1, n, file) == n);
    fclose(file);
    return path;
}

static inline const char *scratch_text(const struct scratch *scratch, const char *name,
                                       const char *text)
{
    return scratch_bytes(scratch, name, text, strlen(text));
}

static inline void scratch_folder(const struct scratch *scratch, const char *name)
{
    assert(mkdir(scratch_path(scratch, name), 0777) == 0);
}

static inline void scratch_close(struct scratch *scratch)
{
    char command[320];
    snprintf(command, sizeof command, "rm -r '%s'", scratch->folder);
    if (system(command) != 0) {
        fprintf(stderr, "%s: is left behind\n", scratch->folder);
    }
}

/* The path of a shared data set, NULL if HARNESS_SHARED does not lead to it. */
static inline const char *shared_path(const char *name)
{
    static char path[512];
    const char *shared = getenv("HARNESS_SHARED");
    snprintf(path, sizeof path, "%s/%s", shared ? shared : "", name);
    struct stat info;
    return shared && stat(path, &info) == 0 ? path : NULL;
}

#endif /* TESTS_SCRATCH_H */
