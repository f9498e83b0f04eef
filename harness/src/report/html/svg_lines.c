/* Curves over stages with bands, and their names where they end; points that stand apart lie to the
 * right of the names. */
#include "base/mem.h"
#include "report/html/html.h"
#include "report/html/svg_plot.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_BANDS = 6, LABEL_ROOM = 190, TOP = 28, LEFT = 40 };
enum { LEAD = 19 /* from a curve's end to its name */, BESIDE = 7 /* right of the names */ };

struct lines {
    FILE *out;
    const char *const *ticks;
    uint32_t n_ticks, n_joined, n_series;
    const struct svg_series *series;
    struct svg_scale scale;
    double left, right; /* of what is joined; names stand behind it */
    double apart, end;  /* of what stands apart, behind the names; apart == end: nothing does */
    double step;        /* a tick's place is so wide */
    double room;        /* of names */
    bool bands;
};

static double x_of(const struct lines *lines, uint32_t tick)
{
    return tick < lines->n_joined ? lines->left + lines->step * (tick + 0.5)
                                  : lines->apart + lines->step * (tick - lines->n_joined + 0.5);
}

static double y_of(const struct lines *lines, double value)
{
    return svg_at(&lines->scale, value);
}

static uint32_t n_values(const struct lines *lines, const struct svg_series *series)
{
    return series->level ? 1 : lines->n_ticks;
}

static bool banded(const struct svg_value *value)
{
    return isfinite(value->value) && isfinite(value->low) && isfinite(value->high);
}

/* The band of one curve: up along the highs, back along the lows, anew after every gap. */
static void draw_band(const struct lines *lines, const struct svg_series *series)
{
    fprintf(lines->out, "<path class=\"band %s\" d=\"", svg_series_class(series->colour_index));
    for (uint32_t first = 0, end; first < lines->n_joined; first = end + 1) {
        end = first;
        for (; end < lines->n_joined && banded(&series->values[end]); end++) {
            fprintf(lines->out, "%c%.4g %.4g", end == first ? 'M' : 'L', x_of(lines, end),
                    y_of(lines, series->values[end].high));
        }
        for (uint32_t i = end; i > first; i--) {
            fprintf(lines->out, "L%.4g %.4g", x_of(lines, i - 1),
                    y_of(lines, series->values[i - 1].low));
        }
        fputs(end > first ? "Z" : "", lines->out);
    }
    fputs("\"/>\n", lines->out);
}

/* Where curves are many, a pointer could not tell their points apart: they do without titles. */
static void draw_points(const struct lines *lines, const struct svg_series *series)
{
    bool open = false;
    for (uint32_t t = 0; t < lines->n_ticks; t++) {
        const struct svg_value *value = &series->values[t];
        if (!isfinite(value->value)) {
            continue;
        }
        if (lines->bands || !open) {
            svg_marker(lines->out, x_of(lines, t), y_of(lines, value->value), series->colour_index,
                       false);
        } else {
            svg_shape(lines->out, x_of(lines, t), y_of(lines, value->value), series->colour_index);
        }
        open = true;
        if (lines->bands) {
            svg_marker_end(lines->out, series->name, lines->ticks[t], value);
        }
    }
    fputs(open && !lines->bands ? "</g>\n" : "", lines->out);
}

/* Stages that a model has not are stepped over: its curve goes on at its next. */
static void draw_curve(const struct lines *lines, const struct svg_series *series)
{
    bool begun = false;
    fprintf(lines->out, "<path class=\"line %s%s\" d=\"", svg_series_class(series->colour_index),
            series->dash == 1 ? " dash"
            : series->dash    ? " dash2"
                              : "");
    for (uint32_t t = 0; t < lines->n_joined; t++) {
        if (isfinite(series->values[t].value)) {
            fprintf(lines->out, "%c%.4g %.4g", begun ? 'L' : 'M', x_of(lines, t),
                    y_of(lines, series->values[t].value));
            begun = true;
        }
    }
    fputs(begun ? "\"/>\n" : "M0 0\"/>\n", lines->out);
    draw_points(lines, series);
}

static void draw_level(const struct lines *lines, const struct svg_series *series)
{
    const struct svg_value *value = &series->values[0];
    if (isfinite(value->value)) {
        double y = y_of(lines, value->value);
        fprintf(lines->out, "<g><path class=\"line level %s\" d=\"M%.4g %.4gH%.4g",
                series->quiet ? "quiet" : svg_series_class(series->colour_index), lines->left, y,
                lines->right);
        if (lines->apart < lines->end) {
            fprintf(lines->out, "M%.4g %.4gH%.4g", lines->apart, y, lines->end);
        }
        fputs("\"/>", lines->out);
        svg_marker_end(lines->out, series->name, NULL, value);
    }
}

/* A name behind what is joined, and where its line ends there. */
struct tail {
    const struct svg_series *series;
    double line, y;
};

static int by_height(const void *a, const void *b)
{
    double first = ((const struct tail *)a)->line, second = ((const struct tail *)b)->line;
    return (first > second) - (first < second);
}

/* Of the curve; of a series that only stands apart, its last point. */
static double end_value(const struct lines *lines, const struct svg_series *series)
{
    double value = NAN;
    for (uint32_t t = 0; t < n_values(lines, series); t++) {
        bool counts = t < lines->n_joined || isnan(value);
        value = counts && isfinite(series->values[t].value) ? series->values[t].value : value;
    }
    return value;
}

/* Names keep a line's distance: pushed down from the top, then up from the bottom. */
static void spread(struct tail *tails, uint32_t n, double bottom)
{
    double free_from = TOP;
    for (uint32_t i = 0; i < n; i++) {
        tails[i].y = fmax(tails[i].line, free_from);
        free_from = tails[i].y + SVG_LINE;
    }
    for (uint32_t i = n; i > 0 && tails[i - 1].y > bottom; i--) {
        tails[i - 1].y = bottom;
        bottom -= SVG_LINE;
    }
}

static void draw_names(const struct lines *lines)
{
    struct tail *tails = mem_array(lines->n_series + 1u, sizeof *tails);
    uint32_t n = 0;
    for (uint32_t i = 0; i < lines->n_series; i++) {
        double value = end_value(lines, &lines->series[i]);
        if (isfinite(value)) {
            tails[n++] = (struct tail){&lines->series[i], y_of(lines, value), 0};
        }
    }
    qsort(tails, n, sizeof *tails, by_height);
    spread(tails, n, lines->scale.from);
    for (uint32_t i = 0; i < n; i++) {
        const struct tail *tail = &tails[i];
        fprintf(lines->out, "<path class=\"lead %s\" d=\"M%.4g %.4gL%.4g %.4g\"/>",
                tail->series->quiet ? "quiet" : svg_series_class(tail->series->colour_index),
                lines->right + 3, tail->line, lines->right + 15, tail->y);
        svg_label(lines->out, lines->right + LEAD, tail->y + 4, "start",
                  tail->series->quiet ? "tick" : NULL, tail->series->name, lines->room);
    }
    free(tails);
}

static void draw_all(const struct lines *lines)
{
    for (uint32_t i = 0; i < lines->n_series && lines->bands; i++) {
        if (!lines->series[i].level) {
            draw_band(lines, &lines->series[i]);
        }
    }
    for (uint32_t i = 0; i < lines->n_series; i++) {
        if (lines->series[i].level) {
            draw_level(lines, &lines->series[i]);
        }
    }
    for (uint32_t i = 0; i < lines->n_series; i++) {
        if (!lines->series[i].level) {
            draw_curve(lines, &lines->series[i]);
        }
    }
}

/* Names of the ticks below their places. */
static double tick_names(const struct lines *lines, FILE *out, double y)
{
    uint32_t n_apart = lines->n_ticks - lines->n_joined;
    double joined = svg_names(out, lines->ticks, lines->n_joined, lines->left, lines->step, y);
    double apart =
        svg_names(out, lines->ticks + lines->n_joined, n_apart, lines->apart, lines->step, y);
    return fmax(joined, apart);
}

/* Where the plot begins: right of the numbers, and so that no slanted name sticks out. names: the
 * room that names and the way to them take. */
static void place(struct lines *lines, double width, double names)
{
    uint32_t n = lines->n_ticks ? lines->n_ticks : 1, n_apart = lines->n_ticks - lines->n_joined;
    double room = width - names - (n_apart ? BESIDE : 0), least = LEFT;
    lines->step = (room - LEFT) / n;
    for (uint32_t t = 0; t < lines->n_joined; t++) {
        least = fmax(least, svg_slanted_width(lines->ticks[t]) - lines->step * (t + 0.5));
    }
    lines->left = fmin(least, room / 2);
    lines->step = (room - lines->left) / n;
    lines->right = lines->left + lines->step * lines->n_joined;
    lines->end = n_apart ? width - BESIDE : width;
    lines->apart = lines->end - lines->step * n_apart;
}

static void find_range(const struct lines *lines, double *ret_low, double *ret_high)
{
    *ret_low = INFINITY;
    *ret_high = -INFINITY;
    for (uint32_t i = 0; i < lines->n_series; i++) {
        const struct svg_series *series = &lines->series[i];
        for (uint32_t t = 0; t < n_values(lines, series); t++) {
            struct svg_value value = series->values[t];
            if (!lines->bands || series->level) {
                value.low = value.high = NAN;
            }
            svg_extend(ret_low, ret_high, &value);
        }
    }
}

void svg_lines(FILE *out, const struct svg_frame *frame, const char *const *ticks, uint32_t n_ticks,
               uint32_t n_joined, const struct svg_series *series, uint32_t n_series)
{
    struct lines lines = {.out = out,
                          .ticks = ticks,
                          .n_ticks = n_ticks,
                          .n_joined = n_joined,
                          .series = series,
                          .n_series = n_series};
    double low, high, widest = 0, width = frame->width ? frame->width : 760;
    double room = fmin(LABEL_ROOM, width / 3.2);
    uint32_t n_curves = 0;
    for (uint32_t i = 0; i < n_series; i++) {
        n_curves += !series[i].level;
        widest = fmax(widest, svg_text_width(series[i].name));
    }
    lines.bands = n_curves <= MOST_BANDS;
    find_range(&lines, &low, &high);
    double plot = fmax(frame->height ? frame->height : 240, SVG_LINE * (double)n_series);
    lines.scale = svg_scale_round(low, high, 6);
    lines.scale.from = TOP + plot;
    lines.scale.to = TOP;
    lines.room = room;
    place(&lines, width, fmin(widest, room) + LEAD + BESIDE);
    svg_open(out, frame, width, TOP + plot + tick_names(&lines, NULL, 0) + 6);
    svg_grid(out, &lines.scale, false, lines.left, lines.right, frame->label);
    if (lines.apart < lines.end) {
        svg_grid_again(out, &lines.scale, lines.apart, lines.end);
    }
    tick_names(&lines, out, TOP + plot);
    draw_all(&lines);
    draw_names(&lines);
    svg_close(out);
}
