/*
 * worker.h - each embedder in a process of its own, so that one that crashes, hangs or uses up the
 * memory becomes a row in the report and the others go on.
 *
 * The parent starts this same executable again with WORKER_ARGUMENT, hands it a job, and collects
 * rows, items, log lines and progress. What a suite reports reaches the sink only when all of it
 * has arrived; a worker that dies leaves nothing half done. See message.h for what crosses the
 * pipe.
 */
#ifndef WORKER_WORKER_H
#define WORKER_WORKER_H

#include "plugin/spec.h"
#include "report/embedder_facts.h"
#include "base/members.h"
#include "suites/suite.h"

#include <stdbool.h>
#include <stdint.h>

#define WORKER_ARGUMENT "__worker"

/* The user pressed Ctrl-C (or sent SIGTERM): the worker has been killed, nothing more should be
 * written; as an exit status it is the 130 that a shell expects. */
#define ERR_INTERRUPTED (-130)

struct worker_task {
    const struct suite *suite;
    const struct suite_request *request;
};

/* X(type, member, whether it is sent to the worker: SENT, or KEPT: the parent alone goes by it). */
/* clang-format off */
#define WORKER_JOB_MEMBERS(X)                                                                      \
    X(SPEC, spec, SENT)                                                                            \
    X(TEXT, stages, SENT)             /* see plugin/stages.h; NULL = all */                        \
    X(TEXT, postprocess, SENT)        /* of every vector, see math/postprocess.h; NULL = raw */    \
    X(TEXT, postprocess_sample, SENT) /* see worker/sample.h; NULL = WordNet's definitions */      \
    X(TASKS, tasks, SENT)             /* run in this order */                                      \
    X(WHOLE32, n_threads, SENT)       /* 0 = the processors there are */                           \
    /* without any sign of life (a row, a line, progress); 0 = for ever */                         \
    X(REAL, timeout_seconds, KEPT)                                                                 \
    X(WHOLE, memory_limit, SENT)      /* bytes resident; 0 = none */                               \
    X(FLAG, want_items, SENT)         /* somebody keeps items; else they are not sent at all */    \
    X(FLAG, in_process, KEPT)         /* for a debugger: no child, no limits, a crash is a crash */ \
    X(FLAG, confined, SENT)           /* in the sandbox of base/sandbox.h; plugin/confinement.h */ \
    /* plugin/split.h: the name of what is split, of one task alone, NULL = nothing is; its chunk  \
     * that is to be done, 0 = the whole; the file of that chunk's answers, or how the files of    \
     * all of them begin */                                                                        \
    X(TEXT, split_whole, SENT)                                                                     \
    X(WHOLE32, split_chunk, SENT)                                                                  \
    X(WHOLE32, split_n, SENT)                                                                      \
    X(TEXT, split_path, SENT)                                                                      \
    X(TEXT, writable, SENT) /* where the sandbox lets it write beside its scratch folder, or NULL */ \
    /* of the model's files, where the parent knows it (data/digest_cache.h); NULL: the worker      \
     * hashes them */                                                                              \
    X(TEXT, model_sha256, SENT)                                                                    \
    X(WHOLE, model_bytes, SENT)
/* clang-format on */
struct worker_job {
    WORKER_JOB_MEMBERS(MEMBER)
};
MEMBERS_ARE_LISTED(worker_job, WORKER_JOB_MEMBERS);

struct worker_outcome {
    struct embedder_facts facts; /* status, error and all that is known */
    /* 0 if status is "ok", else whose fault it was: ERR_REQUEST for a model file that is missing or
     * not understood, ERR_MACHINE when out of memory, ERR_FAILED for all else. */
    int code;
};

/* Runs the tasks with one embedder and returns when all is over. 0 means that *ret_outcome tells
 * how it ended, well or not; an error, that there was no run at all (no process could be started),
 * or ERR_INTERRUPTED. Call it on the thread that lives longest: when the calling thread ends, the
 * worker is killed. Free the outcome with worker_outcome_finish. */
int worker_run(const struct worker_job *job, const struct result_sink *sink,
               struct worker_outcome *ret_outcome);
void worker_outcome_finish(struct worker_outcome *outcome);

/* What main() does when argv[1] is WORKER_ARGUMENT. Returns the exit status. */
int worker_main(int argc, char **argv);

/* The same with suites from elsewhere, for tests. */
int worker_serve(int argc, char **argv, const struct suite *(*find_suite)(const char *id));

#endif /* WORKER_WORKER_H */
