/* Writes a table into the cache, by a thread of its own, and tidies up old ones. */
#include "vectors/cache.h"
#include "vectors/cache_format.h"
#include "vectors/fingerprint.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { LEFTOVER_SECONDS = 24 * 3600 };

struct cache_writer {
    pthread_t thread;
    const struct vector_table *table;
    struct cache_header header;
    char *source;
    char file[CACHE_PATH_ROOM], folder[CACHE_PATH_ROOM];
};

/* The parts of the file after the header. */
struct part {
    const void *data;
    uint64_t at, n_bytes;
};

enum { N_PARTS = 5 };

static uint64_t round_up(uint64_t n, uint64_t unit)
{
    return (n + unit - 1) / unit * unit;
}

/* Fills in the places and the fingerprint of the parts. */
static void lay_out(struct cache_writer *writer, struct part parts[N_PARTS])
{
    const struct vector_table *table = writer->table;
    struct cache_header *h = &writer->header;
    h->path_bytes = strlen(writer->source);
    h->text_bytes = table->words.n_bytes;
    h->n_slots = table->words.n_slots;
    h->path_at = CACHE_PARTS_AT;
    h->text_at = round_up(h->path_at + h->path_bytes, 64);
    h->offsets_at = round_up(h->text_at + h->text_bytes, 64);
    h->slots_at = round_up(h->offsets_at + (h->n_words + 1) * 8, 64);
    h->rows_at = round_up(h->slots_at + h->n_slots * 8, 4096);
    uint64_t rows_bytes = h->n_words * h->dim * sizeof(float);
    h->file_bytes = h->rows_at + rows_bytes;
    parts[0] = (struct part){writer->source, h->path_at, h->path_bytes};
    parts[1] = (struct part){table->words.text, h->text_at, h->text_bytes};
    parts[2] = (struct part){table->words.offsets, h->offsets_at, (h->n_words + 1) * 8};
    parts[3] = (struct part){table->words.slots, h->slots_at, h->n_slots * 8};
    parts[4] = (struct part){table->rows, h->rows_at, rows_bytes};
}

/* Of the parts before the rows, with the zeros between them. */
static uint64_t print_parts(const struct cache_header *h, const struct part parts[N_PARTS])
{
    static const char zeros[4096];
    struct fingerprint print;
    fingerprint_begin(&print);
    uint64_t at = CACHE_PARTS_AT;
    for (int i = 0; i < N_PARTS - 1; i++) {
        fingerprint_add(&print, zeros, parts[i].at - at);
        fingerprint_add(&print, parts[i].data, parts[i].n_bytes);
        at = parts[i].at + parts[i].n_bytes;
    }
    fingerprint_add(&print, zeros, h->rows_at - at);
    return fingerprint_end(&print);
}

static bool write_fully(int fd, const void *data, uint64_t n, uint64_t at)
{
    const char *p = data;
    while (n > 0) {
        ssize_t put = pwrite(fd, p, n < (1u << 30) ? n : (1u << 30), (off_t)at);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put <= 0) {
            return false;
        }
        p += put;
        at += (uint64_t)put;
        n -= (uint64_t)put;
    }
    return true;
}

/* Everything into the open temporary file, down to the disk. */
static bool write_file(struct cache_writer *writer, int fd)
{
    struct part parts[N_PARTS];
    struct cache_header *h = &writer->header;
    lay_out(writer, parts);
    h->parts_print = print_parts(h, parts);
    h->rows_print = fingerprint_of(parts[N_PARTS - 1].data, parts[N_PARTS - 1].n_bytes);
    h->header_print = cache_header_print(h);
    bool written = write_fully(fd, h, sizeof *h, 0);
    for (int i = 0; i < N_PARTS && written; i++) {
        written = write_fully(fd, parts[i].data, parts[i].n_bytes, parts[i].at);
    }
    return written && fsync(fd) == 0;
}

/* A cache of a source that is no more, by the path that it holds. */
static bool is_orphan(int folder, const char *name)
{
    struct cache_header h;
    char source[CACHE_PATH_ROOM];
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        return false;
    }
    bool orphan = pread(fd, &h, sizeof h, 0) == (ssize_t)sizeof h &&
                  memcmp(h.magic, CACHE_MAGIC, 8) == 0 && h.version == CACHE_VERSION &&
                  h.header_print == cache_header_print(&h) && h.path_bytes < sizeof source &&
                  pread(fd, source, h.path_bytes, (off_t)h.path_at) == (ssize_t)h.path_bytes;
    close(fd);
    if (orphan) {
        source[h.path_bytes] = '\0';
        orphan = access(source, F_OK) != 0 && errno == ENOENT;
    }
    return orphan;
}

/* A temporary file of a process that was killed. */
static bool is_leftover(int folder, const char *name)
{
    struct stat st;
    return (strncmp(name, "writing-", 8) == 0 || strstr(name, CACHE_SEAL_ENDING "-")) &&
           fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
           time(NULL) - st.st_mtime > LEFTOVER_SECONDS;
}

/* Removes a cache, and what is said of it. */
static void remove_cache(int folder, const char *name)
{
    char seal[NAME_MAX + 1];
    int stem = (int)(strlen(name) - strlen(CACHE_ENDING));
    unlinkat(folder, name, 0);
    if (snprintf(seal, sizeof seal, "%.*s%s", stem, name, CACHE_SEAL_ENDING) < NAME_MAX) {
        unlinkat(folder, seal, 0);
    }
}

static void tidy(const char *folder)
{
    DIR *dir = opendir(folder);
    if (!dir) {
        return;
    }
    for (struct dirent *entry; (entry = readdir(dir));) {
        const char *dot = strrchr(entry->d_name, '.');
        if (is_leftover(dirfd(dir), entry->d_name)) {
            unlinkat(dirfd(dir), entry->d_name, 0);
        } else if (dot && strcmp(dot, CACHE_ENDING) == 0 && is_orphan(dirfd(dir), entry->d_name)) {
            remove_cache(dirfd(dir), entry->d_name);
        }
    }
    closedir(dir);
}

static void *write_cache(void *arg)
{
    struct cache_writer *writer = arg;
    char temporary[CACHE_PATH_ROOM + 32];
    snprintf(temporary, sizeof temporary, "%s/writing-XXXXXX", writer->folder);
    tidy(writer->folder);
    int fd = mkostemp(temporary, O_CLOEXEC);
    bool written = fd >= 0 && write_file(writer, fd) && rename(temporary, writer->file) == 0;
    int status = errno;
    if (fd >= 0) {
        close(fd);
    }
    if (written) {
        int folder = open(writer->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (folder >= 0) {
            fsync(folder);
            close(folder);
        }
    } else {
        char line[CACHE_PATH_ROOM + 128];
        snprintf(line, sizeof line, "%s: no cache of the parsed vectors is kept here: %s",
                 writer->folder, strerror(status));
        if (fd >= 0) {
            unlink(temporary);
        }
        writer->table->host->log(writer->table->host, EMB_LOG_WARN, line);
    }
    return NULL;
}

static struct cache_header header_of(const struct vector_table *table, uint64_t print,
                                     struct file_identity identity, int64_t start)
{
    struct cache_header h = {
        .magic = CACHE_MAGIC,
        .version = CACHE_VERSION,
        .format = (uint32_t)table->format,
        .source_print = print,
        .source = identity,
        .n_words = table->n_words,
        .dim = table->dim,
        .n_duplicates = table->n_duplicates,
        .n_not_utf8 = table->n_not_utf8,
    };
    if (identity.ctime > start - CACHE_RACY_NS) {
        h.source.mtime = 0;
    }
    memcpy(h.packing, table->packing, strnlen(table->packing, sizeof h.packing));
    return h;
}

void cache_save(struct vector_table *table, uint64_t print, struct file_identity identity,
                int64_t start)
{
    struct cache_writer *writer = calloc(1, sizeof *writer);
    if (!writer) {
        return;
    }
    writer->table = table;
    writer->header = header_of(table, print, identity, start);
    if (!cache_place(table->path, true, writer->file, writer->folder, &writer->source)) {
        char line[CACHE_PATH_ROOM + 128];
        snprintf(line, sizeof line, "%s: no cache of the parsed vectors is kept here: %s",
                 writer->folder[0] ? writer->folder : "(no HOME)", strerror(errno));
        table->host->log(table->host, EMB_LOG_WARN, line);
        free(writer);
        return;
    }
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are for the host's threads */
    int rc = pthread_create(&writer->thread, NULL, write_cache, writer);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc != 0) {
        write_cache(writer);
        free(writer->source);
        free(writer);
        return;
    }
    table->writer = writer;
}

void cache_wait(struct vector_table *table)
{
    if (table->writer) {
        pthread_join(table->writer->thread, NULL);
        free(table->writer->source);
        free(table->writer);
        table->writer = NULL;
    }
}
