/*
 * parent.c - the harness's side: starts a worker, watches it, keeps what it says.
 */
#include "worker/intake.h"
#include "worker/collector.h"
#include "worker/job.h"
#include "worker/message.h"
#include "worker/process.h"
#include "worker/session.h"
#include "worker/tree.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/progress.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#define TICK_MS 50 /* between two looks at memory, time and signals */
#define READ_BYTES (256u << 10)
#define LOST_SECONDS 2.0  /* without a first thread: one that just ends looks so for a moment */
#define TIDY_SECONDS 2.5  /* for one that nobody waits for any longer, if it wants to tidy up */
#define LAST_SECONDS 10.0 /* for a worker that said it is done to end by itself */

static void set_text(char **text, const char *by)
{
    free(*text);
    *text = by ? mem_text(by) : NULL;
}

void collector_note_failure(void *ctx, int code, const char *why)
{
    struct collector *collector = ctx;
    if (!collector->error) {
        collector->error = mem_text(why);
        collector->code = code;
    }
}

static void note_log(void *ctx, enum log_level level, const char *line)
{
    (void)ctx;
    log_line(level, "%s", line);
}

static void note_progress(void *ctx, const char *label, const char *unit, uint64_t done,
                          uint64_t total)
{
    struct collector *collector = ctx;
    set_text(&collector->label, label);
    progress_show(label, unit, done, total);
}

static void note_phase(void *ctx, const char *what)
{
    struct collector *collector = ctx;
    set_text(&collector->phase, what);
    set_text(&collector->label, NULL);
}

/* What can be read now; false at the end of the pipe, or when enough has come. */
static bool read_some(struct collector *collector, int fd)
{
    char *block = mem_alloc(READ_BYTES);
    bool open = true;
    while (open) {
        ssize_t n = read(fd, block, READ_BYTES);
        if (n <= 0) {
            open = n < 0 && (errno == EAGAIN || errno == EINTR);
            break;
        }
        collector->last_heard = clock_seconds();
        open = intake_take(collector->intake, block, (size_t)n);
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
    double now = clock_seconds(), since = collector->lost_since;
    collector->lost_since = !child_lost_its_thread(pid) ? 0 : since > 0 ? since : now;
    if (collector->lost_since > 0 && now - collector->lost_since > LOST_SECONDS) {
        why = mem_format("its first thread ended while %s (a plugin must not end it)", doing);
        status = "crashed";
    } else if (job->memory_limit > 0 && peak > job->memory_limit) {
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

/* What the worker sends and what its code prints, as far as it has not ended. */
struct ears {
    bool results, printed;
};

/* Until something comes, or `ms` have passed. */
static void wait_for_news(const struct process *process, const struct ears *open, int ms)
{
    struct pollfd ready[] = {{.fd = open->results ? process->results : -1, .events = POLLIN},
                             {.fd = open->printed ? process->printed : -1, .events = POLLIN}};
    poll(ready, 2, ms);
}

static void hear(struct collector *collector, const struct process *process, struct ears *open)
{
    open->printed = open->printed && printed_read(&collector->printed, process->printed);
    open->results = open->results && read_some(collector, process->results);
}

/* Until the worker has ended or must be ended. NULL: it ended by itself, *ret_wait_status tells
 * how. */
static const char *watch(struct collector *collector, const struct process *process,
                         int *ret_wait_status)
{
    struct ears open = {true, true};
    double done_at = 0;
    while (!process_interrupted()) {
        bool near_end = !open.results && intake_is_done(collector->intake);
        wait_for_news(process, &open, near_end ? 1 : TICK_MS);
        bool ended = process_ended(process, ret_wait_status);
        hear(collector, process, &open);
        if (ended) {
            return NULL;
        }
        if (intake_flaw(collector->intake)) {
            return "garbled";
        }
        if (!intake_is_done(collector->intake)) {
            const char *status = broken_limit(collector, process->pid);
            if (status) {
                return status;
            }
        } else {
            done_at = done_at > 0 ? done_at : clock_seconds();
            if (clock_seconds() - done_at > LAST_SECONDS) {
                return "ok";
            }
        }
    }
    return "interrupted";
}

/* The status of a worker that ended by itself, or had said all. */
static const char *judge(struct collector *collector, int wait_status)
{
    const char *flaw = intake_flaw(collector->intake);
    if (intake_is_done(collector->intake)) {
        return collector->error ? "failed" : "ok";
    }
    char *doing = describe_doing(collector), *why;
    if (flaw) {
        why = mem_format("its worker sent what it must not, while %s: %s", doing, flaw);
    } else if (WIFSIGNALED(wait_status)) {
        int number = WTERMSIG(wait_status);
        why = mem_format("signal %d (%s) while %s%s", number, strsignal(number), doing,
                         number == SIGBUS ? ": a file that it had mapped became shorter, or could "
                                            "no longer be read (standard error names it)"
                                          : "");
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
    return flaw ? "garbled" : "crashed";
}

/* What the sandbox had to do with it. */
static void tell_refusals(struct collector *collector, const struct process *process)
{
    struct str calls = {0};
    sandbox_describe(process->board, &calls);
    char *why = NULL;
    if (calls.n > 0) {
        why = mem_format("the sandbox refused: %s", str_text(&calls));
    } else if (collector->job->confined && collector->error &&
               strstr(collector->error, strerror(EACCES))) {
        why = mem_format("the sandbox lets a plugin write in its scratch folder alone");
    }
    if (why && collector->error) {
        char *both = mem_format("%s (%s; see --sandbox)", collector->error, why);
        free(collector->error);
        collector->error = both;
    } else if (why) {
        log_warn("%s: %s (see --sandbox)", collector->job->spec->name, why);
    }
    free(why);
    str_finish(&calls);
}

static uint64_t new_token(void)
{
    uint64_t token = 0;
    if (getrandom(&token, sizeof token, 0) != (ssize_t)sizeof token) {
        token = hash_bytes(&(double){clock_seconds()}, sizeof(double), (uint64_t)getpid());
    }
    return token;
}

/* Once: what this kernel cannot do. */
static void note_missing_features(const struct worker_job *job)
{
    static bool reported;
    const char *lacks = job->confined && !reported ? sandbox_lacks() : NULL;
    if (lacks) {
        log_info("note: this kernel has no %s", lacks);
    }
    reported = reported || job->confined;
}

struct intake_expected worker_expected(const struct worker_job *job, uint64_t token)
{
    struct arena own = {0};
    const char **ids = arena_alloc(&own, job->n_tasks * sizeof *ids);
    for (uint32_t i = 0; i < job->n_tasks; i++) {
        ids[i] = job->tasks[i].suite->id;
    }
    return (struct intake_expected){
        .token = token,
        .embedder = job->spec->name,
        .kind = job->spec->model->desc->caps & EMB_CAP_STATIC ? "static" : "contextual",
        .suites = ids,
        .n_suites = job->n_tasks,
        .items = job->want_items,
        .own = own};
}

void worker_expected_finish(struct intake_expected *expected)
{
    arena_finish(&expected->own);
    *expected = (struct intake_expected){0};
}

/* A worker that nobody waits for any longer may have started work elsewhere that it can end, on a
 * GPU say: it is asked, and heard, for a while. */
static bool end_tidily(struct collector *collector, const struct process *process)
{
    double until = clock_seconds() + TIDY_SECONDS;
    struct ears open = {true, true};
    int wait_status;
    process_ask_to_end(process);
    while (clock_seconds() < until) {
        wait_for_news(process, &open, TICK_MS / 5);
        bool ended = process_ended(process, &wait_status);
        hear(collector, process, &open);
        if (ended) {
            return true;
        }
    }
    return false;
}

/* From the start of the process to its last trace. NULL: interrupted. */
static const char *attend(struct collector *collector, struct process *process)
{
    int wait_status = 0;
    collector->last_heard = clock_seconds();
    collector->printed = (struct printed){.who = collector->job->spec->name};
    const char *ended = watch(collector, process, &wait_status);
    bool unwanted = ended && (strcmp(ended, "timeout") == 0 || strcmp(ended, "interrupted") == 0);
    if (ended && !(unwanted && end_tidily(collector, process))) {
        process_kill(process);
        process_wait(process);
    }
    progress_show(NULL, NULL, 0, 0);
    printed_read(&collector->printed, process->printed);
    printed_finish(&collector->printed);
    if (ended && strcmp(ended, "interrupted") == 0) {
        ended = NULL;
    } else if (!ended || strcmp(ended, "ok") == 0 || strcmp(ended, "garbled") == 0) {
        ended = judge(collector, wait_status);
    }
    if (ended) {
        tell_refusals(collector, process);
    }
    process_finish(process);
    return ended;
}

static int run_in_child(struct collector *collector)
{
    const uint64_t token = new_token();
    struct str job = {0};
    struct process process;
    note_missing_features(collector->job);
    job_write(&job, token, collector->job);
    int status = process_start(&job, collector->job->spec->name, &process);
    str_finish(&job);
    if (status) {
        return status;
    }
    struct intake_expected expected = worker_expected(collector->job, token);
    const struct intake_events events = {.ctx = collector,
                                         .sink = *collector->sink,
                                         .log = note_log,
                                         .progress = note_progress,
                                         .phase = note_phase,
                                         .failed = collector_note_failure};
    collector->intake = intake_create(&expected, &events, &collector->facts);
    const char *ended = attend(collector, &process);
    intake_destroy(collector->intake);
    worker_expected_finish(&expected);
    if (!ended) {
        return error_set(ERR_INTERRUPTED, "interrupted");
    }
    collector->facts.status = mem_text(ended);
    if (collector->peak_bytes > collector->facts.peak_rss_bytes) {
        collector->facts.peak_rss_bytes = collector->peak_bytes; /* else the worker's own word */
    }
    return 0;
}

int worker_run(const struct worker_job *job, const struct result_sink *sink,
               struct worker_outcome *ret_outcome)
{
    struct collector collector = {.job = job, .sink = sink};
    double start = clock_seconds();
    int status = 0;
    session_facts(job, &collector.facts);
    if (job->in_process) {
        collector_run_here(&collector);
    } else {
        process_catch_signals();
        status = run_in_child(&collector);
        process_restore_signals();
    }
    free(collector.phase);
    free(collector.label);
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
