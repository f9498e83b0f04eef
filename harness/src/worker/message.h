/*
 * message.h - what crosses the border between a harness and its worker.
 *
 * Down goes one job, as values without a frame (struct job_text, write_job). Up go frames:
 *     LOG        number level, text line
 *     PROGRESS   text label (NULL: over), text unit, number done, number total
 *     PHASE      text: what is being done, for the message if it is the last
 *     ROW        a struct result_row
 *     ITEM       a struct result_item
 *     SUITE      the suite is complete: its rows and items count
 *     FACTS      what is known of the embedder by now
 *     FAILED     number -code, text why: something went wrong; the worker may go on
 *     DONE       nothing more will come
 */
#ifndef WORKER_MESSAGE_H
#define WORKER_MESSAGE_H

#include "worker/wire.h"
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
    MESSAGE_DONE
};

void message_write_row(struct str *out, const struct result_row *row);
void message_write_item(struct str *out, const struct result_item *item);

/* Texts point into the bytes. False if the bytes are no such thing. */
bool message_read_row(struct wire *wire, struct result_row *ret_row);
/* attributes: the caller's scratch of [*capacity], grown as needed; free() it in the end. */
bool message_read_item(struct wire *wire, struct result_attribute **attributes, size_t *capacity,
                       struct result_item *ret_item);

/* The members that only a worker knows: dim, stages, hashes of model and weights, times, memory. */
void message_write_facts(struct str *out, const struct embedder_facts *facts);
bool message_read_facts(struct wire *wire, struct embedder_facts *facts);

void message_write_job(struct str *out, const struct worker_job *job);

/* A job as it arrives: texts point into the bytes, arrays are owned. */
struct job_received {
    const char *name, *plugin_path, *plugin_id, *stages, *postprocess, *postprocess_sample;
    struct reading reading;
    struct option_pair *pairs; /* [n_pairs] */
    uint32_t n_pairs, n_threads, n_tasks;
    struct suite_request *requests; /* [n_tasks] */
    const char **suites;            /* [n_tasks] ids */
    uint64_t memory_limit;
    bool want_items;
};
bool message_read_job(struct wire *wire, struct job_received *ret_job);
void job_received_finish(struct job_received *job);

#endif /* WORKER_MESSAGE_H */
