/*
 * message.h - what crosses the border between a harness and its worker.
 *
 * Down goes one job, as values without a frame (worker/job.h). Up go frames:
 *     LOG        number level, text line
 *     PROGRESS   text label (NULL: over), text unit, number done, number total
 *     PHASE      text: what is being done, for the message if it is the last
 *     TASK       number i: task i of the job begins; they come in the job's order
 *     ROW        a struct figure, of the task that runs
 *     ITEM       a struct result_item, likewise
 *     SUITE      the task is complete: its rows and items count
 *     FACTS      what is known of the embedder by now
 *     FAILED     number -code, text why: something went wrong, the task that runs if one does; the
 *                worker may go on
 *     DONE       nothing more will come
 *
 * What the parent believes of it, and in which order, worker/intake.h says.
 */
#ifndef WORKER_MESSAGE_H
#define WORKER_MESSAGE_H

#include "base/wire.h"
#include "worker/worker.h"

enum message {
    MESSAGE_LOG = 1,
    MESSAGE_PROGRESS,
    MESSAGE_PHASE,
    MESSAGE_ROW,
    MESSAGE_ITEM,
    MESSAGE_SUITE,
    MESSAGE_FACTS,
    MESSAGE_FAILED,
    MESSAGE_DONE,
    MESSAGE_TASK,
    MESSAGE_KINDS
};

/* Most bytes of values of each kind. */
extern const uint32_t message_limits[MESSAGE_KINDS];
const char *message_name(uint8_t kind); /* "row"; "frame" of an unknown kind */

#define MESSAGE_MOST_DIM (1u << 20)
#define MESSAGE_MOST_STAGES 4096u

void message_write_row(struct str *out, const struct figure *row);
void message_write_item(struct str *out, const struct result_item *item);

/* Texts point into the bytes. False if the bytes are no such thing. protocol: the caller's scratch,
 * which becomes the row's; protocol_finish() it in the end. */
bool message_read_row(struct wire *wire, struct protocol *protocol, struct figure *ret_row);
/* attributes: the caller's scratch of [*capacity], grown as needed; free() it in the end. */
bool message_read_item(struct wire *wire, struct result_attribute **attributes, size_t *capacity,
                       struct result_item *ret_item);

/* The members that only a worker knows: dim, stages, hashes of model and weights, times, memory. */
void message_write_facts(struct str *out, const struct embedder_facts *facts);
/* Into what is known already: a later message may know more, never less, and dimensions and stages
 * are said once. NULL, or what is wrong with the message ("found 9 stages after 1"), in which case
 * nothing was read. */
const char *message_read_facts(struct wire *wire, struct embedder_facts *facts);

#endif /* WORKER_MESSAGE_H */
