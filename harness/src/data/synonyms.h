/*
 * synonyms.h - four-choice synonym questions (after Freitag et al. 2005, "New experiments in
 * distributional representations of synonymy"; the layout that TOEFL-style sets can be put in).
 *
 *     # any line that starts with # is a comment
 *     id<TAB>pos<TAB>target<TAB>choice1<TAB>choice2<TAB>choice3<TAB>choice4<TAB>answer
 *
 * answer is the right choice's number, 1 to 4. Words have `_` for spaces. pos is n, v, a, r or a
 * name of a part of speech (data/pairs.h).
 */
#ifndef DATA_SYNONYMS_H
#define DATA_SYNONYMS_H

#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>

#define SYNONYM_CHOICES 4

struct synonym_question {
    const char *id, *target;
    const char *pos; /* "NOUN", ... */
    const char *choices[SYNONYM_CHOICES];
    uint32_t answer; /* 0.. */
};

struct synonym_set {
    struct arena texts;
    char *name;
    struct synonym_question *questions;
    uint32_t n;
};

/* Whether the first line that is no comment has eight tab-separated fields and ends in 1 to 4:
 * what tells this layout from the rated pairs. False for what cannot be read. */
bool synonyms_recognise(const char *path);
int synonyms_read(const char *path, struct synonym_set *ret_set);
void synonyms_finish(struct synonym_set *set);

#endif /* DATA_SYNONYMS_H */
