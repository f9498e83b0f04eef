/*
 * compare_read.h - what `harness compare` reads: reports and their per-item records, as systems. A
 * system is one embedder at one stage by one method on one data set, from one report.
 */
#ifndef COMMANDS_COMPARE_READ_H
#define COMMANDS_COMPARE_READ_H

#include "base/arena.h"
#include "base/map.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct compare_item {
    double correct;     /* share right, not-a-number where the gold is a rating */
    double score, gold; /* where it is a rating; a score of not-a-number: out of vocabulary */
    bool answered;
    const char *cluster; /* value of the cluster attribute, or NULL */
};

struct compare_system {
    const char *suite, *dataset, *embedder, *stage, *method;
    uint32_t report;    /* from 0 */
    const char *label;  /* for people: "minilm 6", "new: minilm 6 nn" */
    const char *metric; /* of the row that `value` and `signature` are of; NULL = no row */
    const char *signature;
    double value;
    struct map ids;
    struct compare_item *items; /* [ids.n] */
    size_t room;
};

struct compare_input {
    struct arena texts;
    struct map keys;
    struct compare_system *systems; /* [n] in the reports' order */
    uint32_t n;
    size_t room;
    const char **reports; /* [n_reports] short names */
    uint32_t n_reports;
};

/* metric: "spearman" or "pearson" where the gold is a rating. cluster: an attribute's name or
 * NULL. ERR_REQUEST for what is no report, or for records that are not there or damaged. */
int compare_read(const char *const *paths, uint32_t n_paths, const char *metric,
                 const char *cluster, struct compare_input *ret_input);
void compare_input_finish(struct compare_input *input);

#endif /* COMMANDS_COMPARE_READ_H */
