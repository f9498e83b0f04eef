/*
 * children.h - whatever a process with a plugin in it leaves running is found and ended.
 */
#ifndef WORKER_CHILDREN_H
#define WORKER_CHILDREN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Children of this process at some moment. */
struct children {
    pid_t *pids; /* [n] owned */
    uint32_t n;
};

/* Before a process with a plugin in it is started: orphans come to us from now on, and *ret_before
 * is who our children are already. End it with children_end_others. */
void children_adopt(struct children *ret_before);

/* When that process has been waited for: kills and reaps every child that was not there before,
 * and, where group is not 0, kills that process group; frees `before`. */
void children_end_others(pid_t group, struct children *before);

/* Is the child there, but its first thread gone, so that nothing more can come of it? */
bool child_lost_its_thread(pid_t pid);

#endif /* WORKER_CHILDREN_H */
