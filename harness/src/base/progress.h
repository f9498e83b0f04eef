/*
 * progress.h - how far, how fast, how much longer: one line on a terminal, nothing in a pipe.
 */
#ifndef BASE_PROGRESS_H
#define BASE_PROGRESS_H

#include <stdint.h>

/* Begin, move, end one stage of work. Cheap: redraws at most ten times a second. total 0 = unknown.
 * Calls come from one thread. In a worker they go to the parent (progress_divert). */
void progress_begin(const char *label, const char *unit, uint64_t total);
/* The same for work that was done in part before, as a resumed run: it does not count as speed. */
void progress_begin_at(const char *label, const char *unit, uint64_t done, uint64_t total);
void progress_to(uint64_t done);
/* A few words at the end of the line, as "loss 0.0412", from the next drawing on; NULL or "" =
 * none. The text is copied. progress_begin clears it. It is not sent to a worker's parent. */
void progress_note(const char *text);
void progress_end(void);
/* From now on what would be drawn goes to `take`, with a NULL label at the end of a stage. */
void progress_divert(void (*take)(void *ctx, const char *label, const char *unit, uint64_t done,
                                  uint64_t total),
                     void *ctx);
/* The line's renderer, for the parent that shows what a worker sent; label NULL wipes the line.
 * On the line: how much is done, units a second, time left if the total is known, the note. */
void progress_show(const char *label, const char *unit, uint64_t done, uint64_t total);

/* No line is drawn from here on (--quiet). */
void progress_silence(void);

#endif /* BASE_PROGRESS_H */
