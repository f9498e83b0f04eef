/*
 * target_check.h - does a target look like its lemma? An index that is off by one points at another
 * word, and every figure made from it is of that word: data are read, and their owner is warned.
 */
#ifndef DATA_TARGET_CHECK_H
#define DATA_TARGET_CHECK_H

#include "base/str.h"

#include <stdint.h>

/* Zero-initialised before the first target. */
struct target_check {
    uint64_t n, strange; /* targets, and those that share no letter with their lemma */
    char *first;         /* the first of these, for the warning */
};

/* place: "FILE:LINE", or what else leads to it. A lemma without a letter, and one in another script
 * than its target (one of them has letters of ASCII, the other has none), is not looked at. */
void target_check_add(struct target_check *check, const char *place, struct slice target,
                      const char *lemma);

/* Warns once if more than `share` of the targets of `path` are strange ("went" of "go" is,
 * rightly); frees what the check holds. hint: what may be wrong. */
void target_check_finish(struct target_check *check, const char *path, double share,
                         const char *hint);

#endif /* DATA_TARGET_CHECK_H */
