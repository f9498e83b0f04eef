/* Maps a cached table and checks that it belongs to its source. */
#include "vectors/cache.h"
#include "vectors/cache_format.h"
#include "vectors/cache_seal.h"
#include "vectors/fingerprint.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STREAM_BLOCK = 1024 * 1024 };

bool cache_allowed(void)
{
    const char *no = getenv("HARNESS_NO_CACHE");
    return !no || no[0] == '\0' || strcmp(no, "0") == 0;
}

uint64_t cache_header_print(const struct cache_header *header)
{
    return fingerprint_of(header, offsetof(struct cache_header, header_print));
}

static bool make_folders(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        int rc = mkdir(path, 0777);
        *slash = '/';
        if (rc != 0 && errno != EEXIST) {
            return false;
        }
    }
    return mkdir(path, 0777) == 0 || errno == EEXIST;
}

static bool set(const char *value)
{
    return value && value[0] == '/';
}

bool cache_place(const char *path, bool make, char ret_file[CACHE_PATH_ROOM],
                 char ret_folder[CACHE_PATH_ROOM], char **ret_source)
{
    const char *own = getenv("HARNESS_CACHE");
    const char *xdg = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    int n;
    if (own && own[0] != '\0') {
        n = snprintf(ret_folder, CACHE_PATH_ROOM, "%s/vectors", own);
    } else if (set(xdg)) {
        n = snprintf(ret_folder, CACHE_PATH_ROOM, "%s/harness/vectors", xdg);
    } else if (set(home)) {
        n = snprintf(ret_folder, CACHE_PATH_ROOM, "%s/.cache/harness/vectors", home);
    } else {
        return false;
    }
    char *source = n < CACHE_PATH_ROOM - 64 ? realpath(path, NULL) : NULL;
    if (!source || (make && !make_folders(ret_folder))) {
        free(source);
        return false;
    }
    unsigned long long key = fingerprint_of(source, strlen(source));
    if (snprintf(ret_file, CACHE_PATH_ROOM, "%s/%016llx" CACHE_ENDING, ret_folder, key) >=
        CACHE_PATH_ROOM) {
        free(source);
        return false;
    }
    *ret_source = source;
    return true;
}

/* Is the part [at, at + n * size) inside [from, to)? */
static bool inside(uint64_t at, uint64_t n, uint64_t size, uint64_t from, uint64_t to)
{
    return at % 64 == 0 && at >= from && at <= to && n <= (to - at) / size;
}

static bool header_holds(const struct cache_header *h, uint64_t file_bytes, const char *source)
{
    return memcmp(h->magic, CACHE_MAGIC, 8) == 0 && h->version == CACHE_VERSION &&
           h->header_print == cache_header_print(h) && h->file_bytes == file_bytes &&
           h->format <= WORD2VEC_BINARY && h->dim >= 1 && h->dim <= VECTORS_MAX_DIM &&
           h->n_words >= 1 && h->n_words <= VOCABULARY_MAX_WORDS && h->rows_at % 4096 == 0 &&
           h->rows_at <= file_bytes &&
           file_bytes - h->rows_at == h->n_words * h->dim * sizeof(float) &&
           inside(h->path_at, h->path_bytes, 1, CACHE_PARTS_AT, h->rows_at) &&
           inside(h->text_at, h->text_bytes, 1, CACHE_PARTS_AT, h->rows_at) &&
           inside(h->offsets_at, h->n_words + 1, 8, CACHE_PARTS_AT, h->rows_at) &&
           inside(h->slots_at, h->n_slots, 8, CACHE_PARTS_AT, h->rows_at) &&
           h->path_bytes == strlen(source);
}

/* The source's content has the fingerprint in the header. Reads the stream to its end. */
static bool same_content(struct byte_stream *stream, uint64_t print)
{
    char *block = malloc(STREAM_BLOCK);
    struct fingerprint content;
    fingerprint_begin(&content);
    size_t got = block ? STREAM_BLOCK : 0;
    bool fine = block != NULL;
    while (fine && got == STREAM_BLOCK) {
        fine = byte_stream_read(stream, block, STREAM_BLOCK, &got) == EMB_OK;
        if (fine) {
            fingerprint_add(&content, block, got);
        }
    }
    free(block);
    return fine && fingerprint_end(&content) == print;
}

static struct vocabulary words_of(const struct cache_header *h, const char *map)
{
    return (struct vocabulary){
        .n_words = h->n_words,
        .n_bytes = h->text_bytes,
        .n_slots = h->n_slots,
        .text = map + h->text_at,
        .offsets = (const uint64_t *)(map + h->offsets_at),
        .slots = (const struct vocabulary_slot *)(map + h->slots_at),
    };
}

static void adopt(struct vector_table *table, const struct cache_header *h, char *map)
{
    table->map = map;
    table->map_bytes = h->file_bytes;
    table->format = (enum vector_format)h->format;
    table->dim = h->dim;
    table->n_words = h->n_words;
    table->row_stride = h->dim;
    table->rows = (const float *)(map + h->rows_at);
    table->words = words_of(h, map);
    table->n_duplicates = h->n_duplicates;
    table->n_not_utf8 = h->n_not_utf8;
    table->from_cache = true;
}

/* The parts before the rows are what was written, and fit together: a fingerprint is no secret, so
 * what it covers may still have been made to lead astray. */
static bool parts_hold(const struct cache_header *h, const char *map, const char *source)
{
    struct vocabulary words = words_of(h, map);
    return fingerprint_of(map + CACHE_PARTS_AT, h->rows_at - CACHE_PARTS_AT) == h->parts_print &&
           memcmp(map + h->path_at, source, h->path_bytes) == 0 && vocabulary_holds(&words);
}

/* The rows are what was written: as noted since this boot, or by reading them all. */
static bool rows_hold(const struct cache_header *h, const char *map, const char *file, int fd,
                      bool verify)
{
    struct file_identity now;
    bool known = file_identity_of(fd, &now);
    if (known && !verify && cache_seal_holds(file, &now, h->header_print)) {
        return true;
    }
    if (fingerprint_of(map + h->rows_at, h->file_bytes - h->rows_at) != h->rows_print) {
        return false;
    }
    if (known) {
        cache_seal_note(file, &now, h->header_print);
    }
    return true;
}

/* Does the header speak of the source as it is now? If its content had to be read to know, note the
 * source's new identity: one small write, and whoever reads half of it sees a wrong fingerprint. */
static bool source_holds(int fd, struct cache_header *h, struct byte_stream *stream, bool verify,
                         bool *ret_stream_read)
{
    struct file_identity now = byte_stream_identity(stream);
    bool same = file_identity_equal(&h->source, &now);
    if (same && !verify) {
        return true;
    }
    if (h->source.size != now.size) {
        return false;
    }
    *ret_stream_read = true;
    if (!same_content(stream, h->source_print)) {
        return false;
    }
    if (!same) {
        h->source = now;
        h->header_print = cache_header_print(h);
        if (pwrite(fd, h, sizeof *h, 0) != (ssize_t)sizeof *h) {
            return true; /* a read-only cache: its content holds all the same */
        }
    }
    return true;
}

static bool load_from(int fd, const char *file, struct vector_table *table,
                      struct byte_stream *stream, bool verify, const char *source,
                      bool *ret_stream_read)
{
    struct stat st;
    struct cache_header h;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ||
        pread(fd, &h, sizeof h, 0) != (ssize_t)sizeof h ||
        !header_holds(&h, (uint64_t)st.st_size, source) ||
        strncmp(h.packing, byte_stream_packing(stream), sizeof h.packing) != 0 ||
        !source_holds(fd, &h, stream, verify, ret_stream_read)) {
        return false;
    }
    char *map = mmap(NULL, h.file_bytes, PROT_READ, MAP_PRIVATE, fd, 0);
    if (map == MAP_FAILED) {
        return false;
    }
    if (!parts_hold(&h, map, source) || !rows_hold(&h, map, file, fd, verify)) {
        munmap(map, h.file_bytes);
        char line[CACHE_PATH_ROOM + 128];
        snprintf(line, sizeof line, "%s: damaged: the vectors are read from %s again", file,
                 table->path);
        table->host->log(table->host, EMB_LOG_WARN, line);
        return false;
    }
    table->packing = byte_stream_packing(stream);
    adopt(table, &h, map);
    return true;
}

bool cache_load(struct vector_table *table, struct byte_stream *stream, bool verify,
                bool *ret_stream_read)
{
    char file[CACHE_PATH_ROOM], folder[CACHE_PATH_ROOM];
    char *source;
    *ret_stream_read = false;
    if (!cache_place(table->path, false, file, folder, &source)) {
        return false;
    }
    int fd = open(file, O_RDWR | O_CLOEXEC | O_NONBLOCK);
    fd = fd >= 0 ? fd : open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool loaded = false;
    if (fd >= 0) {
        loaded = load_from(fd, file, table, stream, verify, source, ret_stream_read);
        close(fd);
    }
    free(source);
    return loaded;
}
