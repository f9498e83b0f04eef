/*
 * word_counts.h - the words of a corpus and their counts.
 *
 * While reading, a word's number is its place in the order of first occurrence. Afterwards the
 * vocabulary is ordered by count, the greatest first; words of equal count keep the order of their
 * first occurrence. Words below min_count are dropped, and all but the first max_words.
 */
#ifndef TRAIN_WORD_COUNTS_H
#define TRAIN_WORD_COUNTS_H

#include "embedder.h"
#include "train/job.h"

#define WORD_COUNTS_NONE UINT32_MAX

struct counted_word {
    uint64_t count;
    uint64_t text; /* offset in word_counts.text */
    uint32_t n_bytes;
    uint32_t hash;
};

struct word_counts {
    const struct train_job *job;
    struct counted_word *words; /* [n_words] */
    char *text;
    uint32_t *slots; /* [n_slots] word number or WORD_COUNTS_NONE; n_slots is a power of two */
    uint64_t n_slots, text_bytes, text_capacity;
    uint32_t n_words, capacity;
};

/* job must outlive it. Free with word_counts_finish, also after a failure. */
emb_status word_counts_init(struct word_counts *vocabulary, const struct train_job *job);
void word_counts_finish(struct word_counts *vocabulary);

/* Count one occurrence; *ret_number is the word's number. EMB_E_NOMEM. */
emb_status word_counts_add(struct word_counts *vocabulary, const char *word, uint32_t n_bytes,
                           uint32_t *ret_number);

/* Order and cut as said above; max_words 0 = no limit. *ret_map [old n_words]: old number to new,
 * WORD_COUNTS_NONE if dropped; the caller frees it through the host. */
emb_status word_counts_order(struct word_counts *vocabulary, uint64_t min_count, uint64_t max_words,
                             uint32_t **ret_map);

static inline const char *word_counts_text(const struct word_counts *vocabulary, uint32_t i)
{
    return vocabulary->text + vocabulary->words[i].text;
}

#endif /* TRAIN_WORD_COUNTS_H */
