/* A hash table of spellings, and the spelling of each id. */
#include "tokenizer/vocab.h"

#include "embedder_util.h"

#include <string.h>

void vocab_init(struct vocab *vocab, const struct emb_host *host)
{
    *vocab = (struct vocab){.host = host};
}

void vocab_finish(struct vocab *vocab)
{
    const struct emb_host *host = vocab->host;
    if (host) {
        host->free(host, vocab->bytes);
        host->free(host, vocab->entries);
        host->free(host, vocab->slots);
        host->free(host, vocab->by_id);
    }
    *vocab = (struct vocab){0};
}

static emb_status no_memory(const struct vocab *vocab)
{
    return emb_failf(vocab->host, EMB_E_NOMEM, "out of memory for a vocabulary");
}

/* A larger block with the old content; the old one is freed. NULL: nothing changed. */
static void *enlarge(const struct emb_host *host, void *old, size_t old_bytes, size_t new_bytes)
{
    void *block = host->alloc(host, new_bytes);
    if (block && old) {
        memcpy(block, old, old_bytes);
        host->free(host, old);
    }
    return block;
}

emb_status vocab_add(struct vocab *vocab, const char *text, uint32_t n_bytes, uint32_t id)
{
    if (vocab->n == vocab->capacity) {
        uint32_t capacity = vocab->capacity ? vocab->capacity * 2 : 1024;
        struct vocab_entry *entries = enlarge(
            vocab->host, vocab->entries, vocab->n * sizeof *entries, capacity * sizeof *entries);
        if (!entries) {
            return no_memory(vocab);
        }
        vocab->entries = entries;
        vocab->capacity = capacity;
    }
    uint64_t need = vocab->n_bytes + n_bytes + 1;
    if (need > vocab->bytes_capacity) {
        uint64_t capacity = vocab->bytes_capacity * 2;
        capacity = capacity < 16384 ? 16384 : capacity;
        capacity = capacity < need ? need : capacity;
        char *bytes = enlarge(vocab->host, vocab->bytes, vocab->n_bytes, capacity);
        if (!bytes) {
            return no_memory(vocab);
        }
        vocab->bytes = bytes;
        vocab->bytes_capacity = capacity;
    }
    vocab->entries[vocab->n++] = (struct vocab_entry){vocab->n_bytes, n_bytes, id};
    memcpy(vocab->bytes + vocab->n_bytes, text, n_bytes);
    vocab->bytes[need - 1] = '\0';
    vocab->n_bytes = need;
    vocab->n_ids = id >= vocab->n_ids ? id + 1 : vocab->n_ids;
    vocab->longest = n_bytes > vocab->longest ? n_bytes : vocab->longest;
    return EMB_OK;
}

/* FNV-1a leaves its low bits weak: fold the whole state into them. */
static uint32_t finish_hash(uint64_t state)
{
    return (uint32_t)((state ^ state >> 29) * UINT64_C(0x9E3779B97F4A7C15) >> 32);
}

static uint64_t hash_text(uint64_t state, const char *text, uint32_t n_bytes)
{
    for (uint32_t i = 0; i < n_bytes; i++) {
        state = vocab_hash_step(state, (unsigned char)text[i]);
    }
    return state;
}

emb_status vocab_seal(struct vocab *vocab)
{
    uint32_t n_slots = 16;
    while (n_slots / 2 < vocab->n) {
        n_slots *= 2;
    }
    const struct emb_host *host = vocab->host;
    vocab->slots = host->alloc(host, n_slots * sizeof *vocab->slots);
    vocab->by_id = host->alloc(host, ((size_t)vocab->n_ids + 1) * sizeof *vocab->by_id);
    if (!vocab->slots || !vocab->by_id) {
        return no_memory(vocab);
    }
    vocab->mask = n_slots - 1;
    for (uint32_t e = vocab->n; e-- > 0;) { /* the last of equal spellings is found first */
        const struct vocab_entry *entry = &vocab->entries[e];
        uint32_t hash =
            finish_hash(hash_text(VOCAB_HASH_START, vocab->bytes + entry->text, entry->n_bytes));
        uint32_t s = hash & vocab->mask;
        while (vocab->slots[s].entry) {
            s = (s + 1) & vocab->mask;
        }
        vocab->slots[s] = (struct vocab_slot){hash, e + 1};
        vocab->by_id[entry->id] = e + 1;
    }
    return EMB_OK;
}

bool vocab_find_hashed(const struct vocab *vocab, uint64_t state, const char *prefix,
                       uint32_t n_prefix, const char *text, uint32_t n_bytes, uint32_t *ret_id)
{
    uint32_t hash = finish_hash(state);
    for (uint32_t s = hash & vocab->mask; vocab->slots[s].entry; s = (s + 1) & vocab->mask) {
        if (vocab->slots[s].hash != hash) {
            continue;
        }
        const struct vocab_entry *entry = &vocab->entries[vocab->slots[s].entry - 1];
        const char *spelling = vocab->bytes + entry->text;
        if (entry->n_bytes == n_prefix + n_bytes && memcmp(spelling, prefix, n_prefix) == 0 &&
            memcmp(spelling + n_prefix, text, n_bytes) == 0) {
            *ret_id = entry->id;
            return true;
        }
    }
    return false;
}

bool vocab_find(const struct vocab *vocab, const char *text, uint32_t n_bytes, uint32_t *ret_id)
{
    if (n_bytes > vocab->longest || !vocab->slots) {
        return false;
    }
    return vocab_find_hashed(vocab, hash_text(VOCAB_HASH_START, text, n_bytes), "", 0, text,
                             n_bytes, ret_id);
}

const char *vocab_text(const struct vocab *vocab, uint32_t id, uint32_t *ret_n_bytes)
{
    if (id >= vocab->n_ids || vocab->by_id[id] == 0) {
        return NULL;
    }
    const struct vocab_entry *entry = &vocab->entries[vocab->by_id[id] - 1];
    if (ret_n_bytes) {
        *ret_n_bytes = entry->n_bytes;
    }
    return vocab->bytes + entry->text;
}
