/*
 * run_state.h - a run from its options to its report: what run.c prepares and writes, and
 * run_suites.c fills; commands/sweep takes it apart into units, and puts their results together.
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

struct run;

/* Where embedders' results come from when they do not run here: as worker_run() says them, of one
 * embedder's run over all suites. */
struct run_source {
    void *ctx;
    int (*give)(void *ctx, const struct run *run, uint32_t embedder_run,
                const struct result_sink *sink, struct worker_outcome *ret_outcome);
    void (*finish)(void *ctx, struct run *run); /* all have come: what to say of it in run->tree */
};

struct run {
    const struct args *args;
    const char *only_suite;          /* prepare this one of --suite alone; NULL: all */
    const struct run_source *source; /* NULL: workers of this machine, and what is resumed */
    struct embedders embedders;
    struct embedder_runs embedder_runs;
    struct suite_jobs suite_jobs;
    struct worker_job job; /* what all embedders' jobs have in common */
    struct result_tree tree;
    struct item_writer *items;          /* NULL: none wanted */
    struct partial partial;             /* where report files are made */
    const struct report_format *format; /* of standard output */
    char *base;                         /* DIR/NAME.partial/NAME; NULL: no files */
    struct str endings;                 /* of the files that were written: ".json, .xml, …" */
    double replayed_seconds;            /* of embedders that an earlier run has finished */
    char *items_path, *keys_path;
};

/* Everything that can be wrong with the request, before a model is loaded or a file written. */
int run_prepare(struct run *run);
/* From run->args to the report; finishes the run. */
int run_whole(struct run *run);
void run_finish(struct run *run);

/* The job of a run, without tasks. */
struct worker_job run_job(const struct run *run, uint32_t embedder_run);

/* The same with every suite as a task, each with the seed of that run. Free with run_tasks_finish,
 * which the job does not survive. */
struct run_tasks {
    struct worker_job job;
    struct worker_task *tasks;
    struct suite_request *requests;
};
void run_tasks_begin(const struct run *run, uint32_t embedder_run, struct run_tasks *ret_tasks);
void run_tasks_finish(struct run_tasks *tasks);

/* Baselines, then every embedder's run in turn; those that the journal has are taken from there.
 * *ret_worst is 0, or the code of the worst end that a run came to. */
int run_suites(struct run *run, int *ret_worst);

/* What the suites make of the items of all embedders. */
int run_conclude(struct run *run);

#endif /* COMMANDS_RUN_RUN_STATE_H */
