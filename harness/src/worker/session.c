/* Opens the embedder, runs each suite and sends its results. */
#include "worker/session.h"
#include "worker/sample.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "data/digest.h"
#include "plugin/certify.h"
#include "plugin/open.h"
#include "plugin/split.h"

#include <pthread.h>
#include <stdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The hash of the model's files, made beside the loading where the job does not know it. */
struct model_hash {
    const char *path; /* NULL: there is no file */
    pthread_t thread;
    bool started, known;
    atomic_bool stop;
    char hex[DIGEST_TEXT_BYTES];
    uint64_t bytes;
};

static void *hash_model(void *arg)
{
    struct model_hash *hash = arg;
    hash->known = digest_path_unless(hash->path, &hash->stop, hash->hex, &hash->bytes) == 0;
    return NULL;
}

static void model_hash_start(struct model_hash *hash, const struct worker_job *job)
{
    *hash = (struct model_hash){.path = options_path(job->spec->options)};
    if (hash->path && job->model_sha256) {
        snprintf(hash->hex, sizeof hash->hex, "%s", job->model_sha256);
        hash->bytes = job->model_bytes;
        hash->known = true;
        return;
    }
    hash->started = hash->path && pthread_create(&hash->thread, NULL, hash_model, hash) == 0;
}

/* opened: else no figure depends on the file, which may be large, and a hash that is being made is
 * given up. */
static void model_hash_join(struct model_hash *hash, bool opened, struct embedder_facts *facts)
{
    if (hash->started) {
        atomic_store(&hash->stop, !opened);
        pthread_join(hash->thread, NULL);
        hash->known = hash->known && opened; /* whenever it was stopped */
    }
    if (hash->known) {
        facts->model_sha256 = mem_text(hash->hex);
        facts->model_bytes = hash->bytes;
    }
}

static bool is_fitted(const char *postprocess)
{
    struct postprocess_spec spec;
    return postprocess_parse(postprocess, &spec) == 0 && postprocess_needs_sample(&spec);
}

void session_facts(const struct worker_job *job, struct embedder_facts *facts)
{
    const struct embedder_spec *spec = job->spec;
    const struct plugin_model *model = spec->model;
    struct str options = {0};
    char hex[DIGEST_TEXT_BYTES];
    uint64_t bytes;
    options_describe(spec->options, &options);
    word_view_describe(&spec->word_view, &options);
    if (job->postprocess) {
        const char *sample = job->postprocess_sample;
        str_format(&options, "%spostprocess=%s", options.n > 0 ? "," : "", job->postprocess);
        if (is_fitted(job->postprocess)) {
            str_format(&options, ",postprocess-sample=%s", sample ? sample : "wordnet-definitions");
        }
    }
    const char *path = options_path(spec->options);
    *facts = (struct embedder_facts){
        .name = mem_text(spec->name),
        .plugin = mem_text(model->desc->id),
        .plugin_path = mem_text(model->plugin->path),
        .plugin_version = mem_text(model->desc->version),
        .citation = mem_text(model->desc->citation),
        .kind = mem_text(model->desc->caps & EMB_CAP_STATIC ? "static" : "contextual"),
        .options = mem_text(str_text(&options)),
        .model_path = path ? mem_text(path) : NULL,
        .series = spec->series ? mem_text(spec->series) : NULL,
        .series_tokens = spec->series ? spec->series_tokens : NAN,
        .held_out_loss = spec->series ? spec->held_out_loss : NAN,
    };
    if (digest_file(model->plugin->path, hex, &bytes) == 0) {
        facts->plugin_sha256 = mem_text(hex);
    }
    str_finish(&options);
}

static int hash_weights(struct embedder *embedder, char **ret_hex)
{
    char hex[DIGEST_TEXT_BYTES];
    bool known;
    int status = embedder_weights_sha256(embedder, hex, &known);
    if (!status && known) {
        *ret_hex = mem_text(hex);
    }
    return status;
}

static void fill_facts(struct embedder *embedder, struct embedder_facts *facts)
{
    uint64_t now, sentences, tokens;
    double seconds;
    facts->dim = embedder_dim(embedder);
    facts->n_words = embedder_info(embedder)->n_words;
    if (!facts->stages) {
        facts->n_stages = embedder_n_stages(embedder);
        facts->stages = embedder_stages_copy(embedder);
    }
    embedder_memory(embedder, &now, &facts->allocated_bytes);
    embedder_work(embedder, &sentences, &tokens, &seconds);
    facts->tokens_per_second = seconds > 0 ? (double)tokens / seconds : 0;
}

static int fill_about(struct embedder *embedder, struct embedder_facts *facts)
{
    struct embedder_about about;
    int status = embedder_about(embedder, &about);
    if (!status) {
        facts->model_name = about.name; /* its now */
        facts->model_version = about.version;
        facts->model_citation = about.citation;
    }
    return status;
}

static int run_suite(const struct worker_task *task, struct embedder *embedder,
                     struct result_sink *sink)
{
    struct suite_state *state = NULL;
    int status = task->suite->prepare(task->request, &state);
    if (!status) {
        const struct suite_run run = {
            .request = task->request, .state = state, .embedder = embedder, .sink = sink};
        status = task->suite->run(&run);
        task->suite->release(state);
    }
    return status;
}

static void drop_row(void *ctx, const struct figure *row)
{
    (void)ctx, (void)row;
}

/* What a suite makes of a model that knows no word is nobody's, be it an error. */
static int run_chunk(const struct worker_job *job, const struct worker_task *task,
                     struct embedder *embedder)
{
    const struct split_of of = {job->split_whole, job->split_n};
    struct suite_request request = *task->request;
    const struct worker_task without_intervals = {task->suite, &request};
    struct result_sink sink = {.row = drop_row};
    struct split *split;
    request.resamples = 0;
    TRY(split_chunk_begin(job->split_path, &of, job->split_chunk, &split));
    embedder_set_split(embedder, split);
    enum log_level level = log_set_level(LOG_ERROR);
    int status = run_suite(&without_intervals, embedder, &sink);
    log_set_level(level);
    embedder_set_split(embedder, NULL);
    return split_chunk_end(split, status);
}

static int run_whole(const struct worker_job *job, const struct worker_task *task,
                     struct embedder *embedder, struct session_events *events)
{
    const struct split_of of = {job->split_whole, job->split_n};
    struct split *split;
    TRY(split_whole_begin(job->split_path, &of, &split));
    embedder_set_split(embedder, split);
    int status = run_suite(task, embedder, &events->sink);
    embedder_set_split(embedder, NULL);
    split_destroy(split);
    return status;
}

static int run_task(const struct worker_job *job, const struct worker_task *task,
                    struct embedder *embedder, struct session_events *events)
{
    return !job->split_whole       ? run_suite(task, embedder, &events->sink)
           : job->split_chunk == 0 ? run_whole(job, task, embedder, events)
                                   : run_chunk(job, task, embedder);
}

/* The last error without the embedder's name in front, which is reported anyway. */
static const char *reason(const struct embedder_spec *spec)
{
    const char *message = error_message();
    size_t n = strlen(spec->name);
    bool named = strncmp(message, spec->name, n) == 0 && strncmp(message + n, ": ", 2) == 0;
    return named ? message + n + 2 : message;
}

static void run_tasks(const struct worker_job *job, struct embedder *embedder,
                      struct session_events *events)
{
    for (uint32_t i = 0; i < job->n_tasks; i++) {
        const struct worker_task *task = &job->tasks[i];
        char *phase = mem_format("suite %s", task->suite->id);
        events->phase(events->ctx, phase);
        events->task(events->ctx, i);
        embedder_next_suite(embedder);
        int status = run_task(job, task, embedder, events);
        if (status) {
            char *why = mem_format("%s: %s", phase, reason(job->spec));
            events->failed(events->ctx, status, why);
            free(why);
        } else {
            events->suite(events->ctx);
        }
        free(phase);
    }
}

/* Fits on the sample what every vector will go through from then on. */
static int postprocess(const struct worker_job *job, struct embedder *embedder,
                       struct session_events *events)
{
    const char *wordnet = job->n_tasks > 0 ? job->tasks[0].request->wordnet : NULL;
    struct postprocess_spec spec;
    struct postprocess *fitted;
    events->phase(events->ctx, "fitting the post-processing");
    int status = postprocess_parse(job->postprocess, &spec);
    status =
        status ? status : sample_fit(embedder, &spec, job->postprocess_sample, wordnet, &fitted);
    if (status) {
        return error_context(status, "post-processing %s", job->postprocess);
    }
    embedder_set_postprocess(embedder, fitted);
    return 0;
}

/* What the run saw of the model's claims; a broken one is a failure, whatever the figures. */
static int certify(struct embedder *embedder, struct embedder_facts *facts)
{
    struct certificate certificate;
    int status = 0;
    embedder_certificate(embedder, &certificate);
    facts->claim = mem_text(certify_verdict_names[certificate.verdict]);
    facts->claim_statement = certificate.statement ? mem_text(certificate.statement) : NULL;
    facts->claim_words = certificate.words;
    facts->claim_comparisons = certificate.comparisons;
    facts->claim_moves = certificate.moves;
    facts->claim_moved = certificate.moved;
    if (certificate.verdict == CERTIFY_VIOLATED) {
        status = error_set(ERR_FAILED, "claim violated: %s", certificate.statement);
    }
    certificate_finish(&certificate);
    return status;
}

/* Everything between open and close. */
static int use(const struct worker_job *job, struct embedder *embedder,
               struct embedder_facts *facts, struct session_events *events)
{
    events->phase(events->ctx, "hashing the weights");
    int status = hash_weights(embedder, &facts->weights_before);
    if (status) {
        return status;
    }
    status = fill_about(embedder, facts);
    if (status) {
        return status;
    }
    fill_facts(embedder, facts);
    events->facts(events->ctx, facts);
    if (job->postprocess && job->split_chunk == 0 &&
        (status = postprocess(job, embedder, events)) != 0) {
        return status;
    }
    run_tasks(job, embedder, events);
    int claim = certify(embedder, facts);
    events->phase(events->ctx, "hashing the weights");
    status = hash_weights(embedder, &facts->weights_after);
    if (facts->weights_before && facts->weights_after &&
        strcmp(facts->weights_before, facts->weights_after) != 0) {
        log_warn("%s: its weights changed while the suites ran", job->spec->name);
    }
    fill_facts(embedder, facts);
    return status ? status : claim;
}

void session_run(const struct worker_job *job, struct session_events *events)
{
    struct embedder_facts facts = {0};
    struct embedder *embedder = NULL;
    struct model_hash hash;
    double start = clock_seconds();
    events->phase(events->ctx, "loading");
    model_hash_start(&hash, job);
    struct pool *pool = pool_create(job->n_threads);
    int status = embedder_open(job->spec, job->stages, pool, &embedder);
    facts.load_seconds = clock_seconds() - start;
    if (!status) {
        status = use(job, embedder, &facts, events);
    }
    if (status) {
        events->failed(events->ctx, status, reason(job->spec));
    }
    events->phase(events->ctx, "hashing the model file");
    model_hash_join(&hash, embedder != NULL, &facts);
    events->facts(events->ctx, &facts);
    events->phase(events->ctx, "closing");
    embedder_close(embedder);
    pool_destroy(pool);
    embedder_facts_finish(&facts);
}
