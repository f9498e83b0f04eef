#include "report/metric.h"

#include "base/str.h"

#include <math.h>
#include <string.h>

bool metric_smaller_is_better(const char *metric)
{
    return text_starts(metric, "perplexity") || text_starts(metric, "bits-per") ||
           text_starts(metric, "surprisal") || strcmp(metric, "ties") == 0 ||
           strcmp(metric, "backoff") == 0;
}

bool metric_better(const char *metric, double a, double b)
{
    if (isnan(a) || isnan(b)) {
        return !isnan(a);
    }
    return metric_smaller_is_better(metric) ? a < b : a > b;
}

bool metric_is_share(const char *metric)
{
    return !text_starts(metric, "perplexity") && !text_starts(metric, "bits-per") &&
           !text_starts(metric, "surprisal") && !text_starts(metric, "occurrences-per") &&
           !text_ends(metric, "-block") && !text_ends(metric, "-sharp");
}
