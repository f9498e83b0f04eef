/* Suite `wsd`: options, preparation, the run, and what it declares. */
#include "suites/wsd/common.h"

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "suites/shared/oov_of.h"
#include "suites/suite.h"
#include "suites/wsd/choice.h"
#include "suites/wsd/contexts.h"
#include "suites/wsd/declared.h"
#include "suites/wsd/dev.h"
#include "suites/wsd/headline.h"
#include "suites/wsd/lesk.h"
#include "suites/options.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What the request asks for; what an embedder then gets may be less. */
struct suite_state {
    struct wsd_task *task;
    struct wsd_plan plan;
    struct word_mean mean;          /* plan.mean */
    struct word_counts frequencies; /* plan.frequencies */
    char *file;                     /* plan.file */
    struct oov_of *oov_of;          /* what the parent saw of the items; NULL: nothing yet */
    unsigned without_vectors;       /* methods of lesk.h */
    unsigned choice;                /* methods of choice.h */
    const char *template;           /* of these; the request's */
    char *dev; /* what the rows are called on which the headline stage is chosen; NULL: custom */
};

static int check_method(const char *method, struct suite_state *state)
{
    struct wsd_plan *plan = &state->plan;
    static const struct {
        const char *name;
        unsigned bits;
    } choices[] = {{"choice", WSD_CHOICE_MEAN | WSD_CHOICE_TOTAL},
                   {"choice:mean", WSD_CHOICE_MEAN},
                   {"choice:total", WSD_CHOICE_TOTAL}},
      rivals[] = {{"lesk", WSD_LESK},
                  {"lesk-extended", WSD_LESK_EXTENDED},
                  {"bag-of-words", WSD_BAG_OF_WORDS}};
    const struct {
        const char *name;
        bool *flag;
    } methods[] = {
        {"nn", &plan->nn},
        {"nn-context", &plan->context},
        {"static-best", &plan->best},
        {"gloss:target-gloss", &plan->target_gloss},
        {"gloss:target-lemma", &plan->target_lemma},
        {"gloss:sentence-gloss", &plan->sentence_gloss},
        {"nn+gloss", &plan->nn_gloss},
    };
    if (strcmp(method, "gloss") == 0) {
        plan->target_gloss = plan->target_lemma = plan->sentence_gloss = true;
        return 0;
    }
    for (size_t i = 0; i < sizeof rivals / sizeof *rivals; i++) {
        if (strcmp(method, rivals[i].name) == 0) {
            state->without_vectors |= rivals[i].bits;
            return 0;
        }
    }
    for (size_t i = 0; i < sizeof choices / sizeof *choices; i++) {
        if (strcmp(method, choices[i].name) == 0) {
            state->choice |= choices[i].bits;
            return 0;
        }
    }
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        if (strcmp(method, methods[i].name) == 0) {
            *methods[i].flag = true;
            return 0;
        }
    }
    return error_set(
        ERR_REQUEST,
        "suite wsd: found method \"%s\", expected nn, nn-context, static-best, nn+gloss, "
        "gloss, gloss:target-gloss, gloss:target-lemma, gloss:sentence-gloss, choice, "
        "choice:mean, choice:total, lesk, lesk-extended or bag-of-words",
        method);
}

/* Votes are no cosines: what mixes or completes centroids has nothing to work on. */
static int read_k(const struct suite_request *request, struct wsd_plan *plan)
{
    plan->k = suite_whole(request, "k");
    if (plan->k > 1 && (plan->nn_gloss || plan->best || plan->relatives)) {
        return error_set(ERR_REQUEST,
                         "suite wsd: option k=%llu votes by occurrences and makes no centroids; "
                         "found %s, expected "
                         "k=1 with it",
                         (unsigned long long)plan->k,
                         plan->nn_gloss ? "method nn+gloss"
                         : plan->best   ? "method static-best"
                                        : "option backoff=hypernym");
    }
    return plan->best && plan->relatives
               ? error_set(ERR_REQUEST, "suite wsd: method static-best leaves training occurrences "
                                        "out of their centroids; found option backoff=hypernym, "
                                        "expected backoff=wn1 with it")
               : 0;
}

/* How words become one vector. */
static int read_mean(const struct suite_request *request, struct suite_state *state)
{
    const char *file;
    int status = word_mean_read(request, "wsd", &state->mean, &state->frequencies, &file);
    state->file = file ? mem_text(file_name(file)) : NULL;
    state->plan.mean = &state->mean;
    state->plan.frequencies = &state->frequencies;
    state->plan.file = state->file;
    return status;
}

static int make_plan(const struct suite_request *request, struct suite_state *state)
{
    struct wsd_plan *plan = &state->plan;
    *plan = (struct wsd_plan){0};
    state->template = suite_text(request, "choice-template");
    TRY(wsd_choice_check(state->template));
    if (request->n_methods == 0) {
        plan->target_gloss = plan->target_lemma = plan->sentence_gloss = true;
    }
    for (uint32_t i = 0; i < request->n_methods; i++) {
        TRY(check_method(request->methods[i], state));
    }
    plan->relatives = suite_says(request, "backoff", "hypernym");
    plan->block_bytes = suite_whole(request, "block");
    plan->memory = suite_whole(request, "memory");
    return read_k(request, plan);
}

static void release(struct suite_state *state)
{
    if (state) {
        wsd_task_free(state->task);
        word_counts_finish(&state->frequencies);
        free(state->file);
        free(state->dev);
        oov_of_free(state->oov_of);
        free(state);
    }
}

/* Is there training text for a set? Some sets, such as homographs, bring their own. */
static bool any_trained(const struct wsd_task *task)
{
    bool any = false;
    for (uint32_t t = 0; t < task->n_tests; t++) {
        any = any || task->tests[t].trained;
    }
    return any;
}

/* A set none of whose candidates can be right would be a table of zeros. */
static int check_candidates(const struct wsd_task *task)
{
    int status = 0;
    for (uint32_t t = 0; t < task->n_tests && !status; t++) {
        char *why = wsd_no_candidates(task, &task->tests[t], "--set wsd.inventory");
        status = why ? error_set(ERR_REQUEST, "%s", why) : 0;
        free(why);
    }
    return status;
}

static int prepare(const struct suite_request *request, struct suite_state **ret_state)
{
    struct suite_state *state = mem_alloc(sizeof *state);
    uint32_t n_datasets, dev;
    const char **datasets = wsd_dev_list(request, &n_datasets, &dev);
    struct wsd_source source = {
        .suite = "wsd",
        .datasets = datasets,
        .n_datasets = n_datasets,
        .train = request->train,
        .n_train = request->n_train,
        .wordnet = request->wordnet,
        .inventory = suite_is_set(request, "inventory") ? suite_text(request, "inventory") : NULL,
        .gold = suite_is_set(request, "gold") ? suite_text(request, "gold") : NULL,
        .gold_of_some = true,
        .classes = suite_is_set(request, "coarse") ? suite_text(request, "coarse") : NULL,
        .classes_alone = suite_says(request, "unclassed", "alone"),
        .limit = request->limit,
    };
    char *gold_name = source.gold
                          ? mem_text_n(file_name(source.gold), strcspn(file_name(source.gold), "."))
                          : NULL;
    source.gold_name = gold_name;
    struct wsd_plan *plan = &state->plan;
    int status;
    TRY_OR_FINISH(make_plan(request, state));
    TRY_OR_FINISH(read_mean(request, state));
    source.shots = suite_whole(request, "shots");
    source.relatives = plan->relatives;
    TRY_OR_FINISH(wsd_task_create(&source, &state->task));
    TRY_OR_FINISH(check_candidates(state->task));
    if (request->dev) {
        TRY_OR_FINISH(wsd_dev_name(state->task, request->dev, dev, n_datasets, &state->dev));
    }
    bool trained = any_trained(state->task);
    if (trained && request->n_methods == 0) {
        plan->nn = plan->context = true;
    }
    bool counts = state->without_vectors & WSD_BAG_OF_WORDS;
    if (!trained && (plan->nn || plan->context || plan->best || plan->nn_gloss || counts)) {
        status = error_set(ERR_REQUEST,
                           "suite wsd: the nn methods and bag-of-words need sense-tagged text: "
                           "--train CORPUS");
        goto finish;
    }
    *ret_state = state;
    state = NULL;
finish:
    release(state);
    free(datasets);
    free(gold_name);
    return status;
}

static int baselines(const struct suite_run *run)
{
    TRY(wsd_report_baselines(run, run->state->task));
    wsd_report_lesk(run, run->state->task, run->state->without_vectors);
    return 0;
}

static int run_embedder(const struct suite_run *run)
{
    struct wsd_plan plan = run->state->plan;
    if (embedder_is_static(run->embedder)) {
        plan.words = true;
        plan.target_lemma = false; /* the lemma's vector is the same in every definition */
    } else {
        plan.context = plan.best = false;
    }
    if (plan.nn_gloss) {
        plan.nn = plan.target_gloss = true;
    }
    plan.gloss = plan.target_gloss || plan.target_lemma || plan.sentence_gloss;
    struct wsd_headline headline;
    wsd_headline_init(&headline, run);
    plan.headline = &headline;
    plan.dev = run->state->dev;
    struct suite_run watched = *run;
    watched.sink = &headline.own;
    bool vectors = plan.nn || plan.context || plan.best || plan.gloss;
    int status = vectors || !run->state->choice ? wsd_run(&watched, run->state->task, &plan) : 0;
    if (status == 0 && run->state->choice) {
        status = wsd_choice_run(&watched, run->state->task, run->state->choice,
                                run->state->template, vectors);
    }
    if (status == 0) {
        wsd_headline_write(&headline, run->state->task, run->state->dev);
    }
    wsd_headline_finish(&headline);
    return status;
}

/* Items of predictions and baselines, and the list of the words, are no embedder's answers. */
static void observe(struct suite_state *state, const struct result_item *item)
{
    bool is_target =
        strcmp(item->method, "nn") == 0 || strcmp(item->method, "gloss:target-gloss") == 0;
    if (item->stage.name) {
        state->oov_of = state->oov_of ? state->oov_of : oov_of_create();
        oov_of_observe(state->oov_of, item->dataset, item, is_target);
    }
}

static int conclude(const struct suite_run *run, const struct result_items *items)
{
    if (run->state->oov_of) {
        oov_of_write(run->state->oov_of, run, items, "wsd", "f1", "wn1");
    }
    return 0;
}

static const struct metric metrics[] = {
    WSD_METRICS,
    {"choice-score", "the score by which static-best chose its mean", METRIC_HIGHER, METRIC_SHARE,
     METRIC_DIAGNOSTIC, METRIC_NOT_OF_RECORDS, .low = 0, .high = 1},
    {"unknown-ids", "published answers whose ids the data lack", METRIC_NEITHER, METRIC_SHARE,
     METRIC_DIAGNOSTIC, METRIC_NOT_OF_RECORDS, .low = 0, .high = 1},
    {"no-candidate", "published answers that are no sense of their instance", METRIC_NEITHER,
     METRIC_SHARE, METRIC_DIAGNOSTIC, METRIC_OF_RECORDS, .low = 0, .high = 1},
    {0},
};

static const struct suite_option options[] = {
    {{"k", "1",
      "nn: 1 takes the nearest sense centroid; above 1, the k nearest training occurrences of the "
      "candidates vote (with those tied with the k-th; an occurrence with several gold keys votes "
      "for each; equal votes: the nearest occurrence, then the lowest sense number)",
      EMB_OPT_INT, 0, 1, SUITE_MOST},
     NULL},
    {{"memory", "2G",
      "limit on what k above 1 keeps: occurrences of the test lemmas * stages * (4 * dimension + "
      "8) bytes, twice that with nn-context",
      OPTION_BYTES, 0, 1, SUITE_MOST},
     NULL},
    WORD_MEAN_OPTIONS("nn-context", ", and in the sentences and definitions of a static embedder"),
    {{"shots", "0",
      "at most this many training occurrences of a sense, spread evenly over the corpus; 0: all "
      "(baselines always count all)",
      EMB_OPT_INT, 0, 0, SUITE_MOST},
     NULL},
    {{"block", "256M", "test vectors held in memory at a time", OPTION_BYTES, 0, 1, SUITE_MOST},
     NULL},
    {{"backoff", "wn1",
      "where no candidate has a centroid: wn1, the first sense; hypernym: candidates without one "
      "first take their synset's or a hypernym's",
      EMB_OPT_TEXT, 0, 0, 0},
     "wn1|hypernym"},
    {{"inventory", "",
      "the senses of each lemma, for labels that are not WordNet 3.0's: a table LEMMA, POS, SENSE, "
      "DEFINITION by tabs, XL-WSD's LEMMA#POS and senses, or Open Multilingual WordNet; sets that "
      "bring a list of senses keep it",
      EMB_OPT_PATH, 0, 0, 0},
     NULL},
    {{"coarse", "",
      "a file SENSE, CLASS by a tab: beside f1 stands f1-coarse, where an answer of a right "
      "sense's "
      "class is right",
      EMB_OPT_PATH, 0, 0, 0},
     NULL},
    {{"unclassed", "refuse",
      "senses of the data that the file of coarse lacks: refused, or each a class of its own",
      EMB_OPT_TEXT, 0, 0, 0},
     "refuse|alone"},
    {{"gold", "",
      "gold keys instead of those of the data, as corrected ones are published, for the sets that "
      "they name instances of; such a set is called SET@NAME, NAME being the file's up to its "
      "first point, and instances that they do not name are left out",
      EMB_OPT_PATH, 0, 0, 0},
     NULL},
    {{"choice-template", WSD_CHOICE_TEMPLATE,
      "choice: the text in which a candidate's definition stands; {sentence}, {word}, {lemma} and "
      "{definition} are put in",
      EMB_OPT_TEXT, 0, 0, 0},
     NULL},
    WSD_UNIT_OPTION,
    {{0}, NULL},
};

static const struct suite_term splits[] = {
    WSD_SPLITS,
    {"oov-of:NAME", "items that embedder NAME lacks a vector of; every embedder is scored on them"},
    {0},
};

static const struct suite_term policies[] = {
    WSD_POLICIES,
    {0},
};

const struct suite suite_wsd = {
    .id = "wsd",
    .title = "word-sense disambiguation",
    .summary =
        "Which of a lemma's WordNet senses does a word have in its sentence? Senses are centroids "
        "of sense-tagged training text (nn: Peters et al. 2018, Loureiro & Jorge 2019) or "
        "definitions (gloss). With k above 1, the k nearest training occurrences of the lemma vote "
        "instead of centroids. Scored as by Raganato et al. 2017, beside first sense, training "
        "MFS, "
        "chance, and the best that one fixed answer per surface form could reach. Intervals are "
        "over whole documents, or the lemmas of sets with senses of their own; signatures say so.",
    .methods =
        "nn, nn-context, static-best (static embedders), gloss:target-gloss, "
        "gloss:target-lemma, gloss:sentence-gloss, nn+gloss; choice:mean and choice:total "
        "(language models: the likelihood of each sense's definition in a template behind "
        "the sentence, per piece or in all); lesk, lesk-extended and bag-of-words, which use "
        "no vectors",
    .choosable = true,
    .options = options,
    .data =
        "NAME.data.xml with NAME.gold.key.txt: the unified framework, packed or not;\n"
        "  a folder of such\n"
        "FILE.tsv: your own, a line an instance, by tabs: ID, LEMMA, POS (NOUN, VERB, ADJ, ADV),\n"
        "  INDEX, SENTENCE, LABEL. SENTENCE is tokens with blanks between; INDEX is the number of\n"
        "  the target's token and counts from 0; several labels have blanks between\n"
        "FILE.jsonl: the same, a line an object: {\"id\": \"b1\", \"lemma\": \"bank\", \"pos\": "
        "\"NOUN\",\n"
        "  \"tokens\": [\"The\", \"bank\"], \"index\": 1, \"gold\": [\"bank%1:14:00::\"]}; index "
        "counts from 0\n"
        "  (labels with % are WordNet 3.0 sense keys; others are your own, and the senses of a "
        "lemma\n"
        "  are those that --train uses, or those of --set wsd.inventory=FILE)\n"
        "XL-WSD and other languages: the same layouts, with --set wsd.inventory=FILE for the "
        "senses\n"
        "CoarseWSD-20: its folder of words, and CoarseWSD-20.outofdomain.tsv\n"
        "a folder with senses.tsv and items.tsv, as datasets/homographs",
    .figures = {.metrics = metrics, .gold_keys = true, .ceiling = "static-ceiling"},
    .protocol_keys = PROTOCOL_BIT(TRAIN) | PROTOCOL_BIT(FROM) | PROTOCOL_BIT(POOL) |
                     PROTOCOL_BIT(POLICY) | PROTOCOL_BIT(SPLIT) | PROTOCOL_BIT(CANDIDATES) |
                     PROTOCOL_BIT(INVENTORY) | PROTOCOL_BIT(COARSE) | PROTOCOL_BIT(TIE) |
                     PROTOCOL_BIT(INTERVAL) | PROTOCOL_BIT(K) | PROTOCOL_BIT(WEIGHTS) |
                     PROTOCOL_BIT(SIF_A) | PROTOCOL_BIT(FREQUENCIES) | PROTOCOL_BIT(WINDOW) |
                     PROTOCOL_BIT(DISTANCE) | PROTOCOL_BIT(COMPONENTS) | PROTOCOL_BIT(UNSEEN) |
                     PROTOCOL_BIT(CHOSEN_ON) | PROTOCOL_BIT(GRID) | PROTOCOL_BIT(SATELLITES) |
                     PROTOCOL_BIT(OCCURRENCES) | PROTOCOL_BIT(MIXED_SHARE) |
                     PROTOCOL_BIT(SHARP_FROM) | PROTOCOL_BIT(CEILING) | PROTOCOL_BIT(TEMPLATE),
    .splits = splits,
    .policies = policies,
    .prepare = prepare,
    .release = release,
    .baselines = baselines,
    .run = run_embedder,
    .observe = observe,
    .conclude = conclude,
};
