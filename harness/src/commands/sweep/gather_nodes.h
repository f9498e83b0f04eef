/*
 * gather_nodes.h - which machines ran a sweep's units, and what that cost: for the report.
 */
#ifndef COMMANDS_SWEEP_GATHER_NODES_H
#define COMMANDS_SWEEP_GATHER_NODES_H

#include "base/map.h"
#include "commands/sweep/unit_result.h"
#include "report/tree.h"

struct gather_nodes {
    struct map hosts;        /* in the order of their first unit */
    struct unit_cost *costs; /* [n] of every unit that ran */
    size_t n, capacity;
};

/* One more unit; one whose threads are not known, for it failed, is left out. */
void gather_nodes_add(struct gather_nodes *nodes, const struct unit_cost *cost);

/* Into the tree, one entry a machine. Units that ran on one machine at a time saw the same joules:
 * what a unit shares with those that began before it is taken off, as if its power had not changed
 * meanwhile. */
void gather_nodes_report(const struct gather_nodes *nodes, struct result_tree *tree);
/* "units ran on n1 (7), n2 (5); 0.012 core-hours, 31.2 kJ" */
void gather_nodes_say(const struct result_tree *tree);
void gather_nodes_finish(struct gather_nodes *nodes);

#endif /* COMMANDS_SWEEP_GATHER_NODES_H */
