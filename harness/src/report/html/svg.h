/*
 * svg.h - charts as inline SVG for pages of html.h. Colours, fonts and lines come from the page's
 * style by class, so that a chart follows light, dark and print; text is always in the ink of the
 * page, and a series is distinguished by colour, marker and dash together.
 *
 * Values are drawn as they are given; NAN means "none". Texts are UTF-8 and escaped here. Every
 * chart has a title and a description for those who do not see it, and every mark a title of its
 * own that a pointer brings up. A page puts wide charts into a box of html_scroll_begin().
 */
#ifndef REPORT_HTML_SVG_H
#define REPORT_HTML_SVG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct svg_value {
    double value, low, high; /* low, high: an interval; NAN where there is none */
};

/* What charts have in common. */
struct svg_frame {
    const char *title, *description;
    const char *label;  /* of the axis of values: "F1 × 100"; NULL = none */
    uint32_t width;     /* of the drawing; 0 = 760. Text is 12 high */
    uint32_t height;    /* of the plot without its margins, at least; 0 = as much as it needs */
    double least, most; /* that the axis of values must show at least; both 0 = nothing */
};

struct svg_series {
    const char *name;
    const struct svg_value *values; /* [n_ticks]; of a level series [1] */
    uint32_t colour_index;          /* 0…31: colour and marker */
    bool level;                     /* one value whatever the tick: a line across, dashed */
    bool quiet;                     /* a level line in grey: a baseline */
    uint32_t dash;                  /* 0: a full line; 1, 2: others of the same colour */
};

/* Curves over `ticks` (stages) with a band for the intervals, if there are six curves or fewer. The
 * first n_joined ticks are points of one way and joined; those behind stand apart. */
void svg_lines(FILE *out, const struct svg_frame *frame, const char *const *ticks, uint32_t n_ticks,
               uint32_t n_joined, const struct svg_series *series, uint32_t n_series);

struct svg_bar {
    const char *name; /* below the bar */
    struct svg_value at;
    uint32_t colour_index;
    uint32_t shade; /* 0…3: how it is filled, as svg_shade_key() shows it */
};

/* Bars up and down from zero, with whiskers for the intervals. */
void svg_bars(FILE *out, const struct svg_frame *frame, const struct svg_bar *bars, uint32_t n);

struct svg_dot {
    const char *name; /* of what it shows, for the mark's title */
    struct svg_value at;
    uint32_t colour_index;
    bool hollow;
};

/* A line of a rank plot: a name and dots beside it on one scale. */
struct svg_row {
    const char *name;
    const struct svg_dot *dots; /* [n_dots] */
    uint32_t n_dots;
    bool joined; /* a line from the first dot to the last */
};

/* A value that all rows are held against: a line from top to bottom. */
struct svg_mark {
    const char *name;
    double value;
};

void svg_rows(FILE *out, const struct svg_frame *frame, const struct svg_row *list, uint32_t n_rows,
              const struct svg_mark *marks, uint32_t n_marks);

struct svg_point {
    const char *name;
    double x;
    struct svg_value y;
    uint32_t colour_index;
};

/* x_label: of the axis below; log_x: powers of ten there (points with x <= 0 are left out). */
void svg_scatter(FILE *out, const struct svg_frame *frame, const char *x_label, bool log_x,
                 const struct svg_point *points, uint32_t n);

/* Points of a plane whose middle is 0, 0, one scale for both ways and no numbers, for what means
 * nothing but near and far. A square of frame->width, 0 = 360; its label is left out. */
void svg_plane(FILE *out, const struct svg_frame *frame, const struct svg_point *points,
               uint32_t n);

/* A swatch of a bar's shade for a legend. */
void svg_shade_key(FILE *out, uint32_t colour_index, uint32_t shade);
/* A swatch of a series for a legend in HTML, 22 by 12. */
void svg_key(FILE *out, uint32_t colour_index, bool level);

#endif /* REPORT_HTML_SVG_H */
