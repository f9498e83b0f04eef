/*
 * svg_plot.h - the inside of svg.h: the frame of a chart, its scales and marks.
 */
#ifndef REPORT_HTML_SVG_PLOT_H
#define REPORT_HTML_SVG_PLOT_H

#include "report/html/svg.h"

enum { SVG_COLOURS = 8, SVG_MARKERS = 4, SVG_LINE = 15 /* from a line of text to the next */ };

struct svg_scale {
    double low, high; /* values at both ends of the axis */
    double from, to;  /* the same in the drawing; from > to for an axis that goes up */
    double step;      /* between ticks; 0 on a logarithmic scale */
};

/* The least round scale that shows low to high with about `n` steps. */
struct svg_scale svg_scale_round(double low, double high, int n);
double svg_at(const struct svg_scale *scale, double value);
/* Widen a range by what is not NAN in a value and its interval. */
void svg_extend(double *low, double *high, const struct svg_value *value);

void svg_open(FILE *out, const struct svg_frame *frame, double width, double height);
void svg_close(FILE *out);
/* Grid lines and numbers of an axis of values; across: the values go from left to right. */
void svg_grid(FILE *out, const struct svg_scale *scale, bool across, double begin, double end,
              const char *label);
/* The lines of a grid of values that go up alone, beside another piece of the plot. */
void svg_grid_again(FILE *out, const struct svg_scale *scale, double begin, double end);
/* Text anchored "start", "middle" or "end" (by classes of page.css); what is wider than `width` ends in an ellipsis. */
void svg_label(FILE *out, double x, double y, const char *anchor, const char *class_name,
               const char *text, double width);
/* Names below a band of `n` places each `step` wide, slanted if one is too wide. Returns the height
 * they take; out NULL = only that. */
double svg_names(FILE *out, const char *const *names, uint32_t n, double left, double step,
                 double y);
double svg_slanted_width(const char *name); /* of a slanted name, left of its place */
double svg_text_width(const char *text);    /* about, at the size of labels */
/* The form of a look's marker alone, for a group that svg_marker() has opened. */
void svg_shape(FILE *out, double x, double y, uint32_t colour_index);
/* The group of a marker, for what belongs to it besides its form. */
void svg_marker_begin(FILE *out, uint32_t colour_index, bool hollow);
/* A marker at a place; the caller adds a title and "</g>" is written by svg_marker_end. */
void svg_marker(FILE *out, double x, double y, uint32_t colour_index, bool hollow);
/* Title of the mark: "NAME, WHERE: 61.2 (58.0 to 64.1)"; where NULL = none. Closes the mark. */
void svg_marker_end(FILE *out, const char *name, const char *where, const struct svg_value *at);
/* Likewise with the name alone. */
void svg_marker_name(FILE *out, const char *name);
const char *svg_series_class(uint32_t colour_index); /* "c0" … "c7": sets the colour */

#endif /* REPORT_HTML_SVG_PLOT_H */
