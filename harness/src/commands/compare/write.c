/* Writes comparisons as text and JSON, and as tables of cells for the formats of reports. */
#include "commands/compare/write.h"

#include "base/json_write.h"
#include "base/mem.h"
#include "commands/compare/verdict.h"
#include "base/str.h"
#include "data/unicode.h"
#include "report/formats.h"
#include "report/write.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Columns of the tables; every format prints the same cells. */
enum { COLUMN_A, COLUMN_B, VALUE_A, VALUE_B, DIFFERENCE, INTERVAL, ITEMS, TEST, P, VERDICT, CELLS };
static const char align[CELLS + 1] = "llrrrlrlrl";

static const char *const headings[CELLS] = {"A",  "B",     "A",    "B", "B - A",
                                            NULL, "items", "test", "p", "verdict"};

/* The headings, among them the interval's, which is as sure as the level asks for. */
static void fill_headings(const struct compare_result *result, const struct compare_group *group,
                          struct str *cells)
{
    const struct compare_system *of = result->comparisons[group->first].a;
    bool share = metric_shown_times(of->suite, of->metric) > 1;
    for (int i = 0; i < CELLS; i++) {
        if (i == INTERVAL) {
            str_format(&cells[i], "%g %% interval", 100 * (1 - result->alpha));
        } else {
            str_add(&cells[i], headings[i]);
            str_add(&cells[i], share && (i == VALUE_A || i == VALUE_B) ? " x 100" : "");
        }
    }
}

/* A figure as it is shown; with a plus before it if it is a gain. */
static void number(struct str *out, double scale, double value, bool gain)
{
    if (isnan(value)) {
        str_add(out, "-");
    } else {
        str_format(out, "%s%.*f", gain && value > 0 ? "+" : "", scale > 1 ? 1 : 3, scale * value);
    }
}

static void p_value(struct str *out, double p)
{
    if (isnan(p)) {
        str_add(out, "-");
    } else if (p < 0.0001) {
        str_add(out, "< 0.0001");
    } else {
        str_format(out, "%.4f", p);
    }
}

static void fill_cells(const struct compare_result *result, const struct comparison *c,
                       struct str *cells)
{
    double scale = metric_shown_times(c->a->suite, c->a->metric);
    str_add(&cells[COLUMN_A], c->a->label);
    str_add(&cells[COLUMN_B], c->b->label);
    number(&cells[VALUE_A], scale, c->value_a, false);
    number(&cells[VALUE_B], scale, c->value_b, false);
    number(&cells[DIFFERENCE], scale, c->difference, true);
    if (isnan(c->interval.low)) {
        str_add(&cells[INTERVAL], "-");
    } else {
        int digits = scale > 1 ? 1 : 3;
        str_format(&cells[INTERVAL], "%+.*f to %+.*f", digits, scale * c->interval.low, digits,
                   scale * c->interval.high);
    }
    str_format(&cells[ITEMS], "%u", c->n);
    str_add(&cells[TEST], compare_test_names[c->test]);
    p_value(&cells[P], c->corrected);
    char *verdict = compare_verdict(c, result->alpha, result->n_tested);
    str_add(&cells[VERDICT], verdict);
    free(verdict);
}

/* "1: minilm 6; 2-3: glove table, ...": systems whose ranks cannot be distinguished have ranges. */
static void ranks_text(const struct compare_group *group, struct str *out)
{
    for (uint32_t i = 0; i < group->n_systems; i++) {
        struct rank_set rank = group->ranks[i];
        str_format(out, "%s%s: rank %u", i ? "; " : "", group->systems[i]->label, rank.low);
        if (rank.high > rank.low) {
            str_format(out, "-%u", rank.high);
        }
    }
}

/* Groups of the best that no rank separates: "ranks 1-3 are not separable". */
static void separable_text(const struct compare_group *group, struct str *out)
{
    uint32_t tied = 0;
    while (tied < group->n_systems && group->ranks[tied].low == 1) {
        tied++;
    }
    if (tied > 1) {
        str_format(out, "ranks 1-%u are not separable", tied);
    } else {
        str_format(out, "%s is best", group->systems[0]->label);
    }
}

static void footer(const struct compare_result *result, struct str *out)
{
    str_format(out, "p corrected over the %u comparison%s tested (%s), two-sided, level %g; ",
               result->n_tested, result->n_tested == 1 ? "" : "s", result->correction,
               result->alpha);
    str_format(out,
               "an undetected difference is one that this test finds with a power below %g. "
               "Intervals are of each comparison alone.",
               result->power);
}

static void fill_tables(const struct compare_result *result, struct cell_tables *tables)
{
    *tables = (struct cell_tables){.align = align, .n = result->n_groups, .n_columns = CELLS};
    for (uint32_t i = 0; i < result->n_warnings; i++) {
        str_format(&tables->opening, "compared by force: %s\n", result->warnings[i]);
    }
    tables->tables = mem_array((size_t)tables->n + 1, sizeof *tables->tables);
    for (uint32_t g = 0; g < tables->n; g++) {
        const struct compare_group *group = &result->groups[g];
        struct cell_table *table = &tables->tables[g];
        table->title = group->title;
        table->n_rows = group->n;
        table->cells = mem_array(((size_t)group->n + 1) * CELLS, sizeof *table->cells);
        fill_headings(result, group, table->cells);
        for (uint32_t r = 1; r <= group->n; r++) {
            fill_cells(result, &result->comparisons[group->first + r - 1],
                       table->cells + (size_t)r * CELLS);
        }
        if (group->ranks) {
            ranks_text(group, &table->note);
            str_add(&table->note, "; ");
            separable_text(group, &table->note);
        }
    }
    footer(result, &tables->closing);
}

static void finish_tables(struct cell_tables *tables)
{
    for (uint32_t t = 0; t < tables->n; t++) {
        struct cell_table *table = &tables->tables[t];
        for (size_t i = 0; i < ((size_t)table->n_rows + 1) * CELLS; i++) {
            str_finish(&table->cells[i]);
        }
        free(table->cells);
        str_finish(&table->note);
    }
    free(tables->tables);
    str_finish(&tables->opening);
    str_finish(&tables->closing);
}

/* Text. */

static size_t width(const char *text)
{
    size_t n = 0;
    for (; *text; text++) {
        n += ((unsigned char)*text & 0xc0) != 0x80;
    }
    return n;
}

/* A paragraph broken at blanks, each line behind an indent. */
static void text_wrapped(const char *text, size_t columns, const char *indent, struct str *out)
{
    struct slice rest = slice_of(text), word;
    size_t at = 0;
    while (slice_word(&rest, &word)) {
        size_t n = unicode_columns(word.text, word.n);
        bool begin = at == 0 || at + 1 + n > columns;
        str_add(out, !begin ? " " : at > 0 ? "\n" : "");
        str_add(out, begin ? indent : "");
        at = begin ? strlen(indent) + n : at + 1 + n;
        str_append(out, word.text, word.n);
    }
    str_add(out, at > 0 ? "\n" : "");
}

/* below: the verdict stands on lines of its own, where a row is wider than the terminal. */
static void text_row(const struct str *cells, const size_t widths[CELLS], bool below,
                     size_t columns, struct str *out)
{
    for (int i = 0; i < (below ? VERDICT : CELLS); i++) {
        bool left = i == COLUMN_A || i == COLUMN_B || i == TEST || i == VERDICT;
        size_t space = widths[i] - width(str_text(&cells[i]));
        str_format(out, "%s%*s%s%*s", i ? "  " : "", left ? 0 : (int)space, "", str_text(&cells[i]),
                   left && i != VERDICT ? (int)space : 0, "");
    }
    str_add(out, "\n");
    if (below && columns > 0) { /* the heading of the verdicts goes unsaid */
        text_wrapped(str_text(&cells[VERDICT]), columns, "    ", out);
    }
}

static void text_table(const struct cell_table *table, size_t columns, struct str *out)
{
    size_t widths[CELLS] = {0}, all = 0;
    for (size_t i = 0; i < ((size_t)table->n_rows + 1) * CELLS; i++) {
        size_t n = width(str_text(&table->cells[i]));
        widths[i % CELLS] = n > widths[i % CELLS] ? n : widths[i % CELLS];
    }
    for (int i = 0; i < CELLS; i++) {
        all += widths[i] + (i ? 2 : 0);
    }
    bool below = all > columns;
    str_format(out, "%s\n", table->title);
    for (uint32_t r = 0; r <= table->n_rows; r++) {
        text_row(table->cells + (size_t)r * CELLS, widths, below, r > 0 ? columns : 0, out);
    }
    if (table->note.n > 0) {
        text_wrapped(str_text(&table->note), columns, "", out);
    }
    str_add(out, "\n");
}

static void write_text(const struct compare_result *result, struct str *out)
{
    struct cell_tables tables;
    size_t columns = (size_t)table_columns(stdout);
    fill_tables(result, &tables);
    str_add(out, str_text(&tables.opening));
    for (uint32_t t = 0; t < tables.n; t++) {
        text_table(&tables.tables[t], columns, out);
    }
    text_wrapped(str_text(&tables.closing), columns, "", out);
    finish_tables(&tables);
}

/* JSON. */

static void json_system(struct json_writer *w, const char *key, const struct compare_system *system)
{
    jsonw_key(w, key);
    jsonw_open(w, '{');
    jsonw_put_text(w, "label", system->label);
    jsonw_put_uint(w, "report", system->report);
    jsonw_put_text(w, "embedder", system->embedder);
    jsonw_put_text(w, "kind", system->kind);
    jsonw_put_text(w, "stage", system->stage.name);
    jsonw_put_text(w, "method", system->method);
    jsonw_put_text(w, "signature", system->signature);
    jsonw_close(w, '}');
}

static void json_comparison(struct json_writer *w, const struct compare_result *result,
                            const struct comparison *c)
{
    char *verdict = compare_verdict(c, result->alpha, result->n_tested);
    jsonw_open(w, '{');
    jsonw_put_text(w, "suite", c->a->suite);
    jsonw_put_text(w, "dataset", c->a->dataset);
    jsonw_put_text(w, "metric", c->a->metric);
    jsonw_put_text(w, "split", c->a->split.text);
    json_system(w, "a", c->a);
    json_system(w, "b", c->b);
    jsonw_put_uint(w, "n", c->n);
    jsonw_put_uint(w, "units", c->units);
    jsonw_put_text(w, "units_are", c->units_are);
    jsonw_put_real(w, "value_a", c->value_a);
    jsonw_put_real(w, "value_b", c->value_b);
    jsonw_put_real(w, "difference", c->difference);
    jsonw_put_real(w, "low", c->interval.low);
    jsonw_put_real(w, "high", c->interval.high);
    jsonw_put_text(w, "interval_by", c->interval_by);
    jsonw_put_uint(w, "only_a", c->only_a);
    jsonw_put_uint(w, "only_b", c->only_b);
    jsonw_put_text(w, "test", compare_test_names[c->test]);
    jsonw_put_real(w, "p", c->p);
    jsonw_put_real(w, "p_corrected", c->corrected);
    jsonw_put_text(w, "not_tested", c->reason);
    jsonw_put_real(w, "margin", c->margin);
    jsonw_put_real(w, "p_same_corrected", c->same);
    jsonw_put_real(w, "least_p", c->least_p);
    jsonw_put_real(w, "level", c->level);
    jsonw_put_real(w, "detectable", c->detectable);
    jsonw_put_text(w, "verdict", verdict);
    jsonw_close(w, '}');
    free(verdict);
}

static void json_ranks(struct json_writer *w, const struct compare_group *group)
{
    for (uint32_t i = 0; group->ranks && i < group->n_systems; i++) {
        jsonw_open(w, '{');
        jsonw_put_text(w, "suite", group->systems[i]->suite);
        jsonw_put_text(w, "dataset", group->systems[i]->dataset);
        jsonw_put_text(w, "split", group->systems[i]->split.text);
        jsonw_put_text(w, "system", group->systems[i]->label);
        jsonw_put_uint(w, "low", group->ranks[i].low);
        jsonw_put_uint(w, "high", group->ranks[i].high);
        jsonw_close(w, '}');
    }
}

static void write_json(const struct compare_result *result, struct str *out)
{
    struct json_writer w = jsonw_create(out, 2);
    jsonw_open(&w, '{');
    jsonw_put_text(&w, "schema", "harness-compare/1");
    jsonw_put_text(&w, "correction", result->correction);
    jsonw_put_uint(&w, "tested", result->n_tested);
    jsonw_put_real(&w, "alpha", result->alpha);
    jsonw_put_real(&w, "power", result->power);
    jsonw_key(&w, "forced");
    jsonw_open(&w, '[');
    for (uint32_t i = 0; i < result->n_warnings; i++) {
        jsonw_text(&w, result->warnings[i]);
    }
    jsonw_close(&w, ']');
    jsonw_key(&w, "comparisons");
    jsonw_open(&w, '[');
    for (uint32_t i = 0; i < result->n; i++) {
        if (!result->comparisons[i].repeated) {
            json_comparison(&w, result, &result->comparisons[i]);
        }
    }
    jsonw_close(&w, ']');
    jsonw_key(&w, "ranks");
    jsonw_open(&w, '[');
    for (uint32_t g = 0; g < result->n_groups; g++) {
        json_ranks(&w, &result->groups[g]);
    }
    jsonw_close(&w, ']');
    jsonw_close(&w, '}');
    str_add(out, "\n");
}

/* Formats: two of comparisons alone, and those of reports that take tables of cells. */

bool compare_format_at(uint32_t i, struct compare_format *ret_format)
{
    static const struct compare_format own[] = {
        {"text", "for people", write_text, NULL, false},
        {"json", "every number of every comparison", write_json, NULL, true}};
    enum { N_OWN = sizeof own / sizeof *own };
    if (i < N_OWN) {
        *ret_format = own[i];
        return true;
    }
    uint32_t place = N_OWN;
    for (size_t f = 0; report_formats[f]; f++) {
        const struct report_format *format = report_formats[f];
        if (format->write_cells && place++ == i) {
            *ret_format = (struct compare_format){format->name, format->about, NULL,
                                                  format->write_cells, format->cells_escaped};
            return true;
        }
    }
    return false;
}

void compare_format_words(void (*visit)(const char *word, const char *about, void *ctx), void *ctx)
{
    struct compare_format format;
    for (uint32_t i = 0; compare_format_at(i, &format); i++) {
        visit(format.name, format.about, ctx);
    }
}

void compare_format_write(const struct compare_format *format, const struct compare_result *result,
                          struct str *out)
{
    if (format->write) {
        format->write(result, out);
        return;
    }
    struct cell_tables tables;
    fill_tables(result, &tables);
    format->write_cells(&tables, out);
    finish_tables(&tables);
}
