/* Runs a job in this process, for a debugger: what a worker would send goes to the collector
 * directly. */
#include "worker/collector.h"

#include "worker/message.h"
#include "worker/process.h"
#include "worker/session.h"
#include "worker/tree.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/progress.h"
#include <unistd.h>

/* Without a process of its own: everything goes straight to the collector. */
static void direct_row(void *ctx, const struct figure *row)
{
    struct collector *collector = ctx;
    collector->sink->row(collector->sink->ctx, row);
}

static void direct_item(void *ctx, const struct result_item *item)
{
    struct collector *collector = ctx;
    collector->sink->item(collector->sink->ctx, item);
}

static void direct_phase(void *ctx, const char *what)
{
    (void)ctx;
    log_debug("%s", what);
}

static void direct_task(void *ctx, uint32_t i)
{
    (void)ctx;
    (void)i;
}

static void direct_suite(void *ctx)
{
    (void)ctx;
}

static void direct_facts(void *ctx, const struct embedder_facts *facts)
{
    struct collector *collector = ctx;
    struct str bytes = {0};
    const struct wire_rules rules = {0, message_limits, MESSAGE_KINDS};
    struct wire_frame frame;
    struct embedder_facts known = *facts; /* borrows the texts */
    known.peak_rss_bytes = tree_peak(getpid());
    message_write_facts(&bytes, &known); /* as from a child: one merging rule */
    if (wire_frame(&rules, bytes.data, bytes.n, &frame) == WIRE_WHOLE) {
        message_read_facts(&frame.values, &collector->facts);
    }
    str_finish(&bytes);
}

void collector_run_here(struct collector *collector)
{
    struct session_events events = {
        .ctx = collector,
        .sink = {.ctx = collector,
                 .row = direct_row,
                 .item = collector->job->want_items ? direct_item : NULL},
        .phase = direct_phase,
        .task = direct_task,
        .suite = direct_suite,
        .failed = collector_note_failure,
        .facts = direct_facts,
    };
    session_run(collector->job, &events);
    collector->facts.status = mem_text(collector->error ? "failed" : "ok");
}
