/*
 * tree.h - the memory of a process and of all that it started.
 */
#ifndef WORKER_TREE_H
#define WORKER_TREE_H

#include <stdint.h>
#include <sys/types.h>

/* Bytes resident now in a process and its descendants. Pages that several of them share count in
 * each: never too little, and cheap. *ret_n: how many processes there are, 0 if pid is gone. */
uint64_t tree_resident(pid_t pid, uint32_t *ret_n);

/* The same with every shared page counted once (each process's proportional share, Pss). Walks page
 * tables: milliseconds for each GiB. Where the kernel does not tell, as tree_resident. */
uint64_t tree_exact(pid_t pid);

/* Most bytes resident at once as far as can be known now: the process's own peak, or, where it has
 * descendants, what they all hold now. */
uint64_t tree_peak(pid_t pid);

#endif /* WORKER_TREE_H */
