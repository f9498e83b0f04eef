/*
 * bpe.h - learning a byte-level byte-pair encoding (Sennrich et al. 2016; Radford et al. 2019).
 *
 * Text is cut by GPT-2's pattern; every byte is a piece to begin with, and pairs are joined as
 * merges.h has it, until the vocabulary is full or no pair occurs twice.
 *
 * Numbers: 0 is "<|endoftext|>", 1 to 256 the bytes in the order of GPT-2's vocabulary (those that
 * are printable first), then the merges.
 */
#ifndef TRANSFORMER_LEARN_BPE_H
#define TRANSFORMER_LEARN_BPE_H

#include "learn/merges.h"
#include "train/output.h"

enum { BPE_END_OF_TEXT = 0, BPE_BYTES = 256, BPE_FIRST_MERGE = 257 };

struct bpe {
    struct train_job *job;
    struct word_counts words; /* pieces of the pattern, bytes of text */
    struct regex *pattern;
    struct regex_match *match;
    uint32_t numbers[BPE_BYTES];          /* of the bytes */
    unsigned char bytes[BPE_FIRST_MERGE]; /* of the numbers; [0] is unused */
    struct merges merges;                 /* number BPE_FIRST_MERGE + i is made by merge i */
};

/* bpe_finish() in every case. */
emb_status bpe_init(struct bpe *bpe, struct train_job *job);
void bpe_finish(struct bpe *bpe);

/* Counts the words of a line, which is valid UTF-8. */
emb_status bpe_count(struct bpe *bpe, const char *line, uint32_t n_bytes);

/* Learns until there are n_pieces, at least BPE_FIRST_MERGE of them, or nothing is left to merge.
 * Once. EMB_E_CANCELLED if the request says so. */
emb_status bpe_learn(struct bpe *bpe, uint32_t n_pieces);

static inline uint32_t bpe_n_pieces(const struct bpe *bpe)
{
    return BPE_FIRST_MERGE + bpe->merges.n;
}

/* A tokenizer.json in the layout of the Hugging Face library. Its template puts the end-of-text
 * piece before a text, as it stands before every line that is learned from. */
void bpe_write(const struct bpe *bpe, struct output *file);

#endif /* TRANSFORMER_LEARN_BPE_H */
