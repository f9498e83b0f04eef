/*
 * job.h - a job on its way to the worker: values without a frame.
 */
#ifndef WORKER_JOB_H
#define WORKER_JOB_H

#include "base/arena.h"
#include "base/wire.h"
#include "worker/worker.h"

/* A job as it arrives: texts point into the bytes; what the specification owns, and arrays, are
 * owned. */
struct job_received {
    uint64_t token;            /* of every frame that the worker sends */
    struct worker_job job;     /* what was sent; its spec and its tasks are to be made of: */
    struct embedder_spec spec; /* name, pairs and word view alone */
    const char *plugin_path, *plugin_id;
    const char **suites;            /* [job.n_tasks] ids */
    struct suite_request *requests; /* [job.n_tasks] */
    struct arena lists;             /* of the requests */
};

void job_write(struct str *out, uint64_t token, const struct worker_job *job);
/* False: the bytes are no job. Free with job_received_finish in any case. */
bool job_read(struct wire *wire, struct job_received *ret_received);
void job_received_finish(struct job_received *received);

#endif /* WORKER_JOB_H */
