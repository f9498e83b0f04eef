/*
 * child.c - the worker's side: reads a job, runs it, sends what happens.
 */
#include "worker/job.h"
#include "worker/message.h"
#include "worker/session.h"
#include "worker/process.h"
#include "worker/tree.h"

#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/progress.h"
#include "plugin/host.h"
#include "suites/options.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define SEND_BYTES (256u << 10) /* rows and items are sent when there are this many bytes */

/* Log lines may come from any thread of the plugin: the lock keeps frames whole. */
struct sender {
    pthread_mutex_t lock;
    struct str waiting;
    uint64_t token; /* of every frame */
    int fd;
};

static struct sender the_sender = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Only called with the lock. If the parent is gone, so are we. */
static void send_waiting(struct sender *sender)
{
    wire_stamp(&sender->waiting, sender->token);
    for (size_t done = 0; done < sender->waiting.n;) {
        ssize_t n = write(sender->fd, sender->waiting.data + done, sender->waiting.n - done);
        if (n < 0 && errno != EINTR) {
            _exit(3);
        }
        done += n > 0 ? (size_t)n : 0;
    }
    str_clear(&sender->waiting);
}

static struct str *lock_sender(struct sender *sender)
{
    pthread_mutex_lock(&sender->lock);
    return &sender->waiting;
}

static void unlock_sender(struct sender *sender, bool now)
{
    if (now || sender->waiting.n >= SEND_BYTES) {
        send_waiting(sender);
    }
    pthread_mutex_unlock(&sender->lock);
}

static void send_text(struct sender *sender, enum message kind, uint64_t number, const char *text)
{
    struct str *out = lock_sender(sender);
    size_t begun = wire_begin(out, (uint8_t)kind);
    wire_number(out, number);
    wire_text(out, text);
    wire_end(out, begun);
    unlock_sender(sender, true);
}

static void send_log(void *ctx, enum log_level level, const char *line)
{
    send_text(ctx, MESSAGE_LOG, (uint64_t)level, line);
}

static void send_progress(void *ctx, const char *label, const char *unit, uint64_t done,
                          uint64_t total)
{
    struct str *out = lock_sender(ctx);
    size_t begun = wire_begin(out, MESSAGE_PROGRESS);
    wire_text(out, label);
    wire_text(out, unit);
    wire_number(out, done);
    wire_number(out, total);
    wire_end(out, begun);
    unlock_sender(ctx, true);
}

static void send_phase(void *ctx, const char *what)
{
    send_text(ctx, MESSAGE_PHASE, 0, what);
}

static void send_failed(void *ctx, int code, const char *why)
{
    send_text(ctx, MESSAGE_FAILED, (uint64_t)-code, why);
}

static void send_task(void *ctx, uint32_t i)
{
    send_text(ctx, MESSAGE_TASK, i, NULL);
}

static void send_suite(void *ctx)
{
    send_text(ctx, MESSAGE_SUITE, 0, NULL);
}

static void send_row(void *ctx, const struct figure *row)
{
    message_write_row(lock_sender(ctx), row);
    unlock_sender(ctx, false);
}

static void send_item(void *ctx, const struct result_item *item)
{
    message_write_item(lock_sender(ctx), item);
    unlock_sender(ctx, false);
}

static void send_facts(void *ctx, const struct embedder_facts *facts)
{
    struct embedder_facts known = *facts; /* borrows the texts */
    known.peak_rss_bytes = tree_peak(getpid());
    message_write_facts(lock_sender(ctx), &known);
    unlock_sender(ctx, true);
}

static int resolve(const struct job_received *received,
                   const struct suite *(*find_suite)(const char *id), struct registry *registry,
                   struct embedder_spec *spec, struct worker_task *tasks)
{
    const struct plugin_model *model;
    const struct embedder_spec *asked = &received->spec;
    int status = registry_load_file(received->plugin_path, registry);
    status = status ? status : registry_find(registry, received->plugin_id, &model);
    status = status ? status : spec_create(asked->name, model, asked->pairs, asked->n_pairs, spec);
    spec->word_view = asked->word_view;
    for (uint32_t i = 0; i < received->job.n_tasks && !status; i++) {
        tasks[i].suite = find_suite(received->suites[i]);
        tasks[i].request = &received->requests[i];
        if (!tasks[i].suite) {
            status = error_set(ERR_FAILED, "the worker knows no suite \"%s\"", received->suites[i]);
        }
        status = status ? status : suite_settle(tasks[i].suite, &received->requests[i]);
    }
    return status;
}

static void run_job(const struct job_received *received,
                    const struct suite *(*find_suite)(const char *id))
{
    struct registry registry = {0};
    struct embedder_spec spec = {0};
    struct worker_task *tasks = mem_array(received->job.n_tasks, sizeof *tasks);
    struct session_events events = {.ctx = &the_sender,
                                    .sink = {.ctx = &the_sender,
                                             .row = send_row,
                                             .item = received->job.want_items ? send_item : NULL},
                                    .phase = send_phase,
                                    .task = send_task,
                                    .suite = send_suite,
                                    .failed = send_failed,
                                    .facts = send_facts};
    send_phase(&the_sender, "starting");
    int status = resolve(received, find_suite, &registry, &spec, tasks);
    if (status) {
        send_failed(&the_sender, status, error_message());
    } else {
        struct worker_job job = received->job;
        job.spec = &spec;
        job.tasks = tasks;
        session_run(&job, &events);
    }
    spec_finish(&spec);
    registry_close(&registry);
    free(tasks);
}

/* What the plugin may do from here on; TMPDIR is the worker's scratch folder. */
static void confine(const struct job_received *received, struct sandbox_board *board)
{
    const struct worker_job *job = &received->job;
    const char *scratch = getenv("TMPDIR");
    const char *writable[3] = {scratch ? scratch : ""};
    uint32_t n = 1;
    if (job->writable) {
        writable[n++] = job->writable;
    }
    if (job->split_chunk > 0 && job->split_path) {
        writable[n++] = job->split_path;
    }
    const struct sandbox sandbox = {
        .confined = job->confined, .writable = writable, .n_writable = n, .board = board};
    sandbox_enter(&sandbox);
}

int worker_serve(int argc, char **argv, const struct suite *(*find_suite)(const char *id))
{
    struct process_given given;
    struct job_received received = {0};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    process_on_request(host_cancel_all);
    if (argc < 4 || getppid() != (pid_t)atol(argv[2]) || !process_take(argv[3], &given)) {
        fprintf(stderr, "%s is how the harness starts its own workers\n", WORKER_ARGUMENT);
        return 2;
    }
    the_sender.fd = given.results;
    log_set_level(LOG_DEBUG); /* the parent knows which lines are wanted */
    struct wire wire = wire_of(str_text(&given.job), given.job.n);
    bool understood = job_read(&wire, &received);
    the_sender.token = received.token;
    log_divert(send_log, &the_sender);
    progress_divert(send_progress, &the_sender);
    if (understood) {
        process_limit_memory(received.job.memory_limit);
        confine(&received, given.board);
        run_job(&received, find_suite);
    } else {
        send_failed(&the_sender, ERR_FAILED, "the worker does not understand its job");
    }
    send_text(&the_sender, MESSAGE_DONE, 0, NULL);
    job_received_finish(&received);
    str_finish(&given.job);
    str_finish(&the_sender.waiting);
    log_divert(NULL, NULL);
    progress_divert(NULL, NULL);
    return 0;
}
