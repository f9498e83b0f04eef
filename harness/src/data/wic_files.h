/*
 * wic_files.h - the files of one split of a WiC-like data set, for wic.c, which finds them.
 */
#ifndef DATA_WIC_FILES_H
#define DATA_WIC_FILES_H

#include "data/context_pairs.h"

/* T, F, 1, 0, true, false; -1 for anything else. */
int8_t wic_label_of(struct slice text);

/* A pair with the id "SPLIT.NUMBER". */
struct context_pair *wic_add_pair(struct context_set *set, uint8_t split, uint64_t number,
                                  struct slice lemma, struct slice pos, uint32_t first,
                                  uint32_t second);

/* An occurrence by code points [start, end); WORDNET_NONE if there are none such. */
uint32_t wic_add_by_points(struct context_set *set, struct slice text, uint64_t start,
                           uint64_t end);

/* Files that are read side by side, line by line. paths[1..n-1] may name the gold. */
int wic_read_wic(struct context_set *set, const char *data, const char *gold, uint8_t split);
/* labels may be NULL */
int wic_read_tsv(struct context_set *set, const char *examples, const char *definitions,
                 const char *labels, uint8_t split);
/* gold may be NULL: the labels are in the file, or not known */
int wic_read_xl(struct context_set *set, const char *path, const char *gold, uint8_t split);

/* JSON objects, one a line or in an array; gold (an array of id and tag) may be NULL. */
int wic_read_json(struct context_set *set, const char *path, const char *gold, uint8_t split);

#endif /* DATA_WIC_FILES_H */
