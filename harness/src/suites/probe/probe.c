/* Suite `probe`: options, reading and orchestration. */
#include "suites/probe/probe.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/num.h"
#include "suites/options.h"
#include "suites/wsd/declared.h"
#include "suites/wsd/headline.h"

#include <stdlib.h>
#include <string.h>

static void release(struct suite_state *state)
{
    if (state) {
        wsd_task_free(state->task);
        word_counts_finish(&state->frequencies);
        free(state->file);
        free(state->grid);
        free(state);
    }
}

static int read_methods(const struct suite_request *request, struct suite_state *state)
{
    static const struct {
        const char *name;
        enum probe_classes classes;
        enum wsd_representation representation;
    } methods[] = {
        {"lemma", PROBE_LEMMA, WSD_TARGET},
        {"lemma-context", PROBE_LEMMA, WSD_CONTEXT},
        {"supersense", PROBE_SUPERSENSE, WSD_TARGET},
        {"supersense-context", PROBE_SUPERSENSE, WSD_CONTEXT},
    };
    enum { N_METHODS = sizeof methods / sizeof *methods };
    for (uint32_t i = 0; i < request->n_methods; i++) {
        size_t m = 0;
        while (m < N_METHODS && strcmp(methods[m].name, request->methods[i]) != 0) {
            m++;
        }
        if (m == N_METHODS) {
            return error_set(ERR_REQUEST,
                             "suite probe: found method \"%s\", expected lemma, lemma-context, "
                             "supersense or supersense-context",
                             request->methods[i]);
        }
        state->wanted[methods[m].classes][methods[m].representation] = true;
    }
    for (size_t m = 0; request->n_methods == 0 && m < N_METHODS; m++) {
        state->wanted[methods[m].classes][methods[m].representation] = true;
    }
    return 0;
}

/* "0.1,1,10": ascending, each above 0. */
static int read_grid(const struct suite_request *request, struct suite_state *state)
{
    const char *text = suite_text(request, "c");
    for (const char *at = text; at;) {
        const char *comma = strchr(at, ',');
        struct slice number = {at, comma ? (size_t)(comma - at) : strlen(at)};
        double value;
        if (state->n_c == PROBE_MOST_C || !num_real(number, &value) || !(value > 0) ||
            !(value < 1e12) || (state->n_c && value <= state->c[state->n_c - 1])) {
            return error_set(ERR_REQUEST,
                             "suite probe: option c: found \"%.*s\" in \"%s\", expected up to %d "
                             "numbers above 0, ascending, with commas between",
                             (int)number.n, number.text, text, PROBE_MOST_C);
        }
        state->c[state->n_c++] = value;
        at = comma ? comma + 1 : NULL;
    }
    if (state->n_c == 0) {
        return error_set(ERR_REQUEST, "suite probe: option c: found nothing, expected numbers");
    }
    state->grid = mem_text(text);
    return 0;
}

static int read_options(const struct suite_request *request, struct suite_state *state)
{
    const char *file;
    TRY(read_methods(request, state));
    TRY(read_grid(request, state));
    state->memory = suite_whole(request, "memory");
    state->most = suite_whole(request, "most");
    state->controls = suite_says(request, "controls", "yes");
    TRY(word_mean_read(request, "probe", &state->mean, &state->frequencies, &file));
    state->file = file ? mem_text(file_name(file)) : NULL;
    return 0;
}

/* Every set needs training text with its senses. */
static int check_training(const struct wsd_task *task)
{
    for (uint32_t t = 0; t < task->n_tests; t++) {
        if (!task->tests[t].trained) {
            return error_set(ERR_REQUEST,
                             "suite probe: %s: a classifier needs sense-tagged text with the set's "
                             "labels; found none, expected --train CORPUS",
                             task->tests[t].data->path);
        }
    }
    return 0;
}

static int prepare(const struct suite_request *request, struct suite_state **ret_state)
{
    static const char *const usual[] = {"homographs"};
    struct suite_state *state = mem_alloc(sizeof *state);
    struct wsd_source source = {
        .suite = "probe",
        .datasets = request->n_datasets ? request->datasets : usual,
        .n_datasets = request->n_datasets ? request->n_datasets : 1,
        .train = request->train,
        .n_train = request->n_train,
        .wordnet = request->wordnet,
        .limit = request->limit,
    };
    int status = read_options(request, state);
    status = status ? status : wsd_task_create(&source, &state->task);
    status = status ? status : check_training(state->task);
    if (status) {
        release(state);
        return status;
    }
    *ret_state = state;
    return 0;
}

static int baselines(const struct suite_run *run)
{
    const struct suite_state *state = run->state;
    const bool *supersenses = state->wanted[PROBE_SUPERSENSE];
    TRY(wsd_report_baselines(run, state->task));
    for (uint32_t t = 0; t < state->task->n_tests; t++) {
        const struct wsd_test *test = &state->task->tests[t];
        if ((supersenses[WSD_TARGET] || supersenses[WSD_CONTEXT]) && probe_has_supersenses(test)) {
            probe_report_first_supersense(run, state->task, test);
        }
    }
    return 0;
}

static int run_tests(const struct suite_run *run, struct wsd_headline *headline)
{
    const struct wsd_task *task = run->state->task;
    struct probe_data data;
    int status = probe_data_init(&data, run);
    for (uint32_t t = 0; status == 0 && t < task->n_tests; t++) {
        struct probe_vectors vectors;
        status = probe_embed_test(&data, &task->tests[t], &vectors);
        if (status == 0) {
            probe_run_test(&data, &task->tests[t], &vectors, headline);
        }
        probe_vectors_finish(&vectors);
    }
    probe_data_finish(&data);
    return status;
}

static int run_embedder(const struct suite_run *run)
{
    struct wsd_headline headline;
    wsd_headline_init(&headline, run);
    struct suite_run watched = *run;
    watched.sink = &headline.own;
    int status = run_tests(&watched, &headline);
    if (status == 0) {
        wsd_headline_write(&headline, run->state->task, NULL);
    }
    wsd_headline_finish(&headline);
    return status;
}

static const struct metric metrics[] = {
    WSD_METRICS,
    {"probed-accuracy", "correct of those that a classifier with two classes or more answered",
     METRIC_HIGHER, METRIC_SHARE, METRIC_SECONDARY, METRIC_NOT_OF_RECORDS, .low = 0, .high = 1},
    {"control-accuracy", "the same of the control task, whose labels say nothing of the sense",
     METRIC_NEITHER, METRIC_SHARE, METRIC_DIAGNOSTIC, METRIC_NOT_OF_RECORDS, .low = 0, .high = 1},
    {"control-majority", "the same of the most frequent label of the control task", METRIC_NEITHER,
     METRIC_SHARE, METRIC_DIAGNOSTIC, METRIC_NOT_OF_RECORDS, .low = 0, .high = 1},
    {"selectivity", "probed-accuracy minus control-accuracy (Hewitt & Liang 2019)", METRIC_HIGHER,
     METRIC_SHARE, METRIC_SECONDARY, METRIC_NOT_OF_RECORDS, .low = -1, .high = 1},
    {"code-length", "bits per training label by the online code (Voita & Titov 2020)", METRIC_LOWER,
     METRIC_PLAIN, METRIC_DIAGNOSTIC, METRIC_NOT_OF_RECORDS, .low = 0, .high = INFINITY},
    {"compression", "length of the uniform code over that of the online code", METRIC_HIGHER,
     METRIC_PLAIN, METRIC_SECONDARY, METRIC_NOT_OF_RECORDS, .low = 0, .high = INFINITY},
    {"control-code-length", "bits per label of the control task by the online code", METRIC_NEITHER,
     METRIC_PLAIN, METRIC_DIAGNOSTIC, METRIC_NOT_OF_RECORDS, .low = 0, .high = INFINITY},
    {"penalty", "C of the fit, chosen on the development part of training", METRIC_NEITHER,
     METRIC_PLAIN, METRIC_DIAGNOSTIC, METRIC_NOT_OF_RECORDS, .low = 0, .high = INFINITY},
    {0},
};

static const struct suite_option options[] = {
    {{"c", "0.1,1,10,100,1000,10000",
      "inverse strengths C of the penalty, as in scikit-learn; the development part of training "
      "chooses one; a single number is taken as it is",
      EMB_OPT_TEXT, 0, 0, 0},
     NULL},
    {{"controls", "yes", "no: without control tasks and description lengths", EMB_OPT_TEXT, 0, 0,
      0},
     "yes|no"},
    {{"most", "20000", "at most this many training occurrences in method supersense, evenly spread",
      EMB_OPT_INT, 0, 2, 4294967294.0},
     NULL},
    {{"memory", "2G", "limit on vectors: occurrences * stages * dimension * 4 bytes", OPTION_BYTES,
      0, 1, SUITE_MOST},
     NULL},
    WSD_UNIT_OPTION,
    WORD_MEAN_OPTIONS("lemma-context and supersense-context", ""),
    {{0}, NULL},
};

static const struct suite_term splits[] = {WSD_SPLITS, {0}};
static const struct suite_term policies[] = {WSD_POLICIES, {0}};

const struct suite suite_probe = {
    .id = "probe",
    .title = "linear classifiers of senses",
    .summary =
        "How much of a word's sense can a linear classifier read off its vector, stage by stage? "
        "A softmax regression per lemma, its penalty chosen on a fifth of the training "
        "occurrences, "
        "and, where senses are WordNet's, one for all lemmas whose classes are supersenses "
        "(lexicographer files). Beside them stand control tasks with the selectivity of Hewitt & "
        "Liang 2019 and the description length of Voita & Titov 2020. Data, scores and baselines "
        "are those of wsd, so that the readouts stand side by side.",
    .methods = "lemma, supersense; lemma-context, supersense-context (static embedders)",
    .choosable = true,
    .options = options,
    .figures = {.metrics = metrics},
    .protocol_keys = PROTOCOL_BIT(TRAIN) | PROTOCOL_BIT(FROM) | PROTOCOL_BIT(POOL) |
                     PROTOCOL_BIT(POLICY) | PROTOCOL_BIT(CANDIDATES) | PROTOCOL_BIT(TIE) |
                     PROTOCOL_BIT(INTERVAL) | PROTOCOL_BIT(WEIGHTS) | PROTOCOL_BIT(SIF_A) |
                     PROTOCOL_BIT(FREQUENCIES) | PROTOCOL_BIT(WINDOW) | PROTOCOL_BIT(DISTANCE) |
                     PROTOCOL_BIT(COMPONENTS) | PROTOCOL_BIT(CHOSEN_ON) | PROTOCOL_BIT(GRID) |
                     PROTOCOL_BIT(MOST) | PROTOCOL_BIT(OCCURRENCES) | PROTOCOL_BIT(MIXED_SHARE) |
                     PROTOCOL_BIT(SHARP_FROM) | PROTOCOL_BIT(CEILING),
    .splits = splits,
    .policies = policies,
    .prepare = prepare,
    .release = release,
    .baselines = baselines,
    .run = run_embedder,
};
