/*
 * process.h - starting a worker's process, watching it, ending it.
 */
#ifndef WORKER_PROCESS_H
#define WORKER_PROCESS_H

#include "base/sandbox.h"
#include "base/str.h"
#include "worker/children.h"
#include "worker/scratch.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* A worker's process as its parent has it. */
struct process {
    pid_t pid;
    int results;                 /* read what it sends here; not blocking */
    int printed;                 /* and here what its code prints */
    struct sandbox_board *board; /* which calls its sandbox refused */
    struct scratch scratch;      /* the one folder that is its own */
    struct children before;      /* children that there were already: not this one's */
};

/* Starts this executable again with WORKER_ARGUMENT, in a process group of its own, with
 * OPENBLAS_NUM_THREADS=1 (merely loading OpenBLAS starts its threads; ours come from base/pool.h),
 * a scratch folder of its own as TMPDIR, standard input empty, standard output and standard error
 * joined in a pipe. name shows in `ps`. Its other files have high numbers that nobody else knows.
 * End it with process_finish. */
int process_start(const struct str *job, const char *name, struct process *ret_process);

void process_kill(const struct process *process); /* with all of its group */

/* Ask it to end: see process_on_request. It may as well go on. */
void process_ask_to_end(const struct process *process);

/* In the worker: what to do when it is asked to end, in a signal handler; if that gives false, or
 * none is set, the process ends at once. */
void process_on_request(bool (*end_tidily)(void));

/* True if it has ended, with what waitpid says. */
bool process_ended(const struct process *process, int *ret_wait_status);
int process_wait(const struct process *process); /* what waitpid says */

/* Kills whatever it started and did not end, in whichever group or session that is, takes the
 * scratch folder away, and frees. The process itself must have been waited for. */
void process_finish(struct process *process);

/* In the worker: what process_start has handed over. False if nothing was. */
struct process_given {
    struct str job;
    int results;                 /* where frames go; closed in programs that this one starts */
    struct sandbox_board *board; /* for base/sandbox.h */
};
bool process_take(const char *number, struct process_given *ret_given);

/* Most bytes that were resident at once so far; 0 if the process is gone. */
uint64_t process_peak_rss(pid_t pid);

/* In the worker: makes malloc fail cleanly some way beyond limit, so that nothing can outrun the
 * parent's look at the resident size. Does nothing under a sanitizer, which reserves terabytes. */
void process_limit_memory(uint64_t limit);

/* Between these, SIGINT, SIGTERM and SIGHUP only make process_interrupted() true. */
void process_catch_signals(void);
void process_restore_signals(void);
bool process_interrupted(void);

#endif /* WORKER_PROCESS_H */
