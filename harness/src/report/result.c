/* Says whether an item counts in the figures of a data set or of a part of it. */
#include "report/result.h"

#include "base/str.h"

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
