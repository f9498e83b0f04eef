/* temporary.h - a file with given bytes for the time of a test. */
#ifndef TESTS_TEMPORARY_H
#define TESTS_TEMPORARY_H

#include <criterion/criterion.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A new folder; remove what is in it and itself with temporary_remove. */
static inline const char *temporary_folder(void)
{
    static char folder[PATH_MAX];
    const char *base = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/harness-test-XXXXXX", base ? base : "/tmp");
    cr_assert_not_null(mkdtemp(folder));
    return folder;
}

static inline void temporary_write(const char *path, const char *bytes, size_t n)
{
    FILE *file = fopen(path, "wb");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(bytes, 1, n, file), n);
    cr_assert_eq(fclose(file), 0);
}

static inline void temporary_remove(const char *folder)
{
    char command[PATH_MAX + 16];
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    cr_assert_eq(system(command), 0);
}

#endif /* TESTS_TEMPORARY_H */
