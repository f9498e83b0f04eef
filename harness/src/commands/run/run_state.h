/*
 * run_state.h - a run from its options to its report: what run.c prepares and writes, and
 * run_suites.c fills.
 */
#ifndef COMMANDS_RUN_RUN_STATE_H
#define COMMANDS_RUN_RUN_STATE_H

#include "commands/args.h"
#include "commands/embedders.h"
#include "commands/run/partial.h"
#include "commands/run/suite_jobs.h"
#include "commands/run/embedder_runs.h"
#include "report/formats.h"
#include "report/write.h"
#include "worker/worker.h"

struct run {
    const struct args *args;
    struct embedders embedders;
    struct embedder_runs embedder_runs;
    struct suite_jobs suite_jobs;
    struct worker_job job; /* what all embedders' jobs have in common */
    struct result_tree tree;
    struct item_writer *items;          /* NULL: none wanted */
    struct partial partial;             /* where report files are made */
    const struct report_format *format; /* of standard output */
    char *base;                         /* DIR/NAME.partial/NAME */
    double replayed_seconds;            /* of embedders that an earlier run has finished */
    char *items_path, *keys_path;
};

/* The job of a run, without tasks. */
struct worker_job run_job(const struct run *run, uint32_t embedder_run);

/* Baselines, then every embedder's run in turn; those that the journal has are taken from there.
 * *ret_worst is 0, or the code of the worst end that a run came to. */
int run_suites(struct run *run, int *ret_worst);

/* What the suites make of the items of all embedders. */
int run_conclude(struct run *run);

#endif /* COMMANDS_RUN_RUN_STATE_H */
