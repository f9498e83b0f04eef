/* Bars, rows of marks and scatter plots as inline SVG. */
#include "report/html/svg.h"

#include "base/arena.h"
#include "base/mem.h"
#include "report/html/html.h"
#include "report/html/svg_plot.h"

#include <math.h>
#include <stdlib.h>

enum { TOP = 28, LEFT = 40, NAME_ROOM = 230, MOST_APART = 8, DOT_STEP = 9 };

static bool has_interval(const struct svg_value *at)
{
    return isfinite(at->low) && isfinite(at->high);
}

static void extend_frame(const struct svg_frame *frame, double *low, double *high)
{
    if (frame->least != 0 || frame->most != 0) {
        *low = fmin(*low, frame->least);
        *high = fmax(*high, frame->most);
    }
}

void svg_bars(FILE *out, const struct svg_frame *frame, const struct svg_bar *bars, uint32_t n)
{
    double low = 0, high = 0, width = frame->width ? frame->width : 760;
    double plot = frame->height ? frame->height : 200, step = (width - LEFT) / (n ? n : 1);
    const char **names = mem_array(n + 1u, sizeof *names);
    for (uint32_t i = 0; i < n; i++) {
        names[i] = bars[i].name;
        svg_extend(&low, &high, &bars[i].at);
    }
    extend_frame(frame, &low, &high);
    step = fmin(step, 72);
    struct svg_scale scale = svg_scale_round(low, high, 5);
    scale.from = TOP + plot;
    scale.to = TOP;
    double below = svg_names(NULL, names, n, 0, step, 0), zero = svg_at(&scale, 0);
    svg_open(out, frame, width, TOP + plot + below + 6);
    svg_grid(out, &scale, false, LEFT, LEFT + n * step, frame->label);
    svg_names(out, names, n, LEFT, step, TOP + plot);
    for (uint32_t i = 0; i < n; i++) {
        const struct svg_value *at = &bars[i].at;
        if (!isfinite(at->value)) {
            continue;
        }
        double y = svg_at(&scale, at->value), x = LEFT + step * (i + 0.5), wide = step * 0.62;
        fprintf(
            out,
            "<g class=\"bar %s s%u\"><rect x=\"%.4g\" y=\"%.4g\" width=\"%.4g\" height=\"%.4g\"/>",
            svg_series_class(bars[i].colour_index), bars[i].shade, x - wide / 2, fmin(y, zero),
            wide, fmax(fabs(zero - y), 0.5));
        if (has_interval(at)) {
            fprintf(out, "<path class=\"whisker\" d=\"M%.4g %.4gV%.4g\"/>", x,
                    svg_at(&scale, at->low), svg_at(&scale, at->high));
        }
        svg_marker_end(out, bars[i].name, NULL, at);
    }
    svg_close(out);
    free(names);
}

struct rows {
    FILE *out;
    struct svg_scale scale;
    double left, right;
};

/* Dots that are not joined stand one below the other, so that their intervals can be distinguished.
 */
static double dot_step(const struct svg_row *row)
{
    return row->joined || row->n_dots > MOST_APART ? 0 : DOT_STEP;
}

static double row_height(const struct svg_row *row)
{
    return fmax(26, 12 + dot_step(row) * row->n_dots);
}

static void draw_row(const struct rows *rows, const struct svg_row *row, double middle)
{
    double y = middle;
    svg_label(rows->out, rows->left - 12, y + 4, "end", NULL, row->name, NAME_ROOM);
    fprintf(rows->out, "<path class=\"grid\" d=\"M%.4g %.4gH%.4g\"/>\n", rows->left, y,
            rows->right);
    if (row->joined && row->n_dots > 1) {
        fprintf(rows->out, "<path class=\"join %s\" d=\"M%.4g %.4gH%.4g\"/>\n",
                svg_series_class(row->dots[0].colour_index),
                svg_at(&rows->scale, row->dots[0].at.value), y,
                svg_at(&rows->scale, row->dots[row->n_dots - 1].at.value));
    }
    for (uint32_t d = 0; d < row->n_dots; d++) {
        const struct svg_dot *dot = &row->dots[d];
        if (!isfinite(dot->at.value)) {
            continue;
        }
        y = middle + dot_step(row) * (d - (row->n_dots - 1) / 2.0);
        svg_marker_begin(rows->out, dot->colour_index, dot->hollow);
        if (has_interval(&dot->at)) {
            fprintf(rows->out, "<path class=\"interval\" d=\"M%.4g %.4gH%.4g\"/>",
                    svg_at(&rows->scale, dot->at.low), y, svg_at(&rows->scale, dot->at.high));
        }
        svg_shape(rows->out, svg_at(&rows->scale, dot->at.value), y, dot->colour_index);
        svg_marker_end(rows->out, row->name, dot->name, &dot->at);
    }
}

static int by_value(const void *a, const void *b)
{
    double first = ((const struct svg_mark *)a)->value,
           second = ((const struct svg_mark *)b)->value;
    return (first > second) - (first < second);
}

/* Marks from left to right; those that would be drawn over each other are one, with all names.
 * Returns how many; new names are of the arena. */
static uint32_t merge_marks(const struct rows *rows, const struct svg_mark *marks, uint32_t n,
                            struct arena *names, struct svg_mark *merged)
{
    uint32_t n_merged = 0;
    struct svg_mark *sorted = mem_array(n + 1u, sizeof *sorted);
    uint32_t n_sorted = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (isfinite(marks[i].value)) {
            sorted[n_sorted++] = marks[i];
        }
    }
    qsort(sorted, n_sorted, sizeof *sorted, by_value);
    for (uint32_t i = 0; i < n_sorted; i++) {
        struct svg_mark *last = n_merged > 0 ? &merged[n_merged - 1] : NULL;
        double x = svg_at(&rows->scale, sorted[i].value);
        if (last && x - svg_at(&rows->scale, last->value) < 1.5) {
            last->name = arena_format(names, "%s, %s", last->name, sorted[i].name);
        } else {
            merged[n_merged++] = sorted[i];
        }
    }
    free(sorted);
    return n_merged;
}

/* Lines from top to bottom; their names stand above, each in a row of its own if they would meet.
 * Returns the height of the names; rows->out NULL: only that. */
static double draw_marks(const struct rows *rows, const struct svg_mark *marks, uint32_t n,
                         double bottom)
{
    struct svg_mark *merged = mem_array(n + 1u, sizeof *merged);
    double *taken = mem_array(n + 1u, sizeof *taken), room = rows->right + 30;
    struct arena names = {0};
    uint32_t n_merged = merge_marks(rows, marks, n, &names, merged), height = 0;
    for (uint32_t i = 0; i < n_merged; i++) {
        taken[i] = -INFINITY;
    }
    for (uint32_t i = 0; i < n_merged; i++) {
        double x = svg_at(&rows->scale, merged[i].value);
        double half = fmin(svg_text_width(merged[i].name), room) / 2;
        double middle = fmin(fmax(x, half), room - half);
        uint32_t level = 0;
        while (taken[level] > middle - half - 8) {
            level++;
        }
        taken[level] = middle + half;
        height = level + 1 > height ? level + 1 : height;
        if (rows->out) {
            double y = 12 + SVG_LINE * (double)level;
            fprintf(rows->out, "<g><path class=\"line level quiet\" d=\"M%.4g %.4gV%.4g\"/>", x,
                    y + 4, bottom);
            svg_marker_end(rows->out, merged[i].name, NULL,
                           &(struct svg_value){merged[i].value, NAN, NAN});
            svg_label(rows->out, middle, y, "middle", "tick", merged[i].name, 2 * half);
        }
    }
    arena_finish(&names);
    free(taken);
    free(merged);
    return SVG_LINE * (double)height;
}

void svg_rows(FILE *out, const struct svg_frame *frame, const struct svg_row *list, uint32_t n_rows,
              const struct svg_mark *marks, uint32_t n_marks)
{
    double low = INFINITY, high = -INFINITY, widest = 40, width = frame->width ? frame->width : 760;
    for (uint32_t i = 0; i < n_rows; i++) {
        widest = fmax(widest, svg_text_width(list[i].name));
        for (uint32_t d = 0; d < list[i].n_dots; d++) {
            svg_extend(&low, &high, &list[i].dots[d].at);
        }
    }
    for (uint32_t i = 0; i < n_marks; i++) {
        svg_extend(&low, &high, &(struct svg_value){marks[i].value, NAN, NAN});
    }
    extend_frame(frame, &low, &high);
    struct rows rows = {.left = fmin(widest, NAME_ROOM) + 16, .right = width - 34};
    rows.scale = svg_scale_round(low, high, 8);
    rows.scale.from = rows.left;
    rows.scale.to = rows.right;
    double top = draw_marks(&rows, marks, n_marks, 0) + 10, bottom = top;
    for (uint32_t i = 0; i < n_rows; i++) {
        bottom += row_height(&list[i]);
    }
    rows.out = out;
    svg_open(out, frame, width, bottom + (frame->label ? 40 : 24));
    svg_grid(out, &rows.scale, true, top, bottom, frame->label);
    draw_marks(&rows, marks, n_marks, bottom);
    for (uint32_t i = 0; i < n_rows; i++) {
        draw_row(&rows, &list[i], top + row_height(&list[i]) / 2);
        top += row_height(&list[i]);
    }
    svg_close(out);
}

/* Powers of ten as "100", "10k", "1M". */
static void power_text(int power, char text[16])
{
    static const char *const units[] = {"", "k", "M", "G", "T"};
    int unit = power >= 3 ? power / 3 : 0;
    if (power < 0) {
        snprintf(text, 16, "%.*f", -power, pow(10, power));
    } else if (unit < 5) {
        snprintf(text, 16, "%.0f%s", pow(10, power - 3 * unit), units[unit]);
    } else {
        snprintf(text, 16, "1e%d", power);
    }
}

static void grid_of_powers(FILE *out, const struct svg_scale *scale, double top, double bottom)
{
    for (int power = (int)lround(scale->low); power <= (int)lround(scale->high); power++) {
        char text[16];
        power_text(power, text);
        double x = svg_at(scale, power);
        fprintf(out, "<path class=\"grid\" d=\"M%.4g %.4gV%.4g\"/>", x, top, bottom);
        svg_label(out, x, bottom + 16, "middle", "tick", text, 60);
    }
}

enum { MOST_NAMES = 60 /* of points: more cover each other, and stand in the marks' titles */ };

/* Names beside their points: right of them where there is room, moved down where they would meet.
 */
static void name_points(FILE *out, const struct svg_scale *x, const struct svg_scale *y, bool log_x,
                        const struct svg_point *points, uint32_t n)
{
    struct box {
        double left, right, y;
    } *taken = mem_array(n + 1u, sizeof *taken);
    for (uint32_t i = 0; i < n; i++) {
        double value = log_x ? log10(points[i].x) : points[i].x,
               wide = svg_text_width(points[i].name);
        if (!isfinite(value) || !isfinite(points[i].y.value)) {
            continue;
        }
        double at = svg_at(x, value), line = svg_at(y, points[i].y.value) + 4;
        bool right = at + 10 + wide < x->to + 30;
        struct box box = {right ? at + 9 : at - 9 - wide, 0, line};
        box.right = box.left + wide;
        for (uint32_t k = 0, tries = 0; k < i && tries < 2 * n; k++) {
            if (box.left < taken[k].right && taken[k].left < box.right &&
                fabs(box.y - taken[k].y) < SVG_LINE - 2) {
                box.y = taken[k].y + SVG_LINE - 2;
                tries++;
                k = UINT32_MAX; /* look at all again */
            }
        }
        taken[i] = box;
        svg_label(out, right ? box.left : box.right, box.y, right ? "start" : "end", NULL,
                  points[i].name, wide + 1);
    }
    free(taken);
}

void svg_scatter(FILE *out, const struct svg_frame *frame, const char *x_label, bool log_x,
                 const struct svg_point *points, uint32_t n)
{
    double x_low = INFINITY, x_high = -INFINITY, low = INFINITY, high = -INFINITY;
    double width = frame->width ? frame->width : 760, plot = frame->height ? frame->height : 260;
    for (uint32_t i = 0; i < n; i++) {
        double x = log_x ? log10(points[i].x) : points[i].x;
        if (isfinite(x) && isfinite(points[i].y.value)) {
            x_low = fmin(x_low, x);
            x_high = fmax(x_high, x);
            svg_extend(&low, &high, &points[i].y);
        }
    }
    extend_frame(frame, &low, &high);
    double margin = 0.06 * (high - low); /* no mark on the frame */
    low -= margin;
    high += margin;
    struct svg_scale x, y = svg_scale_round(low, high, 5);
    if (log_x) {
        x_low = isfinite(x_low) ? floor(x_low) : 0;
        x = (struct svg_scale){.low = x_low, .high = fmax(ceil(x_high), x_low + 1)};
    } else {
        x = svg_scale_round(fmin(x_low, 0), x_high, 5);
    }
    x.from = LEFT;
    x.to = width - 34;
    y.from = TOP + plot;
    y.to = TOP;
    svg_open(out, frame, width, TOP + plot + 40);
    svg_grid(out, &y, false, x.from, x.to, frame->label);
    if (log_x) {
        grid_of_powers(out, &x, TOP, TOP + plot);
        svg_label(out, x.to, TOP + plot + 32, "end", "axis", x_label, width);
    } else {
        svg_grid(out, &x, true, TOP, TOP + plot, x_label);
    }
    for (uint32_t i = 0; i < n; i++) {
        double at = log_x ? log10(points[i].x) : points[i].x;
        if (isfinite(at) && isfinite(points[i].y.value)) {
            svg_marker(out, svg_at(&x, at), svg_at(&y, points[i].y.value), points[i].colour_index,
                       false);
            svg_marker_end(out, points[i].name, NULL, &points[i].y);
        }
    }
    if (n <= MOST_NAMES) {
        name_points(out, &x, &y, log_x, points, n);
    }
    svg_close(out);
}
