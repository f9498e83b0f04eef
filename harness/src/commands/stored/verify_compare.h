/*
 * verify_compare.h - two reports of the same request against each other.
 */
#ifndef COMMANDS_STORED_VERIFY_COMPARE_H
#define COMMANDS_STORED_VERIFY_COMPARE_H

#include "report/tree.h"

struct verdict {
    double tolerance;    /* on figures and scores; not on counts and answers */
    uint64_t most_shown; /* differences that are printed to standard output */
    uint64_t n_rows, n_items, n_different;
};

/* Each counts what differs, what only one has, and prints the first ones. */
void verify_embedders(const struct result_tree *was, const struct result_tree *is,
                      struct verdict *verdict);
void verify_rows(const struct result_tree *was, const struct result_tree *is,
                 struct verdict *verdict);
/* The records beside both reports, in their order; a report without records has none to compare.
 * path, again: of the reports. */
int verify_items(const char *path, const struct result_tree *was, const char *again,
                 const struct result_tree *is, struct verdict *verdict);

#endif /* COMMANDS_STORED_VERIFY_COMPARE_H */
