/*
 * protocols.h - the protocols of a stored report: each once, its terms with their keys and roles,
 * found by its signature.
 *
 * In a report protocols[] stands beside results[]: a row's `signature` is that of its protocol. The
 * signature is a rendering of the terms; a reader asks the terms, and refuses a signature that is
 * not theirs.
 */
#ifndef REPORT_STORED_PROTOCOLS_H
#define REPORT_STORED_PROTOCOLS_H

#include "report/fields.h"

struct stored_term {
    const char *key; /* NULL: a word alone, of a report of version 1 */
    const char *role, *value;
};

struct stored_protocol {
    const char *signature;
    const struct stored_term *terms; /* [n_terms] */
    uint32_t n_terms;
};

extern const struct field fields_of_protocol[]; /* of struct stored_protocol */

/* Those of a tree's rows, in the order in which rows first have them; texts are the tree's. */
struct stored_protocols {
    struct stored_protocol *list; /* [n] */
    uint32_t n;
    struct arena terms;
};

/* All protocols of the tree's rows, which must outlive them. */
void stored_protocols_init(struct stored_protocols *protocols, const struct result_tree *tree);
void stored_protocols_finish(struct stored_protocols *protocols);

/* Into the tree, for rows to be found by result_tree_protocol. ERR_REQUEST: a role that there is
 * not, a signature that its terms do not make, or one that another protocol of the tree has. */
int stored_protocol_take(const struct stored_protocol *stored, struct result_tree *tree);

#endif /* REPORT_STORED_PROTOCOLS_H */
