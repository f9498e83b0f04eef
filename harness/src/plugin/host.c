/* The host's services: allocation, log, progress, loops, cancellation, failure messages. */
#include "plugin/host.h"

#include "plugin/options.h"

#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/progress.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ALIGNMENT 64

#define LATELY_MS 500 /* since a plugin asked whether to go on: it will ask again */

static _Thread_local char failure[2048];
static _Thread_local uint32_t depth; /* of parallel_for bodies on this thread */

static struct host *host_of(const struct emb_host *api)
{
    return api->ctx;
}

static void host_log(const struct emb_host *api, int32_t level, const char *line)
{
    static const enum log_level levels[] = {LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR};
    log_line(levels[level < 0 ? 0 : level > 3 ? 3 : level], "%s: %s", host_of(api)->label, line);
}

static emb_status host_fail(const struct emb_host *api, emb_status code, const char *why)
{
    (void)api;
    snprintf(failure, sizeof failure, "%s", why);
    return code;
}

/* What precedes each block that alloc gives out. */
struct block_head {
    void *raw;
    size_t bytes;
};

static bool alloc_is_to_fail(struct host *host)
{
    uint_fast64_t left = atomic_load(&host->fail_alloc);
    return left > 0 && atomic_fetch_sub(&host->fail_alloc, 1) == 1;
}

/* calloc leaves the pages of a large block untouched until they are written. */
static void *host_alloc(const struct emb_host *api, size_t bytes)
{
    struct host *host = host_of(api);
    if (bytes > SIZE_MAX - 2 * ALIGNMENT || alloc_is_to_fail(host)) {
        return NULL;
    }
    char *raw = calloc(1, bytes + 2 * ALIGNMENT);
    if (!raw) {
        return NULL;
    }
    uintptr_t start = ((uintptr_t)raw + 2 * ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    struct block_head *head = (struct block_head *)(start - ALIGNMENT);
    *head = (struct block_head){.raw = raw, .bytes = bytes};
    uint_fast64_t now = atomic_fetch_add(&host->bytes, bytes) + bytes;
    uint_fast64_t peak = atomic_load(&host->peak_bytes);
    while (now > peak && !atomic_compare_exchange_weak(&host->peak_bytes, &peak, now)) {
    }
    atomic_fetch_add(&host->blocks, 1);
    return (void *)start;
}

static void host_free(const struct emb_host *api, void *block)
{
    if (!block) {
        return;
    }
    struct host *host = host_of(api);
    struct block_head *head = (struct block_head *)((uintptr_t)block - ALIGNMENT);
    atomic_fetch_sub(&host->bytes, head->bytes);
    atomic_fetch_sub(&host->blocks, 1);
    free(head->raw);
}

static atomic_bool all_cancelled;
static atomic_int_fast64_t asked_ms; /* when a plugin last asked whether to go on; 0 = never */

/* Milliseconds from an arbitrary start; safe in a signal handler. */
static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool is_cancelled(struct host *host)
{
    atomic_store(&asked_ms, now_ms());
    return atomic_load(&host->cancelled) || atomic_load(&all_cancelled);
}

static emb_status host_progress(const struct emb_host *api, uint64_t done, uint64_t total)
{
    struct host *host = host_of(api);
    if (is_cancelled(host)) {
        return EMB_E_CANCELLED;
    }
    pthread_mutex_lock(&host->progress);
    if (!host->in_progress || host->progress_total != total) {
        char *label = mem_format("loading %s", host->label);
        progress_begin(label, "", total);
        free(label);
        host->in_progress = true;
        host->progress_total = total;
    }
    progress_to(done);
    pthread_mutex_unlock(&host->progress);
    return EMB_OK;
}

struct loop {
    void (*body)(void *arg, uint32_t i, uint32_t worker);
    void *arg;
};

static void run_item(void *arg, uint32_t i, uint32_t worker)
{
    const struct loop *loop = arg;
    depth++;
    loop->body(loop->arg, i, worker);
    depth--;
}

/* The pool takes one loop at a time; one that comes from inside another runs on its own thread. */
static void host_parallel_for(const struct emb_host *api, uint32_t n,
                              void (*body)(void *arg, uint32_t i, uint32_t worker), void *arg)
{
    struct host *host = host_of(api);
    struct loop loop = {body, arg};
    if (depth > 0) {
        pool_for(host->pool, n, run_item, &loop);
        return;
    }
    pthread_mutex_lock(&host->parallel);
    pool_for(host->pool, n, run_item, &loop);
    pthread_mutex_unlock(&host->parallel);
}

static int32_t stop_wanted(const struct emb_host *api)
{
    return !is_cancelled(host_of(api));
}

static const void *host_extension(const struct emb_host *api, const char *id)
{
    static const struct emb_ext_stop stop = {stop_wanted};
    (void)api;
    return strcmp(id, EMB_EXT_STOP) == 0 ? &stop : NULL;
}

void host_init(struct host *host, const char *label, struct pool *pool)
{
    *host = (struct host){
        .pool = pool,
        .label = mem_text(label),
        .api = {.struct_size = sizeof host->api,
                .abi_minor = EMB_ABI_MINOR,
                .ctx = host,
                .log = host_log,
                .fail = host_fail,
                .alloc = host_alloc,
                .free = host_free,
                .progress = host_progress,
                .parallel_for = host_parallel_for,
                .n_workers = pool_workers(pool),
                .opt_text = options_get_text,
                .opt_int = options_get_int,
                .opt_real = options_get_real,
                .extension = host_extension},
    };
    pthread_mutex_init(&host->parallel, NULL);
    pthread_mutex_init(&host->progress, NULL);
}

void host_finish(struct host *host)
{
    host_end_progress(host);
    pthread_mutex_destroy(&host->parallel);
    pthread_mutex_destroy(&host->progress);
    free(host->label);
    host->label = NULL;
}

void host_end_progress(struct host *host)
{
    if (host->in_progress) {
        progress_end();
        host->in_progress = false;
    }
}

void host_cancel(struct host *host)
{
    atomic_store(&host->cancelled, true);
}

bool host_cancel_all(void)
{
    int64_t asked = atomic_load(&asked_ms);
    if (asked == 0 || now_ms() - asked > LATELY_MS) {
        return false;
    }
    atomic_store(&all_cancelled, true);
    return true;
}

const char *host_failure(void)
{
    return failure;
}

void host_forget_failure(void)
{
    failure[0] = '\0';
}

const char *emb_status_text(emb_status status)
{
    switch (status) {
    case EMB_OK:
        return "ok";
    case EMB_E_NOMEM:
        return "out of memory";
    case EMB_E_INVAL:
        return "the harness broke the contract";
    case EMB_E_IO:
        return "a file is missing, short or unreadable";
    case EMB_E_FORMAT:
        return "a file was not understood";
    case EMB_E_OPTION:
        return "an option is unknown, missing or out of range";
    case EMB_E_UNSUPPORTED:
        return "the model cannot do that";
    case EMB_E_CANCELLED:
        return "cancelled";
    case EMB_E_INTERNAL:
        return "a bug in the plugin";
    default:
        return "a status that the contract does not define";
    }
}

static int error_code(emb_status status)
{
    switch (status) {
    case EMB_E_IO:
    case EMB_E_FORMAT:
    case EMB_E_OPTION:
        return ERR_REQUEST;
    case EMB_E_NOMEM:
        return ERR_MACHINE;
    default:
        return ERR_FAILED;
    }
}

int host_error(const char *label, const char *doing, emb_status status)
{
    if (failure[0]) {
        size_t n = strlen(label); /* the reason may name it already: it may be the plugin's id */
        bool named = strncmp(failure, label, n) == 0 && strncmp(failure + n, ": ", 2) == 0;
        return error_set(error_code(status), "%s: %s", label, failure + (named ? n + 2 : 0));
    }
    return error_set(error_code(status), "%s: %s() failed: %s (%d); the plugin gave no reason",
                     label, doing, emb_status_text(status), status);
}
