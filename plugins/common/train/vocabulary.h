/*
 * vocabulary.h - the words of a corpus and their counts.
 *
 * While reading, a word's number is its place in the order of first occurrence. Afterwards the
 * vocabulary is ordered by count, the greatest first; words of equal count keep the order of their
 * first occurrence. Words below min_count are dropped, and all but the first max_words.
 */
#ifndef TRAIN_VOCABULARY_H
#define TRAIN_VOCABULARY_H

#include "embedder.h"
#include "train/job.h"

#define VOCABULARY_NONE UINT32_MAX

struct vocabulary_word {
    uint64_t count;
    uint64_t text; /* offset in vocabulary.text */
    uint32_t n_bytes;
    uint32_t hash;
};

struct vocabulary {
    const struct train_job *job;
    struct vocabulary_word *words; /* [n_words] */
    char *text;
    uint32_t *slots; /* [n_slots] word number or VOCABULARY_NONE; n_slots is a power of two */
    uint64_t n_slots, text_bytes, text_capacity;
    uint32_t n_words, capacity;
};

/* job must outlive the vocabulary. Free with vocabulary_finish, also after a failure. */
emb_status vocabulary_init(struct vocabulary *vocabulary, const struct train_job *job);
void vocabulary_finish(struct vocabulary *vocabulary);

/* Count one occurrence; *ret_number is the word's number. EMB_E_NOMEM. */
emb_status vocabulary_count(struct vocabulary *vocabulary, const char *word, uint32_t n_bytes,
                            uint32_t *ret_number);

/* Order and cut as said above; max_words 0 = no limit. *ret_map [old n_words]: old number to new,
 * VOCABULARY_NONE if dropped; the caller frees it through the host. */
emb_status vocabulary_order(struct vocabulary *vocabulary, uint64_t min_count, uint64_t max_words,
                            uint32_t **ret_map);

static inline const char *vocabulary_text(const struct vocabulary *vocabulary, uint32_t i)
{
    return vocabulary->text + vocabulary->words[i].text;
}

#endif /* TRAIN_VOCABULARY_H */
