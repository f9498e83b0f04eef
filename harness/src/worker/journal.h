/*
 * journal.h - what an interrupted run has done so far, embedder by embedder, in a file that
 * survives any end of the process: what makes --resume possible.
 *
 * The file is a row of frames (base/wire.h):
 *
 *     HEAD   text: what the run was asked for and stands on, the caller's own; the first frame
 *     ROW, ITEM, as in worker/message.h: what an embedder's worker said, in its order
 *     FACTS, likewise
 *     NOTE   text: what the caller adds to an embedder's results, its own
 *     END    text name of the embedder, real seconds, number hash of all frames since the last END
 *            (or since HEAD), the name and the seconds: what precedes counts, and is on the disk
 *
 * What follows the last whole END is of an embedder that failed, and is cut off when
 * the journal is opened again. Numbers are as in memory: a journal is read by the build that wrote
 * it (the caller's HEAD should say which that is).
 *
 * A journal that goes on is locked while it is open: no second process can open it.
 */
#ifndef WORKER_JOURNAL_H
#define WORKER_JOURNAL_H

#include "report/embedder_facts.h"
#include "report/result.h"
#include "worker/intake.h"

#include <stdbool.h>
#include <stdio.h>

struct journal;

/* A new file, which must not be there yet; its head is on the disk when this returns. lock: false
 * for a file that nobody else can know of, on file systems without locks. */
int journal_create(const char *path, const char *head, bool lock, struct journal **ret_journal);
/* One that was left behind. ERR_REQUEST: it is not there, is in use, or has no whole head. */
int journal_open(const char *path, struct journal **ret_journal);
/* One that is complete, to be replayed from a stream that can be rewound, which becomes the
 * journal's, also after an error. path: for messages. ERR_REQUEST also where anything follows the
 * last END. */
int journal_open_sealed(FILE *stream, const char *path, struct journal **ret_journal);
void journal_close(struct journal *journal); /* NULL is fine */

const char *journal_head(const struct journal *journal);
/* Embedders that it holds, in the order in which they ended. */
uint32_t journal_n_runs(const struct journal *journal);
const char *journal_run_name(const struct journal *journal, uint32_t run);
const char *journal_run_note(const struct journal *journal, uint32_t run); /* NULL: it has none */
bool journal_find(const struct journal *journal, const char *name, uint32_t *ret_run);

/* What the embedder said, once more: rows and items to the sink, what a worker knows of it to
 * facts, over what is there (and its seconds). The file is believed no more than a worker is:
 * ERR_REQUEST for what is not as expected. */
int journal_replay(struct journal *journal, uint32_t run, const struct intake_expected *expected,
                   const struct result_sink *sink, struct embedder_facts *facts);

/* Adds what an embedder says. A write that fails is reported by journal_end. */
void journal_add_row(struct journal *journal, const struct figure *row);
void journal_add_item(struct journal *journal, const struct result_item *item);
/* One text beside what it says; a later one takes the place of an earlier one. */
void journal_add_note(struct journal *journal, const char *text);
/* The embedder has finished: on return all of it is on the disk. ERR_MACHINE if not. */
int journal_end(struct journal *journal, const struct embedder_facts *facts);
/* It has not: what was added since the last end is cut off. */
int journal_drop(struct journal *journal);

#endif /* WORKER_JOURNAL_H */
