/*
 * collector.h - what has come of one worker so far; shared by parent.c and here.c.
 */
#ifndef WORKER_COLLECTOR_H
#define WORKER_COLLECTOR_H

#include "worker/message.h"
#include "worker/session.h"

#include "base/printed.h"

#include <stdint.h>

/* What has come of one worker so far. */
struct collector {
    const struct worker_job *job;
    const struct result_sink *sink;
    struct embedder_facts facts;
    struct intake *intake; /* NULL in this process */
    struct printed printed;
    char *phase, *label; /* what it was last heard doing */
    char *error;         /* the first failure */
    int code;
    double last_heard;   /* seconds by the clock */
    double lost_since;   /* its first thread was gone from then on; 0 = it is there */
    uint64_t tree_bytes; /* when the peak was last looked at closely */
    uint64_t peak_bytes; /* of the worker with all that it started */
};

/* How an embedder failed; the first failure is the one that is reported. */
void collector_note_failure(void *ctx, int code, const char *why);

/* here.c: the job in this process. */
void collector_run_here(struct collector *collector);

#endif /* WORKER_COLLECTOR_H */
