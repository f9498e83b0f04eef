/*
 * unit_result.h - what a unit of a sweep gave, in SWEEP/units:
 *
 *     KEY                what the embedder said, a journal (worker/journal.h) with one sealed run,
 *                        its cost as a note, packed (data/zstd.h)
 *     KEY.failed         why it could not be run, JSON; KEY is not there then
 *     KEY.tmp.HOST.PID   in the making, or what a killed process left (unit_left.h); so is that
 *                        with .zst behind
 *     KEY.K-N.answers    what the model answered to chunk K of N of unit KEY, see plugin/split.h;
 *                        the chunk has a key of its own as well, under which lies what it cost
 *
 * Whoever does the last chunk makes of all answers the whole unit, under its KEY, and removes them.
 *
 * KEY appears whole, by rename; nobody locks anything, so that network file systems serve. Two
 * processes that run one unit make the same bytes, and the later one changes nothing.
 */
#ifndef COMMANDS_SWEEP_UNIT_RESULT_H
#define COMMANDS_SWEEP_UNIT_RESULT_H

#include "commands/sweep/energy.h"
#include "commands/sweep/plan_file.h"
#include "worker/journal.h"
#include "worker/worker.h"

/* A chunk is done when its answers are there, or the whole. When the answers of all chunks are
 * there, the last chunk shows how the whole is: begun until it is done or has failed. */
enum unit_state { UNIT_MISSING, UNIT_BEGUN, UNIT_FAILED, UNIT_DONE };

/* Of all units of a plan: [n]; from one reading of the folder. free() the array. */
int unit_states(const struct plan *plan, enum unit_state **ret_states);
enum unit_state unit_state(const struct plan *plan, const struct unit *unit);

/* Are its answers there, and what they cost? */
bool unit_is_recorded(const struct plan *plan, const struct unit *chunk);
/* Are the answers of all chunks there, of which this is one? */
bool unit_answers_are_there(const struct plan *plan, const struct unit *chunk);
/* How the names of the files of answers begin; free() it. */
char *unit_answers_beginning(const struct plan *plan, const struct unit *chunk);
/* Nobody needs them when the whole is done. */
void unit_remove_answers(const struct plan *plan, const struct unit *chunk);
/* The key under which the reason lies why a unit failed: a last chunk's is that of the whole. */
const char *unit_failed_key(const struct plan *plan, const struct unit *unit);

/* What a unit took, and where. */
struct unit_cost {
    char host[256];
    uint32_t n_threads; /* 0: not known, as of one that failed */
    double begin, end;  /* seconds since 1970 */
    double joules;      /* of the whole machine meanwhile (energy.h); NAN: not known */
};

/* A result in the making. */
struct unit_writing {
    char *temporary, *packed, *path, *failed;
    char *answers_temporary, *answers; /* of a chunk; NULL */
    struct journal *journal;
    int held; /* the lock of `temporary`, see unit_left.h; -1: none */
    struct energy_meter *energy;
    struct unit_cost cost;
};

/* What it costs is measured from here on. */
int unit_begin(const struct plan *plan, const struct unit *unit, uint32_t n_threads,
               struct unit_writing *writing);
/* All of it is on the disk and has its name. */
int unit_commit(struct unit_writing *writing, const struct embedder_facts *facts);
/* Keeps the reason. */
int unit_fail(struct unit_writing *writing, const struct worker_outcome *outcome);
/* What is not committed is removed, or stays as it is, to be seen by whoever asks how far the sweep
 * is (interrupted). */
void unit_writing_finish(struct unit_writing *writing, bool interrupted);

/* What a unit gave, to the sink and into outcome->facts, which hold what is known before a model
 * is loaded. ERR_REQUEST: it is not there, is torn, or is of another unit. */
int unit_replay(const struct plan *plan, const struct unit *unit, const struct worker_job *job,
                const struct result_sink *sink, struct worker_outcome *outcome,
                struct unit_cost *ret_cost);

#endif /* COMMANDS_SWEEP_UNIT_RESULT_H */
