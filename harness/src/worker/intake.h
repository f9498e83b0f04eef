/*
 * intake.h - what the harness believes of a worker: frames in the one order in which they may come,
 * about what was asked for, within limits.
 *
 * A plugin runs in its worker's memory and may have written any byte. So nothing is taken that
 * could touch another system's figures or the harness itself:
 *
 *     LOG PROGRESS PHASE   at any time; of log lines the first INTAKE_MOST_LINES
 *     FACTS                at most INTAKE_MOST_FACTS; dimensions and stages once, before a TASK
 *     TASK i               i = 0, 1, … as asked for, none while one runs, after FACTS with stages
 *     ROW ITEM             while a task runs: of its suite, of this embedder, of its kind
 *     SUITE                ends the task that runs: its rows and items go to the sink, not before
 *     FAILED               ends it too, and its rows and items are dropped
 *     DONE                 when every task has ended, or something has FAILED
 *
 * The first byte that does not fit makes the intake garbled; it takes no more. What had come of
 * whole suites before stays.
 */
#ifndef WORKER_INTAKE_H
#define WORKER_INTAKE_H

#include "base/log.h"
#include "report/embedder_facts.h"
#include "report/result.h"
#include "worker/worker.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INTAKE_MOST_FACTS 16u
#define INTAKE_MOST_LINES 10000u
#define INTAKE_MOST_FAILURES 1000u
#define INTAKE_MOST_ROWS (1u << 20)    /* of a suite */
#define INTAKE_MOST_BYTES (4ull << 30) /* of a suite's rows and items */

/* Whose frames they are, and what was asked for. Borrowed. */
struct intake_expected {
    uint64_t token;
    const char *embedder;      /* its name */
    const char *kind;          /* "static" or "contextual" */
    const char *const *suites; /* [n_suites] ids, in the order in which they run */
    uint32_t n_suites;
    bool items;       /* asked for, too */
    struct arena own; /* of worker_expected */
};

/* NULL, or why a row or item is not what was expected, naming what was found: "found a row of
 * embedder \"toy\", expected \"mine\"". free() it. suite NULL: any that was asked for. */
char *intake_row_flaw(const struct intake_expected *expected, const char *suite,
                      const struct figure *row);
char *intake_item_flaw(const struct intake_expected *expected, const char *suite,
                       const struct result_item *item);

/* Where what is believed goes. Texts live until the call returns. */
struct intake_events {
    void *ctx;
    struct result_sink sink; /* rows and items of whole suites; item may be NULL */
    void (*log)(void *ctx, enum log_level level, const char *line);
    void (*progress)(void *ctx, const char *label, const char *unit, uint64_t done, uint64_t total);
    void (*phase)(void *ctx, const char *what);
    void (*failed)(void *ctx, int code, const char *why);
};

struct intake;

/* facts: what is known so far, filled by and by. All must outlive the intake. */
struct intake *intake_create(const struct intake_expected *expected,
                             const struct intake_events *events, struct embedder_facts *facts);
void intake_destroy(struct intake *intake);

/* The next n bytes, cut anywhere. False: the intake is done or garbled, and takes no more. */
bool intake_take(struct intake *intake, const char *bytes, size_t n);

bool intake_is_done(const struct intake *intake); /* DONE has come, and all was sound */
/* NULL, or what made it garbled: "item 3: found an item of suite \"x\", expected \"wsd\"". */
const char *intake_flaw(const struct intake *intake);

/* What is expected of a job's worker. Free with worker_expected_finish; the job must outlive it. */
struct intake_expected worker_expected(const struct worker_job *job, uint64_t token);
void worker_expected_finish(struct intake_expected *expected);

#endif /* WORKER_INTAKE_H */
