/* Reads the directory of a ZIP archive and finds where its stored entries lie. */
#include "zip.h"

#include "base/try.h"
#include "embedder_util.h"

#include <stdlib.h>
#include <string.h>

enum { END_BYTES = 22, LOCATOR_BYTES = 20, END64_BYTES = 56, ENTRY_BYTES = 46, LOCAL_BYTES = 30 };

#define SIGNATURE_END 0x06054b50u
#define SIGNATURE_LOCATOR 0x07064b50u
#define SIGNATURE_END64 0x06064b50u
#define SIGNATURE_ENTRY 0x02014b50u
#define SIGNATURE_LOCAL 0x04034b50u

struct directory {
    uint64_t begin, end; /* bytes of the file */
    uint64_t n;          /* entries */
};

static uint16_t u16_at(const uint8_t *bytes)
{
    uint16_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

static uint32_t u32_at(const uint8_t *bytes)
{
    uint32_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

static uint64_t u64_at(const uint8_t *bytes)
{
    uint64_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

static emb_status fail_at(const struct tensor_file *file, const struct tensor_map *map, uint64_t at,
                          const char *found_and_expected)
{
    return emb_failf(file->host, EMB_E_FORMAT, "%s: byte %llu: %s", map->path,
                     (unsigned long long)at, found_and_expected);
}

static emb_status fail_entry(const struct tensor_file *file, const struct tensor_map *map,
                             const struct zip_entry *entry, uint64_t at,
                             const char *found_and_expected)
{
    char shown[80];
    return emb_failf(file->host, EMB_E_FORMAT, "%s: byte %llu: entry '%s': %s", map->path,
                     (unsigned long long)at,
                     tensor_shown(shown, sizeof shown, entry->name, entry->n_name),
                     found_and_expected);
}

/* The end records */

/* The byte of the end record: the last of its signature whose comment ends the file. */
static bool find_end(const struct tensor_map *map, uint64_t *ret_at)
{
    if (map->n_bytes < END_BYTES) {
        return false;
    }
    uint64_t last = map->n_bytes - END_BYTES;
    uint64_t first = last > UINT16_MAX ? last - UINT16_MAX : 0;
    for (uint64_t at = last + 1; at-- > first;) {
        const uint8_t *end = map->bytes + at;
        if (u32_at(end) == SIGNATURE_END && u16_at(end + 20) == last - at) {
            *ret_at = at;
            return true;
        }
    }
    return false;
}

/* The ZIP64 end record whose locator lies just before `end`. */
static emb_status read_end64(const struct tensor_file *file, const struct tensor_map *map,
                             uint64_t locator, struct directory *directory, uint64_t *ret_at)
{
    uint64_t at = u64_at(map->bytes + locator + 8);
    if (at > locator || locator - at < END64_BYTES || u32_at(map->bytes + at) != SIGNATURE_END64 ||
        u64_at(map->bytes + at + 4) != locator - at - 12) {
        return fail_at(file, map, locator,
                       "found a ZIP64 locator, expected it to follow the record it points at");
    }
    const uint8_t *end = map->bytes + at;
    if (u32_at(end + 16) != 0 || u32_at(end + 20) != 0 || u64_at(end + 24) != u64_at(end + 32) ||
        u32_at(map->bytes + locator + 4) != 0 || u32_at(map->bytes + locator + 16) > 1) {
        return fail_at(file, map, at, "found a split archive, expected one file");
    }
    directory->n = u64_at(end + 32);
    directory->end = u64_at(end + 40); /* its size, for now */
    directory->begin = u64_at(end + 48);
    *ret_at = at;
    return EMB_OK;
}

static bool agrees(uint64_t wide, uint64_t narrow, uint64_t saturated)
{
    return narrow == wide || narrow == saturated;
}

static emb_status read_end(const struct tensor_file *file, const struct tensor_map *map,
                           struct directory *ret_directory)
{
    uint64_t at = 0;
    if (!find_end(map, &at)) {
        return fail_at(file, map, map->n_bytes,
                       "found no end of a ZIP directory, expected one (is the file cut short?)");
    }
    const uint8_t *end = map->bytes + at;
    uint64_t n = u16_at(end + 10), size = u32_at(end + 12), begin = u32_at(end + 16);
    if (u16_at(end + 4) != 0 || u16_at(end + 6) != 0 || u16_at(end + 8) != n) {
        return fail_at(file, map, at, "found a split archive, expected one file");
    }
    struct directory directory = {.begin = begin, .end = size, .n = n};
    if (at >= LOCATOR_BYTES && u32_at(end - LOCATOR_BYTES) == SIGNATURE_LOCATOR) {
        TRY(read_end64(file, map, at - LOCATOR_BYTES, &directory, &at));
        if (!agrees(directory.n, n, UINT16_MAX) || !agrees(directory.end, size, UINT32_MAX) ||
            !agrees(directory.begin, begin, UINT32_MAX)) {
            return fail_at(file, map, at, "found end records that differ, expected them to agree");
        }
    }
    if (directory.begin > at || directory.end != at - directory.begin ||
        directory.n > directory.end / ENTRY_BYTES) {
        return emb_failf(file->host, EMB_E_FORMAT,
                         "%s: byte %llu: found a ZIP directory of %llu entries in %llu bytes at "
                         "byte %llu, expected it to end here",
                         map->path, (unsigned long long)at, (unsigned long long)directory.n,
                         (unsigned long long)directory.end, (unsigned long long)directory.begin);
    }
    directory.end = at;
    *ret_directory = directory;
    return EMB_OK;
}

/* Entries */

/* Replace saturated fields by those of the ZIP64 extra field; false if it lacks them. */
static bool apply_zip64(const uint8_t *extra, uint64_t n_extra, uint64_t *const fields[3])
{
    while (n_extra >= 4) {
        uint64_t n = u16_at(extra + 2);
        if (n > n_extra - 4) {
            return false;
        }
        if (u16_at(extra) == 1) {
            const uint8_t *value = extra + 4;
            for (int i = 0; i < 3; i++) {
                if (*fields[i] == UINT32_MAX) {
                    if (n < 8) {
                        return false;
                    }
                    *fields[i] = u64_at(value);
                    value += 8;
                    n -= 8;
                }
            }
            return true;
        }
        extra += 4 + n;
        n_extra -= 4 + n;
    }
    return *fields[0] != UINT32_MAX && *fields[1] != UINT32_MAX && *fields[2] != UINT32_MAX;
}

/* The local header agrees with the directory's; sets entry->data. */
static emb_status read_local(const struct tensor_file *file, const struct tensor_map *map,
                             const struct directory *directory, struct zip_entry *entry)
{
    if (entry->begin > directory->begin || directory->begin - entry->begin < LOCAL_BYTES) {
        return fail_entry(file, map, entry, entry->begin,
                          "found its header outside the file's contents, expected it inside");
    }
    const uint8_t *local = map->bytes + entry->begin;
    uint64_t n_name = u16_at(local + 26), n_extra = u16_at(local + 28);
    uint64_t room = directory->begin - entry->begin - LOCAL_BYTES;
    if (u32_at(local) != SIGNATURE_LOCAL || u16_at(local + 8) != 0 || n_name != entry->n_name ||
        n_name + n_extra > room || memcmp(local + LOCAL_BYTES, entry->name, n_name) != 0) {
        return fail_entry(file, map, entry, entry->begin,
                          "found a local header that differs, expected that of the directory");
    }
    if (entry->n_bytes > room - n_name - n_extra) {
        return fail_entry(file, map, entry, entry->begin,
                          "found contents that pass into the directory, expected them before it");
    }
    bool sizes_follow = u16_at(local + 6) & 8;
    uint32_t size = u32_at(local + 22);
    if (!agrees(entry->n_bytes, size, UINT32_MAX) && !(sizes_follow && size == 0)) {
        return fail_entry(file, map, entry, entry->begin,
                          "found a local size that differs, expected that of the directory");
    }
    entry->data = entry->begin + LOCAL_BYTES + n_name + n_extra;
    return EMB_OK;
}

static emb_status check_method(const struct tensor_file *file, const struct tensor_map *map,
                               const struct zip_entry *entry, uint64_t at)
{
    const uint8_t *bytes = map->bytes + at;
    uint16_t method = u16_at(bytes + 10);
    if (u16_at(bytes + 8) & 1) {
        return fail_entry(file, map, entry, at, "found it encrypted, expected plain contents");
    }
    if (method != 0) {
        char why[96];
        snprintf(why, sizeof why, "found it compressed (%smethod %u), expected it stored",
                 method == 8 ? "deflate, " : "", method);
        return fail_entry(file, map, entry, at, why);
    }
    return EMB_OK;
}

/* The directory entry at *at, which moves behind it. */
static emb_status read_entry(const struct tensor_file *file, const struct tensor_map *map,
                             const struct directory *directory, uint64_t *at,
                             struct zip_entry *entry)
{
    const uint8_t *bytes = map->bytes + *at;
    uint64_t left = directory->end - *at;
    if (left < ENTRY_BYTES || u32_at(bytes) != SIGNATURE_ENTRY) {
        return fail_at(file, map, *at, "found no entry of a ZIP directory, expected one");
    }
    uint64_t n_name = u16_at(bytes + 28), n_extra = u16_at(bytes + 30);
    uint64_t n_comment = u16_at(bytes + 32);
    if (n_name + n_extra + n_comment > left - ENTRY_BYTES) {
        return fail_at(file, map, *at, "found an entry that passes the directory's end");
    }
    uint64_t compressed = u32_at(bytes + 20);
    *entry = (struct zip_entry){
        .name = (const char *)bytes + ENTRY_BYTES,
        .begin = u32_at(bytes + 42),
        .n_bytes = u32_at(bytes + 24),
        .n_name = (uint32_t)n_name,
        .crc32 = u32_at(bytes + 16),
    };
    TRY(check_method(file, map, entry, *at));
    uint64_t *const fields[3] = {&entry->n_bytes, &compressed, &entry->begin};
    if (!apply_zip64(bytes + ENTRY_BYTES + n_name, n_extra, fields) ||
        compressed != entry->n_bytes || u16_at(bytes + 34) != 0) {
        return fail_entry(file, map, entry, *at,
                          "found sizes that contradict each other, expected one size");
    }
    *at += ENTRY_BYTES + n_name + n_extra + n_comment;
    return read_local(file, map, directory, entry);
}

static int by_place(const void *left, const void *right)
{
    const struct zip_entry *a = left, *b = right;
    return (a->begin > b->begin) - (a->begin < b->begin);
}

static int compare_names(const char *a, uint64_t n_a, const char *b, uint64_t n_b)
{
    int order = memcmp(a, b, n_a < n_b ? n_a : n_b);
    return order ? order : (n_a > n_b) - (n_a < n_b);
}

static int by_name(const void *left, const void *right)
{
    const struct zip_entry *a = left, *b = right;
    return compare_names(a->name, a->n_name, b->name, b->n_name);
}

static emb_status check_entries(const struct tensor_file *file, const struct tensor_map *map,
                                struct zip_entry *entries, uint64_t n)
{
    qsort(entries, n, sizeof *entries, by_place);
    for (uint64_t i = 1; i < n; i++) {
        if (entries[i].begin < entries[i - 1].data + entries[i - 1].n_bytes) {
            return fail_entry(file, map, &entries[i], entries[i].begin,
                              "found it inside the entry before it, expected no overlap");
        }
    }
    qsort(entries, n, sizeof *entries, by_name);
    for (uint64_t i = 1; i < n; i++) {
        if (by_name(&entries[i - 1], &entries[i]) == 0) {
            return fail_entry(file, map, &entries[i], entries[i].begin,
                              "found two entries of this name, expected one");
        }
    }
    return EMB_OK;
}

emb_status zip_read(struct tensor_file *file, const struct tensor_map *map, struct zip *ret_zip)
{
    struct directory directory = {0};
    TRY(read_end(file, map, &directory));
    /* n <= bytes of the directory / 46, so this is bounded by the file's size. */
    struct zip_entry *entries = tensor_file_alloc(file, (directory.n + 1) * sizeof *entries);
    if (!entries) {
        return tensor_file_no_memory(file, map->path);
    }
    uint64_t at = directory.begin;
    for (uint64_t i = 0; i < directory.n; i++) {
        TRY(read_entry(file, map, &directory, &at, &entries[i]));
    }
    if (at != directory.end) {
        return fail_at(file, map, at, "found bytes after the last entry, expected the end record");
    }
    emb_status status = check_entries(file, map, entries, directory.n);
    if (status == EMB_OK) {
        *ret_zip = (struct zip){entries, directory.n};
    }
    return status;
}

const struct zip_entry *zip_find(const struct zip *zip, const char *name, uint64_t n_name)
{
    uint64_t low = 0, high = zip->n;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        const struct zip_entry *entry = &zip->entries[middle];
        int order = compare_names(name, n_name, entry->name, entry->n_name);
        if (order == 0) {
            return entry;
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}

/* Slicing-by-8 (Kounavis & Berry 2005, "A systematic approach to building high performance,
 * software-based, CRC generators"): table k takes a byte that k more bytes follow. */
uint32_t zip_crc32(const uint8_t *bytes, uint64_t n_bytes)
{
    uint32_t table[8][256];
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t value = i;
        for (int bit = 0; bit < 8; bit++) {
            value = value >> 1 ^ (value & 1 ? 0xedb88320u : 0);
        }
        table[0][i] = value;
    }
    for (uint32_t i = 0; i < 256; i++) {
        for (int k = 1; k < 8; k++) {
            table[k][i] = table[k - 1][i] >> 8 ^ table[0][table[k - 1][i] & 255];
        }
    }
    uint32_t crc = UINT32_MAX;
    for (; n_bytes >= 8; n_bytes -= 8, bytes += 8) {
        uint32_t low = u32_at(bytes) ^ crc, high = u32_at(bytes + 4);
        crc = table[7][low & 255] ^ table[6][low >> 8 & 255] ^ table[5][low >> 16 & 255] ^
              table[4][low >> 24] ^ table[3][high & 255] ^ table[2][high >> 8 & 255] ^
              table[1][high >> 16 & 255] ^ table[0][high >> 24];
    }
    for (uint64_t i = 0; i < n_bytes; i++) {
        crc = crc >> 8 ^ table[0][(crc ^ bytes[i]) & 255];
    }
    return ~crc;
}
