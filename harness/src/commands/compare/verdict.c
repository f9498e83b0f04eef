/* Corrects comparisons for their number and puts each into words. */
#include "commands/compare/verdict.h"

#include "base/mem.h"
#include "base/str.h"
#include "math/power.h"
#include "math/significance.h"
#include "report/metric.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double detectable_of(const struct comparison *c, double power)
{
    const struct compare_model *model = &c->model;
    const struct detectable_correlation correlation = {.r_a = model->r_a,
                                                       .r_ab = model->r_ab,
                                                       .n = model->n,
                                                       .of_ranks = model->of_ranks,
                                                       .below = c->difference < 0};
    switch (model->kind) {
    case MODEL_MCNEMAR:
        return model->scale * detectable_mcnemar(model->discordant, model->n, c->level, power);
    case MODEL_MEAN:
        return detectable_mean(model->deviation, model->n, c->level, power);
    case MODEL_CORRELATION:
        return detectable_correlation(&correlation, c->level, power);
    case MODEL_NONE:
        break;
    }
    return NAN;
}

/* A repeated comparison is what it was further up. */
static const struct comparison *first_of(const struct comparison *comparisons, uint32_t i)
{
    for (uint32_t k = 0; comparisons[i].repeated && k < i; k++) {
        if (comparisons[k].a == comparisons[i].a && comparisons[k].b == comparisons[i].b) {
            return &comparisons[k];
        }
    }
    return &comparisons[i];
}

/* Each "the same" is a claim of its own. */
static void correct_same(struct comparison *comparisons, uint32_t n)
{
    double *p = mem_array((size_t)n * 2 + 1, sizeof *p);
    for (uint32_t i = 0; i < n; i++) {
        p[i] = comparisons[i].repeated ? NAN : comparisons[i].same;
    }
    correct_holm(p, n, p + n);
    for (uint32_t i = 0; i < n; i++) {
        const struct comparison *first = first_of(comparisons, i);
        comparisons[i].same = first == &comparisons[i] ? p[n + i] : first->same;
    }
    free(p);
}

uint32_t compare_correct(struct comparison *comparisons, uint32_t n, bool holm,
                         const struct compare_settings *settings)
{
    double *p = mem_array((size_t)n * 2 + 1, sizeof *p);
    uint32_t tested = 0;
    for (uint32_t i = 0; i < n; i++) {
        p[i] = comparisons[i].repeated ? NAN : comparisons[i].p;
        tested += !isnan(p[i]);
    }
    correct_same(comparisons, n);
    (holm ? correct_holm : correct_benjamini_hochberg)(p, n, p + n);
    for (uint32_t i = 0; i < n; i++) {
        struct comparison *c = &comparisons[i];
        const struct comparison *first = first_of(comparisons, i);
        if (first != c) {
            c->corrected = first->corrected;
            c->level = first->level;
            c->detectable = first->detectable;
            continue;
        }
        c->corrected = p[n + i];
        c->level = correction_level(p, n, i, holm, settings->alpha);
        if (c->corrected > settings->alpha && c->least_p <= c->level) {
            c->detectable = detectable_of(c, settings->power);
        }
    }
    free(p);
    return tested;
}

/* Words. */

static const char *direction(const struct comparison *c)
{
    return c->difference > 0 ? "higher" : c->difference < 0 ? "lower" : "equal";
}

/* "1.3 points" of a figure that is shown times 100, else as it is. Free it. */
static char *points(const struct comparison *c, double difference)
{
    bool share = metric_shown_times(c->a->suite, c->a->metric) > 1;
    return share ? mem_format("%.1f points", 100 * fabs(difference))
                 : mem_format("%.3f", fabs(difference));
}

static char *found(const struct comparison *c)
{
    const struct compare_system *more = c->difference > 0 ? c->b : c->a;
    const struct compare_system *less = c->difference > 0 ? c->a : c->b;
    enum metric_direction better = metric_direction(c->a->suite, c->a->metric);
    char *by = points(c, c->difference);
    char *text = mem_format("%s is %s by %s", better == METRIC_LOWER ? less->label : more->label,
                            better == METRIC_NEITHER ? "higher" : "better", by);
    free(by);
    return text;
}

static char *not_tested(const struct comparison *c, const char *why)
{
    char *by = points(c, c->difference);
    char *text = isnan(c->difference)
                     ? mem_format("not tested: %s", why)
                     : mem_format("%s by %s, not tested: %s", direction(c), by, why);
    free(by);
    return text;
}

char *compare_verdict(const struct comparison *c, double alpha, uint32_t tested)
{
    if (c->reason) {
        return not_tested(c, c->reason);
    }
    if (isnan(c->p)) {
        char *why = mem_format("%s's test has no value here", compare_test_names[c->test]);
        char *text = not_tested(c, why);
        free(why);
        return text;
    }
    if (c->corrected <= alpha) {
        return found(c);
    }
    struct str text = {0};
    if (c->same <= alpha) {
        char *margin = points(c, c->margin);
        str_format(&text, "the same within %s (two one-sided tests, p %.2g)", margin, c->same);
        free(margin);
        return text.data;
    }
    str_add(&text, "no difference shown");
    if (c->p <= alpha) {
        str_format(&text, " among %u comparisons (alone p %.4f)", tested, c->p);
    }
    if (c->least_p > alpha) {
        str_format(&text, ", and none could be: p of %u %s is at least %.3g", c->units,
                   c->units_are, c->least_p);
    } else if (c->least_p > c->level) {
        str_format(&text, ", and none could be among %u comparisons: p of %u %s is at least %.3g",
                   tested, c->units, c->units_are, c->least_p);
    } else if (!isnan(c->detectable)) {
        char *least = points(c, c->detectable);
        str_format(&text, "; one below %s would go undetected here", least);
        free(least);
    }
    return text.data;
}
