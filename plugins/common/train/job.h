/*
 * job.h - what every phase of a training run needs: the host, the request, workers, a clock and
 * progress reports.
 */
#ifndef TRAIN_JOB_H
#define TRAIN_JOB_H

#include "embedder.h"

#include <stdint.h>

struct train_job {
    const struct emb_host *host;
    const struct emb_train_request *request;
    const char *model;     /* "word2vec" */
    uint32_t n_lanes;      /* workers to use: min(request->n_threads, host->n_workers) */
    uint64_t memory_bytes; /* budget, never 0 */
    double started;        /* seconds of the monotonic clock */
    /* The phase that is reported now. */
    struct emb_train_state state;
    uint64_t phase_begin; /* units done when the phase began, so that a resumed one has a rate */
    double phase_started;
    double last_report;
    /* What phases before training took; 0 if there was none. */
    double reading_seconds, counting_seconds, shuffling_seconds;
};

/* default_memory is used when the request leaves the budget to the trainer. */
void job_init(struct train_job *job, const struct emb_host *host,
              const struct emb_train_request *request, const char *model, uint64_t default_memory);

double job_clock(void); /* seconds, monotonic */

/* Begin a phase; name and unit must outlive it. */
void job_phase(struct train_job *job, uint32_t number, const char *name, const char *unit,
               uint64_t done, uint64_t total);

/* Seconds since the phase began. */
double job_phase_seconds(const struct train_job *job);

/* Report `done` units at most ten times a second; loss NaN if not known. Returns what report()
 * says: EMB_E_CANCELLED asks for a checkpoint. From the calling thread of train() alone. */
emb_status job_step(struct train_job *job, uint64_t done, double loss);

/* body(arg, lane) for each lane in [0, n_lanes), together. With one lane, in this thread. */
void job_lanes(const struct train_job *job, void (*body)(void *arg, uint32_t lane), void *arg);

/* body(arg, i, worker) for each i in [0, n), taken in turn by up to n_lanes workers. */
void job_items(const struct train_job *job, uint32_t n,
               void (*body)(void *arg, uint32_t i, uint32_t worker), void *arg);

/* host->alloc for n * size bytes, EMB_E_NOMEM (naming `what`) if it fails or overflows. Large
 * blocks are put on large pages where the system has them. */
emb_status job_alloc(const struct train_job *job, uint64_t n, uint64_t size, const char *what,
                     void *ret_block);

#endif /* TRAIN_JOB_H */
