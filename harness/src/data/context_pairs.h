/*
 * context_pairs.h - pairs of words, each in a text: what wic and context-similarity are made of.
 *
 * An occurrence is a target in a text. Texts are kept as tokens joined by one space where the data
 * set is tokenised, and as they are where it is not. Equal occurrences of several pairs are one, so
 * that each text goes through an embedder once.
 */
#ifndef DATA_CONTEXT_PAIRS_H
#define DATA_CONTEXT_PAIRS_H

#include <embedder.h>
#include "base/arena.h"
#include "base/map.h"
#include "base/str.h"
#include "data/wordnet.h"

#include <stdbool.h>
#include <stdint.h>

struct context_occurrence {
    const char *text;
    uint32_t n_bytes;
    uint32_t n_words;             /* 0: plain text */
    const struct emb_span *words; /* [n_words] */
    struct emb_span target;
};

enum context_split { CONTEXT_TRAIN, CONTEXT_DEV, CONTEXT_TEST, CONTEXT_WHOLE, CONTEXT_N_SPLITS };

struct context_pair {
    const char *id;
    const char *lemmas[2];   /* of the two targets; the same text where there is one */
    uint32_t occurrences[2]; /* numbers */
    double rating;           /* of people; not-a-number where the gold is same or not */
    int8_t same;             /* 1, 0; -1: not known */
    uint8_t pos;             /* enum wordnet_pos, of the first target */
    uint8_t split;           /* enum context_split */
};

struct context_set {
    char *name, *path;
    struct arena texts;
    struct map occurrence_keys;
    struct context_occurrence *occurrences; /* [n_occurrences] */
    size_t n_occurrences, occurrences_capacity;
    struct context_pair *pairs; /* [n_pairs] */
    size_t n_pairs, pairs_capacity;
};

/* One file or folder can hold several sets, one for each pair of languages. */
struct context_sets {
    struct context_set *sets; /* [n] */
    uint32_t n;
};

/* WiC (Pilehvar & Camacho-Collados 2019), a folder:
 *   {train,dev,test}/NAME.data.txt  `LEMMA<TAB>POS<TAB>I-J<TAB>SENTENCE1<TAB>SENTENCE2`, tokens
 *                                   separated by blanks, I and J numbers of tokens
 *   {train,dev,test}/NAME.gold.txt  T or F, line by line
 *   (the files may lie in the folder itself)
 * The same of SuperGLUE (Wang et al. 2019), {train,val,test}.jsonl: an object a line of word, idx,
 *   sentence1, sentence2, start1, end1, start2, end2, label (true or false; none in test)
 * WiC-TSV (Breit et al. 2021), a folder of Training, Development, Test or train, dev, test:
 *   *_examples.txt    `TARGET<TAB>I<TAB>CONTEXT`; *_definitions.txt, *_labels.txt (T or F; none in
 *                     Test). The second text is the definition, its target the whole of it;
 *                     *_hypernyms.txt and *_domains.txt are not read
 * MCL-WiC (Martelli et al. 2021), a file or a folder of folders, SPLIT.L1-L2.data with
 *   SPLIT.L1-L2.gold beside it, or anywhere in the folder that was named (the test gold is packed
 *   on its own):
 *   [{"id", "lemma", "pos", "sentence1", "sentence2", "start1", "end1", "start2", "end2"}, …]
 *   offsets in code points, as numbers or texts, end exclusive; in cross-lingual files "ranges1":
 *   "5-9" and "ranges2" instead, of which several ("20-22,29-31") are read as one from the first to
 *   the last; gold [{"id", "tag": "T"}, …]
 * XL-WiC (Raganato et al. 2020) style, a file LANGUAGE_{train,valid,dev,test}*.txt or a folder of
 *   such, labels in X_data.txt and X_gold.txt where they are apart:
 *   `LEMMA<TAB>POS<TAB>START1<TAB>END1<TAB>START2<TAB>END2<TAB>SENTENCE1<TAB>SENTENCE2[<TAB>LABEL]`
 *   offsets in code points, end exclusive, LABEL 1, 0, T or F
 *
 * A split is what the file, else the folder, is named after as a word of its own: train, training;
 * dev, development, val, valid, validation; test. A file that is named so and is in none of these
 * layouts is an error. Where there are several pairs of languages each is a set NAME/L1-L2 (or
 * NAME/LANGUAGE). */
int wic_read(const char *path, struct context_sets *ret_sets);
void context_sets_finish(struct context_sets *sets);

/* SCWS (Huang et al. 2012):  `ID WORD1 POS1 WORD2 POS2 CONTEXT1 CONTEXT2 MEAN RATING…` by tabs, the
 *   targets marked <b> … </b>
 * Usim (Erk et al. 2009), two lines a pair: `SENTENCE<TAB>INDEX<TAB>MEAN RATING<TAB>LEMMA.POS ID`
 * CoSimLex (Armendariz et al. 2020): tab-separated with a header that names word1, word2, context1,
 *   context2, sim1, sim2; targets marked <strong>…</strong>. A line is two pairs, "N.1" and "N.2":
 *   both words in the first context, and in the second. The task's kit has the ratings in a file
 *   of their own, gold_en.tsv for data_en.tsv, beside it or in ../gold, line by line below a header
 *   that names sim_context1, sim_context2; without ratings the set is refused
 * RAW-C (Trott & Bergen 2021): comma-separated with a header that names word, sentence1, sentence2,
 *   mean_relatedness; the target is the column `string`, else the word, where it first stands
 * Distinguished by their first line. */
int context_ratings_read(const char *path, struct context_set *ret_set);

void context_set_finish(struct context_set *set);

/* Keeps the first `limit` pairs of each split (0: all), and the occurrences that these name. */
void context_set_limit(struct context_set *set, uint64_t limit);

/* For readers. */
void context_set_init(struct context_set *set, const char *name, const char *path);
/* Tokens separated by blanks; target token number `token`. WORDNET_NONE: there is none such. */
uint32_t context_add_tokens(struct context_set *set, struct slice sentence, uint64_t token);
/* Plain text and the bytes of the target in it. */
uint32_t context_add_plain(struct context_set *set, struct slice text, struct emb_span target);
/* Tokens with one or more runs marked open … close: number `which` of the runs is the target. */
uint32_t context_add_marked(struct context_set *set, struct slice text, const char *open,
                            const char *close, uint32_t which);
struct context_pair *context_add_pair(struct context_set *set);
char *context_copy(struct context_set *set, struct slice text);

#endif /* DATA_CONTEXT_PAIRS_H */
