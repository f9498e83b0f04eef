/*
 * wordpieces.h - learning BERT's WordPiece vocabulary (Schuster & Nakajima 2012; Devlin et al.
 * 2019), by joining pairs as the Hugging Face trainer does (merges.h).
 *
 * Lines are normalised and cut as BertNormalizer and BertPreTokenizer do it; words of more than 100
 * characters are left out, as the tokenizer will not cut them. Numbers: [PAD] 0, [UNK] 1, [CLS] 2,
 * [SEP] 3, [MASK] 4; then the characters in the order of their code points, each as a word begins
 * with it and as "##" and it; then the merges. Characters are the 1,000 most frequent, of equal
 * counts the smaller code points, and at most as many as have room; words with others are not
 * learned from.
 */
#ifndef TRANSFORMER_LEARN_WORDPIECES_H
#define TRANSFORMER_LEARN_WORDPIECES_H

#include "learn/merges.h"
#include "tokenizer/normalizer.h"
#include "tokenizer/pre_tokenizer.h"
#include "train/output.h"

enum {
    WORDPIECE_PAD,
    WORDPIECE_UNKNOWN,
    WORDPIECE_CLS,
    WORDPIECE_SEP,
    WORDPIECE_MASK,
    WORDPIECE_SPECIAL,
    WORDPIECE_CHARACTERS = 1000,
    WORDPIECE_LONGEST = 100 /* characters of a word */
};

struct wordpieces {
    struct train_job *job;
    struct normalizer normalizer;
    struct pre_tokenizer pre_tokenizer;
    struct work work;
    struct word_counts words;
    uint32_t *numbers;    /* [code points] of a character that begins a word, 0: not kept */
    uint32_t *characters; /* [n_characters] in order */
    uint32_t n_characters;
    struct merges merges;
};

/* wordpieces_finish() in every case. */
emb_status wordpieces_init(struct wordpieces *pieces, struct train_job *job, bool lowercase);
void wordpieces_finish(struct wordpieces *pieces);
/* Counts the words of a line, which is valid UTF-8. */
emb_status wordpieces_count(struct wordpieces *pieces, const char *line, uint32_t n_bytes);
/* Learns until there are n_pieces, or nothing is left to merge. Once. EMB_E_CANCELLED. */
emb_status wordpieces_learn(struct wordpieces *pieces, uint32_t n_pieces);
/* A tokenizer.json in the layout of the Hugging Face library. */
void wordpieces_write(const struct wordpieces *pieces, struct output *file);

static inline uint32_t wordpieces_first_merge(const struct wordpieces *pieces)
{
    return WORDPIECE_SPECIAL + 2 * pieces->n_characters;
}

#endif /* TRANSFORMER_LEARN_WORDPIECES_H */
