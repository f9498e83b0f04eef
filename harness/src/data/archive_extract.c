/* Extracts the members of an archive through libarchive, each to the place its plan names. */
#include "data/archive.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    READ_BLOCK = 1 << 18,
    TAR_OWN_BYTES = 1 << 20 /* headers and padding, beside what members hold */
};

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
        int found = archive_read_data_block(unpacking->archive, &bytes, &n, &offset);
        if (found == ARCHIVE_EOF) {
            unpacking->written += end;
            return file_out_commit(&out);
        }
        status = found == ARCHIVE_OK ? write_block(unpacking, out.stream, bytes, n, offset)
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

/* Zip files are read where they lie, for their table is at the end. */
static bool is_zip(const char *path)
{
    char head[2] = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* of a FIFO: no zip */
    ssize_t n = fd >= 0 ? read(fd, head, sizeof head) : 0;
    if (fd >= 0) {
        close(fd);
    }
    return n == 2 && memcmp(head, "PK", 2) == 0;
}

/* A tar's bytes, unpacked, for libarchive. */
struct tar_bytes {
    struct unpacking *unpacking;
    struct byte_source *source;
    uint64_t n;
    char *block; /* [READ_BLOCK] */
    char *failure;
};

static la_ssize_t give_tar_block(struct archive *archive, void *ctx, const void **ret_block)
{
    struct tar_bytes *bytes = ctx;
    size_t n = 0;
    int status = byte_source_read(bytes->source, bytes->block, READ_BLOCK, &n);
    bytes->n += n;
    /* counted here, so that what is left out counts too: it is unpacked all the same */
    uint64_t most = bytes->unpacking->plan->max_bytes;
    if (status == 0 && most > 0 && bytes->n > most + TAR_OWN_BYTES) {
        status = too_much(bytes->unpacking);
    }
    if (status) {
        bytes->failure = bytes->failure ? bytes->failure : mem_text(error_message());
        archive_set_error(archive, EILSEQ, "see above");
        return -1;
    }
    *ret_block = bytes->block;
    return (la_ssize_t)n;
}

static int each_member(struct unpacking *unpacking, int found)
{
    struct archive_entry *entry;
    int status = 0;
    while (status == 0 && found == ARCHIVE_OK &&
           (found = archive_read_next_header(unpacking->archive, &entry)) == ARCHIVE_OK) {
        status = take_member(unpacking, entry);
    }
    return status == 0 && found != ARCHIVE_EOF ? damaged(unpacking) : status;
}

static int extract_zip(struct unpacking *unpacking)
{
    archive_read_support_format_zip(unpacking->archive);
    return each_member(unpacking,
                       archive_read_open_filename(unpacking->archive, unpacking->path, 1 << 16));
}

/* To the last byte, also behind the tar's end: there are the checksums of its packing. */
static int extract_tar(struct unpacking *unpacking)
{
    struct tar_bytes bytes = {.unpacking = unpacking};
    int status = byte_source_open(unpacking->path, &bytes.source);
    if (status) {
        return error_set(ERR_FAILED, "%s", error_message());
    }
    bytes.block = mem_alloc(READ_BLOCK);
    archive_read_support_format_tar(unpacking->archive);
    status = each_member(unpacking,
                         archive_read_open(unpacking->archive, &bytes, NULL, give_tar_block, NULL));
    const void *block;
    while (status == 0 && give_tar_block(unpacking->archive, &bytes, &block) > 0) {
    }
    status = bytes.failure ? error_set(ERR_FAILED, "%s", bytes.failure) : status;
    free(bytes.failure);
    byte_source_close(bytes.source);
    free(bytes.block);
    return status;
}

int archive_extract(const char *path, const struct archive_plan *plan)
{
    struct unpacking unpacking = {.path = path, .plan = plan, .archive = archive_read_new()};
    if (!unpacking.archive) {
        return error_set(ERR_MACHINE, "%s: libarchive cannot start", path);
    }
    int status = is_zip(path) ? extract_zip(&unpacking) : extract_tar(&unpacking);
    archive_read_free(unpacking.archive);
    return status;
}
