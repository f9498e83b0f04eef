/*
 * The report as one page that needs nothing else: per suite and data set a curve over the stages
 * (every point of the forward pass side by side with the static embedders) and the table of
 * figures.
 */
#include "report/write.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Okabe & Ito 2008: eight colours that stay apart for colour-blind readers. */
static const char *const colours[] = {"#0072B2", "#D55E00", "#009E73", "#CC79A7",
                                      "#E69F00", "#56B4E9", "#8C6D00", "#555555"};
enum {
    N_COLOURS = 8,
    PLOT_LEFT = 48,
    PLOT_RIGHT = 250,
    PLOT_TOP = 16,
    PLOT_BOTTOM = 48,
    PLOT_WIDTH = 900,
    PLOT_HEIGHT = 320
};

static bool same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static void text(FILE *out, const char *plain)
{
    for (const char *at = plain ? plain : ""; *at; at++) {
        switch (*at) {
        case '&':
            fputs("&amp;", out);
            break;
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        default:
            fputc(*at, out);
        }
    }
}

static void head(const struct result_tree *tree, FILE *out)
{
    fputs(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>harness "
        "report</title>\n"
        "<meta name=\"viewport\" content=\"width=device-width\">\n<style>\n"
        ":root{color-scheme:light dark;--line:#8884;--dim:#777}\n"
        "body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}\n"
        "h2{margin-top:2.5rem}table{border-collapse:collapse;margin:1rem 0}\n"
        "th,td{padding:.15rem .7rem;text-align:right;border-bottom:1px solid var(--line)}\n"
        "th:first-child,td:first-child{text-align:left}.dim{color:var(--dim)}.bad{color:#c00}\n"
        "td:first-child{white-space:nowrap}td.best{font-weight:700}svg{max-width:100%;height:auto}"
        "svg "
        "text{font-size:12px;fill:currentColor}\n"
        ".scroll{overflow-x:auto}code{font-size:.9em}\n</style></head><body>\n"
        "<h1>harness report</h1>\n<p><code>",
        out);
    text(out, tree->run.command);
    fputs("</code></p>\n<p class=\"dim\">", out);
    text(out, tree->run.started);
    fprintf(out, " · %.1f s · seed %llu · harness ", tree->run.seconds,
            (unsigned long long)tree->run.seed);
    text(out, tree->run.version);
    fputs(" · ", out);
    text(out, tree->run.processor);
    fprintf(out, ", %u threads</p>\n", tree->run.n_threads);
}

static void embedders(const struct result_tree *tree, FILE *out)
{
    fputs("<h2>Embedders</h2>\n<div "
          "class=\"scroll\"><table><tr><th>name</th><th>plugin</th><th>kind</th>"
          "<th>dimensions</th><th>stages</th><th>seconds</th><th>words/s</th><th>peak memory</th>"
          "<th>weights</th><th>status</th></tr>\n",
          out);
    for (uint32_t i = 0; i < tree->n_embedders; i++) {
        const struct embedder_facts *facts = &tree->embedders[i];
        const char *weights = !facts->weights_before || !facts->weights_after     ? "not shown"
                              : same(facts->weights_before, facts->weights_after) ? "unchanged"
                                                                                  : "CHANGED";
        fputs("<tr><td>", out);
        text(out, facts->name);
        fputs("</td><td>", out);
        text(out, facts->plugin);
        fputs("</td><td>", out);
        text(out, facts->kind);
        fprintf(out,
                "</td><td>%u</td><td>%u</td><td>%.1f</td><td>%.0f</td><td>%.0f "
                "MB</td><td>%s</td><td%s>",
                facts->dim, facts->n_stages, facts->seconds, facts->tokens_per_second,
                (double)facts->peak_rss_bytes / 1e6, weights,
                same(facts->status, "ok") ? "" : " class=\"bad\"");
        text(out, facts->status);
        if (facts->error) {
            fputs(": ", out);
            text(out, facts->error);
        }
        fputs("</td></tr>\n", out);
    }
    fputs("</table></div>\n", out);
}

/* What one plot and table shows: rows of one suite, data set, metric and policy, all items. */
struct view {
    const struct result_tree *tree;
    const char *suite, *dataset, *metric, *policy;
    const char **stages; /* [n_stages] union over embedders, in order */
    size_t n_stages, stage_capacity;
    const struct result_row **series; /* [n_series] the first row of each (embedder, method) */
    size_t n_series, series_capacity;
    size_t n_baselines; /* of the series, which come first */
    double low, high;   /* of the axis */
};

static bool in_view(const struct view *view, const struct result_row *row)
{
    return same(row->suite, view->suite) && same(row->dataset, view->dataset) &&
           same(row->metric, view->metric) && same(row->split, "all") && !isnan(row->value) &&
           (same(row->policy, view->policy) || same(row->embedder, "baseline"));
}

static void gather(struct view *view)
{
    view->low = INFINITY;
    view->high = -INFINITY;
    for (uint32_t e = 0; e < view->tree->n_embedders; e++) { /* stages in the models' own order */
        const struct embedder_facts *facts = &view->tree->embedders[e];
        for (uint32_t s = 0; s < facts->n_stages; s++) {
            size_t at = 0;
            while (at < view->n_stages && !same(view->stages[at], facts->stages[s])) {
                at++;
            }
            if (at == view->n_stages) {
                MEM_GROW(view->stages, view->stage_capacity, view->n_stages + 1);
                view->stages[view->n_stages++] = facts->stages[s];
            }
        }
    }
    for (size_t i = 0; i < view->tree->n_rows; i++) {
        const struct result_row *row = &view->tree->rows[i];
        if (!in_view(view, row)) {
            continue;
        }
        view->low = fmin(view->low, row->value);
        view->high = fmax(view->high, row->value);
        size_t s = 0;
        while (s < view->n_series && !(same(view->series[s]->embedder, row->embedder) &&
                                       same(view->series[s]->method, row->method))) {
            s++;
        }
        if (s == view->n_series) {
            MEM_GROW(view->series, view->series_capacity, view->n_series + 1);
            view->series[view->n_series++] = row;
            view->n_baselines += same(row->embedder, "baseline");
        }
    }
    view->low = floor(view->low * 20 - 0.01) / 20;
    view->high = ceil(view->high * 20 + 0.01) / 20;
}

static const struct result_row *point(const struct view *view, const struct result_row *series,
                                      const char *stage)
{
    for (size_t i = 0; i < view->tree->n_rows; i++) {
        const struct result_row *row = &view->tree->rows[i];
        if (in_view(view, row) && same(row->embedder, series->embedder) &&
            same(row->method, series->method) && same(row->stage, stage)) {
            return row;
        }
    }
    return NULL;
}

static double x_of(const struct view *view, size_t stage)
{
    double width = PLOT_WIDTH - PLOT_LEFT - PLOT_RIGHT;
    return PLOT_LEFT +
           (view->n_stages < 2 ? width / 2 : width * (double)stage / (double)(view->n_stages - 1));
}

static double y_of(const struct view *view, double value)
{
    double height = PLOT_HEIGHT - PLOT_TOP - PLOT_BOTTOM;
    return PLOT_TOP + height * (view->high - value) / (view->high - view->low);
}

static void axes(const struct view *view, FILE *out)
{
    for (double v = view->low; v <= view->high + 1e-9; v += 0.05) {
        fprintf(out,
                "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#8884\"/>"
                "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.0f</text>\n",
                PLOT_LEFT, PLOT_WIDTH - PLOT_RIGHT, y_of(view, v), y_of(view, v), PLOT_LEFT - 6,
                y_of(view, v) + 4, 100 * v);
    }
    for (size_t s = 0; s < view->n_stages; s++) {
        double x = x_of(view, s), y = PLOT_HEIGHT - PLOT_BOTTOM + 12;
        fprintf(
            out,
            "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\" transform=\"rotate(-35 %.1f %.1f)\">",
            x, y, x, y);
        text(out, view->stages[s]);
        fputs("</text>\n", out);
    }
}

static void curve(const struct view *view, size_t number, FILE *out)
{
    const struct result_row *series = view->series[number];
    bool baseline = same(series->embedder, "baseline");
    const char *colour = baseline ? "#888" : colours[(number - view->n_baselines) % N_COLOURS];
    bool flat = !same(series->kind, "contextual");
    if (flat) {
        double y = y_of(view, series->value);
        fprintf(
            out,
            "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" stroke-width=\"1.5\" "
            "stroke-dasharray=\"%s\"/>\n",
            PLOT_LEFT, PLOT_WIDTH - PLOT_RIGHT, y, y, colour, baseline ? "2 3" : "7 4");
        if (baseline) { /* grey lines are told apart where they stand */
            fprintf(out, "<text x=\"%d\" y=\"%.1f\">", PLOT_LEFT + 4, y - 3);
            text(out, series->method);
            fputs("</text>\n", out);
        }
    } else {
        fprintf(out, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" points=\"", colour);
        for (size_t s = 0; s < view->n_stages; s++) {
            const struct result_row *row = point(view, series, view->stages[s]);
            if (row) {
                fprintf(out, "%.1f,%.1f ", x_of(view, s), y_of(view, row->value));
            }
        }
        fputs("\"/>\n", out);
        for (size_t s = 0; s < view->n_stages; s++) {
            const struct result_row *row = point(view, series, view->stages[s]);
            if (row) {
                fprintf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"><title>",
                        x_of(view, s), y_of(view, row->value), colour);
                text(out, view->stages[s]);
                fprintf(out, ": %.1f</title></circle>\n", 100 * row->value);
            }
        }
    }
    double y = PLOT_TOP + 8 + 17 * (double)number;
    fprintf(out,
            "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" stroke-width=\"3\"%s/>"
            "<text x=\"%d\" y=\"%.1f\">",
            PLOT_WIDTH - PLOT_RIGHT + 14, PLOT_WIDTH - PLOT_RIGHT + 34, y, y, colour,
            flat ? " stroke-dasharray=\"4 3\"" : "", PLOT_WIDTH - PLOT_RIGHT + 40, y + 4);
    text(out, same(series->embedder, "baseline") ? "" : series->embedder);
    fputs(same(series->embedder, "baseline") ? "" : " ", out);
    text(out, series->method);
    fputs("</text>\n", out);
}

static void figures(const struct view *view, FILE *out)
{
    fputs("<div class=\"scroll\"><table><tr><th></th><th>one figure</th>", out);
    for (size_t s = 0; s < view->n_stages; s++) {
        fputs("<th>", out);
        text(out, view->stages[s]);
        fputs("</th>", out);
    }
    fputs("</tr>\n", out);
    for (size_t i = 0; i < view->n_series; i++) {
        const struct result_row *series = view->series[i], *best = NULL;
        for (size_t s = 0; s < view->n_stages; s++) {
            const struct result_row *row = point(view, series, view->stages[s]);
            best = row && (!best || row->value > best->value) ? row : best;
        }
        fputs("<tr><td>", out);
        text(out, same(series->embedder, "baseline") ? "" : series->embedder);
        fputc(' ', out);
        text(out, series->method);
        const struct result_row *single = point(view, series, NULL);
        fputs("</td><td>", out);
        if (single) {
            fprintf(out, "%.1f", 100 * single->value);
        }
        fputs("</td>", out);
        for (size_t s = 0; s < view->n_stages; s++) {
            const struct result_row *row = point(view, series, view->stages[s]);
            fputs(row && row == best ? "<td class=\"best\"" : "<td", out);
            if (row && !isnan(row->low)) {
                fprintf(out, " title=\"95 %% interval %.1f to %.1f\"", 100 * row->low,
                        100 * row->high);
            }
            fputs(">", out);
            if (row) {
                fprintf(out, "%.1f", 100 * row->value);
            }
            fputs("</td>", out);
        }
        fputs("</tr>\n", out);
    }
    fputs("</table></div>\n", out);
}

static void write_view(struct view *view, uint64_t n, FILE *out)
{
    gather(view);
    fputs("<h2>", out);
    text(out, view->suite);
    fputs(": ", out);
    text(out, view->dataset);
    fputs("</h2>\n<p class=\"dim\">", out);
    text(out, view->metric);
    fprintf(out, " × 100, %llu items", (unsigned long long)n);
    if (view->policy) {
        fputs(", policy ", out);
        text(out, view->policy);
    }
    fputs("</p>\n", out);
    double needed = PLOT_TOP + 17 * (double)view->n_series + 20;
    fprintf(out, "<svg viewBox=\"0 0 %d %.0f\" role=\"img\" aria-label=\"score by stage\">\n",
            PLOT_WIDTH, needed > PLOT_HEIGHT ? needed : PLOT_HEIGHT);
    if (view->n_series > 0) {
        axes(view, out);
        for (size_t i = 0; i < view->n_series; i++) {
            curve(view, i, out);
        }
    }
    fputs("</svg>\n", out);
    figures(view, out);
    free(view->stages);
    free(view->series);
}

int report_write_html(const struct result_tree *tree, const char *path)
{
    struct file_out file;
    int status = file_out_open(&file, path);
    if (status != 0) {
        return status;
    }
    head(tree, file.stream);
    embedders(tree, file.stream);
    struct map done = {0};
    for (size_t i = 0; i < tree->n_rows; i++) {
        const struct result_row *row = &tree->rows[i];
        if (!same(row->split, "all") || same(row->embedder, "baseline")) {
            continue; /* the first figure of a system, not of a baseline, stands for the data set */
        }
        char *key = mem_format("%s\n%s", row->suite, row->dataset);
        uint32_t before = done.n;
        if (map_put_text(&done, key) == before) {
            struct view view = {.tree = tree,
                                .suite = row->suite,
                                .dataset = row->dataset,
                                .metric = row->metric,
                                .policy = row->policy};
            write_view(&view, row->n, file.stream);
        }
        free(key);
    }
    map_finish(&done);
    fputs("</body></html>\n", file.stream);
    return file_out_commit(&file);
}
