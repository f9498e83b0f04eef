/* Copies, compares and frees rows and items. */
#include "report/result.h"

#include "base/str.h"
#include "report/metric.h"

#include <string.h>

bool result_item_counts_in(const struct result_item *item, const char *dataset)
{
    struct slice rest = slice_of(item->counts_in ? item->counts_in : ""), name;
    bool counts = strcmp(item->dataset, dataset) == 0;
    while (!counts && slice_line(&rest, &name)) {
        counts = slice_is(name, dataset);
    }
    return counts;
}

bool result_row_is_self_fitted(const struct result_row *row)
{
    const struct metric *metric = metric_find(row->suite, row->metric).metric;
    const char *threshold = protocol_get(row->protocol, PROTOCOL_THRESHOLD);
    return metric && metric->by_threshold && threshold && strcmp(threshold, "itself") == 0;
}
