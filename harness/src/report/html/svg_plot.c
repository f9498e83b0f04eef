/* Axes, ticks, markers and fitted texts of SVG charts. */
#include "report/html/svg_plot.h"

#include "data/unicode.h"
#include "report/html/html.h"

#include <math.h>
#include <string.h>

struct svg_scale svg_scale_round(double low, double high, int n)
{
    if (!(high > low)) {
        double middle = isfinite(low) ? low : 0;
        low = middle - 1;
        high = middle + 1;
    }
    double rough = (high - low) / n, power = pow(10, floor(log10(rough)));
    double lead = rough / power;
    double step = power * (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10);
    return (struct svg_scale){
        .low = step * floor(low / step + 1e-9),
        .high = step * ceil(high / step - 1e-9),
        .step = step,
    };
}

double svg_at(const struct svg_scale *scale, double value)
{
    return scale->from +
           (scale->to - scale->from) * (value - scale->low) / (scale->high - scale->low);
}

static void extend(double *low, double *high, double value)
{
    if (isfinite(value)) {
        *low = fmin(*low, value);
        *high = fmax(*high, value);
    }
}

void svg_extend(double *low, double *high, const struct svg_value *value)
{
    if (isfinite(value->value)) {
        extend(low, high, value->value);
        extend(low, high, value->low);
        extend(low, high, value->high);
    }
}

void svg_open(FILE *out, const struct svg_frame *frame, double width, double height)
{
    fprintf(out, "<svg class=\"chart\" viewBox=\"0 0 %.0f %.0f\" role=\"img\">\n<title>", width,
            height);
    html_text(out, frame->title);
    fputs("</title>\n<desc>", out);
    html_text(out, frame->description);
    fputs("</desc>\n", out);
}

void svg_close(FILE *out)
{
    fputs("</svg>\n", out);
}

#define COLUMN 6.9 /* of 12 pixels high text, in a font that runs wide */

/* Columns a code point takes where letters are one wide: good enough to lay labels out. */
static double columns_of(int32_t code)
{
    return code >= 0x300 && code < 0x370                                ? 0
           : code >= 0x1100 && !(code >= 0x1e00 && code < 0x2e80)       ? 1.9
           : (code >= 'A' && code <= 'Z') || code == 'm' || code == 'w' ? 1.3
                                                                        : 1;
}

double svg_text_width(const char *text)
{
    double columns = 0;
    size_t n = strlen(text);
    for (size_t at = 0, bytes; at < n; at += bytes) {
        columns += columns_of(unicode_next(text + at, n - at, &bytes));
    }
    return COLUMN * columns;
}

/* Bytes of a text that fit into `width`, where not all do. */
static size_t fitting(const char *text, double width)
{
    size_t n = strlen(text), at = 0;
    double taken = COLUMN;
    for (size_t bytes; at < n; at += bytes) {
        taken += COLUMN * columns_of(unicode_next(text + at, n - at, &bytes));
        if (taken > width) {
            break;
        }
    }
    return at;
}

void svg_label(FILE *out, double x, double y, const char *anchor, const char *class_name,
               const char *text, double width)
{
    bool cut = svg_text_width(text) > width;
    bool start = strcmp(anchor, "start") == 0;
    fprintf(out, "<text x=\"%.4g\" y=\"%.4g\"", x, y);
    if (class_name || !start) {
        fprintf(out, " class=\"%s%s%s\"", class_name ? class_name : "",
                class_name && !start ? " " : "", start ? "" : anchor);
    }
    fputc('>', out);
    html_text_n(out, text, cut ? fitting(text, width) : strlen(text));
    fputs(cut ? "…</text>\n" : "</text>\n", out);
}

void svg_grid(FILE *out, const struct svg_scale *scale, bool across, double begin, double end,
              const char *label)
{
    int digits = scale->step >= 1 ? 0 : scale->step >= 0.1 ? 1 : 2;
    int n = (int)lround((scale->high - scale->low) / scale->step);
    for (int i = 0; i <= n; i++) {
        double value = scale->low + i * scale->step, at = svg_at(scale, value);
        bool zero = fabs(value) < scale->step / 1e6;
        char number[32];
        snprintf(number, sizeof number, "%.*f", digits, zero ? 0 : value);
        fprintf(out, "<path class=\"%s\" d=\"M%.4g %.4g%c%.4g\"/>",
                zero && scale->low < 0 ? "zero" : "grid", across ? at : begin, across ? begin : at,
                across ? 'V' : 'H', end);
        if (across) {
            svg_label(out, at, end + 16, "middle", "tick", number, 60);
        } else {
            svg_label(out, begin - 8, at + 4, "end", "tick", number, 60);
        }
    }
    if (label && across) {
        svg_label(out, scale->to, end + 32, "end", "axis", label, scale->to - scale->from);
    } else if (label) {
        svg_label(out, 0, 12, "start", "axis", label, 400);
    }
}

void svg_grid_again(FILE *out, const struct svg_scale *scale, double begin, double end)
{
    int n = (int)lround((scale->high - scale->low) / scale->step);
    for (int i = 0; i <= n; i++) {
        fprintf(out, "<path class=\"grid\" d=\"M%.4g %.4gH%.4g\"/>", begin,
                svg_at(scale, scale->low + i * scale->step), end);
    }
}

enum { SLANTED_MOST = 130 };

double svg_names(FILE *out, const char *const *names, uint32_t n, double left, double step,
                 double y)
{
    double widest = 0, shown = SLANTED_MOST;
    for (uint32_t i = 0; i < n; i++) {
        widest = fmax(widest, svg_text_width(names[i]));
    }
    bool slanted = widest > step - 6;
    for (uint32_t i = 0; i < n && out; i++) {
        double x = left + step * (i + 0.5);
        if (!slanted) {
            svg_label(out, x, y + 16, "middle", "tick", names[i], step);
            continue;
        }
        if (step < 11 && i % 2 == 1 && i + 1 < n) { /* no width for all: every other */
            continue;
        }
        fprintf(out, "<g transform=\"translate(%.4g %.4g) rotate(-45)\">", x + 4, y + 12);
        svg_label(out, 0, 0, "end", "tick", names[i], shown);
        fputs("</g>\n", out);
    }
    return slanted ? 16 + 0.72 * fmin(widest, shown) : 22;
}

double svg_slanted_width(const char *name)
{
    return 0.72 * fmin(svg_text_width(name), SLANTED_MOST) + 4;
}

const char *svg_series_class(uint32_t colour_index)
{
    static const char *const classes[SVG_COLOURS] = {"c0", "c1", "c2", "c3",
                                                     "c4", "c5", "c6", "c7"};
    return classes[colour_index % SVG_COLOURS];
}

/* Colour and marker change together, so that neither alone tells two of 32 series apart, and both
 * do. */
void svg_shape(FILE *out, double x, double y, uint32_t colour_index)
{
    switch ((colour_index + colour_index / SVG_COLOURS) % SVG_MARKERS) {
    case 0:
        fprintf(out, "<circle cx=\"%.4g\" cy=\"%.4g\" r=\"4\"/>", x, y);
        break;
    case 1:
        fprintf(out, "<path d=\"M%.4g %.4gh7v7h-7z\"/>", x - 3.5, y - 3.5);
        break;
    case 2:
        fprintf(out, "<path d=\"M%.4g %.4gl4.6 8h-9.2z\"/>", x, y - 5);
        break;
    default:
        fprintf(out, "<path d=\"M%.4g %.4gl5 5-5 5-5-5z\"/>", x, y - 5);
    }
}

void svg_marker_begin(FILE *out, uint32_t colour_index, bool hollow)
{
    fprintf(out, "<g class=\"dot %s%s\">", svg_series_class(colour_index), hollow ? " hollow" : "");
}

void svg_marker(FILE *out, double x, double y, uint32_t colour_index, bool hollow)
{
    svg_marker_begin(out, colour_index, hollow);
    svg_shape(out, x, y, colour_index);
}

void svg_marker_end(FILE *out, const char *name, const char *where, const struct svg_value *at)
{
    fputs("<title>", out);
    html_text(out, name);
    fputs(where && name && *name ? ", " : "", out);
    html_text(out, where);
    fprintf(out, ": %.1f", at->value);
    if (isfinite(at->low) && isfinite(at->high)) {
        fprintf(out, " (%.1f to %.1f)", at->low, at->high);
    }
    fputs("</title></g>\n", out);
}

void svg_marker_name(FILE *out, const char *name)
{
    fputs("<title>", out);
    html_text(out, name);
    fputs("</title></g>\n", out);
}

void svg_shade_key(FILE *out, uint32_t colour_index, uint32_t shade)
{
    fprintf(out,
            "<svg class=\"key\" aria-hidden=\"true\"><g class=\"bar %s s%u\">"
            "<rect x=\"1\" y=\"1\" width=\"20\" height=\"10\"/></g></svg> ",
            svg_series_class(colour_index), shade);
}

void svg_key(FILE *out, uint32_t colour_index, bool level)
{
    fprintf(out,
            "<svg class=\"key\" aria-hidden=\"true\"><path class=\"line "
            "%s%s\" d=\"M0 6H22\"/>",
            svg_series_class(colour_index), level ? " level" : "");
    svg_marker(out, 11, 6, colour_index, false);
    fputs("</g></svg>", out);
}
