/* Looks words up in the vocabulary that a program announced. */
#include "vocabulary.h"

#include "base/try.h"
#include "embedder_util.h"

#include <stdlib.h>
#include <string.h>

/* FNV-1a, 64 bits */
static uint64_t hash(const char *bytes, size_t n)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < n; i++) {
        h = (h ^ (unsigned char)bytes[i]) * 0x100000001b3u;
    }
    return h ^ h >> 32;
}

const char *vocabulary_word(const struct vocabulary *vocabulary, uint64_t i, uint32_t *ret_n_bytes)
{
    if (i >= vocabulary->n) {
        return NULL;
    }
    *ret_n_bytes = (uint32_t)(vocabulary->begins[i + 1] - vocabulary->begins[i]);
    return vocabulary->bytes + vocabulary->begins[i];
}

uint64_t vocabulary_find(const struct vocabulary *vocabulary, const char *word, uint32_t n_bytes)
{
    uint64_t slot = hash(word, n_bytes) & (vocabulary->n_slots - 1);
    for (; vocabulary->slots[slot]; slot = (slot + 1) & (vocabulary->n_slots - 1)) {
        uint64_t i = vocabulary->slots[slot] - 1;
        uint32_t n = 0;
        const char *known = vocabulary_word(vocabulary, i, &n);
        if (known && n == n_bytes && memcmp(known, word, n) == 0) {
            return i;
        }
    }
    return UINT64_MAX;
}

/* The first of equal words is the one that is found. */
static void add_slot(struct vocabulary *vocabulary, uint64_t i)
{
    uint32_t n = 0;
    const char *word = vocabulary_word(vocabulary, i, &n);
    if (vocabulary_find(vocabulary, word, n) != UINT64_MAX) {
        return;
    }
    uint64_t slot = hash(word, n) & (vocabulary->n_slots - 1);
    while (vocabulary->slots[slot]) {
        slot = (slot + 1) & (vocabulary->n_slots - 1);
    }
    vocabulary->slots[slot] = (uint32_t)i + 1;
}

static emb_status make_space(const struct emb_host *host, const struct json *words, uint64_t n,
                             struct vocabulary *vocabulary)
{
    uint64_t n_bytes = 0;
    for (uint64_t i = 0; i < n; i++) {
        struct json place = json_element(words, i);
        const char *word;
        uint64_t bytes = 0;
        TRY(json_as_text(&place, &word, &bytes));
        if (bytes == 0 || bytes > UINT16_MAX) {
            return json_fail(&place, "a word has 1 to %u bytes, found %llu", UINT16_MAX,
                             (unsigned long long)bytes);
        }
        n_bytes += bytes;
    }
    vocabulary->n_slots = 16;
    while (vocabulary->n_slots < 2 * n) {
        vocabulary->n_slots *= 2;
    }
    vocabulary->bytes = malloc(n_bytes + 1);
    vocabulary->begins = calloc(n + 1, sizeof *vocabulary->begins);
    vocabulary->slots = calloc(vocabulary->n_slots, sizeof *vocabulary->slots);
    if (!vocabulary->bytes || !vocabulary->begins || !vocabulary->slots) {
        return emb_failf(host, EMB_E_NOMEM, "process: no memory for a vocabulary of %llu words",
                         (unsigned long long)n);
    }
    return EMB_OK;
}

emb_status vocabulary_fill(const struct emb_host *host, const struct json *words, uint64_t n,
                           struct vocabulary *ret_vocabulary)
{
    struct vocabulary vocabulary = {0};
    if (json_length(words) != n || n >= UINT32_MAX) {
        return json_fail(words, "found %llu words, announced were %llu",
                         (unsigned long long)json_length(words), (unsigned long long)n);
    }
    emb_status status = make_space(host, words, n, &vocabulary);
    for (uint64_t i = 0; i < n && !status; i++) {
        struct json place = json_element(words, i);
        const char *word;
        uint64_t bytes;
        json_as_text(&place, &word, &bytes); /* looked at before */
        memcpy(vocabulary.bytes + vocabulary.begins[i], word, bytes);
        vocabulary.begins[i + 1] = vocabulary.begins[i] + bytes;
        vocabulary.n = i + 1;
        add_slot(&vocabulary, i);
    }
    if (status) {
        vocabulary_finish(&vocabulary, host);
        return status;
    }
    *ret_vocabulary = vocabulary;
    return EMB_OK;
}

void vocabulary_finish(struct vocabulary *vocabulary, const struct emb_host *host)
{
    free(vocabulary->bytes);
    free(vocabulary->begins);
    free(vocabulary->slots);
    host->free(host, vocabulary->table);
    *vocabulary = (struct vocabulary){0};
}
