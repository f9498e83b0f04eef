/*
 * The table for people, as wide as the terminal and no longer than one cares to read.
 */
#include "report/text/table.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/terminal.h"
#include "data/unicode.h"
#include "report/findings.h"
#include "report/formats.h"
#include "report/write.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { MOST_LINES = 80 /* of a suite with a block per data set */, PIPE_COLUMNS = 120 };

int table_columns(FILE *stream)
{
    struct winsize size;
    const char *given = getenv("COLUMNS");
    int columns = given ? atoi(given) : 0;
    if (isatty(fileno(stream)) && ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 &&
        size.ws_col > 0) {
        return size.ws_col;
    }
    return columns > 0 ? columns : PIPE_COLUMNS;
}

bool table_colour(FILE *stream, bool refused)
{
    const char *no = getenv("NO_COLOR"), *kind = getenv("TERM");
    return !refused && !(no && *no) && !(kind && strcmp(kind, "dumb") == 0) &&
           isatty(fileno(stream));
}

/* Printable ASCII alone, a column a byte? */
static bool is_plain(const char *text, size_t *ret_n)
{
    size_t n = 0;
    while ((unsigned char)text[n] >= 0x20 && (unsigned char)text[n] < 0x7f) {
        n++;
    }
    *ret_n = n;
    return text[n] == '\0';
}

int table_width(const char *text)
{
    size_t n;
    return is_plain(text, &n) ? (int)n : (int)unicode_columns(text, strlen(text));
}

static bool is_command(int32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0x200e && code <= 0x200f) ||
           (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

static void spaces(FILE *out, int n)
{
    for (; n > 0; n--) {
        fputc(' ', out);
    }
}

/* Bytes of text that fit into `width` columns; *ret_taken columns they take. */
static size_t fitting(const char *text, int width, int *ret_taken)
{
    size_t n = strlen(text), at = 0;
    *ret_taken = 0;
    for (size_t bytes; at < n; at += bytes) {
        unicode_next(text + at, n - at, &bytes);
        int taken = (int)unicode_columns(text + at, bytes);
        if (*ret_taken + taken > width) {
            break;
        }
        *ret_taken += taken;
    }
    return at;
}

void table_put(const struct table *table, const char *text, int width, bool right)
{
    size_t n;
    if (is_plain(text, &n) && (int)n <= width) {
        spaces(table->out, right ? width - (int)n : 0);
        fwrite(text, 1, n, table->out);
        spaces(table->out, right ? 0 : width - (int)n);
        return;
    }
    bool cut = table_width(text) > width;
    int taken;
    n = fitting(text, cut ? width - 1 : width, &taken);
    if (right) {
        spaces(table->out, width - taken - cut);
    }
    for (size_t at = 0, bytes; at < n; at += bytes) {
        int32_t code = unicode_next(text + at, n - at, &bytes);
        if (is_command(code)) {
            spaces(table->out, (int)unicode_columns(text + at, bytes) - 1);
            fputc('?', table->out);
        } else {
            fwrite(text + at, 1, bytes, table->out);
        }
    }
    fputs(!cut ? "" : table->unicode ? "…" : "~", table->out);
    if (!right) {
        spaces(table->out, width - taken - cut);
    }
}

void table_figure(const struct table *table, double value, int width, bool sign)
{
    char text[32] = "";
    if (isfinite(value)) {
        snprintf(text, sizeof text, sign ? "%+.1f" : "%.1f", value);
    }
    table_put(table, text, width, true);
}

void table_answered(const struct table *table, const struct figure *row, int width)
{
    char text[48] = "";
    if (row && row->answered < row->n) {
        snprintf(text, sizeof text, "%llu/%llu", (unsigned long long)row->answered,
                 (unsigned long long)row->n);
    }
    table_put(table, text, width, true);
}

bool table_caveats(const struct table *table, const struct summary_suite *suite, uint32_t set,
                   bool named)
{
    bool any = false;
    for (uint32_t s = 0; s < suite->n_systems; s++) {
        char *caveat = summary_caveat(summary_cell(suite, set, s));
        if (caveat) {
            char *name = table_name(&suite->systems[s]);
            char *line = mem_format("! %s%s%s: %s", named ? suite->sets[set].dataset : "",
                                    named ? " " : "", name, caveat);
            int width = table_width(line);
            table_put(table, line, width < table->columns ? width : table->columns, false);
            fputc('\n', table->out);
            free(line);
            free(name);
            any = true;
        }
        free(caveat);
    }
    return any;
}

/* The line of a figure that ties decide in part; false: they do not. */
static bool put_tied(const struct table *table, const struct summary_suite *suite, uint32_t set,
                     uint32_t system, const struct figure *row, bool named)
{
    struct tied tied;
    if (!row || !isfinite(row->value) || !tied_find(table->tied, row, &tied)) {
        return false;
    }
    char *name = table_name(&suite->systems[system]);
    char *line = mem_format("= %s%s%s%s%s: %.1f %% of the answers are ties; %.1f by the rule, %.1f "
                            "expected if drawn at random",
                            named ? suite->sets[set].dataset : "", named ? " " : "", name,
                            row->stage.name ? " at " : "", row->stage.name ? row->stage.name : "",
                            100 * tied.share, suite->sets[set].scale * row->value,
                            suite->sets[set].scale * tied.expected);
    int width = table_width(line);
    table_put(table, line, width < table->columns ? width : table->columns, false);
    fputc('\n', table->out);
    free(line);
    free(name);
    return true;
}

bool table_ties(const struct table *table, const struct summary_suite *suite, uint32_t set,
                bool named)
{
    bool any = false;
    for (uint32_t s = 0; s < suite->n_systems; s++) {
        const struct summary_cell *cell = summary_cell(suite, set, s);
        const struct figure *shown = summary_shown(cell);
        if (cell->table != shown && put_tied(table, suite, set, s, cell->table, named)) {
            any = true;
        }
        any = put_tied(table, suite, set, s, shown, named) || any;
    }
    return any;
}

static const char *const curve_unicode[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
static const char *const curve_ascii[] = {"_", ".", "-", "~", "=", "+", "*", "#"};

void table_spark(const struct table *table, const double *values, int n, double low, double high)
{
    for (int i = 0; i < n; i++) {
        int step = high > low ? (int)(7.999 * (values[i] - low) / (high - low)) : 3;
        fputs(isnan(values[i]) ? " "
              : table->unicode ? curve_unicode[step]
                               : curve_ascii[step],
              table->out);
    }
}

void table_curve(const struct table *table, const struct summary_set *set,
                 const struct summary_cell *cell, int width)
{
    double *values = mem_array((size_t)width + 1, sizeof *values), low = INFINITY, high = -INFINITY;
    int n = (int)set->n_stages < width ? (int)set->n_stages : width;
    for (int i = 0; i < n; i++) {
        values[i] = NAN;
    }
    for (uint32_t t = 0; t < set->n_stages && cell->stages.n > 1; t++) {
        const struct figure *row = summary_at(cell, set->stages[t].name);
        if (row && isfinite(row->value)) {
            double *value = &values[(size_t)t * (size_t)n / set->n_stages];
            *value = fmax(*value, row->value); /* fmax passes NAN over */
            low = fmin(low, row->value);
            high = fmax(high, row->value);
        }
    }
    table_spark(table, values, n, low, high);
    spaces(table->out, width - n);
    free(values);
}

/* "×", "−" and "±" in ASCII where the terminal has no more; names stay as they are. */
static char *plain_signs(const char *text)
{
    struct str out = {0};
    for (const char *at = text; *at; at++) {
        bool times = strncmp(at, "×", 2) == 0, minus = strncmp(at, "−", 3) == 0,
             spread = strncmp(at, "±", 2) == 0;
        str_append(&out, times ? "x" : minus ? "-" : spread ? "+/-" : at, spread ? 3 : 1);
        at += times || spread ? 1 : minus ? 2 : 0;
    }
    return out.data ? out.data : mem_text("");
}

void table_signs(const struct table *table, const char *text, int width, bool right)
{
    char *shown = table->unicode ? mem_text(text) : plain_signs(text);
    table_put(table, shown, width, right);
    free(shown);
}

void table_wrapped(const struct table *table, const char *text)
{
    char *shown = table->unicode ? mem_text(text) : plain_signs(text);
    struct slice rest = slice_of(shown), word;
    int at = 0, most = table->columns < 100 ? table->columns : 100;
    while (slice_word(&rest, &word)) {
        char *one = mem_text_n(word.text, word.n);
        int width = table_width(one);
        if (at > 0 && at + 1 + width > most) {
            fputc('\n', table->out);
            at = 0;
        }
        fputs(at > 0 ? " " : "", table->out);
        table_put(table, one, width < most ? width : most, false);
        at += width + (at > 0);
        free(one);
    }
    fputs(at > 0 ? "\n" : "", table->out);
    free(shown);
}

void table_stage_rule(const struct table *table, const struct summary_suite *suite, uint32_t first,
                      uint32_t n)
{
    bool dev = false, last = false, best = false, tableless = false;
    for (uint32_t i = 0; i < n * suite->n_systems; i++) {
        const struct summary_cell *cell =
            summary_cell(suite, first + i / suite->n_systems, i % suite->n_systems);
        bool staged = cell->stages.n > 1;
        dev = dev || (staged && cell->chosen);
        best = best || (staged && summary_is_test_best(cell));
        tableless = tableless || (staged && summary_is_test_best(cell) && !cell->table);
        last = last || (staged && !cell->chosen && (cell->gain || cell->last));
    }
    fputs(table->dim, table->out);
    table_wrapped(table, dev ? "stage: the one chosen on the development set" : "");
    table_wrapped(table, last ? "stage: the last, since no development set chose one" : "");
    table_wrapped(
        table, !best       ? ""
               : tableless ? "stage *: the one that is best on this very set, with hindsight; with "
                             "table among the --stages the last is shown, with --dev DATA, where "
                             "the suite takes it, the one chosen there"
                           : "stage *: the one that is best on this very set, with hindsight");
    fputs(table->off, table->out);
}

void table_bar(const struct table *table, double value, int width)
{
    static const char *const parts[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    int eighths = isfinite(value) ? (int)lround(8 * width * fmin(fmax(value, 0), 1)) : 0;
    for (int i = 0; i < eighths / 8; i++) {
        fputs(table->unicode ? "█" : "#", table->out);
    }
    fputs(table->unicode ? parts[eighths % 8] : eighths % 8 >= 4 ? "#" : "", table->out);
}

char *table_name(const struct summary_system *system)
{
    return system->baseline ? mem_text(system->method)
                            : mem_format("%s %s", system->embedder, system->method);
}

static bool is(const char *text, const char *wanted)
{
    return text && strcmp(text, wanted) == 0;
}

/* A text from outside, all of it. */
static void put_whole(const struct table *table, const char *text)
{
    text = text ? text : "";
    table_put(table, text, table_width(text), false);
}

/* Of several lines perhaps, as a traceback is: those after the first stand in from the left. */
static void put_error(const struct table *table, const char *error)
{
    struct slice rest = slice_of(error ? error : ""), line;
    for (bool first = true; slice_field(&rest, '\n', &line); first = false) {
        char *text = mem_text_n(line.text, line.n);
        fputs(first ? "" : "\n    ", table->out);
        put_whole(table, text);
        free(text);
    }
}

/* Answers that were read from a file cost nothing: no line. */
static void write_embedder(const struct table *table, const struct embedder_facts *facts)
{
    FILE *out = table->out;
    bool ok = is(facts->status, "ok");
    if (ok && is(facts->kind, "predictions")) {
        return;
    }
    bool frozen = facts->weights_before && is(facts->weights_after, facts->weights_before);
    fputs(ok ? "" : table->bad, out);
    put_whole(table, facts->name);
    fputs(": ", out);
    put_whole(table, ok ? facts->kind : facts->status ? facts->status : "unknown");
    if (ok) {
        fprintf(out, ", %u dimensions, %u stage%s, %.1f s, %.0f words/s, peak %.0f MB%s",
                facts->dim, facts->n_stages, facts->n_stages == 1 ? "" : "s", facts->seconds,
                facts->tokens_per_second, (double)facts->peak_rss_bytes / 1e6,
                frozen ? ", weights unchanged" : "");
        if (facts->series && isfinite(facts->held_out_loss)) {
            fprintf(out, ", held-out loss %.3f", facts->held_out_loss);
        }
        fputc('\n', out);
    } else {
        fputs(": ", out);
        put_error(table, facts->error);
        fprintf(out, "%s\n", table->off);
    }
}

/* The sentences that head the page: of each suite its first data set. */
static void write_findings(const struct table *table, const struct summary *summary,
                           const struct result_tree *tree)
{
    struct finding *findings;
    uint32_t n = findings_list(summary, &findings);
    for (uint32_t i = 0; i < n; i++) {
        char *text = findings[i].first ? finding_text(summary, tree, table->tied, &findings[i])
                                       : mem_text("");
        if (*text) {
            fputc('\n', table->out);
            table_wrapped(table, text);
        }
        free(text);
    }
    free(findings);
}

void report_write_table(const struct result_tree *tree, FILE *stream, int columns, bool colour)
{
    struct tied_figures tied;
    struct table table = {stream, columns, terminal_speaks_utf8(), "", "", "", "", "", &tied};
    struct summary summary;
    if (colour) {
        table.bold = "\033[1m";
        table.dim = "\033[2m";
        table.good = "\033[32m";
        table.bad = "\033[31m";
        table.off = "\033[0m";
    }
    summary_init(&summary, tree);
    tied_init(&tied, tree);
    for (uint32_t i = 0; i < summary.n_suites; i++) {
        const struct summary_suite *suite = &summary.suites[i];
        bool few = (uint64_t)suite->n_sets * (suite->n_systems + 3u) <= MOST_LINES;
        (few ? write_table_sets : write_table_matrix)(&table, suite);
    }
    for (uint32_t i = 0; i < summary.n_left_out; i++) {
        fputs(table.bad, stream);
        put_whole(&table, summary.left_out[i]);
        fprintf(stream, "%s\n\n", table.off);
    }
    write_table_training(&table, &summary, tree);
    write_table_readouts(&table, tree);
    for (uint32_t i = 0; i < tree->n_embedders; i++) {
        write_embedder(&table, &tree->embedders[i]);
    }
    write_findings(&table, &summary, tree);
    tied_finish(&tied);
    summary_finish(&summary);
}

static int write_look(const struct result_tree *tree, const struct report_look *look,
                      const char *path)
{
    struct file_out file;
    TRY(file_out_open(&file, path));
    report_write_table(tree, file.stream, table_columns(file.stream),
                       table_colour(file.stream, look->no_color));
    return file_out_commit(&file);
}

const struct report_format report_format_table = {
    .name = "table",
    .about = "what a run prints",
    .ending = ".txt",
    .write_look = write_look,
};
