/*
 * pairs.h - word pairs with human ratings, in the layouts that such sets are passed around in.
 *
 * A line is a pair: two words and a rating.
 *
 *     tiger<TAB>cat<TAB>7.35              WS-353, RG-65, MEN, MTurk, YP-130, CARD-660, …
 *     cord;smile;0.02                     semicolons; decimal commas with them
 *     tiger,cat,7.35                      commas; "quoted, fields" with both
 *     sun-n sunlight-n 50.000000          spaces; the part of speech at the end of every word (or
 *                                         word#n)
 *     3.25  oak -- elm                    the rating first, with or without dashes (RL-122)
 *     squishing<TAB>squirt<TAB>5.88<TAB>7<TAB>7<TAB>6 …       RW: the mean, then people's ratings
 *     old<TAB>new<TAB>A<TAB>1.58<TAB>2.72<TAB>2.81<TAB>2 …    SimLex-999, below its header line
 *     take<TAB>remove<TAB>V<TAB>6.81<TAB>SYNONYMS             SimVerb-3500
 *     Word 1,Word 2,Human (mean),1,2 …    WS-353's set1: a header that names them
 *     ,word1,word2,similarity             the first column numbers the lines
 *     word1<TAB>word2                     SemEval-2017 task 2: X.data.txt, whose ratings stand one
 *                                         a line in X.gold.txt beside it or in ../keys
 *
 * The separator is the first of tab, semicolon, comma, white space that cuts the first line into
 * three fields. What a column is follows from what it holds on all lines, and by its name where the
 * first line is a header (data/table_columns.h):
 *   words    the two columns called alike but for 1 and 2 (word1, Term2), else the first two of
 *            text, which a header may leave no choice about
 *   rating   the one column of numbers that does not number the lines; of several the one called
 *            score, rating, mean, similarity, relatedness or the like; without a header the only
 *            one with fractions, if on every line it lies within the whole numbers behind it
 * Numbers where words should be, and ratings that are open to choice, are errors. Lines that start
 * with # are comments; blank lines are skipped. LF or CRLF, with or without a last line end,
 * with or without a byte order mark, packed or not (data/archive.h). Bytes that are not UTF-8
 * throughout are read as Latin-1.
 *
 * A part-of-speech column or suffix becomes the attribute "pos" with the value NOUN, VERB, ADJ or
 * ADV ("NOUN-ADJ" where the two words differ); a text column of at most 20 different values becomes
 * an attribute by its header's name in lower case ("relation" without a header); SimLex-999's
 * quartile of concreteness becomes "concreteness".
 */
#ifndef DATA_PAIRS_H
#define DATA_PAIRS_H

#include "base/arena.h"

#include <stdint.h>

#define PAIR_ATTRIBUTES 4 /* at most, the others are skipped */

struct pair {
    const char *first, *second; /* as written, without a suffix of the part of speech */
    const char *id;             /* line number in the file */
    const char
        *values[PAIR_ATTRIBUTES]; /* of the set's attributes; never NULL below n_attributes */
    double rating;
};

struct pair_set {
    struct arena texts;
    char *name; /* the file's, without folder and extension */
    struct pair *pairs;
    uint32_t n;
    const char *attributes[PAIR_ATTRIBUTES]; /* names */
    uint32_t n_attributes;
};

/* ERR_REQUEST names file, line, found and expected for what is no such data set. */
int pairs_read(const char *path, struct pair_set *ret_set);
void pairs_finish(struct pair_set *set);

/* "NOUN" for n, N, noun, NN, ...; NULL if the text names no part of speech. */
const char *pairs_part_of_speech(const char *text, size_t n);

/* A data set's name: the file's, without folder, ".gz" and the like, and extension. free() it. */
char *data_set_name(const char *path);

#endif /* DATA_PAIRS_H */
