/*
 * metric.h - what the name of a metric says of its figures.
 */
#ifndef REPORT_METRIC_H
#define REPORT_METRIC_H

#include <stdbool.h>

/* Is a smaller figure the better one? (perplexity, bits per byte, …) */
bool metric_smaller_is_better(const char *metric);
/* Is figure a better than b? Not-a-number is worse than any. */
bool metric_better(const char *metric, double a, double b);
/* Is it a share, a correlation or a difference of such, which people read times 100? */
bool metric_is_share(const char *metric);

#endif /* REPORT_METRIC_H */
