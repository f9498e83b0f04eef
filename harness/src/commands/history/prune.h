/*
 * prune.h - makes room in a folder of results.
 */
#ifndef COMMANDS_HISTORY_PRUNE_H
#define COMMANDS_HISTORY_PRUNE_H

#include "commands/history/read.h"

#include <stdbool.h>

/* Removes all runs but the `keep` newest, oldest first, and prints each: NAME.json with the report
 * files beside it, its records and its answer keys. Reports made of others, damaged and unfinished
 * ones are left. dry: only says so. ERR_MACHINE: something could not be removed. */
int history_prune(const struct history *history, uint64_t keep, bool dry);

#endif /* COMMANDS_HISTORY_PRUNE_H */
