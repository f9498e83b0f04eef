/*
 * digest_cache.h - the hash of a large file or folder, computed once a machine: kept in the cache
 * folder (digests/) beside what the files looked like then.
 */
#ifndef DATA_DIGEST_CACHE_H
#define DATA_DIGEST_CACHE_H

#include "data/digest.h"

/* As digest_path. What is kept holds as long as path, size, device, inode and the times of change
 * of every file are the same; of files changed within the last seconds nothing is kept, for a
 * second change could leave the times as they are. A cache that cannot be written costs time
 * alone. Trusted are the kernel's times of change, which no call sets, and files in the cache
 * folder that this user alone can write: who can forge those could as well replace the program. */
int digest_cached(const char *path, char ret_hex[DIGEST_TEXT_BYTES], uint64_t *ret_bytes);

#endif /* DATA_DIGEST_CACHE_H */
