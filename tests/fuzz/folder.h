/*
 * folder.h - one input, several files: for readers of folders.
 *
 *     @ NAME\n BYTES \n@ NAME\n BYTES ...
 *
 * each becomes a file of a folder of the target's own, in memory where the system has such a place.
 * Names are of letters, digits, '.', '_' and '-'; what is none is left out.
 */
#ifndef FUZZ_FOLDER_H
#define FUZZ_FOLDER_H

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FUZZ_MOST_FILES = 16, FUZZ_MOST_NAME = 64, FUZZ_MOST_BYTES = 1 << 16 };

static char fuzz_place[64];

static inline void fuzz_clear(void)
{
    DIR *folder = opendir(fuzz_place);
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        if (entry->d_name[0] != '.') {
            unlinkat(dirfd(folder), entry->d_name, 0);
        }
    }
    if (folder) {
        closedir(folder);
    }
}

static inline void fuzz_remove(void)
{
    fuzz_clear();
    rmdir(fuzz_place);
}

/* The folder, made at the first call and removed at the end of the process. */
static inline const char *fuzz_folder(void)
{
    if (!fuzz_place[0]) {
        bool memory = access("/dev/shm", W_OK) == 0;
        snprintf(fuzz_place, sizeof fuzz_place, "%s/harness-fuzz-XXXXXX",
                 memory ? "/dev/shm" : "/tmp");
        if (!mkdtemp(fuzz_place)) {
            abort();
        }
        atexit(fuzz_remove);
    }
    return fuzz_place;
}

/* Writes a file of the folder; its path is valid until the next call but three. */
static inline const char *fuzz_put(const char *name, const void *bytes, size_t n)
{
    static char paths[4][sizeof fuzz_place + FUZZ_MOST_NAME + 1];
    static int turn;
    char *path = paths[turn = (turn + 1) % 4];
    snprintf(path, sizeof paths[0], "%s/%.*s", fuzz_folder(), FUZZ_MOST_NAME - 1, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, bytes, n) != (ssize_t)n) {
        abort();
    }
    close(fd);
    return path;
}

static inline const char *fuzz_put_text(const char *name, const char *text)
{
    return fuzz_put(name, text, strlen(text));
}

static inline bool fuzz_is_name(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char c = text[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && !(i > 0 && (c == '.' || c == '_' || c == '-'))) {
            return false;
        }
    }
    return n > 0 && n < FUZZ_MOST_NAME;
}

/* The input's files into the emptied folder; returns its path. */
static inline const char *fuzz_unpack(const uint8_t *data, size_t size)
{
    const char *at = (const char *)data,
               *end = at + (size < FUZZ_MOST_BYTES ? size : FUZZ_MOST_BYTES);
    fuzz_folder();
    fuzz_clear();
    for (int files = 0; files < FUZZ_MOST_FILES && end - at > 2 && memcmp(at, "@ ", 2) == 0;
         files++) {
        const char *name = at + 2, *line = memchr(name, '\n', (size_t)(end - name));
        if (!line) {
            break;
        }
        const char *next = memmem(line, (size_t)(end - line), "\n@ ", 3);
        const char *stop = next ? next : end;
        if (fuzz_is_name(name, (size_t)(line - name))) {
            char kept[FUZZ_MOST_NAME];
            snprintf(kept, sizeof kept, "%.*s", (int)(line - name), name);
            const char *content = line + 1 < stop ? line + 1 : stop;
            fuzz_put(kept, content, (size_t)(stop - content));
        }
        at = next ? next + 1 : end;
    }
    return fuzz_place;
}

#endif /* FUZZ_FOLDER_H */
