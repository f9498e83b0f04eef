/*
 * outcomes.h - what each system made of each item, in as few bytes as a paired test needs: kept as
 * the records pass, since which systems are to be tested is known only when all figures are there.
 * Some 12 bytes a record. Zero-initialise, use, finish.
 */
#ifndef REPORT_OUTCOMES_H
#define REPORT_OUTCOMES_H

#include "base/map.h"
#include "report/result.h"

#include <stdbool.h>
#include <stddef.h>

/* More records than these are not kept: there is no paired test then, and `too_many` says so. */
#define OUTCOMES_MOST 8000000

/* The items of a data set, as records name it. */
struct outcome_set {
    const char *suite, *dataset;
    struct map ids;
    double *golds;                        /* [ids.n] ratings; NAN where the gold is none */
    const char **counts_in;               /* [ids.n] as result_item.counts_in */
    const char **units[PROTOCOL_N_UNITS]; /* [ids.n] values of its attributes; [BY_ITEM]: NULL */
    size_t gold_capacity, counts_capacity, unit_capacities[PROTOCOL_N_UNITS];
};

/* One system's records of a set, in the order in which they came. */
struct outcome_list {
    uint32_t set;
    const char *embedder, *stage, *method; /* stage NULL: none */
    double *values;                        /* [n] the score of a rated item, else the share right */
    uint32_t *items;                       /* [n] number of the item, and OUTCOME_* */
    uint32_t n;
    size_t value_capacity, item_capacity;
};

#define OUTCOME_ANSWERED (1u << 31)
#define OUTCOME_BACKED_OFF (1u << 30)
#define OUTCOME_ITEM (OUTCOME_BACKED_OFF - 1)

struct outcomes {
    struct outcome_set *sets; /* [set_keys.n] */
    size_t set_capacity;
    struct outcome_list *lists; /* [list_keys.n] */
    size_t list_capacity;
    uint64_t n; /* records */
    bool too_many;
    struct map texts, set_keys, list_keys;
};

/* A record that has neither a share right nor a rating, or belongs to one metric of several, is not
 * kept. Texts are copied. */
void outcomes_add(struct outcomes *outcomes, const struct result_item *item);
void outcomes_finish(struct outcomes *outcomes);

/* The records that a row is made of: those of its own data set, else of one whose items count in
 * it (*ret_own false). NULL: there are none. */
const struct outcome_list *outcomes_of(const struct outcomes *outcomes, const struct figure *row,
                                       bool *ret_own);

#endif /* REPORT_OUTCOMES_H */
