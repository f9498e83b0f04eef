/*
 * differences.h - the paired tests behind what a report finds (report/findings.h): the same
 * pairing, tests and correction as `harness compare`, of records that were counted as they passed.
 */
#ifndef COMMANDS_COMPARE_DIFFERENCES_H
#define COMMANDS_COMPARE_DIFFERENCES_H

#include "report/tree.h"

/* Fills tree->differences: one for every data set that has a leader and a rival, p by Holm over all
 * of them. The rows must stand still from here on. */
void differences_test(struct result_tree *tree);

#endif /* COMMANDS_COMPARE_DIFFERENCES_H */
