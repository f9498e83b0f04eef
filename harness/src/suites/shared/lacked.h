/*
 * lacked.h - how everybody does on exactly the items that one embedder lacks: rows with split
 * "lacked-by:NAME", for every other embedder, stage and method, beside NAME's own.
 *
 * The parent sees the items of all embedders as they come and keeps five bytes of each: a float,
 * what it earned, and a byte, whether it was answered.
 */
#ifndef SUITES_SHARED_LACKED_H
#define SUITES_SHARED_LACKED_H

#include "suites/suite.h"

struct lacked; /* what was seen so far */

struct lacked *lacked_create(void);
void lacked_free(struct lacked *lacked); /* NULL is fine */

/* dataset: that of the rows, which may be a part of the item's. The item has an attribute "kind".
 * is_target: the method reads the word alone, so that status "oov" means that the embedder lacks
 * it. Items without an id of gold (correct not-a-number) are passed over. */
void lacked_observe(struct lacked *lacked, const char *dataset, const struct result_item *item,
                    bool is_target);

/* Rows of metric "f1" (P of what has senses at all, with back-off) or "accuracy", with intervals
 * over the items. Their signatures are those of the same figures over all items, n and the split
 * aside; a system without such a figure gets none. policy NULL: none. */
void lacked_write(const struct lacked *lacked, const struct suite_run *run,
                  const struct result_items *so_far, const char *suite, const char *metric,
                  const char *policy);

#endif /* SUITES_SHARED_LACKED_H */
