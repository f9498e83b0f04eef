#include "data/archive.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>

enum { READ_BLOCK = 1 << 18 };

struct byte_source {
    char *path;
    struct archive *archive;
    char *held; /* byte_source_lines: bytes read, [n_held] of [capacity] */
    size_t n_held, capacity;
    size_t n_given; /* of held, returned by the last call */
    bool at_end;
};

static int open_archive(const char *path, struct archive **ret_archive, bool *ret_empty)
{
    if (!file_exists(path)) {
        return error_set(ERR_REQUEST, "%s: no such file", path);
    }
    if (file_is_folder(path)) {
        return error_set(ERR_REQUEST, "%s: found a folder, expected a file", path);
    }
    struct archive *archive = archive_read_new();
    if (!archive) {
        return error_set(ERR_MACHINE, "%s: libarchive cannot start", path);
    }
    archive_read_support_filter_gzip(archive);
    archive_read_support_filter_bzip2(archive);
    archive_read_support_filter_xz(archive);
    archive_read_support_filter_zstd(archive);
    archive_read_support_format_raw(archive);
    archive_read_support_format_empty(archive);
    struct archive_entry *entry;
    int opened = archive_read_open_filename(archive, path, READ_BLOCK);
    int found = opened == ARCHIVE_OK ? archive_read_next_header(archive, &entry) : opened;
    if (found != ARCHIVE_OK && found != ARCHIVE_EOF && found != ARCHIVE_WARN) {
        const char *why = archive_error_string(archive);
        int code = error_set(ERR_REQUEST, "%s: cannot be read: %s", path, why ? why : "unknown");
        archive_read_free(archive);
        return code;
    }
    *ret_archive = archive;
    *ret_empty = found == ARCHIVE_EOF;
    return 0;
}

int byte_source_open(const char *path, struct byte_source **ret_source)
{
    struct archive *archive;
    bool empty;
    int code = open_archive(path, &archive, &empty);
    if (code) {
        return code;
    }
    struct byte_source *source = mem_alloc(sizeof *source);
    source->path = mem_text(path);
    source->archive = archive;
    source->at_end = empty;
    *ret_source = source;
    return 0;
}

void byte_source_close(struct byte_source *source)
{
    if (source) {
        archive_read_free(source->archive);
        free(source->held);
        free(source->path);
        free(source);
    }
}

const char *byte_source_path(const struct byte_source *source)
{
    return source->path;
}

int byte_source_read(struct byte_source *source, void *bytes, size_t capacity, size_t *ret_n)
{
    la_ssize_t n = source->at_end ? 0 : archive_read_data(source->archive, bytes, capacity);
    if (n < 0) {
        const char *why = archive_error_string(source->archive);
        return error_set(ERR_REQUEST, "%s: damaged or cut short: %s", source->path,
                         why ? why : "unknown");
    }
    source->at_end = n == 0 && capacity > 0;
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
        size_t room = source->n_held < wish ? wish - source->n_held : READ_BLOCK;
        MEM_GROW(source->held, source->capacity, source->n_held + room);
        size_t n = 0;
        int code = byte_source_read(source, source->held + source->n_held, room, &n);
        if (code) {
            return code;
        }
        source->n_held += n;
        if (source->n_held >= wish) {
            whole = whole_lines(source->held, source->n_held);
        }
    }
    source->n_given = whole ? whole : source->n_held;
    *ret_text = source->held;
    *ret_n = source->n_given;
    return 0;
}

int byte_source_rewind(struct byte_source *source)
{
    struct archive *archive;
    bool empty;
    int code = open_archive(source->path, &archive, &empty);
    if (code) {
        return code;
    }
    archive_read_free(source->archive);
    source->archive = archive;
    source->n_held = source->n_given = 0;
    source->at_end = empty;
    return 0;
}

int byte_source_read_all(const char *path, struct str *ret_bytes)
{
    struct byte_source *source;
    int code = byte_source_open(path, &source);
    if (code) {
        return code;
    }
    struct str all = {0};
    str_append(&all, "", 0);
    char *block = mem_alloc(READ_BLOCK);
    for (size_t n = 1; code == 0 && n > 0;) {
        code = byte_source_read(source, block, READ_BLOCK, &n);
        if (code == 0) {
            str_append(&all, block, n);
        }
    }
    free(block);
    byte_source_close(source);
    if (code) {
        str_finish(&all);
        return code;
    }
    if (all.n >= 3 && memcmp(all.data, "\xEF\xBB\xBF", 3) == 0) {
        memmove(all.data, all.data + 3, all.n - 3 + 1);
        all.n -= 3;
    }
    *ret_bytes = all;
    return 0;
}

static int extract_member(struct archive *archive, const char *from, const char *to)
{
    struct file_out out;
    int status = file_out_open(&out, to);
    if (status != 0) {
        return status;
    }
    for (;;) {
        const void *bytes;
        size_t n;
        la_int64_t offset;
        int code = archive_read_data_block(archive, &bytes, &n, &offset);
        if (code == ARCHIVE_EOF) {
            return file_out_commit(&out);
        }
        if (code != ARCHIVE_OK) {
            file_out_abort(&out);
            return error_set(ERR_REQUEST, "%s: %s", from, archive_error_string(archive));
        }
        if (fseeko(out.stream, (off_t)offset, SEEK_SET) == 0) {
            fwrite(bytes, 1, n, out.stream); /* an error is kept until the commit */
        }
    }
}

int archive_extract(const char *path, char *(*place)(void *ctx, const char *member), void *ctx)
{
    struct archive *archive = archive_read_new();
    if (!archive) {
        return error_set(ERR_MACHINE, "%s: out of memory", path);
    }
    archive_read_support_filter_all(archive);
    archive_read_support_format_tar(archive);
    archive_read_support_format_zip(archive);
    int status = 0, code = archive_read_open_filename(archive, path, 1 << 16);
    struct archive_entry *entry;
    while (status == 0 && code == ARCHIVE_OK &&
           (code = archive_read_next_header(archive, &entry)) == ARCHIVE_OK) {
        bool regular = archive_entry_filetype(entry) == AE_IFREG;
        char *to = regular ? place(ctx, archive_entry_pathname(entry)) : NULL;
        if (to) {
            status = extract_member(archive, path, to);
            free(to);
        }
    }
    if (status == 0 && code != ARCHIVE_EOF) {
        status = error_set(ERR_REQUEST, "%s: %s", path, archive_error_string(archive));
    }
    archive_read_free(archive);
    return status;
}
