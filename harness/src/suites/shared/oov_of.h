/*
 * oov_of.h - how everybody does on exactly the items that one embedder lacks: rows with split
 * "oov-of:NAME", for every other embedder, stage and method, beside NAME's own.
 *
 * The parent sees the items of all embedders as they come and keeps five bytes of each: a float,
 * what it earned, and a byte, whether it was answered.
 */
#ifndef SUITES_SHARED_OOV_OF_H
#define SUITES_SHARED_OOV_OF_H

#include "suites/suite.h"

struct oov_of; /* what was seen so far */

struct oov_of *oov_of_create(void);
void oov_of_free(struct oov_of *oov_of); /* NULL is fine */

/* dataset: that of the rows, which may be a part of the item's. The item has an attribute "kind".
 * is_target: the method reads the word alone, so that status "oov" means that the embedder lacks
 * it. Items without an id of gold (correct not-a-number) are skipped. */
void oov_of_observe(struct oov_of *oov_of, const char *dataset, const struct result_item *item,
                    bool is_target);

/* Rows of metric "f1" (P of what has senses at all, with back-off) or "accuracy", with intervals
 * over the items. Their signatures are those of the same figures over all items, n and the split
 * aside; a system without such a figure gets none. policy NULL: none. */
void oov_of_write(const struct oov_of *oov_of, const struct suite_run *run,
                  const struct result_items *so_far, const char *suite, const char *metric,
                  const char *policy);

#endif /* SUITES_SHARED_OOV_OF_H */
