/*
 * history - the runs of a results folder with their headline figures, and one figure over
 * time.
 */
#include "base/error.h"
#include "base/file.h"
#include "commands/history/history.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/terminal.h"
#include "commands/command.h"
#include "commands/history/prune.h"
#include "commands/history/read.h"
#include "commands/history/series.h"
#include "commands/say.h"
#include "report/metric.h"
#include "report/select.h"
#include "report/summary.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SETS_SHOWN = 8, SERIES_SHOWN = 40, BAR = 24 };

static const struct option_help options[] = {
    {"select", "TERMS",
     "figures over time instead of the list of runs: 'suite=wsd dataset=ALL metric=f1\n"
     "split=all embedder=minilm stage=best'; repeatable; see harness report --help"},
    {"json", NULL, "as JSON"},
    {"prune", "N",
     "remove all runs but the newest N, each with its files (NAME.json, .xml, .html, records and\n"
     "answer keys); reports made of others, damaged and unfinished ones stay"},
    {"dry-run", NULL, "with --prune: say what would be removed, and remove nothing"},
    {0},
};

/* A figure as people read it: times 100 where it is a share. */
static char *figure(const struct figure *row, double value, bool sign)
{
    if (!isfinite(value)) {
        return mem_text("-");
    }
    bool share = metric_shown_times(row->suite, row->metric) > 1;
    return mem_format(sign ? "%+.*f" : "%.*f", share ? 1 : 3, share ? 100 * value : value);
}

/* "2026-01-31 12:00" */
static void start_text(const struct run_facts *run, char text[20])
{
    snprintf(text, 20, "%.16s", run->started);
    if (strlen(text) > 10) {
        text[10] = ' ';
    }
}

/* The list of runs. */

const struct figure *history_headline(const struct summary_suite *suite, uint32_t set,
                                      const struct summary_cell **ret_cell)
{
    const struct figure *best = NULL;
    for (uint32_t s = 0; s < suite->n_systems; s++) {
        const struct summary_cell *cell = summary_cell(suite, set, s);
        const struct figure *row = summary_shown(cell);
        if (row && !suite->systems[s].baseline &&
            (!best || metric_before(row->suite, row->metric, row->value, best->value))) {
            best = row;
            *ret_cell = cell;
        }
    }
    return best;
}

const char *history_choice(const struct summary_cell *cell)
{
    return cell->chosen                 ? "dev"
           : summary_is_test_best(cell) ? "test"
           : cell->stages.n > 1         ? "last"
                                        : NULL;
}

static void print_headline(const struct summary_suite *suite, uint32_t set)
{
    const struct summary_cell *cell = NULL;
    const struct figure *row = history_headline(suite, set, &cell);
    if (!row) {
        return;
    }
    const char *how = history_choice(cell);
    char *value = figure(row, row->value, false),
         *name = mem_format("%s %s", suite->suite, row->dataset);
    say("    %-32s %-10s %7s  %s %s", name, suite->sets[set].metric, value, row->embedder,
        row->method);
    if (row->stage.name) {
        say(", stage %s%s", row->stage.name,
            !how                       ? ""
            : strcmp(how, "dev") == 0  ? " (chosen on dev)"
            : strcmp(how, "last") == 0 ? " (the last)"
                                       : " (best on the test set)");
    }
    puts(figure_is_self_fitted(row) ? " (threshold fitted on the test set)" : "");
    free(value);
    free(name);
}

static void print_run(const struct history_run *run)
{
    char start[20];
    struct summary summary;
    uint32_t shown = 0, more = 0;
    start_text(&run->tree.run, start);
    say("%s  %s  %.0f s\n    %s\n    ", start, run->name, run->tree.run.seconds,
        run->tree.run.command);
    for (uint32_t i = 0; i < run->tree.n_embedders; i++) {
        const struct embedder_facts *facts = &run->tree.embedders[i];
        bool ok = strcmp(facts->status, "ok") == 0;
        say("%s%s%s%s%s", i ? ", " : "", facts->name, ok ? "" : " (", ok ? "" : facts->status,
            ok ? "" : ")");
    }
    putchar('\n');
    summary_init(&summary, &run->tree);
    for (uint32_t i = 0; i < summary.n_suites; i++) {
        for (uint32_t set = 0; set < summary.suites[i].n_sets; set++) {
            if (shown < SETS_SHOWN) {
                print_headline(&summary.suites[i], set);
                shown++;
            } else {
                more++;
            }
        }
    }
    if (more > 0) {
        say("    and %u more data sets\n", more);
    }
    summary_finish(&summary);
}

/* A figure over time. */

struct span {
    double low, high;
};

static struct span span_of(const struct history_series *series)
{
    struct span span = {INFINITY, -INFINITY};
    for (uint32_t i = 0; i < series->n; i++) {
        double value = series->points[i].row->value;
        if (isfinite(value)) {
            span.low = fmin(span.low, value);
            span.high = fmax(span.high, value);
        }
    }
    return span;
}

static void print_sparkline(const struct history_series *series, bool unicode)
{
    static const char *const blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static const char *const plain[] = {"_", "_", ".", ".", "-", "-", "^", "^"};
    struct span span = span_of(series);
    for (uint32_t i = 0; i < series->n; i++) {
        double value = series->points[i].row->value;
        double place = span.high > span.low ? (value - span.low) / (span.high - span.low) : 0.5;
        fputs(isnan(value) ? " " : (unicode ? blocks : plain)[(int)(7.0 * place + 0.5)], stdout);
    }
}

/* From 0 to the greatest value. */
static void print_bar(double value, double most, bool unicode)
{
    int length = value > 0 && most > 0 ? (int)(BAR * value / most + 0.5) : 0;
    for (int i = 0; i < length; i++) {
        fputs(unicode ? "█" : "#", stdout);
    }
}

static void print_point(const struct history *history, const struct history_series *series,
                        uint32_t i, int name_width, bool unicode)
{
    const struct history_point *point = &series->points[i];
    const struct figure *row = point->row;
    char start[20];
    start_text(&history->runs[point->run].tree.run, start);
    char *value = figure(row, row->value, false), *low = figure(row, row->low, false);
    char *high = figure(row, row->high, false), *change = figure(row, point->change, true);
    char *sd = figure(row, row->sd, false);
    char *interval = isfinite(row->sd)    ? mem_format("sd %s", sd)
                     : isfinite(row->low) ? mem_format("[%s, %s]", low, high)
                                          : mem_text("");
    say("  %-16s  %-*s", start, name_width, history->runs[point->run].name);
    if (series->stage_varies) {
        say("  %-12s", row->stage.name ? row->stage.name : "");
    }
    say("  %7s  %-14s  %6s  ", value, interval, i ? change : "");
    print_bar(row->value, span_of(series).high, unicode);
    puts(point->same_protocol ? "" : "  another protocol than before: not comparable");
    char *texts[] = {value, low, high, sd, change, interval};
    for (size_t t = 0; t < sizeof texts / sizeof *texts; t++) {
        free(texts[t]);
    }
}

static void print_series(const struct history *history, const struct history_series *series,
                         bool unicode)
{
    const struct figure *row = series->points[0].row;
    int width = 6;
    say("%s %s: %s%s, %s %s", row->suite, row->dataset, row->metric,
        metric_shown_times(row->suite, row->metric) > 1 ? " x 100" : "", row->embedder,
        row->method);
    if (row->stage.name && !series->stage_varies) {
        say(", stage %s", row->stage.name);
    }
    if (!split_is_all(&row->split)) {
        say(", %s", row->split.text);
    }
    if (row->policy) {
        say(", policy %s", row->policy);
    }
    fputs("  ", stdout);
    print_sparkline(series, unicode);
    putchar('\n');
    for (uint32_t i = 0; i < series->n; i++) {
        int n = (int)strlen(history->runs[series->points[i].run].name);
        width = n > width ? n : width;
    }
    for (uint32_t i = 0; i < series->n; i++) {
        print_point(history, series, i, width, unicode);
    }
}

/* Runs in which nothing passes are left without rows. */
static int select_figures(struct history *history, const char *selection)
{
    char *why = NULL;
    uint32_t found = 0;
    for (uint32_t r = 0; r < history->n; r++) {
        struct result_tree *tree = &history->runs[r].tree;
        int status = result_tree_select(tree, selection);
        if (status == ERR_REQUEST) {
            free(why);
            return error_context(status, "--select");
        }
        if (status != 0) {
            free(why);
            why = mem_text(error_message());
            tree->n_rows = 0;
        } else {
            found++;
        }
    }
    int status = found > 0 || history->n == 0
                     ? 0
                     : error_set(ERR_REQUEST, "--select: in none of %u reports; of the last: %s",
                                 history->n, why);
    free(why);
    return status;
}

static void print_text(const struct history *history, const struct history_figures *figures)
{
    bool unicode = terminal_speaks_utf8();
    for (uint32_t r = 0; r < history->n && !figures; r++) {
        fputs(r ? "\n" : "", stdout);
        print_run(&history->runs[r]);
    }
    for (uint32_t s = 0; figures && s < figures->n && s < SERIES_SHOWN; s++) {
        fputs(s ? "\n" : "", stdout);
        print_series(history, &figures->series[s], unicode);
    }
    if (figures && figures->n > SERIES_SHOWN) {
        log_info("%u more figures; narrow --select, or see all with --json",
                 figures->n - SERIES_SHOWN);
    }
}

static int show(const struct args *args, struct history *history)
{
    char *selection = args_joined(args, "select");
    bool selects = selection != NULL;
    struct history_figures figures = {0};
    int status = selects ? select_figures(history, selection) : 0;
    free(selection);
    TRY(status);
    if (selects) {
        history_figures_init(&figures, history);
    }
    if (args_flag(args, "json")) {
        history_print_json(history, selects ? &figures : NULL);
    } else {
        print_text(history, selects ? &figures : NULL);
    }
    history_figures_finish(&figures);
    for (uint32_t i = 0; i < history->n_flaws; i++) {
        const struct history_flaw *flaw = &history->flaws[i];
        bool named = text_starts(flaw->reason, flaw->path);
        log_warn("skipped: %s%s%s", named ? "" : flaw->path, named ? "" : ": ", flaw->reason);
    }
    if (history->n == 0 && history->n_flaws == 0) {
        log_info("no reports yet");
    }
    return history->n_flaws == 0 ? 0
                                 : error_set(ERR_FAILED, "%u file%s skipped", history->n_flaws,
                                             history->n_flaws == 1 ? " was" : "s were");
}

static int prune(const struct args *args, const struct history *history)
{
    uint64_t keep;
    TRY(args_uint(args, "prune", 0, &keep));
    return history_prune(history, keep, args_flag(args, "dry-run"));
}

/* What is to be removed is said by number alone, of folders. */
static int check_words(const struct args *args)
{
    bool prunes = args_flag(args, "prune");
    for (uint32_t i = 0; prunes && i < args_n(args); i++) {
        if (!file_is_folder(args_word(args, i))) {
            return error_set(ERR_REQUEST, "%s: found no folder, expected one for --prune",
                             args_word(args, i));
        }
    }
    const char *wrong = !prunes && args_flag(args, "dry-run") ? "--dry-run: expected --prune N"
                        : prunes && args_flag(args, "select") ? "--prune: found --select beside it"
                        : prunes && args_flag(args, "json")   ? "--prune: found --json beside it"
                                                              : NULL;
    return wrong ? error_set(ERR_REQUEST, "%s", wrong) : 0;
}

static int run_history(const struct args *args)
{
    TRY(check_words(args));
    struct history history = {0};
    int status = args_n(args) == 0 ? history_read(&history, "results") : 0;
    for (uint32_t i = 0; i < args_n(args) && status == 0; i++) {
        status = history_read(&history, args_word(args, i));
    }
    if (status == 0) {
        history_sort(&history);
        status = args_flag(args, "prune") ? prune(args, &history) : show(args, &history);
    }
    history_finish(&history);
    return status;
}

const struct command command_history = {
    .name = "history",
    .synopsis = "[--select TERMS] [DIR|REPORT...]",
    .summary = "the runs in results/ with their headline figures; one figure over time",
    .details =
        "Lists the reports of a folder (default results), oldest first: when, the command, the\n"
        "embedders, and of each data set the best system's headline figure. With --select, each\n"
        "figure that passes, run after run, with its change since the run before; where the\n"
        "signature of a run differs from the one before, the two cannot be compared, and the\n"
        "line says so. Damaged and unfinished files are named, and the exit status is 1.\n"
        "\n"
        "  harness history\n"
        "  harness history --select 'suite=wsd dataset=ALL metric=f1 split=all stage=best'\n"
        "  harness history nightly --select 'metric=spearman policy=skip' --json\n"
        "  harness history --prune 20 --dry-run",
    .options = options,
    .run = run_history,
};
