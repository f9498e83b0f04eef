/*
 * map.h - texts to dense numbers 0, 1, 2, … in order of first insertion. What else belongs to a key
 * lives in the caller's arrays, indexed by that number. Zero-initialise, use, finish.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

#define MAP_NONE UINT32_MAX

struct map {
    struct arena keys;
    const char **names; /* [n] NUL-terminated copies */
    uint32_t *lengths;  /* [n] bytes */
    uint64_t *hashes;   /* [n] */
    uint32_t *slots;    /* [n_slots] number + 1, 0 = free */
    uint32_t n, capacity, n_slots;
};

/* The number of key, or MAP_NONE. */
uint32_t map_find(const struct map *map, const char *key, size_t n_bytes);
uint32_t map_find_text(const struct map *map, const char *key);
/* The number of key, which is new if it equals the n before the call. Keys may hold any bytes. */
uint32_t map_put(struct map *map, const char *key, size_t n_bytes);
uint32_t map_put_text(struct map *map, const char *key);
const char *map_key(const struct map *map, uint32_t number);
void map_finish(struct map *map);

/* 64-bit hash of bytes, the same on every machine and in every run (wyhash-like mixing). */
uint64_t hash_bytes(const void *bytes, size_t n, uint64_t seed);

#endif /* BASE_MAP_H */
