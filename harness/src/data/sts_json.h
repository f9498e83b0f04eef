/*
 * sts_json.h - pairs of sentences as JSON: an object a line, or an array of objects.
 *
 *     {"sentence1": "…", "sentence2": "…", "score": 4.5}
 *
 * or sentence_A, sentence_B and relatedness_score (SICK), text1, text2, label, similarity,
 * similarity_score; exactly one of the names of a score. "genre" is kept.
 */
#ifndef DATA_STS_JSON_H
#define DATA_STS_JSON_H

#include "data/sts.h"

struct str;

int sts_json_read(const char *path, const struct str *text, struct sts_set *set);

#endif /* DATA_STS_JSON_H */
