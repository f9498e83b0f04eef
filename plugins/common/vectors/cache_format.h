/* The header of cache.h as a struct, and where caches lie. Private to the cache. */
#ifndef VECTORS_CACHE_FORMAT_H
#define VECTORS_CACHE_FORMAT_H

#include "base/archive.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CACHE_MAGIC "HVECTORS"
#define CACHE_ENDING ".vectors"
#define CACHE_SEAL_ENDING ".checked" /* cache_seal.h */

enum {
    CACHE_VERSION = 2,
    CACHE_PARTS_AT = 256,
    CACHE_PATH_ROOM = 4096 + 256,
    CACHE_RACY_NS = 20 * 1000 * 1000 /* changes this close together may share a time stamp */
};

struct cache_header {
    char magic[8];
    uint32_t version, format;
    uint64_t file_bytes, source_print;
    struct file_identity source;
    uint64_t n_words;
    uint32_t dim, reserved;
    char packing[8];
    uint64_t n_duplicates, n_not_utf8;
    uint64_t path_at, path_bytes, text_at, text_bytes, offsets_at, slots_at, n_slots, rows_at;
    uint64_t parts_print, rows_print;
    uint64_t header_print;
};

_Static_assert(sizeof(struct file_identity) == 40, "five numbers of eight bytes");
_Static_assert(offsetof(struct cache_header, source) == 32, "as documented");
_Static_assert(offsetof(struct cache_header, path_at) == 112, "as documented");
_Static_assert(offsetof(struct cache_header, header_print) == 192, "as documented");

uint64_t cache_header_print(const struct cache_header *header);

/* The cache file of the source at `path` and its folder (made if it is missing and `make`).
 * *ret_source is the absolute path, freed by the caller. False: there is no place for one. */
bool cache_place(const char *path, bool make, char ret_file[CACHE_PATH_ROOM],
                 char ret_folder[CACHE_PATH_ROOM], char **ret_source);

#endif /* VECTORS_CACHE_FORMAT_H */
