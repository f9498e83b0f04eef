/*
 * Workers from beginning to end, with plugins that crash, hang and lie, and with a suite of our
 * own. This program is its own worker: main() below looks for WORKER_ARGUMENT before Criterion
 * does.
 */
#include "worker/process.h"
#include "worker/worker.h"

#include "base/error.h"
#include "base/mem.h"

#include <criterion/criterion.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A suite that embeds N words and reports the sum of the vectors; datasets[0] tells what to do. */
static int suite_prepare(const struct suite_request *request, struct suite_state **ret_state)
{
    (void)ret_state;
    if (strcmp(request->datasets[0], "unreadable") == 0) {
        return error_set(ERR_REQUEST, "no such data");
    }
    return 0;
}

static void suite_release(struct suite_state *state)
{
    (void)state;
}

static int add_up(void *ctx, const struct embedded *embedded)
{
    double *sum = ctx;
    *sum += (double)embedded->vectors[0];
    return 0;
}

static struct protocol_term terms[] = {{.key = PROTOCOL_SUITE, .value = "test"}};
static const struct protocol protocol = {.terms = terms, .n = 1};

static void send_row(const struct suite_run *run, double value, uint64_t n)
{
    const struct figure row = {.suite = "test",
                               .dataset = run->request->datasets[0],
                               .embedder = embedder_name(run->embedder),
                               .kind = embedder_kind(run->embedder),
                               .stage = *embedder_stage(run->embedder, 0),
                               .method = "sum",
                               .metric = "sum",
                               .protocol = &protocol,
                               .value = value,
                               .n = n};
    run->sink->row(run->sink->ctx, &row);
}

static int suite_run(const struct suite_run *run)
{
    const char *what = run->request->datasets[0];
    enum { N = 500 };
    double sum = 0;
    struct embed_stream *stream =
        embed_stream_create(run->embedder, EMB_POOL_MEAN, add_up, &sum, what, N);
    for (uint64_t i = 0; i < N; i++) {
        char word[32];
        int n = snprintf(word, sizeof word, "word%llu", (unsigned long long)i);
        struct emb_span span = {0, (uint32_t)n};
        if (embed_stream_push(stream, i, word, (uint32_t)n, &span, 1, &span, 1)) {
            break;
        }
        const struct result_item item = {.suite = "test",
                                         .dataset = what,
                                         .embedder = embedder_name(run->embedder),
                                         .id = word,
                                         .status = "ok"};
        if (run->sink->item) {
            run->sink->item(run->sink->ctx, &item);
        }
    }
    int status = embed_stream_finish(stream);
    if (status) {
        return status;
    }
    if (strcmp(what, "half") == 0) {
        send_row(run, 1, 1);
        return error_set(ERR_FAILED, "half way");
    }
    if (strcmp(what, "crash-after-rows") == 0) {
        for (int i = 0; i < 100000; i++) { /* more than any buffer holds */
            send_row(run, 1, 1);
        }
        raise(SIGKILL);
    }
    send_row(run, sum, run->request->seed);
    return 0;
}

static const struct suite the_suite = {.id = "test",
                                       .title = "test",
                                       .prepare = suite_prepare,
                                       .release = suite_release,
                                       .run = suite_run};

static const struct suite *find_suite(const char *id)
{
    return strcmp(id, "test") == 0 ? &the_suite : NULL;
}

/* glibc hands main()'s arguments to constructors, too. */
__attribute__((constructor)) static void be_a_worker(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], WORKER_ARGUMENT) == 0) {
        exit(worker_serve(argc, argv, find_suite));
    }
}

struct counted {
    uint64_t rows, items;
    double value;
    uint64_t seed;
    char datasets[64];
};

static void count_row(void *ctx, const struct figure *row)
{
    struct counted *counted = ctx;
    counted->rows++;
    counted->value = row->value;
    counted->seed = row->n;
    if (!strstr(counted->datasets, row->dataset)) {
        strncat(counted->datasets, row->dataset, sizeof counted->datasets - 1);
    }
}

static void count_item(void *ctx, const struct result_item *item)
{
    struct counted *counted = ctx;
    counted->items += strncmp(item->id, "word", 4) == 0;
}

/* A run of one plugin over the named data. */
struct trial {
    struct registry registry;
    struct embedder_spec spec;
    struct suite_request requests[4];
    struct worker_task tasks[4];
    const char *datasets[4];
    struct worker_job job;
    struct counted counted;
    struct worker_outcome outcome;
};

/* A sanitizer would turn the workers' signals into exit statuses, and tell of each. */
static void leave_signals_alone(void)
{
    const char *given = getenv("ASAN_OPTIONS");
    char *options = mem_format("%s:handle_segv=0:handle_abort=0", given ? given : "");
    setenv("ASAN_OPTIONS", options, 1);
    free(options);
}

static void trial_init(struct trial *trial, const char *file, const char *options, const char *a,
                       const char *b)
{
    char *path = mem_format("%s/%s", getenv("HARNESS_BUILD_ROOT"), file);
    leave_signals_alone();
    *trial = (struct trial){.datasets = {a, b}};
    cr_assert_eq(registry_open_file(path, &trial->registry), 0, "%s", error_message());
    char *text = mem_format("%s%s", trial->registry.models[0].desc->id, options);
    cr_assert_eq(spec_parse(&trial->registry, text, &trial->spec), 0, "%s", error_message());
    free(text);
    free(path);
    for (uint32_t i = 0; i < 2 && trial->datasets[i]; i++) {
        trial->requests[i] = (struct suite_request){
            .datasets = &trial->datasets[i], .n_datasets = 1, .seed = 40 + i};
        trial->tasks[i] = (struct worker_task){&the_suite, &trial->requests[i]};
        trial->job.n_tasks++;
    }
    trial->job.spec = &trial->spec;
    trial->job.tasks = trial->tasks;
    trial->job.n_threads = 1;
    trial->job.timeout_seconds = 60;
    trial->job.want_items = true;
}

static int trial_run(struct trial *trial)
{
    const struct result_sink sink = {&trial->counted, count_row, count_item};
    return worker_run(&trial->job, &sink, &trial->outcome);
}

static void trial_finish(struct trial *trial)
{
    worker_outcome_finish(&trial->outcome);
    spec_finish(&trial->spec);
    registry_close(&trial->registry);
}

#define expect_end(trial, wanted_status, says)                                                     \
    do {                                                                                           \
        const struct embedder_facts *facts_ = &(trial).outcome.facts;                              \
        cr_expect_str_eq(facts_->status, wanted_status, "%s: %s", facts_->status,                  \
                         facts_->error ? facts_->error : "");                                      \
        cr_expect(facts_->error &&strstr(facts_->error, says), "error \"%s\" lacks \"%s\"",        \
                  facts_->error ? facts_->error : "(none)", says);                                 \
        cr_expect_lt((trial).outcome.code, 0);                                                     \
    } while (0)

Test(worker, all_goes_well)
{
    struct trial trial;
    trial_init(&trial, "plugins/toy/toy.so", ",dim=5", "a", "b");
    cr_assert_eq(trial_run(&trial), 0, "%s", error_message());
    const struct embedder_facts *facts = &trial.outcome.facts;
    cr_expect_str_eq(facts->status, "ok", "%s", facts->error ? facts->error : "");
    cr_expect_null(facts->error);
    cr_expect_eq(trial.outcome.code, 0);
    cr_expect_eq(trial.counted.rows, 2);
    cr_expect_eq(trial.counted.items, 1000);
    cr_expect_eq(trial.counted.seed, 41, "the request arrives as it was");
    cr_expect_str_eq(trial.counted.datasets, "ab");
    cr_expect_str_eq(facts->name, "toy");
    cr_expect_str_eq(facts->kind, "static");
    cr_expect_str_eq(facts->options, "dim=5");
    cr_expect_eq(facts->dim, 5);
    cr_expect_eq(facts->n_stages, 1);
    cr_expect_str_eq(facts->stages[0].name, "table");
    cr_expect_eq(strlen(facts->plugin_sha256), 64);
    cr_expect_gt(facts->peak_rss_bytes, 1 << 20);
    cr_expect_gt(facts->tokens_per_second, 0);
    cr_expect_gt(facts->seconds, 0);
    trial_finish(&trial);
}

Test(worker, in_process_gives_the_same)
{
    struct trial apart, here;
    trial_init(&apart, "plugins/toy/toy.so", "", "a", NULL);
    trial_init(&here, "plugins/toy/toy.so", "", "a", NULL);
    here.job.in_process = true;
    cr_assert_eq(trial_run(&apart), 0);
    cr_assert_eq(trial_run(&here), 0);
    cr_expect_eq(apart.counted.value, here.counted.value);
    cr_expect_eq(apart.counted.items, here.counted.items);
    cr_expect_str_eq(here.outcome.facts.status, "ok");
    cr_expect_eq(here.outcome.facts.dim, 64);
    trial_finish(&apart);
    trial_finish(&here);
}

Test(worker, items_are_not_sent_where_nobody_keeps_them)
{
    struct trial trial;
    trial_init(&trial, "plugins/toy/toy.so", "", "a", NULL);
    trial.job.want_items = false;
    cr_assert_eq(trial_run(&trial), 0);
    cr_expect_eq(trial.counted.items, 0);
    cr_expect_eq(trial.counted.rows, 1);
    trial_finish(&trial);
}

Test(worker, ends_of_bad_plugins)
{
    static const struct {
        const char *plugin, *status, *says;
    } cases[] = {
        {"segfault", "crashed", "signal 11 (Segmentation fault) while suite test (segfault: a)"},
        {"abort", "crashed", "signal 6 (Aborted) while suite test"},
        {"exit", "crashed", "exit status 0 while suite test"},
        {"exit_in_create", "crashed", "exit status 7 while loading"},
        {"fail_in_create", "failed", "model.bin: byte 12: found \"GARB\", expected \"GOOD\""},
        {"fail", "failed", "suite test: sentence 0 is not to my taste"},
        {"nan", "failed", "returned NaN in float 3 of 8 at stage table of \"word1\""},
        {"past_rows", "failed", "wrote past its rows"},
        {"unwritten", "failed", "did not write float 0"},
        {"no_model", "failed", "without a model"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct trial trial;
        char *file = mem_format("tests/bad/%s.so", cases[i].plugin);
        trial_init(&trial, file, "", "a", NULL);
        cr_assert_eq(trial_run(&trial), 0, "%s", error_message());
        expect_end(trial, cases[i].status, cases[i].says);
        cr_expect_eq(trial.counted.rows, 0);
        cr_expect_eq(trial.counted.items, 0, "nothing of an unfinished suite counts");
        cr_expect_str_eq(trial.outcome.facts.plugin, cases[i].plugin);
        trial_finish(&trial);
        free(file);
    }
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

Test(worker, one_that_hangs_is_given_up)
{
    static const char *const plugins[] = {"tests/bad/hang.so", "tests/bad/hang_in_create.so"};
    for (size_t i = 0; i < 2; i++) {
        struct trial trial;
        trial_init(&trial, plugins[i], "", "a", NULL);
        trial.job.timeout_seconds = 1;
        double start = now();
        cr_assert_eq(trial_run(&trial), 0);
        expect_end(trial, "timeout", "no sign of life for 1 s");
        cr_expect_lt(now() - start, 20);
        trial_finish(&trial);
    }
}

Test(worker, one_that_eats_memory_is_given_up)
{
    struct trial trial;
    trial_init(&trial, "tests/bad/eat_memory.so", "", "a", NULL);
    trial.job.memory_limit = 600 << 20;
    cr_assert_eq(trial_run(&trial), 0);
    expect_end(trial, "failed", "passed --memory-limit 0.59 GiB");
    cr_expect_geq(trial.outcome.facts.peak_rss_bytes, 600 << 20);
    trial_finish(&trial);
}

Test(worker, a_suite_that_fails_leaves_no_half_and_the_next_runs)
{
    struct trial trial;
    trial_init(&trial, "plugins/toy/toy.so", "", "half", "b");
    cr_assert_eq(trial_run(&trial), 0);
    expect_end(trial, "failed", "suite test: half way");
    cr_expect_str_eq(trial.counted.datasets, "b");
    cr_expect_eq(trial.counted.rows, 1);
    cr_expect_eq(trial.counted.items, 500);
    trial_finish(&trial);
}

Test(worker, data_that_cannot_be_read_are_the_requests_fault)
{
    struct trial trial;
    trial_init(&trial, "plugins/toy/toy.so", "", "unreadable", NULL);
    cr_assert_eq(trial_run(&trial), 0);
    expect_end(trial, "failed", "no such data");
    cr_expect_eq(trial.outcome.code, ERR_REQUEST);
    trial_finish(&trial);
}

Test(worker, one_killed_after_sending_much_leaves_the_finished_suite_alone)
{
    struct trial trial;
    trial_init(&trial, "plugins/toy/toy.so", "", "a", "crash-after-rows");
    cr_assert_eq(trial_run(&trial), 0);
    expect_end(trial, "crashed", "signal 9");
    cr_expect_str_eq(trial.counted.datasets, "a");
    cr_expect_eq(trial.counted.rows, 1);
    cr_expect_eq(trial.counted.items, 500);
    trial_finish(&trial);
}

Test(worker, a_refused_plugin_is_a_failed_embedder)
{
    struct trial trial;
    char *folder = mem_format("%s/tests/bad/refused", getenv("HARNESS_BUILD_ROOT"));
    trial_init(&trial, "plugins/toy/toy.so", "", "a", NULL);
    struct registry registry;
    struct embedder_spec spec;
    cr_assert_eq(registry_open((const char *const[]){folder}, 1, &registry), 0);
    cr_assert_eq(spec_parse(&registry, "two=abi_2:model", &spec), 0);
    trial.job.spec = &spec;
    cr_assert_eq(trial_run(&trial), 0);
    expect_end(trial, "failed", "built for ABI 2, this harness speaks 1");
    cr_expect_str_eq(trial.outcome.facts.name, "two");
    cr_expect_eq(trial.outcome.code, ERR_REQUEST);
    spec_finish(&spec);
    registry_close(&registry);
    trial_finish(&trial);
    free(folder);
}

Test(worker, ctrl_c_kills_the_worker)
{
    struct trial trial;
    trial_init(&trial, "tests/bad/hang.so", "", "a", NULL);
    pid_t self = getpid(), child = fork();
    if (child == 0) {
        usleep(700000);
        kill(self, SIGINT);
        _exit(0);
    }
    double start = now();
    cr_expect_eq(trial_run(&trial), ERR_INTERRUPTED);
    cr_expect_lt(now() - start, 20);
    cr_expect_eq(waitpid(child, NULL, 0), child);
    cr_expect_eq(waitpid(-1, NULL, WNOHANG), -1, "no child is left");
    trial_finish(&trial);
}

Test(worker, is_not_for_people)
{
    char *argv[] = {(char *)(uintptr_t) "x", (char *)(uintptr_t)WORKER_ARGUMENT, NULL};
    cr_expect_eq(worker_serve(2, argv, find_suite), 2);
}
