/*
 * parent.c - the harness's side: starts a worker, watches it, keeps what it says.
 */
#include "worker/message.h"
#include "worker/process.h"
#include "worker/session.h"
#include "worker/tree.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/progress.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TICK_MS 50 /* between two looks at memory, time and signals */
#define READ_BYTES (256u << 10)
#define LAST_SECONDS 10.0 /* for a worker that said it is done to end by itself */

/* What has come of one worker so far. */
struct collector {
    const struct worker_job *job;
    const struct result_sink *sink;
    struct embedder_facts facts;
    struct str arrived;  /* bytes that are no whole frame yet */
    struct str kept;     /* row and item frames of the suite that runs */
    char *phase, *label; /* what it was last heard doing */
    char *error;         /* the first failure */
    int code;
    bool done, garbled;
    double last_heard;                   /* seconds by the clock */
    uint64_t tree_bytes;                 /* when the peak was last looked at closely */
    uint64_t peak_bytes;                 /* of the worker with all that it started */
    struct result_attribute *attributes; /* scratch */
    size_t attributes_capacity;
};

static void set_text(char **text, const char *by)
{
    free(*text);
    *text = by ? mem_text(by) : NULL;
}

/* How an embedder failed; the first failure is the one that is told. */
static void note_failure(struct collector *collector, int code, const char *why)
{
    if (!collector->error) {
        collector->error = mem_text(why);
        collector->code = code;
    }
}

/* The suite is complete: its rows and items count. */
static void commit(struct collector *collector)
{
    const char *at = collector->kept.data;
    size_t left = collector->kept.n, size;
    uint8_t kind;
    struct wire values;
    while (left > 0 && wire_frame(at, left, &kind, &values, &size)) {
        struct result_row row;
        struct result_item item;
        if (kind == MESSAGE_ROW && message_read_row(&values, &row)) {
            collector->sink->row(collector->sink->ctx, &row);
        } else if (kind == MESSAGE_ITEM &&
                   message_read_item(&values, &collector->attributes,
                                     &collector->attributes_capacity, &item)) {
            collector->sink->item(collector->sink->ctx, &item);
        } else {
            collector->garbled = true;
        }
        at += size;
        left -= size;
    }
    str_clear(&collector->kept);
}

static void take_log(struct wire *values)
{
    uint64_t level = wire_take_number(values);
    const char *line = wire_take_text(values);
    if (line && level <= LOG_ERROR) {
        log_line((enum log_level)level, "%s", line);
    }
}

static void take_progress(struct collector *collector, struct wire *values)
{
    const char *label = wire_take_text(values);
    const char *unit = wire_take_text(values);
    uint64_t done = wire_take_number(values);
    uint64_t total = wire_take_number(values);
    if (!values->bad) {
        set_text(&collector->label, label);
        progress_show(label, unit, done, total);
    }
}

/* One frame; rows and items are kept as they came. */
static void take_frame(struct collector *collector, uint8_t kind, struct wire values,
                       const char *frame, size_t size)
{
    switch (kind) {
    case MESSAGE_LOG:
        take_log(&values);
        break;
    case MESSAGE_PROGRESS:
        take_progress(collector, &values);
        break;
    case MESSAGE_PHASE:
        wire_take_number(&values);
        set_text(&collector->phase, wire_take_text(&values));
        set_text(&collector->label, NULL);
        str_clear(&collector->kept); /* of a suite that failed */
        break;
    case MESSAGE_ROW:
    case MESSAGE_ITEM:
        str_append(&collector->kept, frame, size);
        break;
    case MESSAGE_SUITE:
        commit(collector);
        break;
    case MESSAGE_FACTS:
        collector->garbled = collector->garbled || !message_read_facts(&values, &collector->facts);
        break;
    case MESSAGE_FAILED: {
        int code = -(int)wire_take_number(&values);
        const char *why = wire_take_text(&values);
        note_failure(collector, code, why ? why : "no reason given");
        break;
    }
    case MESSAGE_DONE:
        collector->done = true;
        break;
    default:
        collector->garbled = true;
        break;
    }
}

/* All whole frames among the bytes that arrived. */
static void take_frames(struct collector *collector)
{
    const char *at = collector->arrived.data;
    size_t left = collector->arrived.n, size;
    uint8_t kind;
    struct wire values;
    while (!collector->done && wire_frame(at, left, &kind, &values, &size)) {
        take_frame(collector, kind, values, at, size);
        at += size;
        left -= size;
    }
    if (left > 0) {
        memmove(collector->arrived.data, at, left);
    }
    collector->arrived.n = left;
}

/* What can be read now; false at the end of the pipe. */
static bool read_some(struct collector *collector, int fd)
{
    char *block = mem_alloc(READ_BYTES);
    bool open = true;
    while (!collector->done) {
        ssize_t n = read(fd, block, READ_BYTES);
        if (n <= 0) {
            open = n < 0 && (errno == EAGAIN || errno == EINTR);
            break;
        }
        collector->last_heard = clock_seconds();
        str_append(&collector->arrived, block, (size_t)n);
        take_frames(collector);
    }
    free(block);
    return open;
}

/* "suite wsd (minilm: semeval2015)" */
static char *describe_doing(const struct collector *collector)
{
    const char *phase = collector->phase ? collector->phase : "starting";
    return collector->label ? mem_format("%s (%s)", phase, collector->label) : mem_text(phase);
}

static double gibibytes(uint64_t bytes)
{
    return (double)bytes / (double)(1ull << 30);
}

/* Most bytes that the worker and all that it started held at once. Counting shared pages once
 * costs: it is done when what they hold has grown. */
static void note_peak(struct collector *collector, pid_t pid)
{
    uint32_t n;
    uint64_t peak = process_peak_rss(pid), resident = tree_resident(pid, &n);
    if (n > 1 && resident > collector->tree_bytes + collector->tree_bytes / 64) {
        uint64_t exact = tree_exact(pid);
        collector->tree_bytes = resident;
        peak = exact > peak ? exact : peak;
    }
    if (peak > collector->peak_bytes) {
        collector->peak_bytes = peak;
    }
}

/* NULL while the worker is within its limits, else the status of one that is not: noted. */
static const char *broken_limit(struct collector *collector, pid_t pid)
{
    const struct worker_job *job = collector->job;
    char *doing = describe_doing(collector), *why = NULL;
    const char *status = NULL;
    note_peak(collector, pid);
    uint64_t peak = collector->peak_bytes;
    if (job->memory_limit > 0 && peak > job->memory_limit) {
        why = mem_format("passed --memory-limit %.2f GiB: %.2f GiB resident, while %s",
                         gibibytes(job->memory_limit), gibibytes(peak), doing);
        status = "failed";
    } else if (job->timeout_seconds > 0 &&
               clock_seconds() - collector->last_heard > job->timeout_seconds) {
        why = mem_format("no sign of life for %g s (--timeout), while %s", job->timeout_seconds,
                         doing);
        status = "timeout";
    }
    if (status) {
        free(collector->error);
        collector->error = why;
        collector->code = ERR_FAILED;
    }
    free(doing);
    return status;
}

/* Until something comes, the pipe closes, or it is time to look around again. */
static bool wait_for_news(const struct collector *collector, int fd, bool open)
{
    if (!open) { /* the pipe is closed: the end is near */
        usleep(collector->done ? 1000 : 1000 * TICK_MS);
        return false;
    }
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    return poll(&ready, 1, TICK_MS) > 0;
}

/* Until the worker has ended or must be ended. NULL: it ended by itself, *ret_wait_status tells
 * how.
 */
static const char *watch(struct collector *collector, pid_t pid, int fd, int *ret_wait_status)
{
    bool open = true;
    double done_at = 0;
    while (!process_interrupted()) {
        bool news = wait_for_news(collector, fd, open);
        bool ended = process_ended(pid, ret_wait_status);
        if (news || ended) {
            open = open && read_some(collector, fd);
        }
        if (ended) {
            return NULL;
        }
        const char *status = collector->done ? NULL : broken_limit(collector, pid);
        if (status) {
            return status;
        }
        if (collector->done) {
            open = false; /* what may still come is of no interest */
            done_at = done_at > 0 ? done_at : clock_seconds();
            if (clock_seconds() - done_at > LAST_SECONDS) {
                return "ok";
            }
        }
    }
    return "interrupted";
}

/* The status of a worker that ended by itself. */
static const char *judge(struct collector *collector, int wait_status)
{
    if (collector->done && !collector->garbled) {
        return collector->error ? "failed" : "ok";
    }
    char *doing = describe_doing(collector), *why;
    if (WIFSIGNALED(wait_status)) {
        int number = WTERMSIG(wait_status);
        why = mem_format("signal %d (%s) while %s%s", number, strsignal(number), doing,
                         number == SIGBUS ? ": a file that it had mapped became shorter, or could "
                                            "no longer be read (standard error names it)"
                                          : "");
    } else if (collector->garbled) {
        why = mem_format("its worker sent what is no message, while %s", doing);
    } else if (WEXITSTATUS(wait_status) == 3 && collector->job->memory_limit > 0) {
        why = mem_format("out of memory under --memory-limit %.2f GiB, while %s",
                         gibibytes(collector->job->memory_limit), doing);
    } else {
        why = mem_format("exit status %d while %s (a plugin must not end the process)",
                         WEXITSTATUS(wait_status), doing);
    }
    free(doing);
    free(collector->error);
    collector->error = why;
    collector->code = ERR_FAILED;
    return "crashed";
}

static void collector_finish(struct collector *collector)
{
    str_finish(&collector->arrived);
    str_finish(&collector->kept);
    free(collector->phase);
    free(collector->label);
    free(collector->attributes);
}

static int run_in_child(struct collector *collector)
{
    struct str job = {0};
    pid_t pid;
    int fd, wait_status = 0;
    message_write_job(&job, collector->job);
    int status = process_start(&job, collector->job->spec->name, &pid, &fd);
    str_finish(&job);
    if (status) {
        return status;
    }
    collector->last_heard = clock_seconds();
    const char *ended = watch(collector, pid, fd, &wait_status);
    if (ended) {
        process_kill(pid);
        process_wait(pid);
    }
    close(fd);
    progress_show(NULL, NULL, 0, 0);
    if (ended && strcmp(ended, "interrupted") == 0) {
        return error_set(ERR_INTERRUPTED, "interrupted");
    }
    if (!ended || strcmp(ended, "ok") == 0) {
        ended = judge(collector, wait_status);
    }
    collector->facts.status = mem_text(ended);
    if (collector->peak_bytes > collector->facts.peak_rss_bytes) {
        collector->facts.peak_rss_bytes = collector->peak_bytes; /* else the worker's own word */
    }
    return 0;
}

/* Without a process of its own: everything goes straight to the collector. */
static void direct_row(void *ctx, const struct result_row *row)
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

static void direct_suite(void *ctx)
{
    (void)ctx;
}

static void direct_failed(void *ctx, int code, const char *why)
{
    note_failure(ctx, code, why);
}

static void direct_facts(void *ctx, const struct embedder_facts *facts)
{
    struct collector *collector = ctx;
    struct str bytes = {0};
    uint8_t kind;
    size_t size;
    struct wire values;
    struct embedder_facts known = *facts; /* borrows the texts */
    known.peak_rss_bytes = tree_peak(getpid());
    message_write_facts(&bytes, &known); /* the same road as from a child: one merging rule */
    if (wire_frame(bytes.data, bytes.n, &kind, &values, &size)) {
        message_read_facts(&values, &collector->facts);
    }
    str_finish(&bytes);
}

static void run_here(struct collector *collector)
{
    struct session_events events = {
        .ctx = collector,
        .sink = {.ctx = collector,
                 .row = direct_row,
                 .item = collector->job->want_items ? direct_item : NULL},
        .phase = direct_phase,
        .suite = direct_suite,
        .failed = direct_failed,
        .facts = direct_facts,
    };
    session_run(collector->job, &events);
    collector->facts.status = mem_text(collector->error ? "failed" : "ok");
}

int worker_run(const struct worker_job *job, const struct result_sink *sink,
               struct worker_outcome *ret_outcome)
{
    struct collector collector = {.job = job, .sink = sink};
    double start = clock_seconds();
    int status = 0;
    session_facts(job, &collector.facts);
    if (job->in_process) {
        run_here(&collector);
    } else {
        process_catch_signals();
        status = run_in_child(&collector);
        process_restore_signals();
    }
    collector_finish(&collector);
    collector.facts.seconds = clock_seconds() - start;
    collector.facts.error = collector.error;
    if (status) {
        embedder_facts_finish(&collector.facts);
        return status;
    }
    *ret_outcome = (struct worker_outcome){.facts = collector.facts, .code = collector.code};
    return 0;
}

void worker_outcome_finish(struct worker_outcome *outcome)
{
    embedder_facts_finish(&outcome->facts);
}
