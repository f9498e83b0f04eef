/*
 * fuzz_vectors.c - any bytes as a word-vector file: every layout and packing is behind one door.
 * Refused with a reason, or a table whose words lead back to their rows and whose numbers are
 * finite.
 */
#include "mini_host.h"
#include "vectors/lookup.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "fuzz_vectors: %s\n", what);
        abort();
    }
}

static void check_table(struct vector_table *table, bool as_read)
{
    require(table->n_words > 0 && table->dim > 0, "an empty table");
    for (uint64_t i = 0; i < table->n_words; i++) {
        uint32_t n_bytes;
        const char *word = vocabulary_word(&table->words, i, &n_bytes);
        require(word[n_bytes] == '\0', "a word without its NUL");
        require(vectors_find(table, word, n_bytes) == i, "a word that leads elsewhere");
    }
    for (uint64_t i = 0; table->rows && i < table->n_words * table->dim; i++) {
        require(isfinite(table->rows[i]) || !as_read, "not finite");
    }
    float *vector = malloc(table->dim * sizeof *vector);
    require(vector && lookup_vector(table, "New \xff_word", 10, vector) >= 0, "a failed look-up");
    free(vector);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct vector_options options[] = {
        {.cache = false},
        {.limit = 3, .lowercase = true, .normalise = true},
        {.centre = true, .abtt = 1},
    };
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    require(fd >= 0 && write(fd, data, size) == (ssize_t)size, "no memory file");
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        const struct emb_host *host = mini_host(1);
        size_t before = mini_host_bytes();
        struct vector_table *table = NULL;
        emb_status status = vectors_load(host, path, &options[i], &table);
        require((status == EMB_OK) == (table != NULL), "a status that does not fit");
        require(status == EMB_OK || mini_host_failure()[0] != '\0', "failure without a reason");
        if (table) {
            check_table(table, i == 0);
        }
        vectors_free(table);
        require(mini_host_bytes() == before, "memory left allocated");
    }
    close(fd);
    return 0;
}
