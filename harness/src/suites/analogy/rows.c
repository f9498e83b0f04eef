/* Rows and items of suite `analogy`. */
#include "suites/analogy/rows.h"

#include "base/mem.h"
#include "base/str.h"
#include "suites/shared/figures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SUITE "analogy"

/* The pairs of words that questions are made of: a is to b, and c is to its first answer. */
struct pairs {
    uint32_t (*of)[2]; /* [questions] numbers of a question's two pairs */
    uint32_t n;
};

/* What the rows of one method have in common. */
struct analogy_report {
    const struct suite_run *run;
    const struct analogy_set *set;
    const struct figure *row;
    const struct protocol *protocol;
    const char *metric;
    const struct analogy_outcome *outcomes;
    struct pairs pairs; /* n == 0: questions are independent (choices) */
};

static uint32_t number_pair(struct map *map, uint32_t section, uint32_t first, uint32_t second)
{
    const uint32_t key[3] = {section, first, second};
    return map_put(map, (const char *)key, sizeof key);
}

static struct pairs list_pairs(const struct analogy_set *set)
{
    struct pairs pairs = {.of = mem_array((size_t)set->n + 1, sizeof *pairs.of)};
    struct map map = {0};
    for (uint32_t q = 0; q < set->n && set->n_choices == 0; q++) {
        const struct analogy_question *question = &set->questions[q];
        pairs.of[q][0] = number_pair(&map, question->section, question->a, question->b);
        pairs.of[q][1] =
            number_pair(&map, question->section, question->c, set->answers[question->first_answer]);
    }
    pairs.n = map.n;
    map_finish(&map);
    return pairs;
}

/* Questions of a split, for resampling the pairs that they are made of. */
struct questions {
    uint32_t (*pairs)[2]; /* [n] numbers among the pairs of the split */
    const double *right;  /* [n] */
    uint32_t n;
};

/* A question whose two pairs were drawn i and j times stands i * j times in the resample. */
static double resampled_accuracy(const void *ctx, const uint32_t *counts, uint32_t n,
                                 uint32_t worker)
{
    const struct questions *questions = ctx;
    double right = 0, all = 0;
    (void)n;
    (void)worker;
    for (uint32_t q = 0; q < questions->n; q++) {
        double weight = (double)counts[questions->pairs[q][0]] * counts[questions->pairs[q][1]];
        right += weight * questions->right[q];
        all += weight;
    }
    return all > 0 ? right / all : NAN;
}

/* 50 pairs make 2,450 questions that are no 2,450 observations: what is resampled are the pairs
 * (resampling the nodes of dyadic data: Snijders & Borgatti 1999). asked[n]: the questions. */
static struct interval accuracy_interval(const struct analogy_report *of, const uint32_t *asked,
                                         const double *right, uint32_t n)
{
    struct bootstrap plan = figures_plan(of->run);
    if (of->pairs.n == 0) {
        return bootstrap_share(&plan, right, NULL, n);
    }
    struct questions questions = {mem_array((size_t)n + 1, sizeof *questions.pairs), right, n};
    uint32_t *numbers = mem_array((size_t)of->pairs.n + 1, sizeof *numbers), n_pairs = 0;
    for (uint32_t q = 0; q < n; q++) {
        for (int side = 0; side < 2; side++) {
            uint32_t *number = &numbers[of->pairs.of[asked[q]][side]];
            *number = *number ? *number : ++n_pairs;
            questions.pairs[q][side] = *number - 1;
        }
    }
    struct interval interval = bootstrap_interval(&plan, n_pairs, resampled_accuracy, &questions);
    double sum = 0;
    for (uint32_t q = 0; q < n; q++) {
        sum += right[q];
    }
    if (plan.resamples > 0 && n > 0) {
        interval = share_interval(interval, sum / n * n_pairs, n_pairs, BOOTSTRAP_CONFIDENCE);
    }
    free(numbers);
    free(questions.pairs);
    return interval;
}

static bool in_split(const struct analogy_set *set, uint32_t q, const char *group, uint32_t section)
{
    uint32_t own = set->questions[q].section;
    if (group) {
        return set->sections[own].group && strcmp(set->sections[own].group, group) == 0;
    }
    return section == UINT32_MAX || section == own;
}

static void accuracy_row(const struct analogy_report *of, struct split split, const char *group,
                         uint32_t section, bool skip)
{
    const struct analogy_set *set = of->set;
    double *right = mem_array((size_t)set->n + 1, sizeof *right), sum = 0;
    uint32_t *asked = mem_array((size_t)set->n + 1, sizeof *asked), n = 0, all = 0, attempted = 0;
    for (uint32_t q = 0; q < set->n; q++) {
        if (!in_split(set, q, group, section)) {
            continue;
        }
        all++;
        attempted += of->outcomes[q].attempted;
        if (of->outcomes[q].attempted || !skip) {
            asked[n] = q;
            right[n] = of->outcomes[q].right;
            sum += right[n++];
        }
    }
    const struct measured figure = {of->metric,
                                    split,
                                    skip ? "skip" : "zero",
                                    n ? sum / n : NAN,
                                    accuracy_interval(of, asked, right, n),
                                    all,
                                    attempted};
    figures_row(of->run, of->row, of->protocol, &figure);
    free(asked);
    free(right);
}

/* The groups in order of first occurrence, then the sections. */
static void split_rows(const struct analogy_report *of)
{
    const struct analogy_set *set = of->set;
    struct map groups = {0};
    for (int skip = 1; skip >= 0; skip--) {
        accuracy_row(of, SPLIT_ALL, NULL, UINT32_MAX, skip);
    }
    for (uint32_t s = 0; s < set->n_sections; s++) {
        if (set->sections[s].group) {
            map_put_text(&groups, set->sections[s].group);
        }
    }
    for (uint32_t g = 0; g < groups.n; g++) {
        accuracy_row(of, (struct split){map_key(&groups, g), NULL, NULL}, map_key(&groups, g), 0,
                     true);
    }
    for (uint32_t s = 0; set->n_sections > 1 && s < set->n_sections; s++) {
        const struct split split = {"section", set->sections[s].name, NULL};
        accuracy_row(of, split, NULL, s, true);
    }
    map_finish(&groups);
}

static char *gold_text(const struct analogy_set *set, const struct analogy_question *question)
{
    struct str text = {0};
    for (uint32_t i = 0; i < question->n_answers; i++) {
        uint32_t answer = set->answers[question->first_answer + i];
        uint32_t word = question->n_choices ? set->choices[question->choices + answer][0] : answer;
        str_format(&text, "%s%s", i ? " " : "", map_key(&set->words, word));
    }
    return text.data ? text.data : mem_text("");
}

static void question_item(const struct analogy_report *of, uint32_t q)
{
    const struct analogy_set *set = of->set;
    const struct analogy_question *question = &set->questions[q];
    const struct analogy_outcome *outcome = &of->outcomes[q];
    char *id = analogy_id(set, q), *gold = gold_text(set, question);
    char *answer = outcome->answer ? mem_text_n(outcome->answer, outcome->answer_bytes) : NULL;
    const struct result_attribute attributes[] = {
        {"section", set->sections[question->section].name}};
    const struct result_item item = {.suite = of->row->suite,
                                     .dataset = of->row->dataset,
                                     .embedder = of->row->embedder,
                                     .stage = of->row->stage,
                                     .method = of->row->method,
                                     .id = id,
                                     .answer = answer,
                                     .gold = gold,
                                     .status = outcome->attempted ? "ok" : "oov",
                                     .score = outcome->attempted ? outcome->score : NAN,
                                     .gold_score = NAN,
                                     .correct = outcome->right,
                                     .attributes = attributes,
                                     .n_attributes = 1};
    of->run->sink->item(of->run->sink->ctx, &item);
    free(id);
    free(gold);
    free(answer);
}

void analogy_rows(const struct suite_run *run, const struct analogy_set *set,
                  const struct analogy_protocol *protocol, const struct analogy_outcome *outcomes)
{
    const struct figure row = {.suite = SUITE,
                               .dataset = set->name,
                               .embedder = embedder_name(run->embedder),
                               .kind = embedder_kind(run->embedder),
                               .stage = protocol->stage,
                               .method = protocol->method};
    struct protocol terms = {0};
    bool written = !embedder_is_static(run->embedder) && set->n_choices;
    protocol_begin(&terms, SUITE, set->name, set->n);
    protocol_add(&terms, PROTOCOL_METHOD, protocol->method);
    protocol_add(&terms, PROTOCOL_STAGE, protocol->stage.name);
    protocol_add(&terms, PROTOCOL_CASE,
                 written               ? "written"
                 : protocol->keep_case ? "exact"
                                       : "lower");
    if (written) {
        protocol_add(&terms, PROTOCOL_POOL, embedder_whole_pool(run->embedder));
    }
    if (protocol->n_words) {
        if (protocol->limit == protocol->n_words) {
            protocol_add(&terms, PROTOCOL_VOCABULARY, "whole");
        } else {
            protocol_add_number(&terms, PROTOCOL_VOCABULARY, protocol->limit);
        }
        protocol_add(&terms, PROTOCOL_INPUTS, "excluded");
        protocol_add(&terms, PROTOCOL_TIE, "lowest");
        protocol_add(&terms, PROTOCOL_INTERVAL, "pairs");
    }
    char *metric = protocol->k > 1 ? mem_format("accuracy@%u", protocol->k) : mem_text("accuracy");
    const struct analogy_report of = {run, set, &row, &terms, metric, outcomes, list_pairs(set)};
    split_rows(&of);
    for (uint32_t q = 0; run->sink->item && q < set->n; q++) {
        question_item(&of, q);
    }
    free(of.pairs.of);
    free(metric);
    protocol_finish(&terms);
}
