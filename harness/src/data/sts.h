/*
 * sts.h - pairs of sentences with human ratings. Fields are separated by tabs; quotes mean nothing.
 *
 *     genre file year id score sentence1 sentence2 [licences]      STS benchmark, 7 columns or more
 *     a header line that names sentence1, sentence2 and score      GLUE's copy of it
 *     a header line that names sentence_A, sentence_B and
 *         relatedness_score                                        SICK
 *     sentence1 sentence2 [...]                                    STS 2012-2016: STS.input.X.txt;
 *         the ratings stand one a line in STS.gs.X.txt beside it
 *     sentence1 sentence2 score, or score sentence1 sentence2, with or without numbers of the lines
 *         in front
 *
 * With such a header the fields may be separated by commas or semicolons, "quoted, fields" with
 * doubled quotes inside among them, each on one line. Lines of JSON objects, or one array of them,
 * have the same names. Where several columns could be the score the file is refused.
 *
 * A pair whose score is blank (null in JSON) is skipped and counted. LF or CRLF, with or
 * without a last line end; Latin-1 where the bytes are not UTF-8.
 */
#ifndef DATA_STS_H
#define DATA_STS_H

#include "base/arena.h"

#include <stdint.h>

struct sts_pair {
    const char *first, *second;
    const char *id;    /* line number; in a JSON array the number of the object, from 1 */
    const char *genre; /* NULL where the set has none */
    double rating;
};

struct sts_set {
    struct arena texts;
    char *name;
    struct sts_pair *pairs;
    uint32_t n;
    uint32_t n_unrated;     /* skipped: without a score */
    uint64_t first_unrated; /* as ids number them */
    size_t capacity;
};

/* ERR_REQUEST names file, line, found and expected. */
int sts_read(const char *path, struct sts_set *ret_set);
void sts_finish(struct sts_set *set);

/* For readers: a pair with its rating, whose id is the number of a line. */
void sts_add(struct sts_set *set, uint64_t number, const struct sts_pair *pair);
/* For readers: a pair without one. */
void sts_skip_unrated(struct sts_set *set, uint64_t number);

#endif /* DATA_STS_H */
