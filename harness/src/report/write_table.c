/*
 * The table for people: per suite, a row per embedder and method, two columns per data set, the
 * look-up table's score and the best stage's, baselines on top.
 */
#include "report/write.h"

#include "base/mem.h"
#include "base/str.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CELL_TABLE = 8, CELL_BEST = 20, CELL_SET = CELL_TABLE + CELL_BEST };

struct style {
    const char *bold, *dim, *good, *bad, *off;
};

static const struct style plain = {"", "", "", "", ""};
static const struct style coloured = {"\033[1m", "\033[2m", "\033[32m", "\033[31m", "\033[0m"};

/* A data set of a suite with the figure that stands for it: the first metric and policy that the
 * suite gave for all items. */
struct column {
    const char *dataset, *metric, *policy;
    uint64_t n;
};

struct line {
    const char *embedder, *method;
};

struct sheet {
    const struct result_tree *tree;
    const char *suite;
    struct column *columns;
    size_t n_columns, column_capacity;
    struct line *lines; /* baselines first */
    size_t n_lines, line_capacity;
};

static bool same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool of_all_items(const struct result_row *row)
{
    return same(row->split, "all");
}

static struct column *find_column(const struct sheet *sheet, const char *dataset)
{
    for (size_t i = 0; i < sheet->n_columns; i++) {
        if (same(sheet->columns[i].dataset, dataset)) {
            return &sheet->columns[i];
        }
    }
    return NULL;
}

static void add_line(struct sheet *sheet, const struct result_row *row)
{
    for (size_t i = 0; i < sheet->n_lines; i++) {
        if (same(sheet->lines[i].embedder, row->embedder) &&
            same(sheet->lines[i].method, row->method)) {
            return;
        }
    }
    MEM_GROW(sheet->lines, sheet->line_capacity, sheet->n_lines + 1);
    sheet->lines[sheet->n_lines++] = (struct line){row->embedder, row->method};
}

static void gather(struct sheet *sheet)
{
    for (int baselines = 1; baselines >= 0; baselines--) {
        for (size_t i = 0; i < sheet->tree->n_rows; i++) {
            const struct result_row *row = &sheet->tree->rows[i];
            if (!same(row->suite, sheet->suite) || !of_all_items(row) ||
                same(row->embedder, "baseline") != (baselines == 1)) {
                continue;
            }
            if (!find_column(sheet, row->dataset)) {
                MEM_GROW(sheet->columns, sheet->column_capacity, sheet->n_columns + 1);
                sheet->columns[sheet->n_columns++] =
                    (struct column){row->dataset, row->metric, row->policy, row->n};
            }
            const struct column *column = find_column(sheet, row->dataset);
            if (same(column->metric, row->metric)) {
                add_line(sheet, row);
            }
        }
    }
}

/* Columns of characters a UTF-8 text takes (one a code point). */
static int width_of(const char *text)
{
    int width = 0;
    for (; *text; text++) {
        width += (*text & 0xc0) != 0x80;
    }
    return width;
}

static void pad(FILE *stream, const char *text, int width, bool right)
{
    int gap = width - width_of(text);
    if (right && gap > 0) {
        fprintf(stream, "%*s", gap, "");
    }
    fputs(text, stream);
    if (!right && gap > 0) {
        fprintf(stream, "%*s", gap, "");
    }
}

static int label_width(const struct sheet *sheet)
{
    int width = 8;
    for (size_t i = 0; i < sheet->n_lines; i++) {
        const struct line *line = &sheet->lines[i];
        int taken = width_of(line->method) + 2;
        if (!same(line->embedder, "baseline")) {
            taken += width_of(line->embedder) + 1;
        }
        width = taken > width ? taken : width;
    }
    return width;
}

static void heading(const struct sheet *sheet, FILE *stream, const struct style *style,
                    size_t first, size_t n, int label)
{
    char text[64];
    fprintf(stream, "%*s", label, "");
    for (size_t c = first; c < first + n; c++) {
        const struct column *column = &sheet->columns[c];
        int room = CELL_SET - 2 - width_of(column->metric);
        snprintf(text, sizeof text, "%.*s %s", room > 4 ? room : 4, column->dataset,
                 column->metric);
        fputs(style->bold, stream);
        pad(stream, text, CELL_SET, true);
        fputs(style->off, stream);
    }
    fprintf(stream, "\n%s", style->dim);
    pad(stream, "", label, false);
    for (size_t c = first; c < first + n; c++) {
        pad(stream, "table", CELL_TABLE, true);
        pad(stream, "best (stage)", CELL_BEST, true);
    }
    fprintf(stream, "%s\n", style->off);
}

static void cell(const struct sheet *sheet, FILE *stream, const struct style *style,
                 const struct line *line, const struct column *column)
{
    char text[64];
    struct result_row like = {.suite = sheet->suite,
                              .dataset = column->dataset,
                              .embedder = line->embedder,
                              .method = line->method,
                              .metric = column->metric,
                              .policy = column->policy,
                              .split = "all"};
    const struct result_row *best = result_tree_best(sheet->tree, &like);
    if (!best && column->policy) { /* baselines know no policy */
        like.policy = NULL;
        best = result_tree_best(sheet->tree, &like);
    }
    like.stage = "table";
    const struct result_row *table = result_tree_best(sheet->tree, &like);
    snprintf(text, sizeof text, "%.1f", table ? 100 * table->value : 0.0);
    pad(stream, table ? text : "", CELL_TABLE, true);
    if (!best || (best->stage && same(best->stage, "table"))) {
        pad(stream, best ? "table" : "-", CELL_BEST, true);
        return;
    }
    if (best->stage) {
        snprintf(text, sizeof text, "%.1f (%s)", 100 * best->value, best->stage);
    } else {
        snprintf(text, sizeof text, "%.1f", 100 * best->value);
    }
    bool gain = table && best->value > table->value;
    fputs(gain ? style->good : "", stream);
    pad(stream, text, CELL_BEST, true);
    fputs(gain ? style->off : "", stream);
}

static void block(const struct sheet *sheet, FILE *stream, const struct style *style, size_t first,
                  size_t n, int label)
{
    heading(sheet, stream, style, first, n, label);
    for (size_t i = 0; i < sheet->n_lines; i++) {
        const struct line *line = &sheet->lines[i];
        bool baseline = same(line->embedder, "baseline");
        struct str name = {0};
        str_format(&name, "%s%s%s", baseline ? "" : line->embedder, baseline ? "" : " ",
                   line->method);
        fputs(baseline ? style->dim : "", stream);
        pad(stream, str_text(&name), label, false);
        str_finish(&name);
        for (size_t c = first; c < first + n; c++) {
            cell(sheet, stream, style, line, &sheet->columns[c]);
        }
        fprintf(stream, "%s\n", baseline ? style->off : "");
    }
    fputc('\n', stream);
}

static void write_suite(const struct result_tree *tree, const char *suite, FILE *stream,
                        int columns, const struct style *style)
{
    struct sheet sheet = {.tree = tree, .suite = suite};
    gather(&sheet);
    int label = label_width(&sheet);
    size_t fit = columns > label + CELL_SET ? (size_t)((columns - label) / CELL_SET) : 1;
    fprintf(stream, "%s%s%s  (x 100)\n", style->bold, suite, style->off);
    for (size_t first = 0; first < sheet.n_columns; first += fit) {
        size_t n = sheet.n_columns - first < fit ? sheet.n_columns - first : fit;
        block(&sheet, stream, style, first, n, label);
    }
    free(sheet.columns);
    free(sheet.lines);
}

static void write_embedders(const struct result_tree *tree, FILE *stream, const struct style *style)
{
    for (uint32_t i = 0; i < tree->n_embedders; i++) {
        const struct embedder_facts *facts = &tree->embedders[i];
        if (same(facts->status, "ok")) {
            bool frozen =
                facts->weights_before && same(facts->weights_before, facts->weights_after);
            fprintf(stream,
                    "%s: %s, %u dimensions, %u stages, %.1f s, %.0f words/s, peak %.0f MB%s\n",
                    facts->name, facts->kind, facts->dim, facts->n_stages, facts->seconds,
                    facts->tokens_per_second, (double)facts->peak_rss_bytes / 1e6,
                    frozen ? ", weights unchanged" : "");
        } else {
            fprintf(stream, "%s%s: %s: %s%s\n", style->bad, facts->name,
                    facts->status ? facts->status : "unknown", facts->error ? facts->error : "",
                    style->off);
        }
    }
}

void report_write_table(const struct result_tree *tree, FILE *stream, int columns, bool colour)
{
    const struct style *style = colour ? &coloured : &plain;
    struct map done = {0};
    for (size_t i = 0; i < tree->n_rows; i++) {
        uint32_t before = done.n;
        if (map_put_text(&done, tree->rows[i].suite) == before) {
            write_suite(tree, tree->rows[i].suite, stream, columns, style);
        }
    }
    map_finish(&done);
    write_embedders(tree, stream, style);
}
