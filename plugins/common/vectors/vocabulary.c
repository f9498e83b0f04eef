/* A hash table of words over one block of text. */
#include "vectors/vocabulary.h"
#include "vectors/fingerprint.h"

#include <string.h>

static bool words_hold(const struct vocabulary *words)
{
    const uint64_t *offsets = words->offsets;
    if (offsets[0] != 0 || offsets[words->n_words] != words->n_bytes) {
        return false;
    }
    for (uint64_t i = 0; i < words->n_words; i++) {
        /* the next is only believed to be inside the text once it was seen to be */
        if (offsets[i + 1] <= offsets[i] || offsets[i + 1] > words->n_bytes ||
            offsets[i + 1] - offsets[i] > UINT32_MAX || words->text[offsets[i + 1] - 1] != '\0') {
            return false;
        }
    }
    return true;
}

bool vocabulary_holds(const struct vocabulary *words)
{
    if (words->n_slots <= words->n_words || (words->n_slots & (words->n_slots - 1)) != 0) {
        return false;
    }
    uint64_t n_taken = 0;
    for (uint64_t i = 0; i < words->n_slots; i++) {
        if (words->slots[i].number > words->n_words) {
            return false;
        }
        n_taken += words->slots[i].number != 0;
    }
    return n_taken == words->n_words && words_hold(words);
}

const char *vocabulary_word(const struct vocabulary *words, uint64_t i, uint32_t *ret_n_bytes)
{
    *ret_n_bytes = (uint32_t)(words->offsets[i + 1] - words->offsets[i] - 1);
    return words->text + words->offsets[i];
}

uint64_t vocabulary_find_print(const struct vocabulary *words, const char *word, size_t n_bytes,
                               uint64_t print)
{
    if (words->n_slots == 0) {
        return VOCABULARY_NONE;
    }
    uint32_t tag = (uint32_t)(print >> 32);
    uint64_t mask = words->n_slots - 1;
    uint64_t at = print & mask;
    for (uint64_t tries = 0; tries < words->n_slots && words->slots[at].number != 0; tries++) {
        if (words->slots[at].tag == tag) {
            uint64_t i = words->slots[at].number - 1u;
            uint32_t length;
            if (i < words->n_words) { /* a damaged cache may say anything */
                const char *spelling = vocabulary_word(words, i, &length);
                if (length == n_bytes && memcmp(spelling, word, n_bytes) == 0) {
                    return i;
                }
            }
        }
        at = (at + 1) & mask;
    }
    return VOCABULARY_NONE;
}

uint64_t vocabulary_find(const struct vocabulary *words, const char *word, size_t n_bytes)
{
    return vocabulary_find_print(words, word, n_bytes, fingerprint_of(word, n_bytes));
}

/* Adopt the pages, wherever they have moved to. */
static void refresh(struct vocabulary_builder *builder)
{
    builder->words.text = builder->text.base;
    builder->words.offsets = builder->offsets.base;
    builder->words.slots = builder->slots.base;
}

static void put(struct vocabulary_slot *slots, uint64_t n_slots, uint64_t print, uint64_t number)
{
    uint64_t at = print & (n_slots - 1);
    while (slots[at].number != 0) {
        at = (at + 1) & (n_slots - 1);
    }
    slots[at] = (struct vocabulary_slot){(uint32_t)(print >> 32), (uint32_t)(number + 1)};
}

static void put_all(struct vocabulary_builder *builder, struct vocabulary_slot *slots,
                    uint64_t n_slots)
{
    for (uint64_t i = 0; i < builder->words.n_words; i++) {
        uint32_t n_bytes;
        const char *word = vocabulary_word(&builder->words, i, &n_bytes);
        put(slots, n_slots, fingerprint_of(word, n_bytes), i);
    }
}

/* At most half of the slots are ever taken. */
static bool reserve_slots(struct vocabulary_builder *builder, uint64_t n)
{
    uint64_t wanted = builder->words.n_slots ? builder->words.n_slots : 1024;
    while (wanted < 2 * n) {
        wanted *= 2;
    }
    if (wanted == builder->words.n_slots) {
        return true;
    }
    struct pages larger = {0};
    if (!pages_reserve(&larger, wanted * sizeof(struct vocabulary_slot))) {
        return false;
    }
    put_all(builder, larger.base, wanted);
    pages_release(&builder->slots);
    builder->slots = larger;
    builder->words.n_slots = wanted;
    refresh(builder);
    return true;
}

bool vocabulary_reserve(struct vocabulary_builder *builder, uint64_t n, uint64_t n_bytes)
{
    bool enough = n <= VOCABULARY_MAX_WORDS && n_bytes <= SIZE_MAX / 8 &&
                  pages_reserve(&builder->offsets, (n + 1) * sizeof(uint64_t)) &&
                  pages_reserve(&builder->text, n_bytes + n);
    refresh(builder);
    return enough && reserve_slots(builder, n);
}

int vocabulary_add(struct vocabulary_builder *builder, const char *word, size_t n_bytes,
                   uint64_t print)
{
    struct vocabulary *words = &builder->words;
    if (vocabulary_find_print(words, word, n_bytes, print) != VOCABULARY_NONE) {
        return 0;
    }
    uint64_t n = words->n_words;
    uint64_t end = words->n_bytes + n_bytes + 1;
    if ((2 * (n + 1) > words->n_slots || (n + 2) * sizeof(uint64_t) > builder->offsets.bytes ||
         end > builder->text.bytes) &&
        !vocabulary_reserve(builder, n + 1, end)) {
        return -1;
    }
    char *text = builder->text.base;
    uint64_t *offsets = builder->offsets.base;
    memcpy(text + words->n_bytes, word, n_bytes);
    text[end - 1] = '\0';
    offsets[n + 1] = end; /* offsets[0] is 0 as mapped */
    put(builder->slots.base, words->n_slots, print, n);
    words->n_bytes = end;
    words->n_words = n + 1;
    return 1;
}

void vocabulary_cut(struct vocabulary_builder *builder, uint64_t n)
{
    struct vocabulary *words = &builder->words;
    if (n >= words->n_words) {
        return;
    }
    words->n_words = n;
    words->n_bytes = words->offsets[n];
    memset(builder->slots.base, 0, words->n_slots * sizeof(struct vocabulary_slot));
    put_all(builder, builder->slots.base, words->n_slots);
}

void vocabulary_release(struct vocabulary_builder *builder)
{
    pages_release(&builder->text);
    pages_release(&builder->offsets);
    pages_release(&builder->slots);
    builder->words = (struct vocabulary){0};
}
