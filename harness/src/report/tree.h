/*
 * tree.h - the result tree: all that a report says, and all that a report writer knows.
 */
#ifndef REPORT_TREE_H
#define REPORT_TREE_H

#include "base/arena.h"
#include "base/map.h"
#include "base/str.h"
#include "report/embedder_facts.h"
#include "report/item_history.h"
#include "report/outcomes.h"
#include "report/result.h"
#include "report/run_facts.h"

#include <stdbool.h>
#include <stddef.h>

/* Two figures on the items that both systems have: a test of `harness compare` (commands/compare),
 * made for what a report finds (report/findings.h). */
struct paired_difference {
    const struct figure *a, *b;   /* of the tree */
    double difference, low, high; /* b - a, as figures are kept, with its 95 % interval */
    double p;                     /* Holm's over all differences of the tree; NAN: no test */
    double same, margin; /* Holm's p of two one-sided tests that the difference is no less than the
                            margin; NAN: not tested */
    uint32_t n;          /* items */
    uint32_t units;      /* that the test exchanged: items, documents, lemmas */
    const char *units_are;
    const char *test;   /* "McNemar" */
    const char *reason; /* why there is no test; NULL: there is one */
};

struct result_tree {
    uint32_t schema; /* version of the stored report that it was read from; 0: none */
    struct run_facts
        run; /* texts and lists owned by the caller, or by the tree (result_tree_text) */
    struct embedder_facts *embedders; /* [n_embedders], owned */
    uint32_t n_embedders;
    struct figure *rows; /* [n_rows], texts owned by the tree */
    size_t n_rows;
    struct result_item *items; /* [n_items], those that were kept */
    size_t n_items;
    struct item_histories
        item_histories;       /* how the items fared, kept or not; item_histories_add() */
    struct outcomes outcomes; /* the same records, for paired tests; result_tree_count_item() */
    struct paired_difference *differences; /* [n_differences] that were tested, owned */
    uint32_t n_differences;
    /* the tree's own */
    size_t row_capacity, item_capacity;
    struct map texts;
    struct map signatures;             /* of protocols */
    const struct protocol **protocols; /* [signatures.n] */
    size_t protocol_capacity;
    struct str scratch;
    struct arena attributes; /* and lists and protocols */
};

void result_tree_finish(struct result_tree *tree);

/* A copy that lives as long as the tree; NULL stays NULL. */
const char *result_tree_text(struct result_tree *tree, const char *text);

void result_tree_add_row(struct result_tree *tree, const struct figure *row);
/* A protocol for rows to come, copied; its number among those of the tree. */
uint32_t result_tree_add_protocol(struct result_tree *tree, const struct protocol *protocol);
/* The one of that signature; NULL: the tree has none. */
const struct protocol *result_tree_protocol(const struct result_tree *tree, const char *signature);
/* Another protocol for a row of the tree: copied, and the signature with it. */
void result_tree_set_protocol(struct result_tree *tree, struct figure *row,
                              const struct protocol *protocol);
void result_tree_add_item(struct result_tree *tree, const struct result_item *item);
/* Counts a record, which is not kept, in what is known of single items and of systems. */
void result_tree_count_item(struct result_tree *tree, const struct result_item *item);
/* Takes over what facts owns, and empties it. */
void result_tree_add_embedder(struct result_tree *tree, struct embedder_facts *facts);

/* The first figure that has all of an earlier one's key: suite, data set, embedder, stage, method,
 * metric, split, policy, and the signature if that is asked for; NULL: every key is unique. */
const struct figure *result_tree_twin(const struct result_tree *tree, bool with_signature);

#endif /* REPORT_TREE_H */
