/* Streams packed files through libarchive: bytes, lines, a whole file. */
#include "data/archive.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "data/gunzip.h"
#include "data/zstd.h"

#include <archive.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    READ_BLOCK = 1 << 18,
    END_BYTES = 1 << 12 /* so that a small file's end is seen at once */
};

/* The bytes as they lie in the file, those of a gzip or zstd file unpacked on the way: libarchive
 * does not say where such a file is damaged, nor that gzip's checksums are wrong. */
struct packed_file {
    const char *path;
    int fd; /* -1: not open */
    bool regular;
    uint64_t n_read;       /* from the file */
    struct gunzip *gunzip; /* at most one of these two */
    struct unzstd *unzstd;
    size_t block_bytes; /* of block: as much as is read at a time */
    char *block;        /* [block_bytes] */
    char *unpacked;     /* [READ_BLOCK] */
};

struct byte_source {
    char *path;
    struct packed_file file;
    struct archive *archive;
    char *held; /* byte_source_lines: bytes read, [n_held] of [capacity] */
    size_t n_held, capacity;
    size_t n_given;    /* of held, returned by the last call */
    struct slice rest; /* byte_source_line: of what was returned, lines to come */
    bool at_end;
};

static void packed_file_close(struct packed_file *file)
{
    if (file->fd >= 0) {
        close(file->fd);
    }
    gunzip_free(file->gunzip);
    unzstd_free(file->unzstd);
    free(file->block);
    free(file->unpacked);
    *file = (struct packed_file){.fd = -1};
}

static int packed_file_open(struct packed_file *file, const char *path)
{
    *file = (struct packed_file){.path = path, .fd = -1};
    TRY(file_refuse_fifo(path));
    file->fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat facts;
    if (file->fd < 0 || fstat(file->fd, &facts) != 0) {
        return errno == ENOENT
                   ? error_set(ERR_REQUEST, "%s: no such file", path)
                   : error_set(ERR_REQUEST, "%s: cannot be read: %s", path, strerror(errno));
    }
    if (S_ISDIR(facts.st_mode)) {
        packed_file_close(file);
        return error_set(ERR_REQUEST, "%s: found a folder, expected a file", path);
    }
    file->regular = S_ISREG(facts.st_mode);
    /* a small file, and the end behind it, need no large block */
    file->block_bytes = file->regular && facts.st_size < READ_BLOCK - END_BYTES
                            ? (size_t)facts.st_size + END_BYTES
                            : READ_BLOCK;
    file->block = mem_alloc(file->block_bytes);
    file_note_read(path);
    return 0;
}

/* The next bytes of the file into its block; -1 with libarchive's reason set, 0 at its end. */
static la_ssize_t read_block(struct packed_file *file, struct archive *archive)
{
    size_t n = 0;
    while (n < file->block_bytes) {
        ssize_t got = read(file->fd, file->block + n, file->block_bytes - n);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            archive_set_error(archive, errno, "%s", strerror(errno));
            return -1;
        }
        n += (size_t)got;
        if (got == 0 || !file->regular) {
            break;
        }
    }
    bool first = file->n_read == 0;
    file->n_read += n;
    if (!file->regular && file->n_read > FILE_MOST_STREAM_BYTES) {
        archive_set_error(archive, EFBIG,
                          "more than %" PRIu64 " bytes of what is not a regular file",
                          FILE_MOST_STREAM_BYTES);
        return -1;
    }
    if (first && n >= 2 && memcmp(file->block, "\x1f\x8b", 2) == 0) {
        file->gunzip = gunzip_create();
        file->unpacked = mem_alloc(READ_BLOCK);
    } else if (first && zstd_is(file->block, n)) {
        file->unzstd = unzstd_create();
        file->unpacked = mem_alloc(READ_BLOCK);
    }
    return (la_ssize_t)n;
}

static bool is_unpacked_here(const struct packed_file *file)
{
    return file->gunzip || file->unzstd;
}

static bool is_hungry(const struct packed_file *file)
{
    return file->gunzip ? gunzip_hungry(file->gunzip) : unzstd_hungry(file->unzstd);
}

/* Up to a block of unpacked bytes; false, with libarchive's reason set: damaged. */
static bool unpack(struct packed_file *file, struct archive *archive, size_t *ret_n)
{
    if (file->gunzip && !gunzip_read(file->gunzip, file->unpacked, READ_BLOCK, ret_n)) {
        archive_set_error(archive, EILSEQ, "gzip: %s, before byte %" PRIu64,
                          gunzip_why(file->gunzip), file->n_read);
        return false;
    }
    if (file->unzstd && !unzstd_read(file->unzstd, file->unpacked, READ_BLOCK, ret_n)) {
        archive_set_error(archive, EILSEQ, "zstd: %s, before byte %" PRIu64,
                          unzstd_why(file->unzstd), unzstd_at(file->unzstd) + 1);
        return false;
    }
    return true;
}

/* libarchive's callback. */
static la_ssize_t give_block(struct archive *archive, void *ctx, const void **ret_block)
{
    struct packed_file *file = ctx;
    size_t n = 0;
    while (n == 0) {
        if (!is_unpacked_here(file) || is_hungry(file)) {
            la_ssize_t got = read_block(file, archive);
            if (got < 0 || !is_unpacked_here(file)) {
                *ret_block = file->block;
                return got;
            }
            file->gunzip ? gunzip_feed(file->gunzip, file->block, (size_t)got)
                         : unzstd_feed(file->unzstd, file->block, (size_t)got);
        }
        if (!unpack(file, archive, &n)) {
            return -1;
        }
        if (n == 0 && !is_hungry(file)) {
            break;
        }
    }
    *ret_block = file->unpacked;
    return (la_ssize_t)n;
}

/* libarchive's filters end where their stream ends, whatever may follow in the file. */
static bool bytes_follow(struct byte_source *source)
{
    la_int64_t taken = archive_filter_bytes(source->archive, -1);
    return !is_unpacked_here(&source->file) && taken >= 0 &&
           ((uint64_t)taken < source->file.n_read ||
            read_block(&source->file, source->archive) > 0);
}

static int source_failure(const struct byte_source *source)
{
    const char *why = archive_error_string(source->archive);
    return error_set(ERR_REQUEST, "%s: damaged or cut short: %s", source->path,
                     why ? why : "unknown");
}

/* The source at its file's first byte. */
static int start(struct byte_source *source)
{
    TRY(packed_file_open(&source->file, source->path));
    struct archive *archive = source->archive = archive_read_new();
    if (!archive) {
        return error_set(ERR_MACHINE, "%s: libarchive cannot start", source->path);
    }
    archive_read_support_filter_bzip2(archive);
    archive_read_support_filter_xz(archive);
    archive_read_support_format_raw(archive);
    archive_read_support_format_empty(archive);
    struct archive_entry *entry;
    int opened = archive_read_open(archive, &source->file, NULL, give_block, NULL);
    int found = opened == ARCHIVE_OK ? archive_read_next_header(archive, &entry) : opened;
    if (found != ARCHIVE_OK && found != ARCHIVE_EOF && found != ARCHIVE_WARN) {
        const char *why = archive_error_string(archive);
        return error_set(ERR_REQUEST, "%s: cannot be read: %s", source->path,
                         why ? why : "unknown");
    }
    source->at_end = found == ARCHIVE_EOF;
    return 0;
}

int byte_source_open(const char *path, struct byte_source **ret_source)
{
    struct byte_source *source = mem_alloc(sizeof *source);
    source->path = mem_text(path);
    int status = start(source);
    if (status) {
        byte_source_close(source);
        return status;
    }
    *ret_source = source;
    return 0;
}

const char *byte_source_path(const struct byte_source *source)
{
    return source->path;
}

void byte_source_close(struct byte_source *source)
{
    if (source) {
        archive_read_free(source->archive);
        packed_file_close(&source->file);
        free(source->held);
        free(source->path);
        free(source);
    }
}

int byte_source_read(struct byte_source *source, void *bytes, size_t capacity, size_t *ret_n)
{
    la_ssize_t n = source->at_end ? 0 : archive_read_data(source->archive, bytes, capacity);
    if (n < 0) {
        return source_failure(source);
    }
    if (n == 0 && capacity > 0 && !source->at_end) {
        source->at_end = true;
        if (bytes_follow(source)) {
            return error_set(ERR_REQUEST, "%s: damaged: other bytes follow the packed ones",
                             source->path);
        }
    }
    *ret_n = (size_t)n;
    return 0;
}

/* One more past the last line end in the first n bytes; 0 if there is none. */
static size_t whole_lines(const char *text, size_t n)
{
    const char *last = n ? memrchr(text, '\n', n) : NULL;
    return last ? (size_t)(last - text) + 1 : 0;
}

int byte_source_lines(struct byte_source *source, size_t wish, const char **ret_text, size_t *ret_n)
{
    if (wish == 0) {
        wish = 1;
    }
    source->n_held -= source->n_given;
    if (source->n_given && source->n_held) {
        memmove(source->held, source->held + source->n_given, source->n_held);
    }
    source->n_given = 0;
    size_t whole = source->n_held >= wish ? whole_lines(source->held, source->n_held) : 0;
    while (whole == 0 && !source->at_end) {
        size_t capacity = source->n_held < wish ? wish - source->n_held : READ_BLOCK;
        MEM_GROW(source->held, source->capacity, source->n_held + capacity);
        size_t n = 0;
        TRY(source->n_held > FILE_MOST_BYTES
                ? error_set(ERR_REQUEST, "%s: found a line of more than %" PRIu64 " bytes",
                            source->path, FILE_MOST_BYTES)
                : byte_source_read(source, source->held + source->n_held, capacity, &n));
        /* of a line that goes on and on only what is new is searched */
        size_t seen = source->n_held >= wish ? source->n_held : 0;
        source->n_held += n;
        if (source->n_held >= wish) {
            size_t more = whole_lines(source->held + seen, source->n_held - seen);
            whole = more ? seen + more : 0;
        }
    }
    source->n_given = whole ? whole : source->n_held;
    *ret_text = source->held;
    *ret_n = source->n_given;
    return 0;
}

bool byte_source_line(struct byte_source *source, struct slice *ret_line, int *ret_status)
{
    *ret_status = source->rest.n == 0
                      ? byte_source_lines(source, READ_BLOCK, &source->rest.text, &source->rest.n)
                      : 0;
    return *ret_status == 0 && slice_line(&source->rest, ret_line);
}

int byte_source_rewind(struct byte_source *source)
{
    source->rest = (struct slice){0};
    archive_read_free(source->archive);
    source->archive = NULL;
    packed_file_close(&source->file);
    source->n_held = source->n_given = 0;
    return start(source);
}

int byte_source_read_all(const char *path, struct str *ret_bytes)
{
    struct byte_source *source;
    int status = byte_source_open(path, &source);
    if (status) {
        return status;
    }
    struct str all = {0};
    for (size_t n = 1; status == 0 && n > 0; all.n += n) {
        MEM_GROW(all.data, all.capacity, all.n + source->file.block_bytes + 1);
        n = 0;
        status = byte_source_read(source, all.data + all.n, all.capacity - 1 - all.n, &n);
        if (status == 0 && n > FILE_MOST_BYTES - all.n) {
            status = file_too_large(path);
        }
    }
    all.data[all.n] = '\0';
    byte_source_close(source);
    status = status ? status : file_check_text(path, &all);
    if (status) {
        str_finish(&all);
        return status;
    }
    if (all.n >= 3 && memcmp(all.data, "\xEF\xBB\xBF", 3) == 0) {
        memmove(all.data, all.data + 3, all.n - 3 + 1);
        all.n -= 3;
    }
    *ret_bytes = all;
    return 0;
}

int archive_unpack(const char *path, const char *to, uint64_t max_bytes)
{
    struct byte_source *source;
    struct file_out out;
    TRY(byte_source_open(path, &source));
    int status = file_out_open(&out, to);
    if (status != 0) {
        byte_source_close(source);
        return status;
    }
    char *block = mem_alloc(READ_BLOCK);
    uint64_t total = 0;
    for (size_t n = 1; status == 0 && n > 0;) {
        status = byte_source_read(source, block, READ_BLOCK, &n);
        if (status == 0 && (total += n) > max_bytes && max_bytes > 0) {
            status = error_set(ERR_FAILED, "%s: unpacks to more than %" PRIu64 " bytes", path,
                               max_bytes);
        }
        if (status == 0 && fwrite(block, 1, n, out.stream) != n) {
            n = 0; /* the commit says why */
        }
    }
    free(block);
    byte_source_close(source);
    if (status != 0) {
        file_out_abort(&out);
        return status;
    }
    return file_out_commit(&out);
}
