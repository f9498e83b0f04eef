/* Suite `context-similarity`: cosines of words in context against human ratings. */
#include "base/error.h"
#include "base/mem.h"
#include "math/correlation.h"
#include "suites/shared/contexts.h"
#include "suites/shared/figures.h"
#include "suites/suite.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int read_ratings(const char *path, struct context_sets *ret_sets)
{
    struct context_set *set = mem_alloc(sizeof *set);
    int status = context_ratings_read(path, set);
    if (status) {
        free(set);
        return status;
    }
    *ret_sets = (struct context_sets){set, 1};
    return 0;
}

static int prepare(const struct suite_request *request, struct suite_state **ret_state)
{
    return contexts_prepare(request, "context-similarity", read_ratings, ret_state);
}

/* One method at one stage. */
struct scoring {
    const struct suite_run *run;
    const struct context_set *set;
    const double *cosines; /* [n_pairs] */
    struct figure row;
    struct protocol protocol;
};

/* The value that a pair has on an axis; "" where it has none. */
static const char *words_value(const struct context_pair *pair)
{
    return strcasecmp(pair->lemmas[0], pair->lemmas[1]) == 0 ? "same" : "different";
}

static const char *sense_value(const struct context_pair *pair)
{
    return pair->same < 0 ? "" : pair->same ? "same" : "different";
}

static const char *pos_value(const struct context_pair *pair)
{
    static const char *const names[] = {"", "NOUN", "VERB", "ADJ", "ADV"};
    return names[pair->pos];
}

/* value_of NULL: of all pairs. */
static void write_split(const struct scoring *scoring, struct split split,
                        const char *(*value_of)(const struct context_pair *))
{
    const struct context_set *set = scoring->set;
    double *scores = mem_array(2 * set->n_pairs + 1, sizeof *scores), *gold = scores + set->n_pairs;
    uint32_t n = 0;
    for (size_t p = 0; p < set->n_pairs; p++) {
        if (!value_of || strcmp(value_of(&set->pairs[p]), split.value) == 0) {
            scores[n] = scoring->cosines[p];
            gold[n++] = set->pairs[p].rating;
        }
    }
    bool is_all = split_is_all(&split);
    if (n > 1 && (is_all || n < set->n_pairs)) {
        struct scored scored = {scores, gold, n};
        if (is_all) {
            figures_skip_and_zero(scoring->run, &scoring->row, &scoring->protocol, split, &scored);
        } else {
            struct correlations known = figures_correlate(scoring->run, &scored, false);
            figures_correlation_rows(scoring->run, &scoring->row, &scoring->protocol, split, "skip",
                                     &known);
        }
    }
    free(scores);
}

/* CoSimLex: pairs 2i and 2i + 1 are the same words in two contexts; the correlation, without
 * centring, of the change that people and the system see (Armendariz et al. 2020, task 1). */
static void write_change(const struct scoring *scoring)
{
    const struct context_set *set = scoring->set;
    double xy = 0, xx = 0, yy = 0;
    uint32_t n = 0;
    for (size_t p = 0; p + 1 < set->n_pairs; p += 2) {
        double x = scoring->cosines[p + 1] - scoring->cosines[p];
        double y = set->pairs[p + 1].rating - set->pairs[p].rating;
        if (!isnan(x)) {
            xy += x * y;
            xx += x * x;
            yy += y * y;
            n++;
        }
    }
    struct measured figure = {"change-correlation",
                              SPLIT_ALL,
                              "skip",
                              xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : NAN,
                              {NAN, NAN},
                              (uint32_t)(set->n_pairs / 2),
                              n};
    figures_row(scoring->run, &scoring->row, &scoring->protocol, &figure);
}

static bool is_of_changes(const struct context_set *set)
{
    return set->n_pairs > 1 && text_ends(set->pairs[0].id, ".1") &&
           text_ends(set->pairs[1].id, ".2");
}

static void write_items(const struct scoring *scoring)
{
    const struct context_set *set = scoring->set;
    for (size_t p = 0; p < set->n_pairs; p++) {
        const struct context_pair *pair = &set->pairs[p];
        const struct result_attribute attributes[] = {
            {"word1", pair->lemmas[0]},
            {"word2", pair->lemmas[1]},
            {"pos", wordnet_pos_name((enum wordnet_pos)pair->pos)},
        };
        struct result_item item = {
            .suite = "context-similarity",
            .dataset = set->name,
            .embedder = scoring->row.embedder,
            .stage = scoring->row.stage,
            .method = scoring->row.method,
            .id = pair->id,
            .status = isnan(scoring->cosines[p]) ? "oov" : "ok",
            .score = scoring->cosines[p],
            .gold_score = pair->rating,
            .correct = NAN,
            .attributes = attributes,
            .n_attributes = 3,
        };
        scoring->run->sink->item(scoring->run->sink->ctx, &item);
    }
}

static void report(const struct suite_run *run, const struct context_set *set, int method,
                   uint32_t stage, const double *cosines, const struct protocol *terms)
{
    struct scoring scoring = {
        .run = run,
        .set = set,
        .cosines = cosines,
        .row = {.suite = "context-similarity",
                .dataset = set->name,
                .embedder = embedder_name(run->embedder),
                .kind = embedder_kind(run->embedder),
                .stage = *embedder_stage(run->embedder, stage),
                .method = contexts_method_names[method]},
    };
    protocol_begin(&scoring.protocol, "context-similarity", set->name, set->n_pairs);
    protocol_add(&scoring.protocol, PROTOCOL_METHOD, scoring.row.method);
    protocol_append(&scoring.protocol, terms, PROTOCOL_OTHER);
    protocol_add(&scoring.protocol, PROTOCOL_STAGE, scoring.row.stage.name);
    protocol_add(&scoring.protocol, PROTOCOL_POOL, "mean");
    static const struct {
        struct split split;
        const char *(*value_of)(const struct context_pair *);
    } splits[] = {
        {{"words", "same", NULL}, words_value}, {{"words", "different", NULL}, words_value},
        {{"sense", "same", NULL}, sense_value}, {{"sense", "different", NULL}, sense_value},
        {{"pos", "NOUN", NULL}, pos_value},     {{"pos", "VERB", NULL}, pos_value},
        {{"pos", "ADJ", NULL}, pos_value},      {{"pos", "ADV", NULL}, pos_value},
    };
    write_split(&scoring, SPLIT_ALL, NULL);
    for (size_t i = 0; i < sizeof splits / sizeof *splits; i++) {
        write_split(&scoring, splits[i].split, splits[i].value_of);
    }
    if (is_of_changes(set)) {
        write_change(&scoring);
    }
    if (run->sink->item) {
        write_items(&scoring);
    }
    protocol_finish(&scoring.protocol);
}

/* The set of the run that --dev names, which may be another suite's; NULL: there is none. */
static const struct context_set *find_dev(const struct suite_run *run)
{
    const char *dev = run->request->dev;
    const struct context_set *found = NULL;
    for (uint32_t i = 0; dev && i < run->state->n; i++) {
        found = strcmp(run->state->sets[i].name, dev) == 0 ? &run->state->sets[i] : found;
    }
    return found;
}

static double spearman_of(const struct context_set *set, const double *cosines)
{
    double *scores = mem_array(2 * set->n_pairs + 1, sizeof *scores), *gold = scores + set->n_pairs;
    uint32_t n = 0;
    for (size_t p = 0; p < set->n_pairs; p++) {
        if (!isnan(cosines[p])) {
            scores[n] = cosines[p];
            gold[n++] = set->pairs[p].rating;
        }
    }
    double spearman = correlation_spearman(scores, gold, n);
    free(scores);
    return spearman;
}

/* The mean of the grid with the greatest correlation on the development set. */
static int choose(const struct suite_run *run, const struct context_set *dev, uint32_t *ret_chosen)
{
    const struct contexts_training training = {dev, CONTEXT_N_SPLITS};
    struct contexts_scores scores;
    double most = -INFINITY;
    *ret_chosen = 0;
    if (!dev || !run->state->best || !embedder_is_static(run->embedder)) {
        return 0;
    }
    TRY(contexts_score(run, dev, &training, &scores, NULL));
    for (uint32_t m = 0; m < scores.n_grid; m++) {
        double spearman = spearman_of(dev, scores.grid + m * dev->n_pairs);
        *ret_chosen = spearman > most ? m : *ret_chosen;
        most = spearman > most ? spearman : most;
    }
    contexts_scores_finish(&scores);
    return 0;
}

/* Without a development set, what Arora, Liang & Ma 2017 recommend: the first SIF of the grid. */
static uint32_t recommended(const struct contexts_scores *scores)
{
    uint32_t m = 0;
    while (m < scores->n_grid && scores->means[1 + m].words.kind != WORDS_SIF) {
        m++;
    }
    return m < scores->n_grid ? m : 0;
}

static int run_embedder(const struct suite_run *run)
{
    const struct context_set *dev = find_dev(run);
    uint32_t chosen;
    TRY(choose(run, dev, &chosen));
    const struct contexts_training training = {dev, CONTEXT_N_SPLITS};
    for (uint32_t i = 0; i < run->state->n; i++) {
        const struct context_set *set = &run->state->sets[i];
        struct contexts_scores scores;
        TRY(contexts_score(run, set, &training, &scores, NULL));
        if (scores.n_grid) {
            contexts_choose(run, set, &scores, dev ? chosen : recommended(&scores),
                            dev ? dev->name : "none");
        }
        for (int m = 0; m < CONTEXTS_N_METHODS; m++) {
            uint32_t n_stages = m == CONTEXTS_TARGET ? embedder_n_stages(run->embedder) : 1;
            for (uint32_t s = 0; s < n_stages && scores.cosines[m]; s++) {
                report(run, set, m, s, scores.cosines[m] + s * set->n_pairs, &scores.terms[m]);
            }
        }
        contexts_scores_finish(&scores);
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
    {"change-correlation",
     "of the change between two contexts of one pair: uncentred correlation of cosine's and "
     "rating's",
     METRIC_HIGHER, METRIC_SHARE, METRIC_SECONDARY, METRIC_OF_RECORDS, .low = -1, .high = 1},
    {0},
};

static const struct suite_option options[] = {
    WORD_MEAN_OPTIONS("method context", ""),
    WORD_BEST_OPTION("weights, distances and components",
                     "the set of the run that --dev names; without one, sif with a = 0.001, as "
                     "Arora et al. recommend"),
    {{0}, NULL},
};

static const struct suite_term splits[] = {
    {"pos:NOUN|VERB|…", "part of speech as the set gives it"},
    {"words:same|different", "whether the two words are one lemma"},
    {"sense:same|different",
     "whether the word has one sense in both contexts, where the set says it"},
    {0},
};

static const struct suite_term policies[] = {
    {"skip", "pairs with two vectors"},
    {"zero", "a pair without a vector scores 0"},
    {0},
};

const struct suite suite_context_similarity = {
    .id = "context-similarity",
    .title = "similarity of words in context",
    .summary = "The cosine of two words, each in its own context, against human ratings: SCWS "
               "(Huang et al. 2012), Usim (Erk et al. 2009), CoSimLex (Armendariz et al. 2020), "
               "RAW-C (Trott & Bergen 2021). Spearman and Pearson.",
    .methods = "target; lemma, context and static-best (static embedders)",
    .options = options,
    .data = "SCWS: ratings.txt. Usim: usim_en.txt, two lines a pair; INDEX counts tokens from 0\n"
            "CoSimLex: a header with sim1 and sim2; or the task's data_en.tsv with gold_en.tsv\n"
            "  (sim_context1, sim_context2) beside it or in ../gold\n"
            "RAW-C: commas, a header with word, sentence1, sentence2, mean_relatedness",
    .figures = {.metrics = metrics},
    .protocol_keys = PROTOCOL_BIT(POOL) | PROTOCOL_BIT(POLICY) | WORD_MEANS_KEYS,
    .splits = splits,
    .policies = policies,
    .prepare = prepare,
    .release = contexts_release,
    .run = run_embedder,
};
