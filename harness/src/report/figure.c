/* Says whether the threshold of a figure was fitted on the very items that it scores. */
#include "report/figure.h"

#include "report/metric.h"

#include <string.h>

bool figure_is_self_fitted(const struct figure *row)
{
    const struct metric *metric = metric_find(row->suite, row->metric).metric;
    const char *threshold = protocol_get(row->protocol, PROTOCOL_THRESHOLD);
    return metric && metric->by_threshold && threshold && strcmp(threshold, "itself") == 0;
}
