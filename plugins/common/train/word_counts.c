/* Counts the words of a corpus and sorts them by frequency. */
#include "train/word_counts.h"

#include "base/try.h"
#include "embedder_util.h"

#include <stdlib.h>
#include <string.h>

/* FNV-1a, folded by a multiplication so that the low bits are good enough for a mask. */
static uint32_t hash_of(const char *word, uint32_t n_bytes)
{
    uint32_t h = 2166136261u;
    for (uint32_t i = 0; i < n_bytes; i++) {
        h = (h ^ (unsigned char)word[i]) * 16777619u;
    }
    h ^= h >> 15;
    h *= 0x2c1b3c6du;
    return h ^ h >> 13;
}

static emb_status set_slots(struct word_counts *v, uint64_t n_slots)
{
    uint32_t *slots;
    TRY(job_alloc(v->job, n_slots, sizeof *slots, "the vocabulary's index", &slots));
    memset(slots, 0xFF, n_slots * sizeof *slots);
    for (uint32_t i = 0; i < v->n_words; i++) {
        uint64_t at = v->words[i].hash & (n_slots - 1);
        while (slots[at] != WORD_COUNTS_NONE) {
            at = (at + 1) & (n_slots - 1);
        }
        slots[at] = i;
    }
    v->job->host->free(v->job->host, v->slots);
    v->slots = slots;
    v->n_slots = n_slots;
    return EMB_OK;
}

emb_status word_counts_init(struct word_counts *vocabulary, const struct train_job *job)
{
    *vocabulary = (struct word_counts){.job = job};
    return set_slots(vocabulary, 1 << 8);
}

void word_counts_finish(struct word_counts *vocabulary)
{
    if (vocabulary->job) {
        const struct emb_host *host = vocabulary->job->host;
        host->free(host, vocabulary->words);
        host->free(host, vocabulary->text);
        host->free(host, vocabulary->slots);
    }
    *vocabulary = (struct word_counts){0};
}

/* A block of twice the size; the old one is freed. */
static emb_status grow(const struct train_job *job, void *block, uint64_t bytes, uint64_t new_bytes,
                       void *ret_block)
{
    void *larger;
    emb_status status = job_alloc(job, 1, new_bytes, "the vocabulary", &larger);
    if (status == EMB_OK) {
        if (bytes > 0) {
            memcpy(larger, block, bytes);
        }
        job->host->free(job->host, block);
        memcpy(ret_block, &larger, sizeof larger);
    }
    return status;
}

static emb_status make_space(struct word_counts *v, uint32_t n_bytes)
{
    if (v->n_words == v->capacity) {
        if (v->capacity >= UINT32_MAX / 2) {
            return emb_failf(v->job->host, EMB_E_UNSUPPORTED,
                             "the corpus has more than %u different words", v->n_words);
        }
        uint32_t capacity = v->capacity ? 2 * v->capacity : 1 << 6;
        TRY(grow(v->job, v->words, v->n_words * sizeof *v->words, capacity * sizeof *v->words,
                 &v->words));
        v->capacity = capacity;
    }
    if (v->text_capacity - v->text_bytes < n_bytes) {
        uint64_t capacity = v->text_capacity ? 2 * v->text_capacity : 1 << 10;
        while (capacity - v->text_bytes < n_bytes) {
            capacity *= 2;
        }
        TRY(grow(v->job, v->text, v->text_bytes, capacity, &v->text));
        v->text_capacity = capacity;
    }
    if (2 * (uint64_t)(v->n_words + 1) > v->n_slots) {
        TRY(set_slots(v, 2 * v->n_slots));
    }
    return EMB_OK;
}

static emb_status add(struct word_counts *v, const char *word, uint32_t n_bytes, uint32_t hash,
                      uint32_t *ret_number)
{
    TRY(make_space(v, n_bytes));
    uint32_t number = v->n_words++;
    v->words[number] = (struct counted_word){1, v->text_bytes, n_bytes, hash};
    memcpy(v->text + v->text_bytes, word, n_bytes);
    v->text_bytes += n_bytes;
    uint64_t at = hash & (v->n_slots - 1);
    while (v->slots[at] != WORD_COUNTS_NONE) {
        at = (at + 1) & (v->n_slots - 1);
    }
    v->slots[at] = number;
    *ret_number = number;
    return EMB_OK;
}

emb_status word_counts_add(struct word_counts *vocabulary, const char *word, uint32_t n_bytes,
                           uint32_t *ret_number)
{
    struct word_counts *v = vocabulary;
    uint32_t hash = hash_of(word, n_bytes);
    for (uint64_t at = hash & (v->n_slots - 1); v->slots[at] != WORD_COUNTS_NONE;
         at = (at + 1) & (v->n_slots - 1)) {
        struct counted_word *entry = &v->words[v->slots[at]];
        if (entry->hash == hash && entry->n_bytes == n_bytes &&
            memcmp(v->text + entry->text, word, n_bytes) == 0) {
            entry->count++;
            *ret_number = v->slots[at];
            return EMB_OK;
        }
    }
    return add(v, word, n_bytes, hash, ret_number);
}

struct ranked {
    uint64_t count;
    uint32_t number;
};

static int by_count_then_first(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->count != y->count) {
        return x->count > y->count ? -1 : 1;
    }
    return x->number < y->number ? -1 : x->number > y->number;
}

emb_status word_counts_order(struct word_counts *vocabulary, uint64_t min_count, uint64_t max_words,
                             uint32_t **ret_map)
{
    struct word_counts *v = vocabulary;
    const struct emb_host *host = v->job->host;
    struct ranked *ranked = NULL;
    struct counted_word *words = NULL;
    uint32_t *map = NULL, n = 0;
    emb_status status = job_alloc(v->job, v->n_words, sizeof *ranked, "the vocabulary", &ranked);
    if (status == EMB_OK) {
        status = job_alloc(v->job, v->n_words, sizeof *words, "the vocabulary", &words);
    }
    if (status == EMB_OK) {
        status = job_alloc(v->job, v->n_words, sizeof *map, "the vocabulary", &map);
    }
    if (status != EMB_OK) {
        host->free(host, ranked);
        host->free(host, words);
        return status;
    }
    for (uint32_t i = 0; i < v->n_words; i++) {
        map[i] = WORD_COUNTS_NONE;
        if (v->words[i].count >= min_count) {
            ranked[n++] = (struct ranked){v->words[i].count, i};
        }
    }
    qsort(ranked, n, sizeof *ranked, by_count_then_first);
    if (max_words > 0 && n > max_words) {
        n = (uint32_t)max_words;
    }
    for (uint32_t i = 0; i < n; i++) {
        words[i] = v->words[ranked[i].number];
        map[ranked[i].number] = i;
    }
    host->free(host, ranked);
    host->free(host, v->words);
    host->free(host, v->slots); /* reading is over */
    v->slots = NULL;
    v->words = words;
    v->n_words = v->capacity = n;
    *ret_map = map;
    return EMB_OK;
}
