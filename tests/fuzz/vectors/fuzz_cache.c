/*
 * fuzz_cache.c - any bytes as a cache of parsed vectors. The source is a file of its own, and what
 * the cache would be refused for at once is put right first: magic, version, size, the source's
 * identity, all fingerprints. What is then adopted must be safe to use.
 */
#include "../folder.h"
#include "mini_host.h"
#include "vectors/cache_format.h"
#include "vectors/fingerprint.h"
#include "vectors/lookup.h"

#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *source;
static char cache[CACHE_PATH_ROOM];

static void set_up(void)
{
    static char folder[CACHE_PATH_ROOM];
    char *absolute;
    source = strdup(fuzz_put("source", "2 2\na 1 2\nb 3 4\n", 17));
    setenv("HARNESS_CACHE", fuzz_folder(), 1);
    unsetenv("HARNESS_NO_CACHE");
    if (!source || !cache_place(source, true, cache, folder, &absolute)) {
        abort();
    }
    free(absolute);
}

static void put_right(uint8_t *bytes, size_t n)
{
    struct cache_header h;
    struct file_identity identity;
    memcpy(&h, bytes, sizeof h);
    int fd = open(source, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || !file_identity_of(fd, &identity)) {
        abort();
    }
    close(fd);
    memcpy(h.magic, CACHE_MAGIC, 8);
    memset(h.packing, 0, sizeof h.packing);
    memcpy(h.packing, "plain", 5);
    h.version = CACHE_VERSION;
    h.file_bytes = n;
    h.source = identity;
    h.path_bytes = strlen(source);
    if (h.path_at <= n && h.path_bytes <= n - h.path_at && h.path_at >= CACHE_PARTS_AT) {
        memcpy(bytes + h.path_at, source, h.path_bytes);
    }
    if (h.rows_at <= n && h.rows_at >= CACHE_PARTS_AT) {
        h.parts_print = fingerprint_of(bytes + CACHE_PARTS_AT, h.rows_at - CACHE_PARTS_AT);
        h.rows_print = fingerprint_of(bytes + h.rows_at, n - h.rows_at);
    }
    h.header_print = cache_header_print(&h);
    memcpy(bytes, &h, sizeof h);
}

static void use(struct vector_table *table)
{
    float *vector = malloc(table->dim * sizeof *vector);
    static volatile size_t touched;
    for (uint64_t i = 0; i < table->n_words; i++) {
        uint32_t n_bytes;
        const char *word = vocabulary_word(&table->words, i, &n_bytes);
        for (uint32_t b = 0; b <= n_bytes; b++) {
            touched += (unsigned char)word[b];
        }
        vectors_find(table, word, n_bytes);
    }
    lookup_vector(table, "b", 1, vector);
    lookup_vector(table, "New York", 8, vector);
    free(vector);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!source) {
        set_up();
    }
    if (size < CACHE_PARTS_AT || size > 1 << 16) {
        return 0;
    }
    uint8_t *bytes = malloc(size);
    memcpy(bytes, data, size);
    put_right(bytes, size);
    int fd = open(cache, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, bytes, size) != (ssize_t)size) {
        abort();
    }
    close(fd);
    free(bytes);
    struct vector_options options = {.cache = true};
    struct vector_table *table = NULL;
    if (vectors_load(mini_host(0), source, &options, &table) == EMB_OK) {
        use(table);
        vectors_free(table);
    }
    if (mini_host_bytes() != 0) {
        abort();
    }
    return 0;
}
