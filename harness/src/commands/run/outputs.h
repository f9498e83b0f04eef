/*
 * outputs.h - the files that a run leaves: its journal, per-item records, a report in each format.
 */
#ifndef COMMANDS_RUN_OUTPUTS_H
#define COMMANDS_RUN_OUTPUTS_H

#include "commands/run/run_state.h"

/* The journal, a new one or that of the run that goes on, and the file of records; neither with
 * --no-report. ERR_REQUEST:
 * somewhere nothing can be written, or the interrupted run was another. */
int run_open_outputs(struct run *run);
/* Every file of a finished run, moved into place together. */
int run_write_outputs(struct run *run);
/* On standard output, as `harness report` would. */
int run_print_results(struct run *run);

#endif /* COMMANDS_RUN_OUTPUTS_H */
