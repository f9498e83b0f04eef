/*
 * history.h - what the two outputs of `harness history` share.
 */
#ifndef COMMANDS_HISTORY_HISTORY_H
#define COMMANDS_HISTORY_HISTORY_H

#include "commands/history/read.h"
#include "commands/history/series.h"
#include "report/summary.h"

#include <stdint.h>

/* The system with the best figure on a set, baselines aside; NULL if there is none. */
const struct figure *history_headline(const struct summary_suite *suite, uint32_t set,
                                      const struct summary_cell **ret_cell);

/* How the stage of a headline was come by: "dev", "test", or NULL where there was no
 * history_choice. */
const char *history_choice(const struct summary_cell *cell);

/* figures NULL: the runs with their headlines. */
void history_print_json(const struct history *history, const struct history_figures *figures);

#endif /* COMMANDS_HISTORY_HISTORY_H */
