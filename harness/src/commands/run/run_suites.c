/* Runs baselines and every embedder in turn, with rows and items into tree, files and journal. */
#include "commands/run/run_state.h"

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "commands/run/provenance.h"
#include "data/digest.h"
#include "suites/shared/reading_protocol.h"
#include "suites/suite.h"
#include "worker/session.h"

#include <stdlib.h>
#include <string.h>

/* Vectors transformed, as no suite knows: said once, before the last term. */
static void add_postprocess(const struct run *run, const struct embedder_run *embedder_run,
                            struct protocol *protocol)
{
    const char *sample = run->job.postprocess_sample;
    struct postprocess_spec spec;
    if (embedder_run->postprocess && !protocol_get(protocol, PROTOCOL_POST)) {
        bool fitted = postprocess_parse(embedder_run->postprocess, &spec) == 0 &&
                      postprocess_needs_sample(&spec);
        char *post = mem_format("%s%s%s", embedder_run->postprocess, fitted ? " on " : "",
                                !fitted  ? ""
                                : sample ? file_name(sample)
                                         : "wordnet-definitions");
        protocol_insert(protocol, PROTOCOL_POST, post);
        free(post);
    }
}

/* By which options the model is another than its files describe. */
static void add_changes(const struct embedder_run *embedder_run, struct protocol *protocol)
{
    struct str changes = {0};
    options_describe_changes(embedder_run->spec.options, &changes);
    if (changes.n) {
        protocol_insert(protocol, PROTOCOL_CHANGED, str_text(&changes));
    }
    str_finish(&changes);
}

/* Rows go to the tree; items to their file, and to the tree where conclude() wants them. A suite
 * does not know how words are read, nor what becomes of their vectors: that part of the protocol is
 * added here. */
static void take_row(void *ctx, const struct figure *row)
{
    struct run *run = ctx;
    const struct embedder_run *embedder_run =
        embedder_runs_find(&run->embedder_runs, row->embedder);
    if (!embedder_run) {
        result_tree_add_row(&run->tree, row);
        return;
    }
    struct figure full = *row;
    struct protocol protocol = {0};
    reading_protocol(&embedder_run->spec.word_view, row->protocol, &protocol);
    add_postprocess(run, embedder_run, &protocol);
    add_changes(embedder_run, &protocol);
    full.protocol = &protocol;
    result_tree_add_row(&run->tree, &full);
    protocol_finish(&protocol);
}

static void take_item(void *ctx, const struct result_item *item)
{
    struct run *run = ctx;
    if (run->items) {
        item_writer_add(run->items, item);
    }
    result_tree_count_item(&run->tree, item);
    const struct suite *suite = suite_find(item->suite);
    if (suite && suite->keep_items) {
        result_tree_add_item(&run->tree, item);
    }
    for (uint32_t i = 0; i < run->suite_jobs.n; i++) {
        const struct suite_job *suite_job = &run->suite_jobs.jobs[i];
        if (suite_job->suite == suite && suite->observe) {
            suite->observe(suite_job->state, item);
        }
    }
}

static bool wants_items(const struct run *run)
{
    bool kept = run->items != NULL;
    for (uint32_t i = 0; i < run->suite_jobs.n; i++) {
        const struct suite *suite = run->suite_jobs.jobs[i].suite;
        kept = kept || suite->keep_items || suite->observe;
    }
    return kept;
}

struct worker_job run_job(const struct run *run, uint32_t embedder_run)
{
    struct worker_job job = run->job;
    job.spec = &run->embedder_runs.runs[embedder_run].spec;
    job.postprocess = run->embedder_runs.runs[embedder_run].postprocess;
    job.confined = run->embedder_runs.runs[embedder_run].confined;
    job.writable = run->embedder_runs.runs[embedder_run].writable;
    return job;
}

static struct result_sink sink_of(struct run *run)
{
    return (struct result_sink){run, take_row, wants_items(run) ? take_item : NULL};
}

static int run_baselines(struct run *run)
{
    struct result_sink sink = sink_of(run);
    int status = 0;
    for (uint32_t i = 0; status == 0 && i < run->suite_jobs.n; i++) {
        const struct suite_job *suite_job = &run->suite_jobs.jobs[i];
        struct suite_run suite_run = {&suite_job->request, suite_job->state, NULL, &sink};
        if (suite_job->suite->baselines) {
            status = suite_job->suite->baselines(&suite_run);
        }
    }
    return status;
}

/* What a worker says goes into the journal as well, as it was said. */
static void journal_row(void *ctx, const struct figure *row)
{
    struct run *run = ctx;
    journal_add_row(run->partial.journal, row);
    take_row(run, row);
}

static void journal_item(void *ctx, const struct result_item *item)
{
    struct run *run = ctx;
    journal_add_item(run->partial.journal, item);
    take_item(run, item);
}

/* How an embedder's run ended, into the report. */
static void take_outcome(struct run *run, struct worker_outcome *outcome, int *worst)
{
    if (outcome->code != 0) {
        log_error("%s: %s: %s", outcome->facts.name, outcome->facts.status,
                  outcome->facts.error ? outcome->facts.error : "");
        *worst = outcome->code < *worst ? outcome->code : *worst;
    }
    provenance_of_model(&run->embedders.catalogue, &outcome->facts);
    result_tree_add_embedder(&run->tree, &outcome->facts);
    worker_outcome_finish(outcome);
}

static int run_embedder(struct run *run, const struct worker_job *job, int *worst)
{
    struct journal *journal = run->partial.journal; /* NULL: --no-report */
    struct result_sink sink = {run, journal ? journal_row : take_row, NULL};
    struct worker_outcome outcome;
    if (job->want_items) {
        sink.item = journal ? journal_item : take_item;
    }
    int status = worker_run(job, &sink, &outcome);
    if (status == 0) { /* of one that failed nothing is kept: --resume tries it again */
        status = !journal            ? 0
                 : outcome.code == 0 ? journal_end(journal, &outcome.facts)
                                     : journal_drop(journal);
        take_outcome(run, &outcome, worst);
    }
    return status;
}

static int take_given(struct run *run, uint32_t embedder_run, int *worst)
{
    struct result_sink sink = sink_of(run);
    struct worker_outcome outcome;
    int status = run->source->give(run->source->ctx, run, embedder_run, &sink, &outcome);
    if (status == 0) {
        take_outcome(run, &outcome, worst);
    }
    return status;
}

/* Is the model that an embedder was run with still there? */
static int check_model(const struct embedder_facts *facts)
{
    char hex[DIGEST_TEXT_BYTES];
    uint64_t bytes;
    if (!facts->model_path || !facts->model_sha256) {
        return 0;
    }
    int status = digest_path(facts->model_path, hex, &bytes);
    if (status == 0 && strcmp(hex, facts->model_sha256) != 0) {
        status = error_set(ERR_REQUEST,
                           "--resume: %s is not what the interrupted run used: found %s, expected "
                           "%s",
                           facts->model_path, hex, facts->model_sha256);
    }
    return status;
}

/* What an earlier run has done. */
static int replay_run(struct run *run, const struct worker_job *job, uint32_t embedder_run)
{
    struct result_sink sink = sink_of(run);
    struct embedder_facts facts;
    session_facts(job, &facts);
    struct intake_expected expected = worker_expected(job, 0);
    int status = journal_replay(run->partial.journal, embedder_run, &expected, &sink, &facts);
    worker_expected_finish(&expected);
    status = status ? status : check_model(&facts);
    if (status != 0) {
        embedder_facts_finish(&facts);
        return status;
    }
    facts.status = mem_text("ok");
    run->replayed_seconds += facts.seconds;
    provenance_of_model(&run->embedders.catalogue, &facts);
    result_tree_add_embedder(&run->tree, &facts);
    return 0;
}

void run_tasks_begin(const struct run *run, uint32_t embedder_run, struct run_tasks *ret_tasks)
{
    uint32_t n = run->suite_jobs.n;
    struct worker_task *tasks = mem_array(n, sizeof *tasks);
    struct suite_request *requests = mem_array(n, sizeof *requests);
    for (uint32_t i = 0; i < n; i++) {
        requests[i] = run->suite_jobs.jobs[i].request;
        requests[i].seed = run->embedder_runs.runs[embedder_run].seed;
        tasks[i] = (struct worker_task){run->suite_jobs.jobs[i].suite, &requests[i]};
    }
    *ret_tasks = (struct run_tasks){run_job(run, embedder_run), tasks, requests};
    ret_tasks->job.tasks = tasks;
    ret_tasks->job.n_tasks = n;
    ret_tasks->job.want_items = wants_items(run);
}

void run_tasks_finish(struct run_tasks *tasks)
{
    free(tasks->tasks);
    free(tasks->requests);
    *tasks = (struct run_tasks){0};
}

/* Every embedder's run in turn; *ret_worst is 0, or the code of the worst end that one came to. */
static int run_embedders(struct run *run, int *ret_worst)
{
    int status = 0;
    *ret_worst = 0;
    for (uint32_t i = 0; status == 0 && i < run->embedder_runs.n; i++) {
        struct run_tasks tasks;
        uint32_t replayed;
        run_tasks_begin(run, i, &tasks);
        if (run->source) {
            status = take_given(run, i, ret_worst);
        } else if (run->partial.journal &&
                   journal_find(run->partial.journal, tasks.job.spec->name, &replayed)) {
            status = replay_run(run, &tasks.job, replayed);
        } else {
            status = run_embedder(run, &tasks.job, ret_worst);
        }
        run_tasks_finish(&tasks);
    }
    if (status == 0 && run->source) {
        run->source->finish(run->source->ctx, run);
    }
    return status;
}

int run_suites(struct run *run, int *ret_worst)
{
    int status = run_baselines(run);
    return status ? status : run_embedders(run, ret_worst);
}

int run_conclude(struct run *run)
{
    struct result_sink sink = sink_of(run);
    int status = 0;
    /* what is concluded makes the tree's rows move, but not their texts */
    size_t n_rows = run->tree.n_rows;
    struct figure *rows = mem_array(n_rows + 1, sizeof *rows);
    if (n_rows > 0) {
        memcpy(rows, run->tree.rows, n_rows * sizeof *rows);
    }
    for (uint32_t i = 0; status == 0 && i < run->suite_jobs.n; i++) {
        const struct suite_job *suite_job = &run->suite_jobs.jobs[i];
        if (suite_job->suite->conclude) {
            struct suite_run suite_run = {&suite_job->request, suite_job->state, NULL, &sink};
            struct result_items items = {run->tree.items, run->tree.n_items, rows, n_rows};
            status = suite_job->suite->conclude(&suite_run, &items);
        }
    }
    free(rows);
    return status;
}
