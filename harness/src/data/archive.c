#include "data/archive.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"

#include <archive.h>
#include <archive_entry.h>
#include <inttypes.h>
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
    file_note_read(path);
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

int archive_unpack(const char *path, const char *to, uint64_t max_bytes)
{
    struct byte_source *source;
    struct file_out out;
    int status = byte_source_open(path, &source);
    if (status != 0) {
        return status;
    }
    status = file_out_open(&out, to);
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

bool archive_stays_inside(const char *path)
{
    if (!path || !path[0] || path[0] == '/') {
        return false;
    }
    struct slice rest = slice_of(path), part;
    while (slice_field(&rest, '/', &part)) {
        if (slice_is(part, "..")) {
            return false;
        }
    }
    return true;
}

/* An archive being unpacked. */
struct unpacking {
    const char *path; /* its own */
    const struct archive_plan *plan;
    struct archive *archive;
    uint64_t written; /* bytes of all members */
    uint32_t n_members;
};

static int too_much(const struct unpacking *unpacking)
{
    return error_set(ERR_FAILED, "%s: unpacks to more than %" PRIu64 " bytes", unpacking->path,
                     unpacking->plan->max_bytes);
}

/* libarchive's own word on what is wrong. */
static int damaged(const struct unpacking *unpacking)
{
    const char *why = archive_error_string(unpacking->archive);
    return error_set(ERR_FAILED, "%s: damaged or cut short: %s", unpacking->path,
                     why ? why : "unknown");
}

/* One block of a member to its place in the file; blocks may leave holes between them. */
static int write_block(struct unpacking *unpacking, FILE *stream, const void *bytes, size_t n,
                       la_int64_t offset)
{
    uint64_t limit = unpacking->plan->max_bytes;
    if (offset < 0 || (limit > 0 && (n > limit || (uint64_t)offset > limit - n ||
                                     unpacking->written > limit - n - (uint64_t)offset))) {
        return too_much(unpacking);
    }
    if (fseeko(stream, (off_t)offset, SEEK_SET) == 0) {
        fwrite(bytes, 1, n, stream); /* an error is kept until the commit */
    }
    return 0;
}

static int extract_member(struct unpacking *unpacking, const char *to)
{
    struct file_out out;
    uint64_t end = 0;
    int status = file_out_open(&out, to);
    if (status != 0) {
        return status;
    }
    for (;;) {
        const void *bytes;
        size_t n;
        la_int64_t offset;
        int code = archive_read_data_block(unpacking->archive, &bytes, &n, &offset);
        if (code == ARCHIVE_EOF) {
            unpacking->written += end;
            return file_out_commit(&out);
        }
        status = code == ARCHIVE_OK ? write_block(unpacking, out.stream, bytes, n, offset)
                                    : damaged(unpacking);
        if (status == 0 && ferror(out.stream)) {
            return file_out_commit(&out); /* which says why: a full disk need not hear the rest */
        }
        if (status != 0) {
            file_out_abort(&out);
            return status;
        }
        end = (uint64_t)offset + n;
    }
}

/* What a member that is no regular file is, NULL for a folder. */
static const char *kind_of(struct archive_entry *entry)
{
    if (archive_entry_hardlink(entry)) {
        return "hard link";
    }
    switch (archive_entry_filetype(entry)) {
    case AE_IFDIR:
        return NULL;
    case AE_IFLNK:
        return "symbolic link";
    case AE_IFCHR:
    case AE_IFBLK:
        return "device";
    case AE_IFIFO:
        return "named pipe";
    default:
        return "special file";
    }
}

static int take_member(struct unpacking *unpacking, struct archive_entry *entry)
{
    const struct archive_plan *plan = unpacking->plan;
    const char *member = archive_entry_pathname(entry);
    if (!member || !archive_stays_inside(member)) {
        return error_set(ERR_FAILED, "%s: member \"%s\": leaves the folder that it is unpacked in",
                         unpacking->path, member ? member : "");
    }
    if (plan->max_members > 0 && ++unpacking->n_members > plan->max_members) {
        return error_set(ERR_FAILED, "%s: found more than %u members", unpacking->path,
                         plan->max_members);
    }
    if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry)) {
        const char *kind = plan->everything ? kind_of(entry) : NULL;
        return kind ? error_set(ERR_FAILED, "%s: member \"%s\": found a %s, expected plain files",
                                unpacking->path, member, kind)
                    : 0;
    }
    if (plan->max_bytes > 0 && archive_entry_size_is_set(entry) && archive_entry_size(entry) > 0 &&
        (uint64_t)archive_entry_size(entry) > plan->max_bytes) {
        return too_much(unpacking);
    }
    int status = 0;
    char *to = plan->place(plan->ctx, member, &status);
    if (to && file_exists(to)) {
        status = error_set(ERR_FAILED, "%s: member \"%s\": there is such a file already",
                           unpacking->path, member);
    }
    if (to && status == 0) {
        status = extract_member(unpacking, to);
    }
    free(to);
    return status;
}

int archive_extract(const char *path, const struct archive_plan *plan)
{
    struct unpacking unpacking = {.path = path, .plan = plan, .archive = archive_read_new()};
    if (!unpacking.archive) {
        return error_set(ERR_MACHINE, "%s: libarchive cannot start", path);
    }
    archive_read_support_filter_all(unpacking.archive);
    archive_read_support_format_tar(unpacking.archive);
    archive_read_support_format_zip(unpacking.archive);
    struct archive_entry *entry;
    int status = 0, code = archive_read_open_filename(unpacking.archive, path, 1 << 16);
    while (status == 0 && code == ARCHIVE_OK &&
           (code = archive_read_next_header(unpacking.archive, &entry)) == ARCHIVE_OK) {
        /* the filter's count sees what is left out, too: in a tar it must be unpacked all the same
         */
        la_int64_t unpacked = archive_filter_bytes(unpacking.archive, 0);
        if (plan->max_bytes > 0 && unpacked > 0 && (uint64_t)unpacked > plan->max_bytes) {
            status = too_much(&unpacking);
        } else {
            status = take_member(&unpacking, entry);
        }
    }
    if (status == 0 && code != ARCHIVE_EOF) {
        status = damaged(&unpacking);
    }
    archive_read_free(unpacking.archive);
    return status;
}
