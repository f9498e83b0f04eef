/*
 * archive.h - a file as a stream of bytes, whatever it is packed in.
 *
 * Plain, gzip, xz, zstd, or the single regular member of a .zip: distinguished by the first bytes,
 * never by the name. The only code on the plugin side that knows libarchive.
 */
#ifndef COMMON_BASE_ARCHIVE_H
#define COMMON_BASE_ARCHIVE_H

#include "embedder.h"

#include <stdbool.h>

struct byte_stream;

/* What a file was, as far as the file system can tell: the quick test for "still the same file".
 * Times in nanoseconds since the epoch. */
struct file_identity {
    uint64_t size; /* bytes on disk, packed */
    int64_t mtime, ctime;
    uint64_t device, inode;
};

/* EMB_E_IO: cannot be opened, or is not a regular file. EMB_E_FORMAT: a damaged or unfit archive.
 * Both have called host->fail. The caller closes *ret_stream. [any] */
emb_status byte_stream_open(const struct emb_host *host, const char *path,
                            struct byte_stream **ret_stream);
void byte_stream_close(struct byte_stream *stream); /* NULL is fine */

/* Fills `buffer` with up to n unpacked bytes; *ret_n < n only at the end. Does not tell host->fail,
 * which remembers by thread: read ahead on any thread, one at a time, and let the thread that
 * reports call byte_stream_failure(). */
emb_status byte_stream_read(struct byte_stream *stream, void *buffer, size_t n, size_t *ret_n);
/* Tells host->fail on this thread why the last read failed; returns that read's status. */
emb_status byte_stream_failure(const struct byte_stream *stream);

/* "plain", "gzip", "xz", "zstd" or "zip" */
const char *byte_stream_packing(const struct byte_stream *stream);
/* Unpacked bytes; 0 where only reading it all would tell (every packing but "plain"). */
uint64_t byte_stream_size(const struct byte_stream *stream);
/* The file as it was when opened / as it is now. */
struct file_identity byte_stream_identity(const struct byte_stream *stream);
struct file_identity byte_stream_identity_now(const struct byte_stream *stream);

/* A plain file's bytes as a private read-only map, to be released with munmap(*ret_data, *ret_n)
 * after or before the stream is closed. EMB_E_UNSUPPORTED for packed and empty files. */
emb_status byte_stream_map(const struct byte_stream *stream, const void **ret_data, size_t *ret_n);

/* Of an open file; false: that is not known. */
bool file_identity_of(int fd, struct file_identity *ret_identity);
bool file_identity_equal(const struct file_identity *a, const struct file_identity *b);

#endif /* COMMON_BASE_ARCHIVE_H */
