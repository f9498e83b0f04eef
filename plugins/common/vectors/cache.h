/*
 * cache.h - a parsed table on disk, ready to be mapped.
 *
 * Where     ${HARNESS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/harness}/vectors/KEY.vectors, KEY the
 *           fingerprint (fingerprint.h) of the source's absolute path as 16 hexadecimal digits. Not
 *           at all with HARNESS_NO_CACHE=1 or the option cache=0.
 * Holds     the whole table as read: limit, lowercase and the like are applied after mapping.
 * Valid     if the source still has the size, mtime, ctime, device and inode noted here. If only
 *           its size is the same, the source is read and its fingerprint decides; where that
 *           agrees the new identity is noted. The vocabulary is always checked in full, the rows
 *           at the first mapping after a boot or a change of the cache file (cache_seal.h). With
 *           the option `verify` both the source and the rows are always read in full. A source
 *           changed less than 20 ms before it was read is noted with an mtime of 0, so that the
 *           next load checks its content: its clock could not have shown a second change.
 * Written   by a thread of its own while the table is already in use: to a temporary file, fsync,
 *           rename. Two processes may do so at once, the later one stays. Failing is a warning.
 * Removed   by whoever writes a cache: those whose source is no more, and temporary files of killed
 *           processes after a day. Deleting any of them at any time is fine.
 *
 * All numbers little-endian. "at" = bytes from the start of the file.
 *
 *   at    bytes
 *   0     8   "HVECTORS"
 *   8     4   version, 2; a reader of another version rewrites the file
 *   12    4   format: 0 GloVe text, 1 word2vec text, 2 word2vec binary
 *   16    8   size of this file
 *   24    8   fingerprint of the source, unpacked
 *   32    8   source: size on disk          40  8  mtime, ns since the epoch (signed)
 *   48    8   source: ctime, ns (signed)    56  8  device          64  8  inode
 *   72    8   n_words                       80  4  dim             84  4  reserved, 0
 *   88    8   packing of the source, "plain", "gzip", ... NUL-padded
 *   96    8   rows left out as duplicates   104 8  words that are not UTF-8
 *   112   8   path_at   [path_bytes] the source's absolute path, no NUL        120 8 path_bytes
 *   128   8   text_at   [text_bytes] vocabulary.h: text                        136 8 text_bytes
 *   144   8   offsets_at [n_words + 1] uint64
 *   152   8   slots_at  [n_slots] uint32 tag, uint32 number                    160 8 n_slots
 *   168   8   rows_at   [n_words, dim] float32; a multiple of 4096; the file ends with the rows
 *   176   8   fingerprint of the bytes from 192 to rows_at
 *   184   8   fingerprint of the rows
 *   ... the parts, in the order above, each from a multiple of 64 on, gaps zero ...
 *   the header's own fingerprint, of bytes 0 to 192 with this field left out, is at 192, 8 bytes;
 *   the part that follows begins at 256.
 */
#ifndef VECTORS_CACHE_H
#define VECTORS_CACHE_H

#include "base/archive.h"
#include "vectors/vectors.h"

/* True if the environment allows caches at all. */
bool cache_allowed(void);

/* Map the cache of table->path into the table, if there is a valid one. `stream` is the opened
 * source; it is read to its end if *ret_stream_read. False: no use, the table is untouched. */
bool cache_load(struct vector_table *table, struct byte_stream *stream, bool verify,
                bool *ret_stream_read);

/* Begin to write the table, whose arrays must stay as they are until cache_wait(). `print` is of
 * the source unpacked, `identity` the source's at the time of opening, `start` the time then (ns).
 * Failure is logged. */
void cache_save(struct vector_table *table, uint64_t print, struct file_identity identity,
                int64_t start);
/* Wait for the writing to be over; none under way is fine. */
void cache_wait(struct vector_table *table);

#endif /* VECTORS_CACHE_H */
