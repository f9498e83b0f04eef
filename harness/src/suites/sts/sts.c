/*
 * Suite `sts`: cosine of two sentences against a human rating. A sentence's vector is the mean of
 * its pieces (contextual) or of its known words (static), plain or as the options ask for
 * (shared/word_means.h); what is fitted or counted is so on the sentences of the development set.
 */
#include "suites/suite.h"

#include "suites/shared/figures.h"
#include "suites/shared/set_names.h"
#include "suites/similarity/sets.h"
#include "suites/sts/own.h"
#include "suites/sts/scoring.h"
#include "suites/options.h"

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/str.h"
#include "math/correlation.h"
#include "plugin/context.h"
#include "report/figure_text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SUITE "sts"

struct suite_state {
    struct sts_set *sets; /* [n] */
    uint32_t n;
    size_t capacity;
    uint64_t limit;
    struct word_mean mean;          /* of a static embedder's words, as asked for */
    struct word_counts frequencies; /* of a file, for it */
    char *file;                     /* what that file is called; NULL: none */
    bool best;                      /* method static-best is asked for */
    /* while the sets are read */
    struct set_names names;
    const char *asked;
};

static void release(struct suite_state *state)
{
    if (!state) {
        return;
    }
    for (uint32_t i = 0; i < state->n; i++) {
        sts_finish(&state->sets[i]);
    }
    free(state->sets);
    set_names_finish(&state->names);
    word_counts_finish(&state->frequencies);
    free(state->file);
    free(state);
}

/* Ratings of an input file of the same folder (STS 2012-2016), and what a system said of it. */
static bool is_of_input(const char *path)
{
    const char *name = file_name(path);
    return strstr(name, ".gs.") || strstr(name, "STS.output") || strstr(name, ".output.");
}

static int read_file(void *ctx, const char *path)
{
    struct suite_state *state = ctx;
    if (is_of_input(path)) {
        return 0;
    }
    struct sts_set set;
    TRY(sts_read(path, &set));
    if (state->limit && set.n > state->limit) {
        set.n = (uint32_t)state->limit;
    }
    MEM_GROW(state->sets, state->capacity, (size_t)state->n + 1);
    state->sets[state->n++] = set;
    set_names_add(&state->names, state->asked, path, set.name);
    return 0;
}

static int prepare(const struct suite_request *request, struct suite_state **ret_state)
{
    struct suite_state *state = mem_alloc(sizeof *state);
    state->limit = request->limit;
    state->best = suite_says(request, "best", "yes");
    const char *file;
    int status = word_mean_read(request, SUITE, &state->mean, &state->frequencies, &file);
    state->file = file ? mem_text(file_name(file)) : NULL;
    if (!status && request->n_datasets == 0) {
        status = error_set(ERR_REQUEST,
                           "suite sts has no data set of its own; give one with --dataset FILE");
    }
    for (uint32_t i = 0; !status && i < request->n_datasets; i++) {
        uint32_t n = state->n;
        state->asked = request->datasets[i];
        status = data_set_files(state->asked, read_file, state);
        if (!status && state->n == n) {
            status =
                error_set(ERR_REQUEST, "%s: holds scores without sentences, expected the input",
                          request->datasets[i]);
        }
    }
    status = status ? status : set_names_settle(&state->names, SUITE);
    for (uint32_t i = 0; !status && i < state->n; i++) {
        set_names_put(&state->names, i, &state->sets[i].name);
    }
    if (status) {
        release(state);
        return status;
    }
    *ret_state = state;
    return 0;
}

static void pair_items(const struct suite_run *run, const struct sts_set *set,
                       const struct figure *row, const double *scores)
{
    for (uint32_t i = 0; run->sink->item && i < set->n; i++) {
        const struct sts_pair *pair = &set->pairs[i];
        const struct result_attribute genre = {"genre", pair->genre};
        const struct result_item item = {.suite = row->suite,
                                         .dataset = row->dataset,
                                         .embedder = row->embedder,
                                         .stage = row->stage,
                                         .method = row->method,
                                         .id = pair->id,
                                         .status = isnan(scores[i]) ? "oov" : "ok",
                                         .score = scores[i],
                                         .gold_score = pair->rating,
                                         .correct = NAN,
                                         .attributes = &genre,
                                         .n_attributes = pair->genre ? 1 : 0};
        run->sink->item(run->sink->ctx, &item);
    }
}

static void set_rows(const struct suite_run *run, const struct sts_set *set,
                     const struct figure *row, const struct protocol *protocol,
                     const double *scores)
{
    double *gold = mem_array((size_t)set->n * 3 + 1, sizeof *gold);
    double *some_scores = gold + set->n, *some_gold = some_scores + set->n;
    const char **genres = mem_array((size_t)set->n + 1, sizeof *genres);
    struct map map = {0};
    for (uint32_t i = 0; i < set->n; i++) {
        gold[i] = set->pairs[i].rating;
        genres[i] = set->pairs[i].genre ? set->pairs[i].genre : "";
        if (*genres[i]) {
            map_put_text(&map, genres[i]);
        }
    }
    const struct scored all = {scores, gold, set->n};
    figures_skip_and_zero(run, row, protocol, SPLIT_ALL, &all);
    for (uint32_t g = 0; map.n > 1 && g < map.n; g++) {
        const struct split split = {"genre", map_key(&map, g), NULL};
        uint32_t n = figures_select(&all, genres, map_key(&map, g), some_scores, some_gold);
        figures_skip_and_zero(run, row, protocol, split,
                              &(struct scored){some_scores, some_gold, n});
    }
    map_finish(&map);
    free(genres);
    free(gold);
}

/* terms: of the method; NULL: none. */
static void protocol_of(const struct sts_set *set, const struct figure *row,
                        const struct protocol *terms, const char *pool,
                        struct protocol *ret_protocol)
{
    protocol_begin(ret_protocol, SUITE, set->name, set->n);
    protocol_add(ret_protocol, PROTOCOL_METHOD, row->method);
    if (terms) {
        protocol_append(ret_protocol, terms, PROTOCOL_OTHER);
    }
    protocol_add(ret_protocol, PROTOCOL_STAGE, row->stage.name);
    protocol_add(ret_protocol, PROTOCOL_POOL, pool);
}

/* The files describe a sentence vector that is not built here: a figure without a value says so. */
static void refuse_own(const struct suite_run *run, const struct sts_set *set,
                       const struct figure *row, const char *refusal)
{
    struct protocol protocol = {0};
    protocol_of(set, row, NULL, "none", &protocol);
    const struct measured none = {"spearman", SPLIT_ALL, "skip", NAN, {NAN, NAN}, set->n, 0};
    char *reason = mem_format("no sentence vector of its own: %s", refusal);
    figures_row_because(run, row, &protocol, &none, reason);
    free(reason);
    protocol_finish(&protocol);
}

/* The model's own sentence vector, which reads the text as it is: a row beside its stages'. */
static int run_own(const struct suite_run *run, const struct sts_set *set)
{
    const struct emb_ext_sentence *sentence = embedder_extension(run->embedder, EMB_EXT_SENTENCE);
    const char *made = sentence ? sentence->own(embedder_model(run->embedder)) : NULL;
    const char *refusal =
        sentence && !made ? sentence->refusal(embedder_model(run->embedder)) : NULL;
    if (!(made || refusal) || !word_view_is_plain(embedder_word_view(run->embedder))) {
        return 0;
    }
    const struct figure row = {.suite = SUITE,
                               .dataset = set->name,
                               .embedder = embedder_name(run->embedder),
                               .kind = embedder_kind(run->embedder),
                               .stage = {"sentence", STAGE_NO_BLOCK, STAGE_OTHER},
                               .method = "own"};
    if (!embedder_postprocess_fits_own(run->embedder)) {
        refusal = "the post-processing was fitted on vectors of words";
    }
    if (refusal) {
        refuse_own(run, set, &row, refusal);
        return 0;
    }
    double *scores = mem_array((size_t)set->n + 1, sizeof *scores);
    int status = sts_own_scores(run->embedder, sentence, set, scores);
    if (!status) {
        struct protocol protocol = {0};
        protocol_of(set, &row, NULL, made, &protocol);
        correlation_merge_ties(scores, set->n);
        pair_items(run, set, &row, scores);
        set_rows(run, set, &row, &protocol, scores);
        protocol_finish(&protocol);
    }
    free(scores);
    return status;
}

static void report(const struct suite_run *run, const struct sts_set *set, const char *method,
                   uint32_t stage, const struct protocol *terms, const double *scores)
{
    const struct figure row = {.suite = SUITE,
                               .dataset = set->name,
                               .embedder = embedder_name(run->embedder),
                               .kind = embedder_kind(run->embedder),
                               .stage = *embedder_stage(run->embedder, stage),
                               .method = method};
    struct protocol protocol = {0};
    protocol_of(set, &row, terms, embedder_whole_pool(run->embedder), &protocol);
    pair_items(run, set, &row, scores);
    set_rows(run, set, &row, &protocol, scores);
    protocol_finish(&protocol);
}

static int run_stages(const struct suite_run *run, const struct sts_set *set)
{
    uint32_t n = embedder_n_stages(run->embedder);
    double *scores;
    TRY(sts_score(run, set, &(struct sts_rows){.n = n}, &scores));
    for (uint32_t s = 0; s < n; s++) {
        report(run, set, "mean", s, NULL, scores + (size_t)s * set->n);
    }
    free(scores);
    return 0;
}

static void best_terms(const struct suite_run *run, const struct sts_set *set,
                       const struct word_mean *mean, uint32_t n, const struct sts_set *dev,
                       struct protocol *terms)
{
    struct str took = {0};
    word_mean_protocol(mean, NULL, terms);
    if (terms->n == 0) {
        protocol_add(terms, PROTOCOL_WEIGHTS, "uniform");
    }
    protocol_write(terms, &took);
    log_info("%s, %s: static-best takes %s, chosen on %s", embedder_name(run->embedder), set->name,
             str_text(&took), dev ? dev->name : "none");
    str_finish(&took);
    protocol_add(terms, PROTOCOL_CHOSEN_ON, dev ? dev->name : "none");
    protocol_add_number(terms, PROTOCOL_GRID, n);
}

static int run_words(const struct suite_run *run, const struct sts_set *set,
                     const struct sts_set *dev)
{
    const struct suite_state *state = run->state;
    struct word_mean specs[1 + WORD_MEANS_GRID] = {state->mean};
    uint32_t n = state->best ? word_means_grid(run->embedder, false, dev != NULL, specs + 1) : 0;
    double *scores, *dev_scores = NULL;
    struct protocol terms = {0}, best = {0};
    struct sts_rows rows = {1 + n, specs, &state->frequencies, dev};
    TRY(sts_score(run, set, &rows, &scores));
    word_mean_protocol(&state->mean, state->file, &terms);
    report(run, set, "mean", 0, &terms, scores);
    protocol_finish(&terms);
    rows.n = n;
    rows.specs = specs + 1;
    int status = n && dev ? sts_score(run, dev, &rows, &dev_scores) : 0;
    if (status == 0 && n) {
        uint32_t chosen = sts_choose(specs + 1, n, dev, dev_scores);
        best_terms(run, set, &specs[1 + chosen], n, dev, &best);
        report(run, set, "static-best", 0, &best, scores + (1 + (size_t)chosen) * set->n);
        protocol_finish(&best);
    }
    free(scores);
    free(dev_scores);
    return status;
}

/* The set of the run that --dev names, which may be another suite's; NULL: there is none. */
static const struct sts_set *find_dev(const struct suite_run *run)
{
    const char *dev = run->request->dev;
    const struct sts_set *found = NULL;
    for (uint32_t i = 0; dev && i < run->state->n; i++) {
        found = strcmp(run->state->sets[i].name, dev) == 0 ? &run->state->sets[i] : found;
    }
    return found;
}

/* What is counted or fitted needs a text for it. */
static int check_training(const struct suite_run *run, const struct sts_set *dev)
{
    const struct word_mean *mean = &run->state->mean;
    bool trains = mean->components || mean->words.kind == WORDS_IDF ||
                  (mean->words.kind == WORDS_SIF && mean->words.frequencies == WORDS_OF_TRAINING);
    return trains && !dev
               ? error_set(ERR_REQUEST, "suite sts: options components, weights=idf and "
                                        "frequencies=train need a training text; found none, "
                                        "expected --dev SET of this run")
               : 0;
}

/* Once, in the parent: what the figures leave out. */
static int baselines(const struct suite_run *run)
{
    for (uint32_t i = 0; i < run->state->n; i++) {
        const struct sts_set *set = &run->state->sets[i];
        if (set->n_unrated > 0) {
            log_info("%s: %u of %u pairs have no score and are left out, the first number %llu",
                     set->name, set->n_unrated, set->n + set->n_unrated,
                     (unsigned long long)set->first_unrated);
        }
    }
    return 0;
}

static int run(const struct suite_run *run)
{
    const struct sts_set *dev = find_dev(run);
    if (embedder_is_static(run->embedder)) {
        TRY(check_training(run, dev));
    }
    for (uint32_t i = 0; i < run->state->n; i++) {
        const struct sts_set *set = &run->state->sets[i];
        TRY(embedder_is_static(run->embedder) ? run_words(run, set, dev) : run_stages(run, set));
        TRY(run_own(run, &run->state->sets[i]));
    }
    return 0;
}

static const struct metric metrics[] = {
    {"spearman", "rank correlation of cosine and rating", METRIC_HIGHER, METRIC_SHARE,
     METRIC_HEADLINE, METRIC_SPEARMAN, .low = -1, .high = 1},
    {"pearson", "correlation of cosine and rating", METRIC_HIGHER, METRIC_SHARE, METRIC_SECONDARY,
     METRIC_PEARSON, .low = -1, .high = 1},
    {"coverage", "pairs with two vectors", METRIC_HIGHER, METRIC_SHARE, METRIC_DIAGNOSTIC,
     METRIC_SHARE_ANSWERED, .low = 0, .high = 1},
    {0},
};

static const struct suite_option options[] = {
    WORD_WEIGHT_OPTIONS("the mean of a static embedder's words"),
    WORD_BEST_OPTION("weights and components",
                     "the set of the run that --dev names; without one, sif with a = 0.001, as "
                     "Arora et al. recommend"),
    {{0}, NULL},
};

static const struct suite_term splits[] = {
    {"genre:NAME", "as the set gives it"},
    {0},
};

static const struct suite_term policies[] = {
    {"skip", "pairs with two vectors"},
    {"zero", "a pair without a vector scores 0"},
    {0},
};

const struct suite suite_sts = {
    .id = "sts",
    .title = "sentence similarity",
    .summary = "Cosine of two sentences' mean vectors against human ratings: the mean of the "
               "pieces for contextual embedders, of the known words for static ones; beside it the "
               "sentence vector that a model has of its own (stage sentence, method own). STS "
               "benchmark, SICK, STS 2012-2016.",
    .methods = "mean, static-best (static embedders), own",
    .options = options,
    .data =
        "STS benchmark: sts-test.csv, by tabs. STS 2012 to 2017: STS.input.X.txt with "
        "STS.gs.X.txt\n"
        "SICK, GLUE and tables by tabs, commas or semicolons whose header names sentence1,\n"
        "  sentence2 and score (or sentence_A, sentence_B, relatedness_score; similarity; label)\n"
        "by tabs without a header: two sentences and a score, or a score and two sentences\n"
        "FILE.jsonl: a line an object with those names, or an array of them\n"
        "a folder of such files. Pairs with a blank score are left out, and counted",
    .figures = {.metrics = metrics},
    .protocol_keys = PROTOCOL_BIT(POOL) | PROTOCOL_BIT(POLICY) | WORD_MEANS_KEYS,
    .splits = splits,
    .policies = policies,
    .prepare = prepare,
    .release = release,
    .baselines = baselines,
    .run = run,
};
