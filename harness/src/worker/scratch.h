/*
 * scratch.h - a folder of its own for a process that runs a plugin: its TMPDIR, which goes with it.
 */
#ifndef WORKER_SCRATCH_H
#define WORKER_SCRATCH_H

struct scratch {
    char *folder;
    int lock; /* held as long as the folder is somebody's */
};

/* In TMPDIR, else /tmp. What harnesses that were killed left there is cleared away. */
int scratch_make(struct scratch *ret_scratch);
void scratch_finish(struct scratch *scratch); /* with all that is in it; fine if none was made */

#endif /* WORKER_SCRATCH_H */
