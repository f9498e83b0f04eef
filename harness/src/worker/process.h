/*
 * process.h - starting a worker's process, watching it, ending it.
 */
#ifndef WORKER_PROCESS_H
#define WORKER_PROCESS_H

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define PROCESS_JOB_FD 3    /* in the worker: the job's bytes */
#define PROCESS_RESULT_FD 4 /* in the worker: where frames go */

/* Starts this executable again with WORKER_ARGUMENT, in a process group of its own, with
 * OPENBLAS_NUM_THREADS=1 (merely loading OpenBLAS starts its threads; ours come from base/pool.h),
 * standard input empty and standard output joined to standard error. name shows in `ps`.
 * *ret_fd is not blocking and the caller's to close. */
int process_start(const struct str *job, const char *name, pid_t *ret_pid, int *ret_fd);

void process_kill(pid_t pid); /* with all that it started */

/* True if it has ended, with what waitpid says. */
bool process_ended(pid_t pid, int *ret_wait_status);
int process_wait(pid_t pid); /* what waitpid says */

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
