/*
 * compare - is one system better than another? Items of reports are paired by id; difference,
 * interval, test, corrected p, verdict in words, and which ranks can be told apart.
 */
#include "commands/compare_read.h"
#include "commands/compare_select.h"
#include "commands/compare_stats.h"
#include "commands/compare_write.h"

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/str.h"
#include "commands/command.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option_help options[] = {
    {"embedder", "LIST", "only these embedders, comma-separated"},
    {"suite", "LIST", "only these suites"},
    {"dataset", "LIST", "only these data sets"},
    {"method", "LIST", "only these methods; their systems are compared with each other"},
    {"stage", "STAGE",
     "last (default): each embedder's last block; best: its best on the data\n"
     "set, which flatters it; all; or a stage's name"},
    {"metric", "METRIC", "of ratings: spearman (default) or pearson"},
    {"test", "TEST",
     "mcnemar, randomisation, williams, steiger; default: McNemar's exact test, or\n"
     "approximate randomisation where items are not right or wrong; Williams' t\n"
     "for correlations"},
    {"correction", "NAME", "over all comparisons shown: holm (default) or bh"},
    {"cluster", "NAME", "resample whole clusters of items: an attribute such as document"},
    {"all-pairs", NULL, "compare all with all even where two reports share systems"},
    {"force", NULL, "compare even where signatures differ"},
    {"fail-on-regression", "DELTA",
     "exit status 1 if a figure of a later report is below the first\n"
     "report's by more than DELTA (0..1 scale)"},
    {"format", "FORMAT", "text (default), json, html, markdown, latex"},
    {"output", "FILE", "write there instead of to stdout"},
    {"resamples", "N", "of the bootstrap; default 2000"},
    {"rounds", "N", "of approximate randomisation; default 10000"},
    {"seed", "N", "of resamples and rounds; default 1"},
    {"alpha", "P", "level of the verdicts; default 0.05"},
    {"power", "P", "of the minimum detectable effect; default 0.8"},
    {"threads", "N", "default: the processors there are"},
    {0},
};

struct compare {
    const struct args *args;
    struct compare_input input;
    struct compare_settings settings;
    bool holm, force, pairs; /* pairs: report by report instead of all with all */
    double regression;       /* not-a-number: not asked for */
    const struct compare_format *format;
    struct compare_result result;
    size_t comparisons_room, groups_room, warnings_room;
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

static int read_settings(struct compare *compare)
{
    static const char *const tests[] = {"default",  "mcnemar", "randomisation",
                                        "williams", "steiger", NULL};
    static const char *const corrections[] = {"holm", "bh", NULL};
    static const char *const formats[] = {"text", "json", "html", "markdown", "latex", NULL};
    const struct args *args = compare->args;
    uint32_t test = 0, correction = 0, format = 0;
    uint64_t resamples, rounds, threads;
    int error = read_choice(args, "test", tests, &test);
    error = error ? error : read_choice(args, "correction", corrections, &correction);
    error = error ? error : read_choice(args, "format", formats, &format);
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
    compare->format = &compare_formats[format];
    compare->force = args_flag(args, "force");
    return 0;
}

/* Comparing. */

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
        MEM_GROW(compare->warnings, compare->warnings_room, (size_t)compare->result.n_warnings + 1);
        compare->warnings[compare->result.n_warnings++] =
            arena_text(&compare->input.texts, differ, strlen(differ));
        free(differ);
    }
    struct compare_result *result = &compare->result;
    MEM_GROW(result->comparisons, compare->comparisons_room, (size_t)result->n + 1);
    result->comparisons[result->n++] = compare_systems(a, b, &compare->settings);
    return 0;
}

static struct compare_group *add_group(struct compare *compare, const struct compare_system *first)
{
    struct compare_result *result = &compare->result;
    MEM_GROW(result->groups, compare->groups_room, (size_t)result->n_groups + 1);
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
    struct compare_group *group = NULL;
    int error = 0;
    for (uint32_t i = 0; i < input->n && !error; i++) {
        const struct compare_system *a = &input->systems[i];
        if (a->report != 0 || !compare_wanted(compare->args, a)) {
            continue;
        }
        for (uint32_t j = i + 1; j < input->n && !error; j++) {
            const struct compare_system *b = &input->systems[j];
            if (b->report == 0 || !compare_same_system(a, b) || !compare_wanted(compare->args, b)) {
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

static int by_value(const void *a, const void *b)
{
    const struct compare_system *x = *(const struct compare_system *const *)a;
    const struct compare_system *y = *(const struct compare_system *const *)b;
    return (x->value < y->value) - (x->value > y->value);
}

/* All with all of one question. `done` marks the systems that were taken. */
static int compare_group(struct compare *compare, uint32_t first, bool *done)
{
    const struct compare_input *input = &compare->input;
    const struct compare_system **systems = mem_array((size_t)input->n + 1, sizeof *systems);
    uint32_t n = 0;
    for (uint32_t i = first; i < input->n; i++) {
        if (!done[i] && compare_wanted(compare->args, &input->systems[i]) &&
            compare_same_question(compare->args, &input->systems[first], &input->systems[i])) {
            done[i] = true;
            if (compare_stage_shown(compare->args, input, i)) {
                systems[n++] = &input->systems[i];
            }
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

static int compare_all(struct compare *compare)
{
    bool *done = mem_array((size_t)compare->input.n + 1, sizeof *done);
    int error = 0;
    for (uint32_t i = 0; i < compare->input.n && !error; i++) {
        if (!done[i] && compare_wanted(compare->args, &compare->input.systems[i])) {
            error = compare_group(compare, i, done);
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
            better[i * n + j] = significant && c->difference < 0;
            better[j * n + i] = significant && c->difference > 0;
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
            if (input->systems[j].report != 0 &&
                compare_same_system(&input->systems[i], &input->systems[j]) &&
                compare_wanted(compare->args, &input->systems[i])) {
                return true;
            }
        }
    }
    return false;
}

static int print(const struct compare *compare)
{
    struct str out = {0};
    compare->format->write(&compare->result, &out);
    const char *path = args_value(compare->args, "output", NULL);
    int error = 0;
    if (!path) {
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

/* The worst fall of a figure from the first report to a later one. */
static int check_regression(const struct compare *compare)
{
    uint32_t fallen = 0;
    const struct comparison *worst = NULL;
    for (uint32_t i = 0; i < compare->result.n; i++) {
        const struct comparison *c = &compare->result.comparisons[i];
        if (c->difference < -compare->regression) {
            fallen++;
            worst = !worst || c->difference < worst->difference ? c : worst;
        }
    }
    if (!fallen) {
        return 0;
    }
    return error_set(ERR_FAILED,
                     "%u of %u figures fell by more than %g; most: %s %s, %s from %.4f to %.4f",
                     fallen, compare->result.n, compare->regression, worst->a->suite,
                     worst->a->dataset, worst->b->label, worst->value_a, worst->value_b);
}

static int compare_reports(struct compare *compare)
{
    bool regression = !isnan(compare->regression);
    compare_label(&compare->input);
    compare->pairs = compare->input.n_reports > 1 && !args_flag(compare->args, "all-pairs") &&
                     share_systems(compare);
    if (regression && !compare->pairs) {
        return error_set(ERR_REQUEST,
                         "--fail-on-regression: found no system that the first report "
                         "shares with another, expected reports of the same embedders, "
                         "suites and data sets");
    }
    int error = compare->pairs ? compare_pairs(compare) : compare_all(compare);
    if (error) {
        return error;
    }
    if (compare->result.n == 0) {
        return error_set(ERR_REQUEST, "nothing to compare: found no two systems on one data set%s",
                         compare->input.n_reports == 1 ? "; give another report, or --stage all"
                                                       : "");
    }
    compare_correct(compare->result.comparisons, compare->result.n, compare->holm);
    for (uint32_t g = 0; g < compare->result.n_groups; g++) {
        if (!compare->pairs) {
            set_ranks(compare, &compare->result.groups[g]);
        }
    }
    compare->result.correction = compare->holm ? "Holm" : "Benjamini-Hochberg";
    compare->result.alpha = compare->settings.alpha;
    compare->result.power = compare->settings.power;
    compare->result.warnings = compare->warnings;
    error = print(compare);
    return error || !regression ? error : check_regression(compare);
}

static int run_compare(const struct args *args)
{
    uint32_t n = args_n(args);
    const char *metric = args_value(args, "metric", "spearman");
    if (n == 0) {
        return error_set(ERR_REQUEST, "compare: found no report, expected at least one JSON file");
    }
    if (strcmp(metric, "spearman") != 0 && strcmp(metric, "pearson") != 0) {
        return error_set(ERR_REQUEST, "--metric: found \"%s\", expected spearman or pearson",
                         metric);
    }
    struct compare compare = {.args = args};
    const char **paths = mem_array(n, sizeof *paths);
    for (uint32_t i = 0; i < n; i++) {
        paths[i] = args_word(args, i);
    }
    int error = read_settings(&compare);
    error = error
                ? error
                : compare_read(paths, n, metric, args_value(args, "cluster", NULL), &compare.input);
    error = error ? error : compare_reports(&compare);
    for (uint32_t g = 0; g < compare.result.n_groups; g++) {
        free(compare.result.groups[g].title);
        free(compare.result.groups[g].systems);
        free(compare.result.groups[g].ranks);
    }
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
        "Items are paired by id. Two reports that share embedders are compared system by system;\n"
        "otherwise every system of a data set is compared with every other, and the ranks that "
        "can\n"
        "be told apart are named. A difference and its interval stand before the p-value, which "
        "is\n"
        "corrected over all comparisons shown.\n"
        "\n"
        "  harness compare results/new.json --stage best\n"
        "  harness compare results/old.json results/new.json --fail-on-regression 0.005\n",
    .options = options,
    .run = run_compare,
};
