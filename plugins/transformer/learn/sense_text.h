/*
 * sense_text.h - words in sentences with the definitions that they may have: what objective=senses
 * learns from. Lines of fields separated by tabs; harness train senses makes them of sense-tagged
 * data sets and WordNet.
 *
 *   definition TEXT                             they are numbered from 0, in order
 *   sentence   train|development TEXT WORDS     WORDS: "begin:end" in bytes of TEXT, blanks between
 *   target     WORD RIGHT CANDIDATES            of the sentence before: number of the word, and
 *                                               numbers of definitions, commas between; the right
 *                                               ones are candidates, too
 */
#ifndef TRANSFORMER_LEARN_SENSE_TEXT_H
#define TRANSFORMER_LEARN_SENSE_TEXT_H

#include "tokenizer/tokenizer.h"
#include "train/spool.h"
#include "train/word_counts.h"

#include <stdbool.h>

/* Pieces of a definition or a sentence, special ones at both ends included. */
struct sense_pieces {
    uint64_t from; /* in ids */
    uint32_t n;
};

/* A word to tell the senses of. */
struct sense_item {
    uint32_t sentence;
    uint32_t first, n; /* its pieces in the sentence */
    uint32_t group;    /* those of the same candidates */
    uint32_t n_candidates;
    uint64_t candidates; /* place in lists: numbers of definitions, with SENSE_RIGHT or not */
};

enum { SENSE_RIGHT = 1 << 30 };

/* Items of one kind, group by group. */
struct sense_items {
    struct spool spool;
    struct sense_item *items;
    uint32_t n;
};

struct sense_text {
    struct train_job *job;
    struct spool bytes, pieces, definition_spool, sentence_spool, list_spool;
    struct word_counts groups; /* lists of candidates, as they are written */
    const uint32_t *ids, *lists;
    const struct sense_pieces *definitions, *sentences;
    uint32_t n_definitions, n_sentences;
    uint32_t n_before, n_after; /* special pieces of each text */
    struct sense_items train, development;
    uint64_t n_bytes, hash; /* FNV-1a, 64 bits, of the lines */
    uint64_t n_without;     /* targets left out: no piece, or one candidate alone */
};

/* Reads the request's corpus, phases 1 and 2. EMB_E_FORMAT: a line that is none of these, by its
 * number; nothing to learn. sense_text_finish() in every case. */
emb_status sense_text_read(struct sense_text *text, struct train_job *job,
                           const struct tokenizer *tokenizer);
/* Keeps `most` items of train, drawn by the seed. */
void sense_text_limit(struct sense_text *text, uint64_t most);
void sense_text_finish(struct sense_text *text);

#endif /* TRANSFORMER_LEARN_SENSE_TEXT_H */
