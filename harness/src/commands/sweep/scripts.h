/*
 * scripts.h - what a sweep hands to Slurm: SWEEP/unit.sbatch and SWEEP/gather.sbatch.
 */
#ifndef COMMANDS_SWEEP_SCRIPTS_H
#define COMMANDS_SWEEP_SCRIPTS_H

#include "base/str.h"
#include "commands/sweep/plan_file.h"

/* Slurm takes arrays of up to 1001 tasks as it comes: of more units, each task does several. */
#define SCRIPTS_MOST_TASKS 1000u

/* What is asked of Slurm for one unit. */
struct estimate {
    uint64_t megabytes;
    uint64_t minutes;
};

/* program: path of the harness on every node. */
int scripts_write(const struct plan *plan, const char *program, const struct estimate *estimate);

/* "0-3,7,9-11": the tasks whose units `wanted` [n] says. Appends. */
void scripts_array(const struct plan *plan, const bool *wanted, struct str *out);

#endif /* COMMANDS_SWEEP_SCRIPTS_H */
