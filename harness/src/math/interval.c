/* Wilson's and Clopper-Pearson intervals of shares, Newcombe's and McNemar's of differences. */
#include "math/interval.h"

#include "math/distribution.h"

#include <math.h>

static const struct interval none = {NAN, NAN};

struct interval clopper_pearson(double k, double n, double confidence)
{
    if (!(n > 0) || !(k >= 0) || !(k <= n)) {
        return none;
    }
    double tail = (1 - confidence) / 2;
    return (struct interval){k > 0 ? beta_quantile(tail, k, n - k + 1) : 0,
                             k < n ? beta_quantile(1 - tail, k + 1, n - k) : 1};
}

struct interval wilson(double k, double n, double confidence)
{
    if (!(n > 0) || !(k >= 0) || !(k <= n)) {
        return none;
    }
    double z = normal_quantile((1 + confidence) / 2), share = k / n, z2 = z * z;
    double middle = (share + z2 / (2 * n)) / (1 + z2 / n);
    double reach = z / (1 + z2 / n) * sqrt(share * (1 - share) / n + z2 / (4 * n * n));
    return (struct interval){k > 0 ? middle - reach : 0, k < n ? middle + reach : 1};
}

/* The correlation of the two shares, half an item nearer to 0. */
static double shared_part(double both, double only_a, double only_b, double neither)
{
    double margins = (both + only_a) * (only_b + neither) * (both + only_b) * (only_a + neither);
    double product = both * neither - only_a * only_b, n = both + only_a + only_b + neither;
    if (!(margins > 0)) {
        return 0;
    }
    if (product > 0) {
        product = product > n / 2 ? product - n / 2 : 0;
    }
    return product / sqrt(margins);
}

struct interval newcombe(uint64_t both, uint64_t only_a, uint64_t only_b, uint64_t neither,
                         double confidence)
{
    double n = (double)(both + only_a + only_b + neither);
    if (!(n > 0)) {
        return none;
    }
    double a = (double)(both + only_a) / n, b = (double)(both + only_b) / n;
    struct interval of_a = wilson(a * n, n, confidence), of_b = wilson(b * n, n, confidence);
    double r = shared_part((double)both, (double)only_a, (double)only_b, (double)neither);
    double down_b = b - of_b.low, up_b = of_b.high - b;
    double down_a = a - of_a.low, up_a = of_a.high - a;
    double down = down_b * down_b - 2 * r * down_b * up_a + up_a * up_a;
    double up = up_b * up_b - 2 * r * up_b * down_a + down_a * down_a;
    return (struct interval){b - a - sqrt(down > 0 ? down : 0), b - a + sqrt(up > 0 ? up : 0)};
}

struct interval mcnemar_interval(uint64_t only_a, uint64_t only_b, uint64_t n, double confidence)
{
    double differ = (double)(only_a + only_b);
    struct interval share = clopper_pearson((double)only_b, differ, confidence);
    return (struct interval){(2 * share.low - 1) * differ / (double)n,
                             (2 * share.high - 1) * differ / (double)n};
}

struct interval interval_from_p(double difference, double p, double freedom, double confidence)
{
    if (!(p > 0) || !(p < 1) || difference == 0 || isnan(difference)) {
        return none;
    }
    double observed =
        isnan(freedom) ? normal_quantile(1 - p / 2) : student_quantile(1 - p / 2, freedom);
    double wanted = isnan(freedom) ? normal_quantile((1 + confidence) / 2)
                                   : student_quantile((1 + confidence) / 2, freedom);
    double reach = wanted * fabs(difference) / observed;
    return (struct interval){difference - reach, difference + reach};
}
