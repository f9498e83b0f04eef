/*
 * report - stored reports in any format: one as it is, several as one, or a selection of their
 * figures.
 */
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "commands/command.h"
#include "commands/compare/differences.h"
#include "commands/stored/report_items.h"
#include "report/formats.h"
#include "report/merge.h"
#include "report/readouts.h"
#include "report/stored/read.h"
#include "report/select.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option_help options[] = {
    {"format", "FORMAT",
     "table (default), or another of these; where -o names a file, its ending says it"},
    {"o", "FILE", "write there; - (default) is standard output"},
    {"select", "TERMS",
     "only the figures that pass all terms, COLUMN=VALUE between spaces: 'suite=wsd\n"
     "metric=f1 split=all embedder=minilm,glove'; commas for or, * and ? as in file\n"
     "names, != for not, n>=100, policy= where there is none; stage=best: the best on\nthis very "
     "set, and marked as such; stage=dev: chosen on a development set; stage=last;\n"
     "repeatable: figures pass the terms of all"},
    {"rows", "LIST",
     "tables of figures: columns of results[] before the cells; default embedder and what\n"
     "else tells figures apart"},
    {"columns", "LIST", "tables of figures: columns of results[] as headings; default dataset"},
    {"value", "NAME", "tables of figures: value (default), low, high, n, answered, coverage"},
    {"intervals", NULL, "tables of figures: 95 % intervals beside the values"},
    {"digits", "N", "tables of figures: after the point; default 1 of figures times 100, else 3"},
    {"page", "WHICH", "of html: full (default) or summary"},
    {"no-color", NULL, "no colours in the table, as with NO_COLOR set"},
    {"no-items", NULL, "without the per-item records of the reports, in formats that have them"},
    {0},
};

static void each_format(void (*visit)(const char *name, const char *about, void *ctx), void *ctx)
{
    for (size_t i = 0; report_formats[i]; i++) {
        const struct report_format *format = report_formats[i];
        char *about = format->ending ? mem_format("%s; %s", format->about, format->ending) : NULL;
        visit(format->name, about ? about : format->about, ctx);
        free(about);
    }
}

static const struct option_words option_words[] = {
    {"format", each_format}, {"page", report_page_each}, {0}};

struct rendering {
    const struct args *args;
    struct report_source *sources; /* [n] */
    uint32_t n;
    struct result_tree merged; /* of several, or of a selection */
    struct result_tree *tree;  /* what is written */
    const char *output;
    struct report_look look;
    struct readouts readouts; /* of all figures, where only those of headlines are shown */
};

static int find_format(const struct args *args, const char *output,
                       const struct report_format **ret_format)
{
    const char *name = args_value(args, "format", NULL);
    if (name) {
        return report_format_find("format", name, ret_format);
    }
    *ret_format = strcmp(output, "-") == 0 ? report_formats[0] : report_format_of_file(output);
    if (*ret_format) {
        return 0;
    }
    struct str names = {0};
    report_format_names(NULL, ", ", &names);
    int status =
        error_set(ERR_REQUEST, "-o %s: the ending says no format; give --format, one of %s", output,
                  str_text(&names));
    str_finish(&names);
    return status;
}

static bool of_view(const struct report_format *format)
{
    return format->of_view;
}

static int refuse_view(const char *option, const struct report_format *format)
{
    struct str names = {0};
    report_format_names(of_view, " or ", &names);
    int status = error_set(ERR_REQUEST, "--%s: is for --format %s, found %s", option,
                           str_text(&names), format->name);
    str_finish(&names);
    return status;
}

static int read_view(const struct args *args, const struct report_format *format,
                     struct view_options *view)
{
    static const char *const names[] = {"rows", "columns", "value", "digits", "intervals"};
    uint64_t digits;
    TRY(args_uint(args, "digits", 1, &digits));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (args_flag(args, names[i]) && !format->of_view) {
            return refuse_view(names[i], format);
        }
    }
    if (digits > 12) {
        return error_set(ERR_REQUEST, "--digits: found %llu, expected at most 12",
                         (unsigned long long)digits);
    }
    *view = (struct view_options){
        .rows = args_value(args, "rows", NULL),
        .columns = args_value(args, "columns", NULL),
        .value = args_value(args, "value", NULL),
        .intervals = args_flag(args, "intervals"),
        .digits = args_flag(args, "digits") ? (int)digits : -1,
    };
    return 0;
}

static int read_sources(struct rendering *rendering)
{
    uint32_t n = args_n(rendering->args);
    rendering->sources = mem_array(n + 1u, sizeof *rendering->sources);
    for (uint32_t i = 0; i < n; i++) {
        struct report_source *source = &rendering->sources[i];
        source->path = args_word(rendering->args, i);
        TRY(report_read(source->path, &source->tree));
        rendering->n++;
    }
    return 0;
}

/* One report as it is, or a new one made of a selection or of several. */
static int make_tree(struct rendering *rendering, const struct report_format *format)
{
    char *selection = args_joined(rendering->args, "select");
    if (rendering->n == 1 && !selection) {
        rendering->tree = &rendering->sources[0].tree;
    } else {
        rendering->tree = &rendering->merged;
        for (uint32_t i = 0; i < rendering->n; i++) {
            struct report_source *source = &rendering->sources[i];
            result_tree_merge(rendering->tree, &source->tree, file_name(source->path),
                              &source->names);
        }
        rendering->tree->run.command = args_line(rendering->args);
    }
    int status = 0;
    if (selection) {
        status = result_tree_select(rendering->tree, selection);
    } else if (format->of_view) {
        readouts_list(rendering->tree, &rendering->readouts);
        rendering->look.readouts = &rendering->readouts;
        result_tree_headlines(rendering->tree);
    }
    free(selection);
    return status ? error_context(ERR_REQUEST, "--select") : 0;
}

/* The report's own records serve where it is written as it is into the same folder, or printed. */
static bool keeps_its_items(const struct rendering *rendering)
{
    if (rendering->tree == &rendering->merged) {
        return false;
    }
    if (strcmp(rendering->output, "-") == 0) {
        return true;
    }
    char *here = file_folder(rendering->sources[0].path), *there = file_folder(rendering->output);
    char *a = realpath(here, NULL), *b = realpath(there, NULL);
    bool same = a && b && strcmp(a, b) == 0;
    free(here);
    free(there);
    free(a);
    free(b);
    return same;
}

static void count_item(void *ctx, const struct result_item *item)
{
    result_tree_count_item(ctx, item);
}

/* What the new report says of single items, and where. */
static int carry_items(struct rendering *rendering, const struct report_format *format,
                       struct report_items *items)
{
    struct result_tree *tree = rendering->tree;
    bool wanted = !args_flag(rendering->args, "no-items");
    if (wanted && format->items == REPORT_ITEMS_BESIDE && keeps_its_items(rendering)) {
        return 0;
    }
    for (uint32_t i = 0; i < rendering->n; i++) {
        rendering->sources[i].records = wanted && rendering->sources[i].tree.run.items;
    }
    if (format->items == REPORT_ITEMS_WITHIN) {
        report_items_carry(rendering->sources, rendering->n, tree, count_item, tree);
    }
    if (format->items == REPORT_ITEMS_BESIDE && strcmp(rendering->output, "-") != 0) {
        return report_items_write(items, rendering->sources, rendering->n, tree, rendering->output);
    }
    tree->run.items = tree->run.keys = NULL;
    return 0;
}

static int render(struct rendering *rendering, const struct report_format *format)
{
    struct report_items items = {0};
    int status = carry_items(rendering, format, &items);
    differences_test(rendering->tree);
    if (status == 0) {
        status = report_format_write(format, rendering->tree, &rendering->look, rendering->output);
    }
    report_items_finish(&items);
    return status;
}

static int run_report(const struct args *args)
{
    struct rendering rendering = {.args = args,
                                  .output = args_value(args, "o", "-"),
                                  .look.no_color = args_flag(args, "no-color")};
    const struct report_format *format = NULL;
    if (args_n(args) == 0) {
        return error_set(ERR_REQUEST, "report: found no file, expected reports, JSON or XML");
    }
    int status = find_format(args, rendering.output, &format);
    status =
        status ? status : report_page_of(args_value(args, "page", NULL), &rendering.look.summary);
    status = status ? status : read_view(args, format, &rendering.look.view);
    status = status ? status : read_sources(&rendering);
    status = status ? status : make_tree(&rendering, format);
    status = status ? status : render(&rendering, format);
    readouts_finish(&rendering.readouts);
    result_tree_finish(&rendering.merged);
    for (uint32_t i = 0; i < rendering.n; i++) {
        merge_names_finish(&rendering.sources[i].names);
        result_tree_finish(&rendering.sources[i].tree);
    }
    free(rendering.sources);
    return status;
}

const struct command command_report = {
    .name = "report",
    .synopsis = "[options] REPORT...",
    .summary = "stored reports in any format, merged, or a selection of their figures",
    .details =
        "Reads reports, JSON or XML (- is standard input), and writes one: as it is, or merged "
        "where\n"
        "there are several. An embedder of the same name keeps its name if it is the same and no\n"
        "figure contradicts the other report's; else it becomes NAME#2. Markdown and LaTeX show,\n"
        "without --select, the headline figure of every data set at every stage.\n"
        "\n"
        "  harness report results/a.json --format xml -o a.xml\n"
        "  harness report results/*.json -o all.html\n"
        "  harness report a.json --select 'suite=wsd metric=f1 split=all stage=table,best' "
        "--format latex\n"
        "  harness report a.json --select 'metric=f1 split=pos:*' --columns split --format "
        "markdown\n",
    .options = options,
    .words = option_words,
    .run = run_report,
};
