/*
 * archive.h - the host's one door to libarchive: a file's bytes, whatever it was packed with.
 *
 * Plain, gzip, xz, zstd and bzip2 files are distinguished by their first bytes, never by their
 * name, and read to their last: their checksums must be right, and nothing may follow. A path of
 * "-" is not special. Errors are ERR_REQUEST, where nothing else is said, and name the file.
 */
#ifndef DATA_ARCHIVE_H
#define DATA_ARCHIVE_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct byte_source; /* an open file; one thread at a time */

int byte_source_open(const char *path, struct byte_source **ret_source);
void byte_source_close(struct byte_source *source); /* NULL is fine */
const char *byte_source_path(const struct byte_source *source);

/* Up to `capacity` unpacked bytes; *ret_n is 0 at the end and only there. */
int byte_source_read(struct byte_source *source, void *bytes, size_t capacity, size_t *ret_n);

/* The next block of whole lines, each with its line end (the last of the file may lack one), about
 * `wish` bytes of them; a single longer line comes whole. *ret_n is 0 at the end and only there.
 * The block belongs to the source and lives until the next call. Not to be mixed with read. */
int byte_source_lines(struct byte_source *source, size_t wish, const char **ret_text,
                      size_t *ret_n);

/* The next line without its end; false at the end of the file, and after an error, which is then in
 * *ret_status. It lives until the next call. Not to be mixed with the others. */
bool byte_source_line(struct byte_source *source, struct slice *ret_line, int *ret_status);

/* Back to the first byte. */
int byte_source_rewind(struct byte_source *source);

/* The unpacked bytes of a whole text file, NUL-terminated beyond n; a UTF-8 byte order mark is left
 * out, a NUL byte refused, and so are more than FILE_MOST_BYTES (base/file.h). Free with
 * str_finish. */
int byte_source_read_all(const char *path, struct str *ret_bytes);

/* The bytes of `path` unpacked (as byte_source_read) to the file `to`; more than max_bytes of them
 * are ERR_FAILED, 0: no limit. */
int archive_unpack(const char *path, const char *to, uint64_t max_bytes);

/* Is it a path that stays in the folder it is relative to: neither absolute, nor with a part "..",
 * nor empty? */
bool archive_stays_inside(const char *path);

struct archive_plan {
    /* Where a regular file of the archive goes, a path that is then freed; NULL, without an error
     * set: it is left out. *ret_error: what went wrong. */
    char *(*place)(void *ctx, const char *member, int *ret_error);
    void *ctx;
    uint64_t max_bytes;   /* unpacked, of all members, those left out too; 0: no limit */
    uint32_t max_members; /* 0: no limit */
    bool everything;      /* links and devices are refused, else they are left out */
};

/* Write files of an archive (tar or zip, packed or not); each appears when it is complete. Never
 * makes a link, device or the like. ERR_FAILED, naming the member: a path that leaves the folder,
 * of whatever member; two members for one file; more than the plan allows; damage. */
int archive_extract(const char *path, const struct archive_plan *plan);

#endif /* DATA_ARCHIVE_H */
