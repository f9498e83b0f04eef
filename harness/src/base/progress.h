/*
 * progress.h - how far, how fast, how long yet: one line on a terminal, nothing in a pipe.
 */
#ifndef BASE_PROGRESS_H
#define BASE_PROGRESS_H

#include <stdint.h>

/* Begin, move, end one stage of work. Cheap: redraws at most ten times a second. total 0 = unknown.
 * Calls come from one thread. In a worker they go to the parent (progress_divert). */
void progress_begin(const char *label, const char *unit, uint64_t total);
void progress_to(uint64_t done);
void progress_end(void);

void progress_divert(void (*take)(void *ctx, const char *label, const char *unit, uint64_t done,
                                  uint64_t total),
                     void *ctx);
/* The line's renderer, for the parent that shows what a worker sent; label NULL wipes the line. */
void progress_show(const char *label, const char *unit, uint64_t done, uint64_t total);

#endif /* BASE_PROGRESS_H */
