/*
 * bench_learn - training of a GPT, forward, backward and update, beside the machine's SGEMM rate.
 *
 *     bench_learn [WORKERS [SECONDS [SHAPE [ROUNDS [COMPUTE]]]]]      defaults: 2 2.0 all 3 f32
 *
 * SHAPE: 4x128 (context 128), 6x256 or 12x768 (context 256), vocabulary 8192, 4096 pieces an
 * update (1024 of 12x768). GFLOP: 6 a piece and weight of a matrix, the table once, as output head;
 * 6 * context * dim a piece and block of causal attention. The best of the rounds, in which
 * training and SGEMM of 2048 x 2048 take turns. With BENCH_CPU_TIME set, seconds are those of the
 * processor (for one worker on a busy machine). A line: shape, pieces/s, GFLOP/s, SGEMM, share.
 */
#include "base/blas.h"
#include "base/pool.h"
#include "learn/learn.h"
#include "mini_host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { VOCABULARY = 8192, N = 2048 };

static const struct bench_shape {
    const char *name;
    uint32_t n_blocks, dim, n_heads, context, batch;
} shapes[] = {{"4x128", 4, 128, 4, 128, 4096},
              {"6x256", 6, 256, 8, 256, 4096},
              {"12x768", 12, 768, 12, 256, 1024}};

static double seconds_now(void)
{
    struct timespec t;
    clock_gettime(getenv("BENCH_CPU_TIME") ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static struct pool *pool;

/* By threads that wait, as in the program; mini_host starts new ones for each call. */
static void share_out(const struct emb_host *host, uint32_t n,
                      void (*body)(void *arg, uint32_t i, uint32_t worker), void *arg)
{
    (void)host;
    pool_for(pool, n, body, arg);
}

struct bench {
    struct emb_host host;
    struct emb_train_request request;
    struct train_job job;
    struct learn_model model;
    struct learn_scratch scratch;
    uint32_t *ids, *targets;
};

static void open_bench(struct bench *bench, const struct bench_shape *of, uint32_t n_workers,
                       enum compute compute)
{
    const struct learn_shape shape = {.n_blocks = of->n_blocks,
                                      .dim = of->dim,
                                      .n_heads = of->n_heads,
                                      .inner = 4 * of->dim,
                                      .context = of->context,
                                      .positions = of->context,
                                      .vocabulary = VOCABULARY,
                                      .epsilon = 1e-5f,
                                      .arch = LEARN_GPT2};
    *bench =
        (struct bench){.host = *mini_host(n_workers),
                       .request = {.struct_size = sizeof bench->request, .n_threads = n_workers}};
    bench->host.parallel_for = share_out;
    job_init(&bench->job, &bench->host, &bench->request, "bench", UINT64_C(1) << 32);
    bench->ids = malloc(of->batch * sizeof *bench->ids);
    bench->targets = malloc(of->batch * sizeof *bench->targets);
    if (!bench->ids || !bench->targets ||
        learn_model_init(&bench->model, &bench->job, &shape) != EMB_OK) {
        fprintf(stderr, "bench_learn: %s\n", mini_host_failure());
        exit(3);
    }
    bench->model.compute = compute;
    if (learn_scratch_init(&bench->scratch, &bench->model, of->batch / of->context) != EMB_OK) {
        fprintf(stderr, "bench_learn: %s\n", mini_host_failure());
        exit(3);
    }
    learn_model_start(&bench->model, 1);
    for (uint32_t i = 0; i < of->batch; i++) {
        bench->ids[i] = i * 2654435761u % VOCABULARY;
        bench->targets[i] = (i + 1) * 2654435761u % VOCABULARY;
    }
}

static void close_bench(struct bench *bench)
{
    learn_scratch_finish(&bench->scratch, &bench->model);
    learn_model_finish(&bench->model);
    free(bench->ids);
    free(bench->targets);
}

static void update(struct bench *bench, uint32_t batch)
{
    const struct learn_adamw how = {
        .rate = 1e-4, .beta1 = 0.9, .beta2 = 0.95, .epsilon = 1e-8, .decay = 0.1, .clip = 1};
    learn_forward(&bench->model, &bench->scratch, bench->ids, bench->targets, true,
                  1 / (float)batch);
    learn_backward(&bench->model, &bench->scratch, bench->ids);
    learn_adamw_step(&bench->model, &how);
}

static double pieces_per_second(struct bench *bench, uint32_t batch, double seconds)
{
    update(bench, batch); /* warms up */
    double begun = seconds_now(), taken;
    uint64_t n = 0;
    do {
        update(bench, batch);
        n += batch;
        taken = seconds_now() - begun;
    } while (taken < seconds);
    return (double)n / taken;
}

static void multiply(void *arg, uint32_t i, uint32_t worker)
{
    float *scratch = arg, *own = scratch + 2 * (size_t)N * N + (size_t)worker * N * N;
    (void)i;
    blas_multiply(N, N, N, 1, (struct blas_factor){scratch, N, 0},
                  (struct blas_factor){scratch + (size_t)N * N, N, 0}, 0, own, N);
}

static double sgemm_rate(const struct train_job *job, float *scratch)
{
    enum { A_LANE = 4 }; /* or it would count how long a worker takes to wake */
    double begun = seconds_now();
    job_items(job, A_LANE * job->n_lanes, multiply, scratch);
    return 2e-9 * N * N * N * A_LANE * job->n_lanes / (seconds_now() - begun);
}

static void measure(const struct bench_shape *of, uint32_t n_workers, double seconds, int n_rounds,
                    enum compute compute)
{
    struct bench bench;
    open_bench(&bench, of, n_workers, compute);
    size_t n = (2 + (size_t)bench.job.n_lanes) * N * N;
    float *scratch = malloc(n * sizeof *scratch);
    double best = 0, sgemm = 0;
    for (size_t i = 0; scratch && i < n; i++) {
        scratch[i] = (float)(i % 7) - 3;
    }
    for (int r = 0; scratch && r < n_rounds; r++) {
        double rate = pieces_per_second(&bench, of->batch, seconds);
        double other = sgemm_rate(&bench.job, scratch);
        best = rate > best ? rate : best;
        sgemm = other > sgemm ? other : sgemm;
    }
    double weights = 12.0 * of->n_blocks * of->dim * of->dim + (double)VOCABULARY * of->dim;
    double flop = 6 * weights + 6.0 * of->context * of->dim * of->n_blocks;
    printf("%s\t%.0f\t%.1f\t%.1f\t%.1f %%\n", of->name, best, 1e-9 * flop * best, sgemm,
           1e-7 * flop * best / sgemm);
    fflush(stdout);
    free(scratch);
    close_bench(&bench);
}

int main(int argc, char **argv)
{
    uint32_t n_workers = argc > 1 ? (uint32_t)atoi(argv[1]) : 2;
    double seconds = argc > 2 ? atof(argv[2]) : 2;
    const char *name = argc > 3 ? argv[3] : "all";
    int n_rounds = argc > 4 ? atoi(argv[4]) : 3;
    enum compute compute = argc > 5 && strcmp(argv[5], "bf16") == 0 ? COMPUTE_BF16 : COMPUTE_F32;
    pool = pool_create(n_workers);
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        if (strcmp(name, "all") == 0 || strcmp(name, shapes[i].name) == 0) {
            measure(&shapes[i], n_workers, seconds, n_rounds, compute);
        }
    }
    pool_destroy(pool);
    return 0;
}
