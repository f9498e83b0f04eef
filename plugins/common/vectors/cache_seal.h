/*
 * cache_seal.h - which cache's rows have been read and found whole since the machine started.
 *
 * Bits rot, and a file can be changed behind the program's back. The rows of a cache are therefore
 * read in full, against their fingerprint, the first time that it is mapped after a boot and
 * whenever its file is another than the one that was read then. KEY.checked beside KEY.vectors says
 * which that was:
 *
 *   at    bytes
 *   0     8   "HCHECKED"
 *   8     40  /proc/sys/kernel/random/boot_id, NUL-padded
 *   48    40  the cache file's size, mtime, ctime, device, inode (as in cache.h)
 *   88    8   fingerprint in the cache's header
 *   96    8   fingerprint of the bytes before
 *
 * Without it, or where it cannot be written, the rows are read: slower, never wrong.
 */
#ifndef VECTORS_CACHE_SEAL_H
#define VECTORS_CACHE_SEAL_H

#include "base/archive.h"

#include <stdbool.h>
#include <stdint.h>

/* `file` is the cache's path, `cache` what it is now, `print` its header's fingerprint. */
bool cache_seal_holds(const char *file, const struct file_identity *cache, uint64_t print);
/* Not noted: what was changed so short a time ago that its clock could not tell a second change. */
void cache_seal_note(const char *file, const struct file_identity *cache, uint64_t print);

#endif /* VECTORS_CACHE_SEAL_H */
