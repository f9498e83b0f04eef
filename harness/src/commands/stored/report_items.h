/*
 * report_items.h - the per-item records that a new report carries along from those it is made of.
 */
#ifndef COMMANDS_STORED_REPORT_ITEMS_H
#define COMMANDS_STORED_REPORT_ITEMS_H

#include "report/merge.h"

struct report_source {
    const char *path;
    struct result_tree tree;
    struct merge_names names; /* what its embedders are called in the new report */
    bool records;             /* has per-item records that are wanted */
};

/* Texts that the new report's facts name. */
struct report_items {
    char *records, *keys;
};

/* Gives the records of the systems of which `tree` has figures, under the names that they have
 * there; a system that several sources have is given once. Records that cannot be read are a
 * warning. false: there were none. */
bool report_items_carry(const struct report_source *sources, uint32_t n,
                        const struct result_tree *tree,
                        void (*give)(void *ctx, const struct result_item *item), void *ctx);

/* Writes them beside `output`: x.items.jsonl.zst and x.keys beside x.json. tree->run then names
 * what was written, or nothing. */
int report_items_write(struct report_items *items, const struct report_source *sources, uint32_t n,
                       struct result_tree *tree, const char *output);
void report_items_finish(struct report_items *items);

#endif /* COMMANDS_STORED_REPORT_ITEMS_H */
