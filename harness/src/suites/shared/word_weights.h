/*
 * word_weights.h - how much a word counts in the mean of a text's words.
 *
 *   uniform  1
 *   sif      a / (a + p(w)): smooth inverse frequency (Arora, Liang & Ma 2017)
 *   idf      ln((1 + n) / (1 + n(w))): n sentences of the training text, n(w) of them with the word
 *            (Spärck Jones 1972, smoothed so that words never seen have a weight)
 *
 * The probability p(w) comes from
 *   rank     the order of the embedder's vocabulary, taken to be by falling frequency: 1 / (r H),
 *            r the word's place among the V words from 1, H the sum of 1 / i for i to V; a word
 *            that has a vector and no place of its own (fastText's) is r = V + 1
 *   train    the training text: its share of the words that have a letter, 0 if never seen
 *   a file   the same of the words it lists
 * Counted words are lower-cased.
 */
#ifndef SUITES_SHARED_WORD_WEIGHTS_H
#define SUITES_SHARED_WORD_WEIGHTS_H

#include "base/map.h"
#include "report/protocol.h"
#include "plugin/embed.h"

#include <stdbool.h>

enum word_weighting { WORDS_UNIFORM, WORDS_SIF, WORDS_IDF };
enum word_frequencies { WORDS_BY_RANK, WORDS_OF_TRAINING, WORDS_OF_FILE };

/* Zeroed: uniform. a and frequencies are sif's; elsewhere 0, so that equal is equal by bytes. */
struct word_weighting_spec {
    enum word_weighting kind;
    enum word_frequencies frequencies;
    double a;
};

/* "" for uniform, else "|weights:sif|a:0.001|frequencies:rank": free() it. file: what the
 * frequencies of a file are called. */
void word_weighting_protocol(const struct word_weighting_spec *spec, const char *file,
                             struct protocol *protocol);

/* Lower-cased words with how often each was counted. Zero-initialise, add, finish. */
struct word_counts {
    struct map words;
    double *counts; /* [words.n] */
    size_t capacity;
    double total; /* of counts; of sentences, how many there are: the caller's to set */
    double *last; /* word_counts_add_once: the text that counted a word last */
    size_t last_capacity;
};
void word_counts_add(struct word_counts *counts, const char *word, size_t n_bytes, double by);
/* Counts a word at most once for each text; texts are numbered from 1, ascending. */
void word_counts_add_once(struct word_counts *counts, const char *word, size_t n_bytes,
                          double text);
/* Adds a unigram file, plain or packed: a line a word, WORD COUNT, with white space between; counts
 * are whole numbers from 1; lines of one word add up. ERR_REQUEST names file and line. */
int word_counts_read(struct word_counts *counts, const char *path);
void word_counts_finish(struct word_counts *counts);

/* Has an embedder a list of its words, whose order can stand in for their frequencies? */
bool word_weights_have_ranks(struct embedder *embedder);

struct word_weights;
/* occurrences: of training or a file, sentences: of training; each may be NULL where the spec does
 * not ask for it, and stays the caller's. ERR_REQUEST where ranks are asked for and the embedder
 * has no list of its words. */
int word_weights_create(const struct word_weighting_spec *spec,
                        const struct word_counts *occurrences, const struct word_counts *sentences,
                        struct embedder *embedder, struct word_weights **ret_weights);
void word_weights_free(struct word_weights *weights); /* NULL is fine */
/* The weight of a word as it stands in the text: 0 or more, and finite. */
double word_weight(const struct word_weights *weights, const char *word, size_t n_bytes);

#endif /* SUITES_SHARED_WORD_WEIGHTS_H */
