/* fuzz_pytorch.c - arbitrary bytes as a PyTorch file, and as the pickle of a good archive: a
 * mutated archive fails at its CRC-32 before its pickle is run. */
#include "tensors_fuzz.h"

#include "zip.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_PICKLE = 1 << 16, MAX_ARCHIVE = MAX_PICKLE + 4096 };

static uint8_t *put(uint8_t *at, uint64_t value, size_t n)
{
    memcpy(at, &value, n);
    return at + n;
}

struct entry {
    const char *name;
    const uint8_t *bytes;
    size_t n, begin;
};

static uint8_t *put_header(uint8_t *at, const struct entry *entry, bool local)
{
    size_t n_name = strlen(entry->name);
    at = put(at, local ? 0x04034b50 : 0x02014b50, 4);
    at = put(at, 0, local ? 6 : 8);
    at = put(at, 0, 4);
    at = put(at, zip_crc32(entry->bytes, entry->n), 4);
    at = put(at, entry->n, 4);
    at = put(at, entry->n, 4);
    at = put(at, n_name, 4);
    if (!local) {
        at = put(at, 0, 8);
        at = put(at, 0, 2);
        at = put(at, entry->begin, 4);
    }
    memcpy(at, entry->name, n_name);
    return at + n_name;
}

/* The input as m/data.pkl, beside two storages. */
static size_t archive(const uint8_t *data, size_t size, uint8_t *to)
{
    static const uint8_t storage[64] = {1};
    struct entry entries[] = {
        {"m/data.pkl", data, size, 0}, {"m/data/0", storage, 64, 0}, {"m/data/1", storage, 24, 0}};
    uint8_t *at = to;
    for (size_t i = 0; i < 3; i++) {
        entries[i].begin = (size_t)(at - to);
        at = put_header(at, &entries[i], true);
        memcpy(at, entries[i].bytes, entries[i].n);
        at += entries[i].n;
    }
    size_t directory = (size_t)(at - to);
    for (size_t i = 0; i < 3; i++) {
        at = put_header(at, &entries[i], false);
    }
    size_t n_directory = (size_t)(at - to) - directory;
    at = put(at, 0x06054b50, 8);
    at = put(at, 0x00030003, 4);
    at = put(at, n_directory, 4);
    at = put(at, directory, 4);
    at = put(at, 0, 2);
    return (size_t)(at - to);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t wrapped[MAX_ARCHIVE];
    if (size >= 4 && memcmp(data, "PK\003\004", 4) == 0) {
        tensor_file_close(fuzz_open(data, size));
    } else if (size <= MAX_PICKLE) {
        size_t n = archive(data, size, wrapped);
        tensor_file_close(fuzz_open(wrapped, n));
    }
    return 0;
}
