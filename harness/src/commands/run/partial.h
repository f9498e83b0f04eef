/*
 * partial.h - DIR/NAME.partial: where a run keeps its journal and makes its report files, so that
 * whatever ends the process leaves earlier reports whole, and something to go on from.
 *
 *     NAME.partial/journal          worker/journal.h
 *     NAME.partial/NAME.json …      report files, moved into DIR when all are complete
 */
#ifndef COMMANDS_RUN_PARTIAL_H
#define COMMANDS_RUN_PARTIAL_H

#include "worker/journal.h"

#define PARTIAL_OUT "results" /* the folder of reports where no other is asked for */

struct partial {
    char *out;    /* DIR */
    char *name;   /* NAME */
    char *folder; /* DIR/NAME.partial */
    struct journal *journal;
    bool resumed; /* was left behind by another run */
};

/* A new one. name: what the user chose, or NULL for `stem`, with a number behind it if a report or
 * another run is called so. ERR_REQUEST: an interrupted run of the chosen name has finished
 * embedders, which a new one would throw away. Close with partial_close. */
int partial_choose(const char *out, const char *name, const char *stem,
                   struct partial *ret_partial);
/* What to type to go on with a run of its folder, "harness --resume NAME --out FOLDER"; name NULL:
 * the one there is. free() it. */
char *partial_resuming(const struct partial *partial, const char *name);
/* Says which other runs were interrupted in the folder. */
void partial_tell_others(const struct partial *partial);
/* Makes the folder and the journal. */
int partial_begin(struct partial *partial, const char *head);

/* One that was left behind; all but its journal is cleared away. name: NAME, DIR/NAME or
 * DIR/NAME.partial; "": the only one there is in `out`. */
int partial_resume(const char *out, const char *name, struct partial *ret_partial);

/* Moves the report files to their places, NAME.json last, and removes the rest. Signals wait
 * meanwhile. */
int partial_publish(struct partial *partial);
void partial_discard(struct partial *partial); /* with all that was done; fine if not begun */
void partial_close(struct partial *partial);   /* leaves what is there; fine after any of these */

#endif /* COMMANDS_RUN_PARTIAL_H */
