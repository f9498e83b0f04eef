/*
 * compare - is one system better than another? Items of reports are paired by id; difference,
 * interval, test, corrected p, verdict in words, and which ranks can be distinguished.
 */
#include "commands/compare/groups.h"
#include "commands/compare/rivals.h"
#include "commands/compare/select.h"
#include "commands/compare/verdict.h"

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
     "chose; best: its best on the data set itself, which is optimistic; all; or stages' names"},
    {"metric", "LIST",
     "only these metrics; default: the headline of each data set or, where it cannot be\n"
     "tested, the next metric that can; each of those that stand alone (contextuality)"},
    {"split", "NAME",
     "compare on the items of a split, as rows name it (pos:NOUN, clue:left,distance:0);\n"
     "may be repeated; default: all"},
    {"against", "ROWS",
     "compare what is selected with these rows alone: an embedder's name, a baseline's\n"
     "method, or terms as of report --select (\"embedder=minilm stage=table\")"},
    {"test", "TEST",
     "mcnemar, randomisation, williams, steiger; default: McNemar's exact test, or\n"
     "randomisation where items are not right or wrong; Williams' t for\n"
     "correlations of 10 items or more"},
    {"correction", "NAME", "over all comparisons shown: holm (default) or bh"},
    {"cluster", "NAME",
     "exchange and resample whole clusters of items: an attribute such as document, or\n"
     "\"item\" for each item alone; default: what the rows' own intervals are over"},
    {"all-pairs", NULL, "compare every row with every other, even where two reports share systems"},
    {"force", NULL, "compare even where signatures differ"},
    {"fail-on-regression", "DELTA",
     "exit status 1 if a figure of a later report is below the first\n"
     "report's by more than DELTA (0..1 scale)"},
    {"format", "FORMAT", "text (default), or another of these"},
    {"output", "FILE", "write there instead of to stdout"},
    {"o", "FILE", "the same as --output"},
    {"resamples", "N", "of the bootstrap; default 2000"},
    {"rounds", "N", "of the randomisation test; default 10000"},
    {"seed", "N", "of resamples and rounds; default 1"},
    {"alpha", "P", "level of the verdicts; intervals are of 1 - P; default 0.05"},
    {"power", "P", "of the minimum detectable effect; default 0.8"},
    {"margin", "D",
     "figures whose difference is shown to be less than D are called the same (two\n"
     "one-sided tests); default 0.01 of figures shown times 100"},
    {"threads", "N", "default: all processors"},
    {0},
};

static const struct option_words option_words[] = {{"format", compare_format_words}, {0}};

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
    int status =
        error_set(ERR_REQUEST, "--%s: found \"%s\", expected %s", name, text, str_text(&list));
    str_finish(&list);
    return status;
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
    int status =
        error_set(ERR_REQUEST, "--format: found \"%s\", expected %s", name, str_text(&list));
    str_finish(&list);
    return status;
}

static int read_settings(struct compare *compare)
{
    static const char *const tests[] = {"default",  "mcnemar", "randomisation",
                                        "williams", "steiger", NULL};
    static const char *const corrections[] = {"holm", "bh", NULL};
    const struct args *args = compare->args;
    uint32_t test = 0, correction = 0;
    uint64_t resamples, rounds, threads;
    TRY(read_choice(args, "test", tests, &test));
    TRY(read_choice(args, "correction", corrections, &correction));
    TRY(read_format(args, &compare->format));
    TRY(args_uint(args, "resamples", BOOTSTRAP_RESAMPLES, &resamples));
    TRY(args_uint(args, "rounds", 10000, &rounds));
    TRY(args_uint(args, "seed", 1, &compare->settings.seed));
    TRY(args_uint(args, "threads", 0, &threads));
    TRY(read_real(args, "alpha", 0.05, 1e-6, 0.5, &compare->settings.alpha));
    TRY(read_real(args, "power", 0.8, 0.1, 0.999, &compare->settings.power));
    TRY(read_real(args, "margin", NAN, 0, 1e6, &compare->settings.margin));
    TRY(read_real(args, "fail-on-regression", NAN, 0, 1, &compare->regression));
    compare->settings.test = (enum compare_test)test;
    compare->settings.resamples = (uint32_t)resamples;
    compare->settings.rounds = (uint32_t)rounds;
    compare->settings.pool = pool_create((uint32_t)threads);
    compare->holm = correction == 0;
    compare->force = args_flag(args, "force");
    return 0;
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
    const char *path = args_value(compare->args, "output", args_value(compare->args, "o", NULL));
    int status = 0;
    if (!path && !compare->format.escaped) {
        say("%s", str_text(&out));
    } else if (!path) {
        fwrite(str_text(&out), 1, out.n, stdout);
    } else {
        struct file_out file;
        status = file_out_open(&file, path);
        if (!status) {
            fwrite(str_text(&out), 1, out.n, file.stream);
            status = file_out_commit(&file);
        }
    }
    str_finish(&out);
    return status;
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
    bool of_all = split_is_all(&worst->a->split);
    return error_set(ERR_FAILED,
                     "%u of %u figures are worse by more than %g; most: %s %s%s%s, %s from %.4f to "
                     "%.4f",
                     fallen, compare->result.n, compare->regression, worst->a->suite,
                     worst->a->dataset, of_all ? "" : " ", of_all ? "" : worst->a->split.text,
                     worst->b->label, worst->value_a, worst->value_b);
}

static int nothing_to_compare(const struct compare *compare)
{
    char *rows = compare_rows_there_are(&compare->input);
    int status = error_set(ERR_REQUEST,
                           "nothing to compare: no two of the selected rows share a data set and a "
                           "metric; rows to choose from:\n%s",
                           rows);
    free(rows);
    return status;
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
    TRY(compare_choose(compare->args, &compare->input));
    bool against = args_value(compare->args, "against", NULL) != NULL;
    compare->pairs = compare->input.n_reports > 1 && !against &&
                     !args_flag(compare->args, "all-pairs") && share_systems(compare);
    if (regression && !compare->pairs) {
        return error_set(ERR_REQUEST,
                         "--fail-on-regression: found no system that the first report "
                         "shares with another, expected reports of the same embedders, "
                         "suites and data sets");
    }
    TRY(against          ? compare_against(compare)
        : compare->pairs ? compare_pairs(compare)
                         : compare_all(compare));
    if (compare->result.n == 0) {
        return nothing_to_compare(compare);
    }
    finish_result(compare);
    TRY(print(compare));
    return regression ? check_regression(compare) : 0;
}

static int run_compare(const struct args *args)
{
    uint32_t n = args_n(args);
    if (n == 0) {
        return error_set(ERR_REQUEST,
                         "compare: found no report, expected at least one, JSON or XML");
    }
    struct compare compare = {.args = args};
    const char **paths = mem_array(n, sizeof *paths);
    for (uint32_t i = 0; i < n; i++) {
        paths[i] = args_word(args, i);
    }
    uint32_t n_splits;
    const char **splits = args_values(args, "split", false, &n_splits);
    const struct compare_request request = {.paths = paths,
                                            .n_paths = n,
                                            .cluster = args_value(args, "cluster", NULL),
                                            .splits = splits,
                                            .n_splits = n_splits};
    int status = read_settings(&compare);
    status = status ? status : compare_read(&request, &compare.input);
    status = status ? status : compare_reports(&compare);
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
    free(splits);
    free(paths);
    return status;
}

const struct command command_compare = {
    .name = "compare",
    .synopsis = "[options] REPORT...",
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
        "  harness compare results/new.json --split clue:left --split clue:right\n"
        "  harness compare results/old.json results/new.json --fail-on-regression 0.005\n",
    .options = options,
    .words = option_words,
    .run = run_compare,
};
