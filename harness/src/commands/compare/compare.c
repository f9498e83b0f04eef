/*
 * compare - is one system better than another? Items of reports are paired by id; difference,
 * interval, test, corrected p, verdict in words, and which ranks can be distinguished.
 */
#include "commands/compare/read.h"
#include "commands/compare/select.h"
#include "commands/compare/stats.h"
#include "commands/compare/write.h"

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/str.h"
#include "commands/command.h"
#include "commands/say.h"
#include "report/metric.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option_help options[] = {
    {"embedder", "LIST", "only these embedders, comma-separated; \"baseline\": all baselines"},
    {"suite", "LIST", "only these suites"},
    {"dataset", "LIST", "only these data sets, as rows name them (ALL/senseval2, wic:dev)"},
    {"method", "LIST",
     "only these methods, of embedders and of baselines; several are compared with each\n"
     "other"},
    {"stage", "LIST",
     "last (default): each embedder's last block; dev: the one that a development set\n"
     "chose; best: its best on the data set, which flatters it; all; or stages' names"},
    {"metric", "LIST",
     "only these metrics; default: f1, else accuracy, spearman, v-measure; of suite\n"
     "contextuality all"},
    {"against", "ROWS",
     "compare what is selected with these rows alone: an embedder's name, a baseline's\n"
     "method, or terms as of report --select (\"embedder=minilm stage=table\")"},
    {"test", "TEST",
     "mcnemar, randomisation, williams, steiger; default: McNemar's exact test, or\n"
     "randomisation where items are not right or wrong; Williams' t for\n"
     "correlations of 10 items or more"},
    {"correction", "NAME", "over all comparisons shown: holm (default) or bh"},
    {"cluster", "NAME", "resample whole clusters of items: an attribute such as document"},
    {"all-pairs", NULL, "compare all with all even where two reports share systems"},
    {"force", NULL, "compare even where signatures differ"},
    {"fail-on-regression", "DELTA",
     "exit status 1 if a figure of a later report is below the first\n"
     "report's by more than DELTA (0..1 scale)"},
    {"format", "FORMAT", "text (default), or another of these"},
    {"output", "FILE", "write there instead of to stdout"},
    {"resamples", "N", "of the bootstrap; default 2000"},
    {"rounds", "N", "of the randomisation test; default 10000"},
    {"seed", "N", "of resamples and rounds; default 1"},
    {"alpha", "P", "level of the verdicts; intervals are of 1 - P; default 0.05"},
    {"power", "P", "of the minimum detectable effect; default 0.8"},
    {"threads", "N", "default: the processors there are"},
    {0},
};

static const struct option_words option_words[] = {{"format", compare_format_words}, {0}};

struct compare {
    const struct args *args;
    struct compare_input input;
    struct compare_settings settings;
    bool holm, force, pairs; /* pairs: report by report instead of all with all */
    double regression;       /* not-a-number: not asked for */
    struct compare_format format;
    struct compare_result result;
    size_t comparisons_capacity, groups_capacity, warnings_capacity;
    struct map seen; /* pairs of systems that were compared */
    const char **warnings;
};

/* Options. */

static int read_real(const struct args *args, const char *name, double fallback, double least,
                     double most, double *ret_value)
{
    const char *text = args_value(args, name, NULL);
    *ret_value = fallback;
    if (text && (!num_real(slice_of(text), ret_value) || *ret_value < least || *ret_value > most)) {
        return error_set(ERR_REQUEST, "--%s: found \"%s\", expected a number from %g to %g", name,
                         text, least, most);
    }
    return 0;
}

/* The place of an option's value in a NULL-terminated list. */
static int read_choice(const struct args *args, const char *name, const char *const *choices,
                       uint32_t *ret_choice)
{
    const char *text = args_value(args, name, choices[0]);
    struct str list = {0};
    for (uint32_t i = 0; choices[i]; i++) {
        if (strcmp(choices[i], text) == 0) {
            *ret_choice = i;
            str_finish(&list);
            return 0;
        }
        str_format(&list, "%s%s", i ? ", " : "", choices[i]);
    }
    int error =
        error_set(ERR_REQUEST, "--%s: found \"%s\", expected %s", name, text, str_text(&list));
    str_finish(&list);
    return error;
}

static int read_format(const struct args *args, struct compare_format *ret_format)
{
    const char *name = args_value(args, "format", NULL);
    struct str list = {0};
    for (uint32_t i = 0; compare_format_at(i, ret_format); i++) {
        if (!name || strcmp(ret_format->name, name) == 0) {
            str_finish(&list);
            return 0;
        }
        str_format(&list, "%s%s", i ? ", " : "", ret_format->name);
    }
    int error =
        error_set(ERR_REQUEST, "--format: found \"%s\", expected %s", name, str_text(&list));
    str_finish(&list);
    return error;
}

static int read_settings(struct compare *compare)
{
    static const char *const tests[] = {"default",  "mcnemar", "randomisation",
                                        "williams", "steiger", NULL};
    static const char *const corrections[] = {"holm", "bh", NULL};
    const struct args *args = compare->args;
    uint32_t test = 0, correction = 0;
    uint64_t resamples, rounds, threads;
    int error = read_choice(args, "test", tests, &test);
    error = error ? error : read_choice(args, "correction", corrections, &correction);
    error = error ? error : read_format(args, &compare->format);
    error = error ? error : args_uint(args, "resamples", BOOTSTRAP_RESAMPLES, &resamples);
    error = error ? error : args_uint(args, "rounds", 10000, &rounds);
    error = error ? error : args_uint(args, "seed", 1, &compare->settings.seed);
    error = error ? error : args_uint(args, "threads", 0, &threads);
    error = error ? error : read_real(args, "alpha", 0.05, 1e-6, 0.5, &compare->settings.alpha);
    error = error ? error : read_real(args, "power", 0.8, 0.1, 0.999, &compare->settings.power);
    error = error ? error : read_real(args, "fail-on-regression", NAN, 0, 1, &compare->regression);
    if (error) {
        return error;
    }
    compare->settings.test = (enum compare_test)test;
    compare->settings.resamples = (uint32_t)resamples;
    compare->settings.rounds = (uint32_t)rounds;
    compare->settings.pool = pool_create((uint32_t)threads);
    compare->holm = correction == 0;
    compare->force = args_flag(args, "force");
    return 0;
}

/* Comparing. */

/* A pair that stands further up is shown again and counted once. */
static struct comparison comparison_of(struct compare *compare, const struct compare_system *a,
                                       const struct compare_system *b)
{
    const struct compare_system *const pair[] = {a, b};
    uint32_t known = compare->seen.n;
    uint32_t number = map_put(&compare->seen, (const char *)pair, sizeof pair);
    if (number == known) {
        return compare_systems(a, b, &compare->input, &compare->settings);
    }
    uint32_t i = 0;
    while (compare->result.comparisons[i].a != a || compare->result.comparisons[i].b != b) {
        i++;
    }
    struct comparison again = compare->result.comparisons[i];
    again.repeated = true;
    again.reason = again.reason ? mem_text(again.reason) : NULL;
    return again;
}

static int add_comparison(struct compare *compare, const struct compare_system *a,
                          const struct compare_system *b)
{
    char *differ = compare_signatures(a, b);
    if (differ && !compare->force) {
        int error =
            error_set(ERR_REQUEST, "%s %s: the signatures differ: %s; --force compares anyway",
                      a->suite, a->dataset, differ);
        free(differ);
        return error;
    }
    if (differ) {
        MEM_GROW(compare->warnings, compare->warnings_capacity,
                 (size_t)compare->result.n_warnings + 1);
        compare->warnings[compare->result.n_warnings++] =
            arena_text(&compare->input.texts, differ, strlen(differ));
        free(differ);
    }
    struct compare_result *result = &compare->result;
    struct comparison comparison = comparison_of(compare, a, b);
    MEM_GROW(result->comparisons, compare->comparisons_capacity, (size_t)result->n + 1);
    result->comparisons[result->n++] = comparison;
    return 0;
}

static struct compare_group *add_group(struct compare *compare, const struct compare_system *first)
{
    struct compare_result *result = &compare->result;
    MEM_GROW(result->groups, compare->groups_capacity, (size_t)result->n_groups + 1);
    struct compare_group *group = &result->groups[result->n_groups++];
    *group = (struct compare_group){
        .title = mem_format("%s %s, %s", first->suite, first->dataset, first->metric),
        .first = result->n};
    return group;
}

/* Report by report: each system of the first with itself in the others. */
static int compare_pairs(struct compare *compare)
{
    const struct compare_input *input = &compare->input;
    bool baselines = compare_names_baselines(compare->args, input);
    struct compare_group *group = NULL;
    int error = 0;
    for (uint32_t i = 0; i < input->n && !error; i++) {
        const struct compare_system *a = &input->systems[i];
        if (a->report != 0 || !a->wanted || (a->is_baseline && !baselines)) {
            continue;
        }
        for (uint32_t j = i + 1; j < input->n && !error; j++) {
            const struct compare_system *b = &input->systems[j];
            if (b->report == 0 || !compare_same_system(a, b) || !b->wanted) {
                continue;
            }
            if (!group || !compare_same_place(a, compare->result.comparisons[group->first].a)) {
                group = add_group(compare, a);
            }
            error = add_comparison(compare, a, b);
            group->n += !error;
        }
    }
    return error;
}

/* --against: each system that is wanted with each reference. */
static int compare_against(struct compare *compare)
{
    const struct compare_input *input = &compare->input;
    int error = 0;
    for (uint32_t r = 0; r < input->n && !error; r++) {
        const struct compare_system *reference = &input->systems[r];
        struct compare_group *group = NULL;
        for (uint32_t i = 0; reference->reference && i < input->n && !error; i++) {
            const struct compare_system *system = &input->systems[i];
            if (i == r || !system->wanted || system->reference ||
                !compare_same_place(reference, system)) {
                continue;
            }
            group = group ? group : add_group(compare, reference);
            error = add_comparison(compare, reference, system);
            group->n += !error;
        }
    }
    return error;
}

static int by_value(const void *a, const void *b)
{
    const struct compare_system *x = *(const struct compare_system *const *)a;
    const struct compare_system *y = *(const struct compare_system *const *)b;
    return metric_before(y->suite, y->metric, y->value, x->value) -
           metric_before(x->suite, x->metric, x->value, y->value);
}

/* Baselines and published answers are the rivals of every method, so they join each group. */
static bool joins_all(const struct compare_system *system)
{
    return system->is_baseline || strcmp(system->kind, "predictions") == 0;
}

/* The same row came with an earlier report. */
static bool is_known_baseline(const struct compare_input *input, uint32_t i)
{
    const struct compare_system *system = &input->systems[i];
    for (uint32_t k = 0; system->is_baseline && k < i; k++) {
        const struct compare_system *other = &input->systems[k];
        if (other->report != system->report && compare_same_system(other, system) &&
            other->value == system->value && other->n == system->n) {
            return true;
        }
    }
    return false;
}

/* All with all of one question. `done` marks the systems that were taken. */
static int compare_group(struct compare *compare, uint32_t first, bool *done)
{
    const struct compare_input *input = &compare->input;
    const struct compare_system **systems = mem_array((size_t)input->n + 1, sizeof *systems);
    uint32_t n = 0;
    for (uint32_t i = 0; i < input->n; i++) {
        const struct compare_system *system = &input->systems[i];
        if (!system->wanted || (done[i] && !joins_all(system)) ||
            !compare_same_question(compare->args, &input->systems[first], system)) {
            continue;
        }
        done[i] = true;
        if (!is_known_baseline(input, i)) {
            systems[n++] = system;
        }
    }
    int error = 0;
    if (n < 2) {
        free(systems);
        return 0;
    }
    qsort(systems, n, sizeof *systems, by_value);
    struct compare_group *group = add_group(compare, systems[0]);
    group->systems = systems;
    group->n_systems = n;
    for (uint32_t i = 0; i < n && !error; i++) {
        for (uint32_t j = i + 1; j < n && !error; j++) {
            error = add_comparison(compare, systems[i], systems[j]);
            group->n += !error;
        }
    }
    return error;
}

/* Groups are led by what embedders answered; what joins all leads where there is nothing else. */
static int compare_all(struct compare *compare)
{
    const struct compare_input *input = &compare->input;
    bool *done = mem_array((size_t)input->n + 1, sizeof *done);
    int error = 0;
    for (int joining = 0; joining < 2; joining++) {
        for (uint32_t i = 0; i < input->n && !error; i++) {
            const struct compare_system *system = &input->systems[i];
            if (!done[i] && system->wanted && joins_all(system) == joining) {
                error = compare_group(compare, i, done);
            }
        }
    }
    free(done);
    return error;
}

/* Ranks from the corrected comparisons of a group, which are those of all pairs in order. */
static void set_ranks(struct compare *compare, struct compare_group *group)
{
    uint32_t n = group->n_systems, k = group->first;
    bool *better = mem_array((size_t)n * n + 1, sizeof *better);
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t j = i + 1; j < n; j++, k++) {
            const struct comparison *c = &compare->result.comparisons[k];
            bool significant = c->corrected <= compare->settings.alpha;
            bool lower = metric_direction(c->a->suite, c->a->metric) == METRIC_LOWER;
            bool less = lower ? c->difference > 0 : c->difference < 0;
            better[i * n + j] = significant && less;
            better[j * n + i] = significant && !less;
        }
    }
    group->ranks = mem_array(n, sizeof *group->ranks);
    rank_sets(better, n, group->ranks);
    free(better);
}

static bool share_systems(const struct compare *compare)
{
    const struct compare_input *input = &compare->input;
    for (uint32_t i = 0; i < input->n; i++) {
        for (uint32_t j = 0; input->systems[i].report == 0 && j < input->n; j++) {
            if (input->systems[j].report != 0 && !input->systems[i].is_baseline &&
                input->systems[i].wanted &&
                compare_same_system(&input->systems[i], &input->systems[j])) {
                return true;
            }
        }
    }
    return false;
}

static int print(const struct compare *compare)
{
    struct str out = {0};
    compare_format_write(&compare->format, &compare->result, &out);
    const char *path = args_value(compare->args, "output", NULL);
    int error = 0;
    if (!path && !compare->format.escaped) {
        say("%s", str_text(&out));
    } else if (!path) {
        fwrite(str_text(&out), 1, out.n, stdout);
    } else {
        struct file_out file;
        error = file_out_open(&file, path);
        if (!error) {
            fwrite(str_text(&out), 1, out.n, file.stream);
            error = file_out_commit(&file);
        }
    }
    str_finish(&out);
    return error;
}

/* By how much a figure is worse than in the first report; of what has no direction, lower. */
static double fall_of(const struct comparison *c)
{
    bool lower = metric_direction(c->a->suite, c->a->metric) == METRIC_LOWER;
    return lower ? c->difference : -c->difference;
}

/* The worst fall of a figure from the first report to a later one. */
static int check_regression(const struct compare *compare)
{
    uint32_t fallen = 0;
    const struct comparison *worst = NULL;
    for (uint32_t i = 0; i < compare->result.n; i++) {
        const struct comparison *c = &compare->result.comparisons[i];
        if (fall_of(c) > compare->regression) {
            fallen++;
            worst = !worst || fall_of(c) > fall_of(worst) ? c : worst;
        }
    }
    if (!fallen) {
        return 0;
    }
    return error_set(
        ERR_FAILED, "%u of %u figures are worse by more than %g; most: %s %s, %s from %.4f to %.4f",
        fallen, compare->result.n, compare->regression, worst->a->suite, worst->a->dataset,
        worst->b->label, worst->value_a, worst->value_b);
}

static int nothing_to_compare(const struct compare *compare)
{
    char *rows = compare_rows_there_are(&compare->input);
    int error =
        error_set(ERR_REQUEST,
                  "nothing to compare: found no two of the rows asked for on one data set and "
                  "metric; rows there are:\n%s",
                  rows);
    free(rows);
    return error;
}

static void finish_result(struct compare *compare)
{
    struct compare_result *result = &compare->result;
    result->n_tested =
        compare_correct(result->comparisons, result->n, compare->holm, &compare->settings);
    for (uint32_t g = 0; g < result->n_groups; g++) {
        if (result->groups[g].systems) {
            set_ranks(compare, &result->groups[g]);
        }
    }
    result->correction = compare->holm ? "Holm" : "Benjamini-Hochberg";
    result->alpha = compare->settings.alpha;
    result->power = compare->settings.power;
    result->warnings = compare->warnings;
}

static int compare_reports(struct compare *compare)
{
    bool regression = !isnan(compare->regression);
    compare_label(&compare->input);
    int error = compare_choose(compare->args, &compare->input);
    if (error) {
        return error;
    }
    bool against = args_value(compare->args, "against", NULL) != NULL;
    compare->pairs = compare->input.n_reports > 1 && !against &&
                     !args_flag(compare->args, "all-pairs") && share_systems(compare);
    if (regression && !compare->pairs) {
        return error_set(ERR_REQUEST,
                         "--fail-on-regression: found no system that the first report "
                         "shares with another, expected reports of the same embedders, "
                         "suites and data sets");
    }
    error = against          ? compare_against(compare)
            : compare->pairs ? compare_pairs(compare)
                             : compare_all(compare);
    if (error) {
        return error;
    }
    if (compare->result.n == 0) {
        return nothing_to_compare(compare);
    }
    finish_result(compare);
    error = print(compare);
    return error || !regression ? error : check_regression(compare);
}

static int run_compare(const struct args *args)
{
    uint32_t n = args_n(args);
    if (n == 0) {
        return error_set(ERR_REQUEST, "compare: found no report, expected at least one JSON file");
    }
    struct compare compare = {.args = args};
    const char **paths = mem_array(n, sizeof *paths);
    for (uint32_t i = 0; i < n; i++) {
        paths[i] = args_word(args, i);
    }
    int error = read_settings(&compare);
    error =
        error ? error : compare_read(paths, n, args_value(args, "cluster", NULL), &compare.input);
    error = error ? error : compare_reports(&compare);
    for (uint32_t g = 0; g < compare.result.n_groups; g++) {
        free(compare.result.groups[g].title);
        free(compare.result.groups[g].systems);
        free(compare.result.groups[g].ranks);
    }
    for (uint32_t i = 0; i < compare.result.n; i++) {
        free(compare.result.comparisons[i].reason);
    }
    map_finish(&compare.seen);
    free(compare.result.groups);
    free(compare.result.comparisons);
    free(compare.warnings);
    compare_input_finish(&compare.input);
    pool_destroy(compare.settings.pool);
    free(paths);
    return error;
}

const struct command command_compare = {
    .name = "compare",
    .synopsis = "[options] REPORT.json...",
    .summary = "paired tests between systems of one report, or between reports",
    .details =
        "Rows of reports are compared on the items that both have, paired by id: embedders, their\n"
        "stages, methods and twins, baselines, published answers (rescore). Two reports that "
        "share\n"
        "embedders are compared system by system; otherwise every row of a data set with every\n"
        "other of the same question and with its baselines (chance and the static ceilings where\n"
        "they are named), and the ranks that can be distinguished are named. A difference and its\n"
        "interval stand before the p-value, which is corrected over all comparisons shown.\n"
        "\n"
        "  harness compare results/new.json --stage best\n"
        "  harness compare results/new.json --against first-sense\n"
        "  harness compare results/new.json --embedder minilm --against 'embedder=minilm "
        "stage=table'\n"
        "  harness compare results/old.json results/new.json --fail-on-regression 0.005\n",
    .options = options,
    .words = option_words,
    .run = run_compare,
};
