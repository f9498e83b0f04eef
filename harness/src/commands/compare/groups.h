/*
 * groups.h - a comparison from its options to its groups: what compare.c reads and prints, and
 * groups.c fills.
 */
#ifndef COMMANDS_COMPARE_GROUPS_H
#define COMMANDS_COMPARE_GROUPS_H

#include "base/map.h"
#include "commands/args.h"
#include "commands/compare/read.h"
#include "commands/compare/stats.h"
#include "commands/compare/write.h"

struct compare {
    const struct args *args;
    struct compare_input input;
    struct compare_settings settings;
    bool holm, force, pairs; /* pairs: report by report instead of all with all */
    double regression;       /* not-a-number: not asked for */
    struct compare_format format;
    struct compare_result result;
    size_t comparisons_capacity, groups_capacity, warnings_capacity;
    struct map seen; /* pairs of systems that were compared */
    const char **warnings;
};

/* Into compare->result. ERR_REQUEST: signatures differ, without --force. */
int compare_pairs(struct compare *compare); /* report by report: each of the first in the others */
int compare_against(struct compare *compare); /* each that is wanted with each reference */
int compare_all(struct compare *compare);     /* all with all of one question */

#endif /* COMMANDS_COMPARE_GROUPS_H */
