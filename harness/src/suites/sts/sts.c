/*
 * Suite `sts`: cosine of two sentences against a human rating. A sentence's vector is the mean of
 * its pieces (contextual) or of its known words (static), plain or weighted by smooth inverse
 * frequency (Arora, Liang & Ma 2017, without the removal of a common component: that would have to
 * be fitted on the test sentences).
 */
#include "suites/suite.h"

#include "suites/shared/figures.h"
#include "suites/shared/sentence_words.h"
#include "suites/shared/set_names.h"
#include "suites/similarity/sets.h"
#include "suites/sts/own.h"
#include "suites/options.h"

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/str.h"
#include "data/sts.h"
#include "data/unicode.h"
#include "math/correlation.h"
#include "math/vectors.h"
#include "plugin/context.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SUITE "sts"
#define SIF_A 1e-3      /* the weight of a word of probability p is a / (a + p) */
#define ZIPF_OFFSET 2.7 /* Mandelbrot's, where a vocabulary's order stands in for its counts */

struct suite_state {
    struct sts_set *sets; /* [n] */
    uint32_t n;
    size_t capacity;
    uint64_t limit;
    bool sif;
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
    state->sif = suite_says(request, "sif", "zipf");
    int status = 0;
    if (request->n_datasets == 0) {
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

/* Scoring one set: sentences come two by two. */
struct scoring {
    const struct sts_set *set;
    const struct emb_ext_vocab *vocab; /* for weights by frequency; NULL = none */
    struct emb_model *model;
    double vocabulary; /* normaliser of Zipf's law over the words */
    uint32_t n_stages, dim;
    double *mean[2]; /* [n_stages, dim] of the first and the second sentence */
    bool known[2];
    double *scores;  /* [n_stages, n] */
    double *weights; /* queue of the weights of the words pushed, in order */
    size_t n_weights, weights_capacity, next_weight;
};

static int take_sentence(void *ctx, const struct embedded *embedded)
{
    struct scoring *scoring = ctx;
    uint32_t which = embedded->tag & 1;
    size_t row = (size_t)scoring->n_stages * scoring->dim;
    double *mean = scoring->mean[which], sum = 0;
    memset(mean, 0, row * sizeof *mean);
    for (uint32_t t = 0; t < embedded->n_targets; t++) {
        double weight = scoring->vocab ? scoring->weights[scoring->next_weight++] : 1;
        if (word_has_vector(embedded->status[t])) {
            vec_axpy(weight, embedded->vectors + t * row, mean, row);
            sum += weight;
        }
    }
    scoring->known[which] = sum > 0; /* a cosine does not ask for the division by sum */
    if (which == 1) {
        uint64_t pair = embedded->tag / 2;
        for (uint32_t s = 0; s < scoring->n_stages; s++) {
            const double *a = scoring->mean[0] + (size_t)s * scoring->dim;
            const double *b = scoring->mean[1] + (size_t)s * scoring->dim;
            scoring->scores[s * scoring->set->n + pair] =
                scoring->known[0] && scoring->known[1] ? vec_cosine_double(a, b, scoring->dim)
                                                       : NAN;
        }
    }
    return 0;
}

/* a / (a + p), p by Zipf's law of the word's place in the vocabulary. */
static double sif_weight(const struct scoring *scoring, const char *word, size_t n)
{
    uint64_t row;
    int32_t status = scoring->vocab->find(scoring->model, word, (uint32_t)n, &row);
    if (status == EMB_WORD_UNKNOWN) {
        return 1;
    }
    double p = 1 / (((double)row + ZIPF_OFFSET) * scoring->vocabulary);
    return SIF_A / (SIF_A + p);
}

static int push_words(struct scoring *scoring, struct embed_stream *stream, uint64_t tag,
                      const char *text)
{
    struct str lower = {0};
    unicode_lower(text, strlen(text), &lower);
    struct emb_span *spans = mem_array(lower.n + 1, sizeof *spans);
    uint32_t n = sentence_words_cut(&lower, spans);
    for (uint32_t i = 0; scoring->vocab && i < n; i++) {
        MEM_GROW(scoring->weights, scoring->weights_capacity, scoring->n_weights + 1);
        scoring->weights[scoring->n_weights++] =
            sif_weight(scoring, lower.data + spans[i].begin, spans[i].end - spans[i].begin);
    }
    int status =
        embed_stream_push(stream, tag, str_text(&lower), (uint32_t)lower.n, spans, n, spans, n);
    free(spans);
    str_finish(&lower);
    return status;
}

static int push_sentence(struct scoring *scoring, const struct suite_run *run,
                         struct embed_stream *stream, uint64_t tag, const char *text)
{
    if (embedder_is_static(run->embedder)) {
        return push_words(scoring, stream, tag, text);
    }
    struct slice trimmed = slice_trim(slice_of(text));
    struct emb_span whole = {0, (uint32_t)trimmed.n};
    return embed_stream_push(stream, tag, trimmed.text, (uint32_t)trimmed.n, NULL, 0, &whole,
                             trimmed.n > 0);
}

static int embed_set(struct scoring *scoring, const struct suite_run *run)
{
    const struct sts_set *set = scoring->set;
    struct embed_stream *stream = embed_stream_create(run->embedder, EMB_POOL_MEAN, take_sentence,
                                                      scoring, set->name, (uint64_t)set->n * 2);
    for (uint32_t i = 0; i < set->n; i++) {
        int status = push_sentence(scoring, run, stream, 2 * (uint64_t)i, set->pairs[i].first);
        status =
            status ? status
                   : push_sentence(scoring, run, stream, 2 * (uint64_t)i + 1, set->pairs[i].second);
        if (status) {
            embed_stream_cancel(stream);
            return status;
        }
    }
    return embed_stream_finish(stream);
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

static void use_frequencies(struct scoring *scoring, const struct suite_run *run)
{
    scoring->vocab = embedder_extension(run->embedder, EMB_EXT_VOCAB);
    scoring->model = embedder_model(run->embedder);
    for (uint32_t rank = 0; rank < 1000000; rank++) {
        scoring->vocabulary += 1 / ((double)rank + ZIPF_OFFSET);
    }
}

static void protocol_of(const struct sts_set *set, const struct figure *row, const char *pool,
                        struct protocol *ret_protocol)
{
    protocol_begin(ret_protocol, SUITE, set->name, set->n);
    protocol_add(ret_protocol, PROTOCOL_METHOD, row->method);
    protocol_add(ret_protocol, PROTOCOL_STAGE, row->stage.name);
    protocol_add(ret_protocol, PROTOCOL_POOL, pool);
}

/* The files describe a sentence vector that is not built here: a figure without a value says so. */
static void refuse_own(const struct suite_run *run, const struct sts_set *set,
                       const struct figure *row, const char *refusal)
{
    struct protocol protocol = {0};
    protocol_of(set, row, "none", &protocol);
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
    if (refusal) {
        refuse_own(run, set, &row, refusal);
        return 0;
    }
    double *scores = mem_array((size_t)set->n + 1, sizeof *scores);
    int status = sts_own_scores(run->embedder, sentence, set, scores);
    if (!status) {
        struct protocol protocol = {0};
        protocol_of(set, &row, made, &protocol);
        correlation_merge_ties(scores, set->n);
        pair_items(run, set, &row, scores);
        set_rows(run, set, &row, &protocol, scores);
        protocol_finish(&protocol);
    }
    free(scores);
    return status;
}

static int run_set(const struct suite_run *run, const struct sts_set *set)
{
    struct scoring scoring = {.set = set,
                              .n_stages = embedder_n_stages(run->embedder),
                              .dim = embedder_dim(run->embedder)};
    size_t row_size = (size_t)scoring.n_stages * scoring.dim;
    bool is_static = embedder_is_static(run->embedder);
    if (run->state->sif && is_static) {
        use_frequencies(&scoring, run);
    }
    scoring.mean[0] = mem_array(row_size + 1, sizeof(double));
    scoring.mean[1] = mem_array(row_size + 1, sizeof(double));
    scoring.scores = mem_array((size_t)scoring.n_stages * set->n + 1, sizeof(double));
    const char *pool = embedder_whole_pool(run->embedder);
    int status = embed_set(&scoring, run);
    for (uint32_t s = 0; !status && s < scoring.n_stages; s++) {
        const struct figure row = {.suite = SUITE,
                                   .dataset = set->name,
                                   .embedder = embedder_name(run->embedder),
                                   .kind = embedder_kind(run->embedder),
                                   .stage = *embedder_stage(run->embedder, s),
                                   .method = scoring.vocab ? "mean-sif" : "mean"};
        struct protocol protocol = {0};
        protocol_of(set, &row, pool, &protocol);
        double *scores = scoring.scores + (size_t)s * set->n;
        correlation_merge_ties(scores, set->n);
        pair_items(run, set, &row, scores);
        set_rows(run, set, &row, &protocol, scores);
        protocol_finish(&protocol);
    }
    free(scoring.mean[0]);
    free(scoring.mean[1]);
    free(scoring.scores);
    free(scoring.weights);
    return status;
}

/* Once, in the parent: what the figures leave out. */
static int baselines(const struct suite_run *run)
{
    for (uint32_t i = 0; i < run->state->n; i++) {
        const struct sts_set *set = &run->state->sets[i];
        if (set->n_unrated > 0) {
            log_info("%s: %u of %u pairs have no score and are left out", set->name, set->n_unrated,
                     set->n + set->n_unrated);
        }
    }
    return 0;
}

static int run(const struct suite_run *run)
{
    for (uint32_t i = 0; i < run->state->n; i++) {
        TRY(run_set(run, &run->state->sets[i]));
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
    {{"sif", "none",
      "static embedders weight words by smooth inverse frequency, taken from their place in the "
      "vocabulary",
      EMB_OPT_TEXT, 0, 0, 0},
     "none|zipf"},
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
    .methods = "mean, mean-sif, own",
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
    .protocol_keys = PROTOCOL_BIT(POOL) | PROTOCOL_BIT(POLICY),
    .splits = splits,
    .policies = policies,
    .prepare = prepare,
    .release = release,
    .baselines = baselines,
    .run = run,
};
