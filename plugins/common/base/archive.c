/* Streams a packed file through libarchive. */
#include "base/archive.h"
#include "base/gunzip.h"
#include "base/try.h"
#include "embedder_util.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PACKED_BYTES = 256 * 1024, /* read at a time from a packed file, if it has as many */
    END_ROOM = 4096            /* so that a small file's end is seen at once */
};

enum packing { PLAIN, GZIP, XZ, ZSTD, ZIP };

static const char *const packing_names[] = {"plain", "gzip", "xz", "zstd", "zip"};

struct byte_stream {
    const struct emb_host *host;
    char *path;
    int fd;
    enum packing packing;
    struct file_identity identity;
    uint64_t position;       /* in the file on disk */
    struct archive *archive; /* NULL for plain */
    bool ended;
    size_t room;           /* bytes taken at a time */
    char *packed;          /* [room], NULL for plain */
    struct gunzip *gunzip; /* gzip only: what it unpacks goes through libarchive as it is */
    char *unpacked;        /* [room], gzip only */
    emb_status failure;
    char why[512]; /* of the last failure */
};

bool file_identity_equal(const struct file_identity *a, const struct file_identity *b)
{
    return a->size == b->size && a->mtime == b->mtime && a->ctime == b->ctime &&
           a->device == b->device && a->inode == b->inode;
}

static struct file_identity identity_of(const struct stat *st)
{
    return (struct file_identity){
        .size = (uint64_t)st->st_size,
        .mtime = st->st_mtim.tv_sec * INT64_C(1000000000) + st->st_mtim.tv_nsec,
        .ctime = st->st_ctim.tv_sec * INT64_C(1000000000) + st->st_ctim.tv_nsec,
        .device = st->st_dev,
        .inode = st->st_ino,
    };
}

bool file_identity_of(int fd, struct file_identity *ret_identity)
{
    struct stat st;
    if (fstat(fd, &st) != 0) {
        return false;
    }
    *ret_identity = identity_of(&st);
    return true;
}

/* Reads n bytes at `at` unless the file ends; -1 with errno. */
static ssize_t read_fully(int fd, void *buffer, size_t n, uint64_t at)
{
    size_t have = 0;
    while (have < n) {
        ssize_t got = pread(fd, (char *)buffer + have, n - have, (off_t)(at + have));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return -1;
        }
        if (got == 0) {
            break;
        }
        have += (size_t)got;
    }
    return (ssize_t)have;
}

static enum packing packing_of(const unsigned char *head, size_t n)
{
    if (n >= 2 && memcmp(head, "\x1f\x8b", 2) == 0) {
        return GZIP;
    }
    if (n >= 6 && memcmp(head,
                         "\xfd"
                         "7zXZ\0",
                         6) == 0) {
        return XZ;
    }
    if (n >= 4 && memcmp(head, "\x28\xb5\x2f\xfd", 4) == 0) {
        return ZSTD;
    }
    if (n >= 4 && memcmp(head, "PK\3\4", 4) == 0) {
        return ZIP;
    }
    return PLAIN;
}

/* The next bytes of the file; -1 with libarchive's reason set. */
static la_ssize_t read_packed_block(struct byte_stream *stream, struct archive *archive)
{
    ssize_t got = read_fully(stream->fd, stream->packed, stream->room, stream->position);
    if (got < 0) {
        archive_set_error(archive, errno, "%s", strerror(errno));
        return -1;
    }
    stream->position += (uint64_t)got;
    return got;
}

/* libarchive's callbacks: the packed bytes. */
static la_ssize_t packed_read(struct archive *archive, void *data, const void **ret_block)
{
    struct byte_stream *stream = data;
    *ret_block = stream->packed;
    return read_packed_block(stream, archive);
}

/* The same for gzip, already unpacked. */
static la_ssize_t gzip_read(struct archive *archive, void *data, const void **ret_block)
{
    struct byte_stream *stream = data;
    size_t n = 0;
    do {
        if (gunzip_hungry(stream->gunzip)) {
            la_ssize_t got = read_packed_block(stream, archive);
            if (got < 0) {
                return -1;
            }
            gunzip_feed(stream->gunzip, stream->packed, (size_t)got);
        }
        if (!gunzip_read(stream->gunzip, stream->unpacked, stream->room, &n)) {
            archive_set_error(archive, EILSEQ, "%s", gunzip_why(stream->gunzip));
            return -1;
        }
    } while (n == 0 && gunzip_hungry(stream->gunzip));
    *ret_block = stream->unpacked;
    return (la_ssize_t)n;
}

static la_int64_t packed_seek(struct archive *archive, void *data, la_int64_t offset, int whence)
{
    (void)archive;
    struct byte_stream *stream = data;
    int64_t base = whence == SEEK_SET   ? 0
                   : whence == SEEK_CUR ? (int64_t)stream->position
                                        : (int64_t)stream->identity.size;
    if (offset < -base) {
        return ARCHIVE_FATAL;
    }
    stream->position = (uint64_t)(base + offset);
    return base + offset;
}

emb_status byte_stream_failure(const struct byte_stream *stream)
{
    return emb_failf(stream->host, stream->failure, "%s: %s", stream->path, stream->why);
}

/* What libarchive has to say, for byte_stream_failure(). */
static emb_status note_failure(struct byte_stream *stream, const char *doing)
{
    const char *why = archive_error_string(stream->archive);
    snprintf(stream->why, sizeof stream->why, "byte %llu of the %s file: %s: %s",
             (unsigned long long)stream->position, packing_names[stream->packing], doing,
             why ? why : "damaged or cut short");
    return stream->failure = EMB_E_FORMAT;
}

static emb_status archive_failure(struct byte_stream *stream, const char *doing)
{
    note_failure(stream, doing);
    return byte_stream_failure(stream);
}

static emb_status start_archive(struct byte_stream *stream)
{
    archive_read_free(stream->archive);
    stream->position = 0;
    stream->archive = archive_read_new();
    if (!stream->archive) {
        return emb_failf(stream->host, EMB_E_NOMEM, "%s: out of memory", stream->path);
    }
    struct archive *a = stream->archive;
    if (stream->packing == ZIP) {
        archive_read_support_format_zip(a);
    } else {
        archive_read_support_format_raw(a);
        archive_read_support_format_empty(a); /* of what unpacks to nothing */
        if (stream->packing == XZ) {
            archive_read_support_filter_xz(a);
        } else if (stream->packing == ZSTD) {
            archive_read_support_filter_zstd(a);
        }
    }
    archive_read_set_read_callback(a, stream->packing == GZIP ? gzip_read : packed_read);
    archive_read_set_seek_callback(a, packed_seek);
    archive_read_set_callback_data(a, stream);
    return archive_read_open1(a) == ARCHIVE_OK ? EMB_OK : archive_failure(stream, "opening");
}

/* Moves to the next regular member that is not a Mac resource fork; false at the end. */
static emb_status next_file(struct byte_stream *stream, bool *ret_found, const char **ret_name)
{
    struct archive_entry *entry;
    int rc;
    while ((rc = archive_read_next_header(stream->archive, &entry)) == ARCHIVE_OK ||
           rc == ARCHIVE_WARN) {
        const char *name = archive_entry_pathname(entry);
        mode_t type = archive_entry_filetype(entry);
        if ((type == AE_IFREG || type == 0) && !(name && strncmp(name, "__MACOSX/", 9) == 0)) {
            *ret_found = true;
            *ret_name = name ? name : "?";
            return EMB_OK;
        }
    }
    *ret_found = false;
    return rc == ARCHIVE_EOF ? EMB_OK : archive_failure(stream, "reading its table");
}

/* A .zip must hold one file: with two it is not clear which one was meant. */
static emb_status check_single_member(struct byte_stream *stream)
{
    bool found;
    const char *name;
    TRY(next_file(stream, &found, &name));
    if (!found) {
        return emb_failf(stream->host, EMB_E_FORMAT, "%s: an empty zip file, expected one member",
                         stream->path);
    }
    char *first = strdup(name);
    emb_status status = next_file(stream, &found, &name);
    if (status == EMB_OK && found) {
        status = emb_failf(stream->host, EMB_E_FORMAT,
                           "%s: a zip file of several members ('%.200s', '%.200s', ...), "
                           "expected one",
                           stream->path, first ? first : "?", name);
    }
    free(first);
    return status;
}

static emb_status open_packed(struct byte_stream *stream)
{
    stream->room = stream->identity.size < PACKED_BYTES - END_ROOM
                       ? (size_t)stream->identity.size + END_ROOM
                       : PACKED_BYTES;
    stream->packed = malloc(stream->room);
    if (stream->packing == GZIP) {
        stream->unpacked = malloc(stream->room);
        stream->gunzip = gunzip_create();
    }
    if (!stream->packed || (stream->packing == GZIP && (!stream->unpacked || !stream->gunzip))) {
        return emb_failf(stream->host, EMB_E_NOMEM, "%s: out of memory", stream->path);
    }
    TRY(start_archive(stream));
    if (stream->packing == ZIP) {
        TRY(check_single_member(stream));
        TRY(start_archive(stream));
    }
    bool found;
    const char *name;
    TRY(next_file(stream, &found, &name));
    stream->ended = !found;
    return EMB_OK;
}

static emb_status open_file(struct byte_stream *stream)
{
    stream->fd = open(stream->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* no waiting at a FIFO */
    struct stat st;
    if (stream->fd < 0 || fstat(stream->fd, &st) != 0) {
        return emb_failf(stream->host, EMB_E_IO, "%s: %s", stream->path, strerror(errno));
    }
    if (!S_ISREG(st.st_mode)) {
        return emb_failf(stream->host, EMB_E_IO, "%s: %s, expected a file", stream->path,
                         S_ISDIR(st.st_mode) ? "a folder" : "not a regular file");
    }
    stream->identity = identity_of(&st);
    unsigned char head[8];
    ssize_t n = read_fully(stream->fd, head, sizeof head, 0);
    if (n < 0) {
        return emb_failf(stream->host, EMB_E_IO, "%s: %s", stream->path, strerror(errno));
    }
    stream->packing = packing_of(head, (size_t)n);
    return stream->packing == PLAIN ? EMB_OK : open_packed(stream);
}

emb_status byte_stream_open(const struct emb_host *host, const char *path,
                            struct byte_stream **ret_stream)
{
    struct byte_stream *stream = calloc(1, sizeof *stream);
    if (!stream || !(stream->path = strdup(path))) {
        free(stream);
        return emb_failf(host, EMB_E_NOMEM, "%s: out of memory", path);
    }
    stream->host = host;
    stream->fd = -1;
    emb_status status = open_file(stream);
    if (status != EMB_OK) {
        byte_stream_close(stream);
        return status;
    }
    *ret_stream = stream;
    return EMB_OK;
}

void byte_stream_close(struct byte_stream *stream)
{
    if (!stream) {
        return;
    }
    archive_read_free(stream->archive);
    if (stream->fd >= 0) {
        close(stream->fd);
    }
    gunzip_free(stream->gunzip);
    free(stream->unpacked);
    free(stream->packed);
    free(stream->path);
    free(stream);
}

static emb_status read_packed(struct byte_stream *stream, char *buffer, size_t n, size_t *ret_n)
{
    size_t have = 0;
    while (have < n && !stream->ended) {
        la_ssize_t got = archive_read_data(stream->archive, buffer + have, n - have);
        if (got == ARCHIVE_RETRY) {
            continue;
        }
        if (got < 0) {
            return note_failure(stream, "unpacking");
        }
        stream->ended = got == 0;
        have += (size_t)got;
    }
    *ret_n = have;
    return EMB_OK;
}

emb_status byte_stream_read(struct byte_stream *stream, void *buffer, size_t n, size_t *ret_n)
{
    if (stream->packing != PLAIN) {
        return read_packed(stream, buffer, n, ret_n);
    }
    ssize_t got = read_fully(stream->fd, buffer, n, stream->position);
    if (got < 0) {
        snprintf(stream->why, sizeof stream->why, "byte %llu: %s",
                 (unsigned long long)stream->position, strerror(errno));
        return stream->failure = EMB_E_IO;
    }
    stream->position += (uint64_t)got;
    *ret_n = (size_t)got;
    return EMB_OK;
}

const char *byte_stream_packing(const struct byte_stream *stream)
{
    return packing_names[stream->packing];
}

uint64_t byte_stream_size(const struct byte_stream *stream)
{
    return stream->packing == PLAIN ? stream->identity.size : 0;
}

struct file_identity byte_stream_identity(const struct byte_stream *stream)
{
    return stream->identity;
}

struct file_identity byte_stream_identity_now(const struct byte_stream *stream)
{
    struct file_identity now = {0};
    file_identity_of(stream->fd, &now);
    return now;
}

emb_status byte_stream_map(const struct byte_stream *stream, const void **ret_data, size_t *ret_n)
{
    if (stream->packing != PLAIN || stream->identity.size == 0) {
        return EMB_E_UNSUPPORTED;
    }
    void *data = mmap(NULL, stream->identity.size, PROT_READ, MAP_PRIVATE, stream->fd, 0);
    if (data == MAP_FAILED) {
        return emb_failf(stream->host, EMB_E_IO, "%s: cannot be mapped: %s", stream->path,
                         strerror(errno));
    }
    *ret_data = data;
    *ret_n = stream->identity.size;
    return EMB_OK;
}
