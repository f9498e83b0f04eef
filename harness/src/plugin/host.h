/*
 * host.h - the services that a plugin sees: one struct emb_host per opened model.
 */
#ifndef PLUGIN_HOST_H
#define PLUGIN_HOST_H

#include <embedder.h>

#include "base/pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct host {
    struct emb_host api; /* what the plugin is given; api.ctx is this struct */
    struct pool *pool;   /* the caller's */
    char *label;         /* of its progress and log lines: "minilm" */
    pthread_mutex_t parallel, progress;
    uint64_t progress_total;
    bool in_progress;
    atomic_bool cancelled;
    atomic_uint_fast64_t bytes, peak_bytes; /* given out by alloc: now, most */
    atomic_uint_fast64_t blocks;            /* not freed yet */
    atomic_uint_fast64_t fail_alloc;        /* tests: the n-th next alloc fails; 0 = none */
};

/* At a fixed address until host_finish. */
void host_init(struct host *host, const char *label, struct pool *pool);
void host_finish(struct host *host);

/* End the progress line that the plugin began, if it did. */
void host_end_progress(struct host *host);

/* From now on progress() answers EMB_E_CANCELLED. Any thread. */
void host_cancel(struct host *host);

/* The same for every host of this process, if a plugin has lately asked one of them whether to go
 * on; else false, and nothing has happened. May be called in a signal handler. */
bool host_cancel_all(void);

/* What this thread's last fail() said, "" if nothing since host_forget_failure. */
const char *host_failure(void);
void host_forget_failure(void);

/* A plugin's status as an error of ours: "LABEL: WHY", with the code base/error.h has for it.
 * doing ("embed") stands in where the plugin gave no reason. status must not be EMB_OK. */
int host_error(const char *label, const char *doing, emb_status status);

const char *emb_status_text(emb_status status); /* "out of memory" */

#endif /* PLUGIN_HOST_H */
