/* Memory, clocks, phases and workers of a training run. */
#include "train/job.h"

#include "embedder_util.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

double job_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void job_init(struct train_job *job, const struct emb_host *host,
              const struct emb_train_request *request, const char *model, uint64_t default_memory)
{
    *job = (struct train_job){.host = host, .request = request, .model = model};
    uint32_t wanted = request->n_threads ? request->n_threads : 1;
    job->n_lanes = wanted < host->n_workers ? wanted : host->n_workers;
    job->memory_bytes = request->memory_bytes ? request->memory_bytes : default_memory;
    job->started = job_clock();
    job->last_report = -1;
    job->state.struct_size = sizeof job->state;
}

void job_phase(struct train_job *job, uint32_t number, const char *name, const char *unit,
               uint64_t done, uint64_t total)
{
    job->state.phase_number = number;
    job->state.phase = name;
    job->state.unit = unit;
    job->state.total = total;
    job->phase_begin = done;
    job->phase_started = job_clock();
    job->state.loss = NAN;
}

double job_phase_seconds(const struct train_job *job)
{
    return job_clock() - job->phase_started;
}

emb_status job_step(struct train_job *job, uint64_t done, double loss)
{
    double now = job_clock();
    if (!isnan(loss)) {
        job->state.loss = loss;
    }
    if (!job->request->report || now - job->last_report < 0.1) {
        return EMB_OK;
    }
    job->last_report = now;
    job->state.done = done;
    double seconds = now - job->phase_started;
    job->state.rate = seconds > 0 ? (double)(done - job->phase_begin) / seconds : 0;
    return job->request->report(job->request->ctx, &job->state);
}

struct lanes {
    void (*body)(void *arg, uint32_t lane);
    void *arg;
};

static void run_lane(void *arg, uint32_t i, uint32_t worker)
{
    (void)worker;
    const struct lanes *lanes = arg;
    lanes->body(lanes->arg, i);
}

void job_lanes(const struct train_job *job, void (*body)(void *arg, uint32_t lane), void *arg)
{
    if (job->n_lanes == 1) {
        body(arg, 0);
        return;
    }
    struct lanes lanes = {body, arg};
    job->host->parallel_for(job->host, job->n_lanes, run_lane, &lanes);
}

struct items {
    void (*body)(void *arg, uint32_t i, uint32_t worker);
    void *arg;
    uint32_t n;
    atomic_uint take;
};

static void take_items(void *arg, uint32_t lane)
{
    struct items *items = arg;
    for (uint32_t i; (i = atomic_fetch_add(&items->take, 1)) < items->n;) {
        items->body(items->arg, i, lane);
    }
}

void job_items(const struct train_job *job, uint32_t n,
               void (*body)(void *arg, uint32_t i, uint32_t worker), void *arg)
{
    struct items items = {.body = body, .arg = arg, .n = n};
    job_lanes(job, take_items, &items);
}

emb_status job_alloc(const struct train_job *job, uint64_t n, uint64_t size, const char *what,
                     void *ret_block)
{
    uint64_t bytes;
    void *block = NULL;
    if (!__builtin_mul_overflow(n, size, &bytes) && bytes <= SIZE_MAX / 2) {
        block = job->host->alloc(job->host, bytes ? bytes : 1);
    }
    if (!block) {
        return emb_failf(job->host, EMB_E_NOMEM, "%s: out of memory for %s (%llu times %llu bytes)",
                         job->model, what, (unsigned long long)n, (unsigned long long)size);
    }
    memcpy(ret_block, &block, sizeof block);
    const uint64_t page = UINT64_C(1) << 21;
    uint64_t begin = ((uint64_t)(uintptr_t)block + page - 1) & ~(page - 1);
    uint64_t end = ((uint64_t)(uintptr_t)block + bytes) & ~(page - 1);
    if (end > begin) {
        madvise((void *)(uintptr_t)begin, end - begin, MADV_HUGEPAGE); /* a wish, may be refused */
    }
    return EMB_OK;
}
