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
#include "commands/stored/report_items.h"
#include "report/merge.h"
#include "report/stored/read.h"
#include "report/select.h"
#include "report/text/view.h"
#include "report/write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option_help options[] = {
    {"format", "FORMAT",
     "table (default), json, xml, html, csv, jsonl, markdown, latex, junit; where -o names a\n"
     "file, its ending says it: .json .xml .html .csv .jsonl .md .tex"},
    {"o", "FILE", "write there; - (default) is standard output"},
    {"select", "TERMS",
     "only the figures that pass all terms, COLUMN=VALUE between spaces: 'suite=wsd\n"
     "metric=f1 split=all embedder=minilm,glove'; commas for or, * and ? as in file\n"
     "names, != for not, n>=100, policy= for none; stage=best: best on this very set,\n"
     "and marked so; stage=dev: chosen on a development set; stage=last"},
    {"rows", "LIST",
     "markdown, latex: columns of results[] before the cells; default embedder and what\n"
     "else tells figures apart"},
    {"columns", "LIST", "markdown, latex: columns of results[] as headings; default dataset"},
    {"value", "NAME", "markdown, latex: value (default), low, high, n, answered, coverage"},
    {"intervals", NULL, "markdown, latex: 95 % intervals beside the values"},
    {"digits", "N", "markdown, latex: after the point; default 1 of figures times 100, else 3"},
    {"no-color", NULL, "no colours in the table, as with NO_COLOR set"},
    {"no-items", NULL, "json, xml, html: without the per-item records of the reports"},
    {0},
};

struct rendering {
    const struct args *args;
    struct report_source *sources; /* [n] */
    uint32_t n;
    struct result_tree merged; /* of several, or of a selection */
    struct result_tree *tree;  /* what is written */
    const char *output;
    struct view_options view;
};

static int write_markdown(const struct rendering *rendering)
{
    return report_write_markdown(rendering->tree, &rendering->view, rendering->output);
}

static int write_latex(const struct rendering *rendering)
{
    return report_write_latex(rendering->tree, &rendering->view, rendering->output);
}

static int write_table(const struct rendering *rendering)
{
    struct file_out file;
    int status = file_out_open(&file, rendering->output);
    if (status != 0) {
        return status;
    }
    report_write_table(rendering->tree, file.stream, table_columns(file.stream),
                       table_colour(file.stream, args_flag(rendering->args, "no-color")));
    return file_out_commit(&file);
}

static const struct format {
    const char *name, *ending;
    int (*write)(const struct result_tree *tree, const char *path);
    int (*render)(const struct rendering *rendering); /* where `write` is not enough */
    enum { NO_ITEMS, BESIDE, WITHIN } items;          /* where per-item records go */
    bool table;                                       /* shows few figures unless asked for more */
} formats[] = {
    {"table", ".txt", NULL, write_table, NO_ITEMS, false},
    {"json", ".json", report_write_json, NULL, BESIDE, false},
    {"xml", ".xml", report_write_xml, NULL, BESIDE, false},
    {"html", ".html", report_write_html, NULL, WITHIN, false},
    {"csv", ".csv", report_write_csv, NULL, NO_ITEMS, false},
    {"jsonl", ".jsonl", report_write_jsonl, NULL, NO_ITEMS, false},
    {"markdown", ".md", NULL, write_markdown, NO_ITEMS, true},
    {"latex", ".tex", NULL, write_latex, NO_ITEMS, true},
    {"junit", NULL, report_write_junit, NULL, NO_ITEMS, false},
};
enum { N_FORMATS = sizeof formats / sizeof *formats };

static int find_format(const struct args *args, const char *output,
                       const struct format **ret_format)
{
    const char *name = args_value(args, "format", NULL);
    struct str list = {0};
    for (size_t i = 0; i < N_FORMATS; i++) {
        bool wanted = name ? strcmp(name, formats[i].name) == 0
                           : formats[i].ending && text_ends(output, formats[i].ending);
        if (wanted || (!name && strcmp(output, "-") == 0)) {
            *ret_format = &formats[i];
            str_finish(&list);
            return 0;
        }
        str_format(&list, "%s%s", i ? ", " : "", formats[i].name);
    }
    int status =
        name ? error_set(ERR_REQUEST, "--format: found \"%s\", expected %s", name, str_text(&list))
             : error_set(ERR_REQUEST, "-o %s: the ending says no format; give --format, one of %s",
                         output, str_text(&list));
    str_finish(&list);
    return status;
}

static int read_view(const struct args *args, const struct format *format,
                     struct view_options *view)
{
    static const char *const names[] = {"rows", "columns", "value", "digits", "intervals"};
    uint64_t digits;
    int status = args_uint(args, "digits", 1, &digits);
    if (status != 0) {
        return status;
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (args_flag(args, names[i]) && !format->table) {
            return error_set(ERR_REQUEST, "--%s: is for --format markdown or latex, found %s",
                             names[i], format->name);
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
        int status = report_read(source->path, &source->tree);
        if (status != 0) {
            return status;
        }
        rendering->n++;
    }
    return 0;
}

/* One report as it is, or a new one made of a selection or of several. */
static int make_tree(struct rendering *rendering, const struct format *format)
{
    const char *selection = args_value(rendering->args, "select", NULL);
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
    } else if (format->table) {
        result_tree_headlines(rendering->tree);
    }
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

static void tell_story(void *ctx, const struct result_item *item)
{
    stories_add(ctx, item);
}

/* What the new report says of single items, and where. */
static int carry_items(struct rendering *rendering, const struct format *format,
                       struct report_items *items)
{
    struct result_tree *tree = rendering->tree;
    bool wanted = !args_flag(rendering->args, "no-items");
    if (wanted && format->items == BESIDE && keeps_its_items(rendering)) {
        return 0;
    }
    for (uint32_t i = 0; i < rendering->n; i++) {
        rendering->sources[i].records = wanted && rendering->sources[i].tree.run.items;
    }
    if (format->items == WITHIN) {
        report_items_carry(rendering->sources, rendering->n, tree, tell_story, &tree->stories);
    }
    if (format->items == BESIDE && strcmp(rendering->output, "-") != 0) {
        return report_items_write(items, rendering->sources, rendering->n, tree, rendering->output);
    }
    tree->run.items = tree->run.keys = NULL;
    return 0;
}

static int render(struct rendering *rendering, const struct format *format)
{
    struct report_items items = {0};
    int status = carry_items(rendering, format, &items);
    if (status == 0) {
        status = format->render ? format->render(rendering)
                                : format->write(rendering->tree, rendering->output);
    }
    report_items_finish(&items);
    return status;
}

static int run_report(const struct args *args)
{
    struct rendering rendering = {.args = args, .output = args_value(args, "o", "-")};
    const struct format *format = NULL;
    if (args_n(args) == 0) {
        return error_set(ERR_REQUEST, "report: found no file, expected reports, JSON or XML");
    }
    int status = find_format(args, rendering.output, &format);
    status = status ? status : read_view(args, format, &rendering.view);
    status = status ? status : read_sources(&rendering);
    status = status ? status : make_tree(&rendering, format);
    status = status ? status : render(&rendering, format);
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
    .run = run_report,
};
