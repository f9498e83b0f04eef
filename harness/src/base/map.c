/* An open-addressing hash table from texts to dense numbers. */
#include "base/map.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static uint64_t mix(uint64_t a, uint64_t b)
{
    __uint128_t product = (__uint128_t)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t read_up_to_8(const unsigned char *bytes, size_t n)
{
    uint64_t word = 0;
    memcpy(&word, bytes, n < 8 ? n : 8);
    return word;
}

uint64_t hash_bytes(const void *bytes, size_t n, uint64_t seed)
{
    static const uint64_t k0 = 0x9e3779b97f4a7c15u, k1 = 0xbf58476d1ce4e5b9u;
    const unsigned char *at = bytes;
    uint64_t hash = seed ^ mix(n ^ k0, k1);
    for (size_t left = n; left > 0;) {
        size_t first = left < 8 ? left : 8, second = left - first < 8 ? left - first : 8;
        hash = mix(hash ^ read_up_to_8(at, first), k0 ^ read_up_to_8(at + first, second));
        hash += k1;
        at += first + second;
        left -= first + second;
    }
    return mix(hash ^ k0, k1);
}

/* Slot of the key, or the free slot where it would go. */
static uint32_t probe(const struct map *map, const char *key, size_t n, uint64_t hash)
{
    uint32_t mask = map->n_slots - 1;
    for (uint32_t at = (uint32_t)hash & mask;; at = (at + 1) & mask) {
        uint32_t number = map->slots[at];
        if (number == 0 || (map->hashes[number - 1] == hash && map->lengths[number - 1] == n &&
                            memcmp(map->names[number - 1], key, n) == 0)) {
            return at;
        }
    }
}

static void grow_slots(struct map *map)
{
    free(map->slots);
    map->n_slots = map->n_slots ? map->n_slots * 2 : 64;
    map->slots = mem_array(map->n_slots, sizeof *map->slots);
    uint32_t mask = map->n_slots - 1;
    for (uint32_t i = 0; i < map->n; i++) {
        uint32_t at = (uint32_t)map->hashes[i] & mask;
        while (map->slots[at]) {
            at = (at + 1) & mask;
        }
        map->slots[at] = i + 1;
    }
}

uint32_t map_find(const struct map *map, const char *key, size_t n_bytes)
{
    if (map->n == 0) {
        return MAP_NONE;
    }
    uint32_t number = map->slots[probe(map, key, n_bytes, hash_bytes(key, n_bytes, 0))];
    return number ? number - 1 : MAP_NONE;
}

uint32_t map_find_text(const struct map *map, const char *key)
{
    return map_find(map, key, strlen(key));
}

uint32_t map_put(struct map *map, const char *key, size_t n_bytes)
{
    if ((uint64_t)map->n * 4 >= (uint64_t)map->n_slots * 3) {
        grow_slots(map);
    }
    uint64_t hash = hash_bytes(key, n_bytes, 0);
    uint32_t at = probe(map, key, n_bytes, hash);
    if (map->slots[at]) {
        return map->slots[at] - 1;
    }
    if (map->n == map->capacity) {
        map->capacity = map->capacity + map->capacity / 2 + 32;
        map->names = mem_resize(map->names, map->capacity, sizeof *map->names);
        map->lengths = mem_resize(map->lengths, map->capacity, sizeof *map->lengths);
        map->hashes = mem_resize(map->hashes, map->capacity, sizeof *map->hashes);
    }
    map->names[map->n] = arena_text(&map->keys, key, n_bytes);
    map->lengths[map->n] = (uint32_t)n_bytes;
    map->hashes[map->n] = hash;
    map->slots[at] = ++map->n;
    return map->n - 1;
}

uint32_t map_put_text(struct map *map, const char *key)
{
    return map_put(map, key, strlen(key));
}

const char *map_key(const struct map *map, uint32_t number)
{
    return map->names[number];
}

void map_finish(struct map *map)
{
    arena_finish(&map->keys);
    free(map->names);
    free(map->lengths);
    free(map->hashes);
    free(map->slots);
    *map = (struct map){0};
}
