/*
 * word_means.h - the words of a text, or those around a target in it, as one vector: what a table
 * of word vectors does with a context. Suites wsd, wic, context-similarity, sts and probe share it.
 *
 * A mean weighs each word by how rare it is (word_weights.h) and how far from the target it stands.
 * Distance d counts words with a letter, known to the embedder or not, from 1; those at the
 * target's place have none. With a window W, words of d > W are left out, on either side.
 *
 *   even         1
 *   linear       (W - d + 1) / W, as word2vec draws windows on average (Levy et al. 2015)
 *   inverse      1 / d, as GloVe counts (Pennington et al. 2014)
 *   exponential  0.1^((d - 1) / (W - 1)): the nearest word counts ten times the last of the window
 *                (Iacobacci, Pilehvar & Navigli 2016)
 *
 * With `components` C, the first C right singular vectors of the training contexts, not centred,
 * are taken out of every context (C = 1: Arora, Liang & Ma 2017; their S is the training text, so
 * that no test sentence is looked at).
 *
 * Order of calls: create; count the sentences of the training text; weigh a sentence's words;
 * vectors of its targets; in training learn() of each, then fit(), then remove() from everything.
 */
#ifndef SUITES_SHARED_WORD_MEANS_H
#define SUITES_SHARED_WORD_MEANS_H

#include "suites/options.h"
#include "suites/shared/word_weights.h"
#include "suites/suite.h"

#include <stdbool.h>
#include <stdint.h>

enum word_distance { WORDS_EVEN, WORDS_LINEAR, WORDS_INVERSE, WORDS_EXPONENTIAL };

/* How words become a vector. Zeroed: their plain mean. */
struct word_mean {
    struct word_weighting_spec words;
    enum word_distance distance;
    uint32_t window;     /* words on each side; 0 = the whole sentence */
    uint32_t components; /* taken away */
};

/* Keys of the protocols of means, and of the one that a development set chooses. */
#define WORD_MEANS_KEYS                                                                            \
    (PROTOCOL_BIT(WEIGHTS) | PROTOCOL_BIT(SIF_A) | PROTOCOL_BIT(FREQUENCIES) |                     \
     PROTOCOL_BIT(WINDOW) | PROTOCOL_BIT(DISTANCE) | PROTOCOL_BIT(COMPONENTS) |                    \
     PROTOCOL_BIT(CHOSEN_ON) | PROTOCOL_BIT(GRID))

/* The options of a suite whose texts have a target. method_: what takes the context; also_: what
 * else the weights of words are for. */
/* clang-format off */
#define WORD_MEAN_OPTIONS(method_, also_)                                                          \
    WORD_WEIGHT_OPTIONS(method_ also_),                                                            \
    {{"window", "0",                                                                               \
      "words with a letter that count on each side in " method_ "; 0: the whole sentence",         \
      EMB_OPT_INT, 0, 0, 65535},                                                                   \
     NULL},                                                                                        \
    {{"distance", "even",                                                                          \
      "how a word that is d words from the target is weighed in " method_ ": even, linear "        \
      "((W - d + 1) / W), inverse (1 / d), exponential (0.1^((d - 1) / (W - 1)); Iacobacci et "    \
      "al. 2016), W the window",                                                                   \
      EMB_OPT_TEXT, 0, 0, 0},                                                                      \
     "even|linear|inverse|exponential"}

/* where_: what the weights are for. */
#define WORD_WEIGHT_OPTIONS(where_)                                                                \
    {{"weights", "uniform",                                                                        \
      "how words count in " where_ ": uniform, sif (a / (a + p): Arora et al. 2017) or "           \
      "idf (of the training text's sentences)",                                                    \
      EMB_OPT_TEXT, 0, 0, 0},                                                                      \
     "uniform|sif|idf"},                                                                           \
    {{"a", "0.001", "of weights=sif", EMB_OPT_REAL, 0, 1e-12, 1e12}, NULL},                        \
    {{"frequencies", "rank",                                                                       \
      "of weights=sif: rank takes p from the order of the embedder's words (1 / (rank * H)), train "\
      "from the training text, a file from its lines WORD COUNT",                                  \
      EMB_OPT_PATH, 0, 0, 0},                                                                      \
     "rank|train"},                                                                                \
    {{"components", "0",                                                                           \
      "how many common components of the training text are subtracted in " where_                  \
      " (1: Arora et al. 2017)",                                                                   \
      EMB_OPT_INT, 0, 0, 65535},                                                                   \
     NULL}

/* Of suites without a choice of methods. of_: what is combined; dev_: what it is chosen on. */
#define WORD_BEST_OPTION(of_, dev_)                                                                \
    {{"best", "no",                                                                                \
      "yes: of static embedders method static-best too: of all combinations of " of_               \
      " the mean that does best on " dev_,                                                         \
      EMB_OPT_TEXT, 0, 0, 0},                                                                      \
     "no|yes"}
/* clang-format on */

/* Reads the options weights, a, frequencies, window, distance and components; those that the suite
 * does not declare are as they are by default. Words of a file of frequencies are added to *counts,
 * and *ret_file is its path (of the request), else NULL. */
int word_mean_read(const struct suite_request *request, const char *suite, struct word_mean *mean,
                   struct word_counts *counts, const char **ret_file);
/* What a protocol says of it behind the method: nothing where it is the plain mean. */
void word_mean_protocol(const struct word_mean *mean, const char *file, struct protocol *protocol);

/* What method static-best chooses from: every combination of
 *   weights     uniform; sif with a = 1e-3, 1e-4, 1e-5 by rank; idf
 *   distance    even over the whole sentence; inverse over it; linear and exponential in windows
 *               of 5 and of 10; without `around`, that is without a target, even alone
 *   components  0, 1
 * in this order, the last named changing fastest. Where the embedder has no list of its words, ranks
 * become frequencies of the training text. trained: there is such a text; else what needs one is
 * left out. Returns how many there are. */
#define WORD_MEANS_GRID 60
uint32_t word_means_grid(struct embedder *embedder, bool around, bool trained,
                         struct word_mean ret_grid[WORD_MEANS_GRID]);

/* Words of a text in their order. */
struct word_list {
    const struct emb_span *spans; /* [n] */
    const uint32_t *places;       /* [n] number of the token that a word is of, ascending;
                                     WORD_NOWHERE: not one of the words */
    uint32_t n;
};
#define WORD_NOWHERE UINT32_MAX

struct word_means;

/* specs[n] and frequencies (of a file; NULL where no mean asks for them) must outlive it. */
int word_means_create(struct embedder *embedder, const struct word_counts *frequencies,
                      const struct word_mean *specs, uint32_t n, struct word_means **ret_means);
void word_means_free(struct word_means *means); /* NULL is fine */
uint32_t word_means_n(const struct word_means *means);

/* Does a mean ask for counts of the training text? */
bool word_means_counts(const struct word_means *means);
/* A sentence of it. */
void word_means_count(struct word_means *means, const char *text, const struct emb_span *spans,
                      uint32_t n);

/* The words of a sentence get their weights. */
void word_means_weigh(struct word_means *means, const char *text, const struct word_list *words);
/* The context of the target at a place of that sentence by mean number m, [dim]; WORD_NOWHERE: all
 * words, by their rareness alone. What is fitted is not yet taken away. embedded: of a static
 * embedder, its targets are the words' spans. False if no word has a vector and a weight. */
bool word_means_vector(struct word_means *means, uint32_t m, const struct word_list *words,
                       const struct embedded *embedded, uint32_t place, float *ret_vector);
/* Weight of a word of another text, such as a definition, by mean number 0. */
double word_means_word(const struct word_means *means, const char *word, size_t n_bytes);

/* A training context, for the components of mean number m. */
void word_means_learn(struct word_means *means, uint32_t m, const float *vector);
/* ERR_REQUEST where there are too few training contexts or dimensions for the components. */
int word_means_fit(struct word_means *means, uint32_t m);
/* In place; nothing where the mean takes nothing away. */
void word_means_remove(const struct word_means *means, uint32_t m, float *vector);
void word_means_remove_double(const struct word_means *means, uint32_t m, double *vector);

#endif /* SUITES_SHARED_WORD_MEANS_H */
