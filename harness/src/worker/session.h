/*
 * session.h - one embedder through all its suites, in whatever process this is.
 */
#ifndef WORKER_SESSION_H
#define WORKER_SESSION_H

#include "worker/worker.h"

/* Where a session says what happens. All calls come from the thread of session_run. */
struct session_events {
    void *ctx;
    struct result_sink sink;                    /* rows and items of the suite that runs */
    void (*phase)(void *ctx, const char *what); /* begins: "loading", "suite wsd" */
    void (*task)(void *ctx, uint32_t i);        /* a suite begins: job->tasks[i] */
    void (*suite)(void *ctx);                   /* it ended well */
    void (*failed)(void *ctx, int code, const char *why);
    void (*facts)(void *ctx, const struct embedder_facts *facts); /* known by now */
};

/* Opens the embedder, hashes its weights, runs the tasks one after another (one that fails does not
 * keep the next from running), hashes again, closes. */
void session_run(const struct worker_job *job, struct session_events *events);

/* What is known of an embedder before it is loaded. */
void session_facts(const struct worker_job *job, struct embedder_facts *facts);

#endif /* WORKER_SESSION_H */
