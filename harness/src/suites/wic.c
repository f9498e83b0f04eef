#include "base/mem.h"
#include "suites/contexts.h"
#include "suites/figures.h"
#include "suites/list.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int prepare(const struct suite_request *request, struct suite_state **ret_state)
{
    return contexts_prepare(request, "wic", wic_read, ret_state);
}

struct scored_pair {
    double cosine;
    bool same;
};

static int by_cosine(const void *a, const void *b)
{
    const struct scored_pair *x = a, *y = b;
    return x->cosine < y->cosine ? -1 : x->cosine > y->cosine;
}

/* The pairs of a split, and of a part of speech unless it is 0, whose gold and cosine are known,
 * ascending. */
static struct scored_pair *sorted_pairs(const struct context_set *set, const double *cosines,
                                        uint32_t split, uint32_t pos, uint32_t *ret_n)
{
    struct scored_pair *pairs = mem_array(set->n_pairs + 1, sizeof *pairs);
    uint32_t n = 0;
    for (size_t p = 0; p < set->n_pairs; p++) {
        const struct context_pair *pair = &set->pairs[p];
        if (pair->split == split && (pos == 0 || pair->pos == pos) && pair->same >= 0 &&
            !isnan(cosines[p])) {
            pairs[n++] = (struct scored_pair){cosines[p], pair->same == 1};
        }
    }
    if (n) {
        qsort(pairs, n, sizeof *pairs, by_cosine);
    }
    *ret_n = n;
    return pairs;
}

/* The least of the thresholds with the greatest accuracy, of: below all, the midpoints between
 * neighbouring distinct cosines, above all. */
static double best_threshold(const struct scored_pair *pairs, uint32_t n)
{
    uint32_t right = 0;
    for (uint32_t i = 0; i < n; i++) {
        right += pairs[i].same; /* below all: everything is "same" */
    }
    uint32_t best = right;
    double threshold = -INFINITY;
    for (uint32_t i = 0; i < n; i++) {
        right += pairs[i].same ? UINT32_MAX : 1; /* pair i falls below the threshold */
        bool last = i + 1 == n;
        if (right > best && (last || pairs[i].cosine < pairs[i + 1].cosine)) {
            best = right;
            threshold =
                last ? INFINITY : pairs[i].cosine + (pairs[i + 1].cosine - pairs[i].cosine) / 2;
        }
    }
    return threshold;
}

/* The chance that a same pair has the greater cosine than a different one, ties counting half. */
static double area_under_curve(const struct scored_pair *pairs, uint32_t n)
{
    double wins = 0, different = 0, same = 0;
    for (uint32_t i = 0, end; i < n; i = end) {
        double tied_same = 0, tied_different = 0;
        for (end = i; end < n && pairs[end].cosine <= pairs[i].cosine; end++) {
            tied_same += pairs[end].same;
            tied_different += !pairs[end].same;
        }
        wins += tied_same * (different + tied_different / 2);
        same += tied_same;
        different += tied_different;
    }
    return same > 0 && different > 0 ? wins / (same * different) : NAN;
}

/* One method at one stage. */
struct scoring {
    const struct suite_run *run;
    const struct context_set *set;
    const double *cosines; /* [n_pairs] */
    double threshold;
    const char *learned_on; /* "train", "dev"; NULL: nowhere */
    struct result_row row;
};

static const char *const split_names[CONTEXT_N_SPLITS] = {"train", "dev", "test", "all"};

/* A pair without a cosine is answered "different". */
static bool answer_of(const struct scoring *scoring, size_t pair)
{
    return !isnan(scoring->cosines[pair]) && scoring->cosines[pair] >= scoring->threshold;
}

static void write_share(struct scoring *scoring, uint32_t split, uint32_t pos)
{
    const struct context_set *set = scoring->set;
    double *right = mem_array(set->n_pairs + 1, sizeof *right), sum = 0;
    uint32_t n = 0, known = 0, n_sorted;
    for (size_t p = 0; p < set->n_pairs; p++) {
        const struct context_pair *pair = &set->pairs[p];
        if (pair->split == split && (pos == 0 || pair->pos == pos) && pair->same >= 0) {
            right[n] = answer_of(scoring, p) == (pair->same == 1);
            sum += right[n++];
            known += !isnan(scoring->cosines[p]);
        }
    }
    if (n == 0) {
        free(right);
        return;
    }
    char *dataset = split == CONTEXT_WHOLE ? mem_text(set->name)
                                           : mem_format("%s:%s", set->name, split_names[split]);
    char *part =
        pos ? mem_format("pos:%s", wordnet_pos_name((enum wordnet_pos)pos)) : mem_text("all");
    char *signature = mem_format("wic|%s(%u)|threshold:%s|method:%s%s%s|pool:mean", dataset, n,
                                 scoring->learned_on ? scoring->learned_on : "none",
                                 scoring->row.method, scoring->row.stage ? "|stage:" : "",
                                 scoring->row.stage ? scoring->row.stage : "");
    struct bootstrap plan = figures_plan(scoring->run);
    scoring->row.dataset = dataset;
    if (scoring->learned_on) {
        struct figure accuracy = {
            "accuracy", part, NULL, sum / n, bootstrap_ratio(&plan, right, NULL, n), n, known};
        figures_row(scoring->run, &scoring->row, signature, &accuracy);
    }
    struct scored_pair *sorted = sorted_pairs(set, scoring->cosines, split, pos, &n_sorted);
    struct figure area = {"auc",      part, NULL, area_under_curve(sorted, n_sorted),
                          {NAN, NAN}, n,    known};
    figures_row(scoring->run, &scoring->row, signature, &area);
    free(sorted);
    free(signature);
    free(part);
    free(dataset);
    free(right);
}

static void write_items(const struct scoring *scoring)
{
    const struct context_set *set = scoring->set;
    for (size_t p = 0; p < set->n_pairs; p++) {
        const struct context_pair *pair = &set->pairs[p];
        bool known = !isnan(scoring->cosines[p]), answer = answer_of(scoring, p);
        const struct result_attribute attributes[] = {
            {"lemma", pair->lemmas[0]},
            {"pos", wordnet_pos_name((enum wordnet_pos)pair->pos)},
            {"split", split_names[pair->split]},
        };
        struct result_item item = {
            .suite = "wic",
            .dataset = set->name,
            .embedder = scoring->row.embedder,
            .stage = scoring->row.stage,
            .method = scoring->row.method,
            .id = pair->id,
            .answer = answer ? "T" : "F",
            .gold = pair->same < 0 ? NULL
                    : pair->same   ? "T"
                                   : "F",
            .status = known ? "ok" : "oov",
            .score = scoring->cosines[p],
            .gold_score = NAN,
            .correct = pair->same < 0 ? NAN : answer == (pair->same == 1),
            .attributes = attributes,
            .n_attributes = 3,
        };
        scoring->run->sink->item(scoring->run->sink->ctx, &item);
    }
}

/* The threshold is learned on train; where there is none on dev; else nowhere. */
static void learn_threshold(struct scoring *scoring)
{
    scoring->threshold = NAN;
    scoring->learned_on = NULL;
    for (uint32_t split = CONTEXT_TRAIN; split <= CONTEXT_DEV && !scoring->learned_on; split++) {
        uint32_t n;
        struct scored_pair *pairs = sorted_pairs(scoring->set, scoring->cosines, split, 0, &n);
        if (n) {
            scoring->threshold = best_threshold(pairs, n);
            scoring->learned_on = split_names[split];
        }
        free(pairs);
    }
}

static void report(const struct suite_run *run, const struct context_set *set, int method,
                   uint32_t stage, const double *cosines)
{
    struct scoring scoring = {
        .run = run,
        .set = set,
        .cosines = cosines,
        .row = {.suite = "wic",
                .embedder = embedder_name(run->embedder),
                .kind = embedder_kind(run->embedder),
                .stage = embedder_stage(run->embedder, stage),
                .method = contexts_method_names[method]},
    };
    learn_threshold(&scoring);
    for (uint32_t split = 0; split < CONTEXT_N_SPLITS; split++) {
        for (uint32_t pos = 0; pos <= WORDNET_N_POS; pos++) {
            write_share(&scoring, split, pos);
        }
    }
    if (run->sink->item) {
        write_items(&scoring);
    }
}

static int run_embedder(const struct suite_run *run)
{
    for (uint32_t i = 0; i < run->state->n; i++) {
        const struct context_set *set = &run->state->sets[i];
        struct contexts_scores scores;
        int code = contexts_score(run->embedder, set, &scores);
        if (code) {
            return code;
        }
        for (int m = 0; m < CONTEXTS_N_METHODS; m++) {
            uint32_t n_stages = m == CONTEXTS_TARGET ? embedder_n_stages(run->embedder) : 1;
            for (uint32_t s = 0; s < n_stages && scores.cosines[m]; s++) {
                report(run, set, m, s, scores.cosines[m] + s * set->n_pairs);
            }
        }
        contexts_scores_finish(&scores);
    }
    return 0;
}

/* Always the more frequent answer of each split. */
static int baselines(const struct suite_run *run)
{
    for (uint32_t i = 0; i < run->state->n; i++) {
        const struct context_set *set = &run->state->sets[i];
        for (uint32_t split = 0; split < CONTEXT_N_SPLITS; split++) {
            uint32_t n = 0, same = 0;
            for (size_t p = 0; p < set->n_pairs; p++) {
                n += set->pairs[p].split == split && set->pairs[p].same >= 0;
                same += set->pairs[p].split == split && set->pairs[p].same == 1;
            }
            if (n == 0) {
                continue;
            }
            char *dataset = split == CONTEXT_WHOLE
                                ? mem_text(set->name)
                                : mem_format("%s:%s", set->name, split_names[split]);
            char *signature = mem_format("wic|%s(%u)|method:majority", dataset, n);
            struct result_row row = {.suite = "wic",
                                     .dataset = dataset,
                                     .embedder = "baseline",
                                     .kind = "baseline",
                                     .method = "majority"};
            struct figure figure = {
                "accuracy", "all", NULL, (double)(2 * same > n ? same : n - same) / n,
                {NAN, NAN}, n,     n};
            figures_row(run, &row, signature, &figure);
            free(signature);
            free(dataset);
        }
    }
    return 0;
}

const struct suite suite_wic = {
    .id = "wic",
    .title = "word in context",
    .summary = "Does a word mean the same in two sentences? The cosine of its two vectors against "
               "a threshold learned on the training pairs (Pilehvar & Camacho-Collados 2019); AUC "
               "needs none. Reads WiC, WiC-TSV, MCL-WiC and XL-WiC.",
    .methods = "target, lemma and context (static embedders)",
    .options = "",
    .prepare = prepare,
    .release = contexts_release,
    .baselines = baselines,
    .run = run_embedder,
};
