#include "suites/analogy_rows.h"

#include "base/mem.h"
#include "base/str.h"
#include "suites/figures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SUITE "analogy"

/* What the rows of one method have in common. */
struct analogy_report {
    const struct suite_run *run;
    const struct analogy_set *set;
    const struct result_row *row;
    const char *signature, *metric;
    const struct analogy_outcome *outcomes;
};

static bool in_split(const struct analogy_set *set, uint32_t q, const char *group, uint32_t section)
{
    uint32_t own = set->questions[q].section;
    if (group) {
        return set->sections[own].group && strcmp(set->sections[own].group, group) == 0;
    }
    return section == UINT32_MAX || section == own;
}

static void accuracy_row(const struct analogy_report *of, const char *split, const char *group,
                         uint32_t section, bool skip)
{
    const struct analogy_set *set = of->set;
    double *right = mem_array((size_t)set->n + 1, sizeof *right), sum = 0;
    uint32_t n = 0, all = 0, attempted = 0;
    for (uint32_t q = 0; q < set->n; q++) {
        if (!in_split(set, q, group, section)) {
            continue;
        }
        all++;
        attempted += of->outcomes[q].attempted;
        if (of->outcomes[q].attempted || !skip) {
            right[n] = of->outcomes[q].right;
            sum += right[n++];
        }
    }
    struct bootstrap plan = figures_plan(of->run);
    const struct figure figure = {of->metric,
                                  split,
                                  skip ? "skip" : "zero",
                                  n ? sum / n : NAN,
                                  bootstrap_ratio(&plan, right, NULL, n),
                                  all,
                                  attempted};
    figures_row(of->run, of->row, of->signature, &figure);
    free(right);
}

/* The groups in order of first occurrence, then the sections. */
static void split_rows(const struct analogy_report *of)
{
    const struct analogy_set *set = of->set;
    struct map groups = {0};
    for (int skip = 1; skip >= 0; skip--) {
        accuracy_row(of, "all", NULL, UINT32_MAX, skip);
    }
    for (uint32_t s = 0; s < set->n_sections; s++) {
        if (set->sections[s].group) {
            map_put_text(&groups, set->sections[s].group);
        }
    }
    for (uint32_t g = 0; g < groups.n; g++) {
        accuracy_row(of, map_key(&groups, g), map_key(&groups, g), 0, true);
    }
    for (uint32_t s = 0; set->n_sections > 1 && s < set->n_sections; s++) {
        char *split = mem_format("section:%s", set->sections[s].name);
        accuracy_row(of, split, NULL, s, true);
        free(split);
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
    const struct result_row row = {.suite = SUITE,
                                   .dataset = set->name,
                                   .embedder = embedder_name(run->embedder),
                                   .kind = embedder_kind(run->embedder),
                                   .stage = protocol->stage,
                                   .method = protocol->method};
    struct str signature = {0};
    str_format(&signature, "%s|%s(%u)|method:%s|stage:%s|case:%s", SUITE, set->name, set->n,
               protocol->method, protocol->stage, protocol->keep_case ? "exact" : "lower");
    if (protocol->n_words) {
        bool whole = protocol->limit == protocol->n_words;
        str_format(&signature, "|vocabulary:%s", whole ? "whole" : "");
        if (!whole) {
            str_format(&signature, "%llu", (unsigned long long)protocol->limit);
        }
        str_add(&signature, "|inputs:excluded|tie:lowest");
    }
    char *metric = protocol->k > 1 ? mem_format("accuracy@%u", protocol->k) : mem_text("accuracy");
    const struct analogy_report of = {run, set, &row, str_text(&signature), metric, outcomes};
    split_rows(&of);
    for (uint32_t q = 0; run->sink->item && q < set->n; q++) {
        question_item(&of, q);
    }
    free(metric);
    str_finish(&signature);
}
