/* Points on a plane of one scale, without numbers: what lies near what. */
#include "report/html/svg_plot.h"

#include <math.h>

enum { EDGE = 10 };

void svg_plane(FILE *out, const struct svg_frame *frame, const struct svg_point *points, uint32_t n)
{
    double side = frame->width ? frame->width : 360, reach = 0;
    for (uint32_t i = 0; i < n; i++) {
        reach = fmax(reach, fmax(fabs(points[i].x), fabs(points[i].y.value)));
    }
    struct svg_scale x = {-reach, reach, EDGE, side - EDGE, 0},
                     y = {-reach, reach, side - EDGE, EDGE, 0};
    if (reach == 0) {
        x.high = y.high = 1;
        x.low = y.low = -1;
    }
    svg_open(out, frame, side, side);
    fprintf(out, "<path class=\"grid\" d=\"M0 0H%.0fV%.0fH0ZM0 %.4gH%.0fM%.4g 0V%.0f\"/>\n", side,
            side, side / 2, side, side / 2, side);
    for (uint32_t i = 0; i < n; i++) {
        svg_marker(out, svg_at(&x, points[i].x), svg_at(&y, points[i].y.value),
                   points[i].colour_index, false);
        svg_marker_name(out, points[i].name);
    }
    svg_close(out);
}
