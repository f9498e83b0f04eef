/* Difference, interval, test and power of one pair of systems. */
#include "commands/compare/stats.h"

#include "base/mem.h"
#include "commands/compare/pair.h"
#include "math/correlation.h"
#include "math/distribution.h"
#include "math/interval.h"
#include "math/power.h"
#include "math/significance.h"
#include "report/metric.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const compare_test_names[] = {"none", "McNemar", "randomisation", "Williams",
                                          "Steiger"};

/* Fewer units than this: nothing that holds for many alone. */
#define FEW BOOTSTRAP_FEW

/* Ratios: shares, means, agreement. */

struct differences {
    double mean, deviation; /* of b - a over units, in the figure's own scale */
    bool all_zero;
};

/* A ratio of sums is, to first order, the mean of (top - value * bottom) / mean bottom; Cochran
 * 1977, section 2.11. */
static struct differences differences_of(const struct paired *paired, double value_a,
                                         double value_b)
{
    uint32_t n = paired->n;
    double bottom_a = 0, bottom_b = 0, squares = 0, sum = 0;
    struct differences of = {.all_zero = true};
    for (uint32_t i = 0; i < n; i++) {
        bottom_a += paired->denominators_a[i] / n;
        bottom_b += paired->denominators_b[i] / n;
    }
    for (uint32_t i = 0; i < n; i++) {
        double d = (paired->b[i] - value_b * paired->denominators_b[i]) / bottom_b -
                   (paired->a[i] - value_a * paired->denominators_a[i]) / bottom_a;
        sum += d;
        squares += d * d;
        of.all_zero &=
            paired->a[i] == paired->b[i] && paired->denominators_a[i] == paired->denominators_b[i];
    }
    of.mean = value_b - value_a;
    of.deviation = n > 1 ? sqrt(fmax(0, squares - sum * sum / n) / (n - 1)) : NAN;
    return of;
}

static struct randomisation randomisation_of(const struct compare_settings *settings,
                                             const struct bootstrap *plan)
{
    return (struct randomisation){.rounds = settings->rounds,
                                  .seed = settings->seed,
                                  .pool = settings->pool,
                                  .clusters = plan->clusters,
                                  .n_clusters = plan->n_clusters};
}

static void test_ratios(const struct paired *paired, const struct compare_settings *settings,
                        const struct bootstrap *plan, struct comparison *c)
{
    bool exact = settings->test == COMPARE_MCNEMAR ||
                 (settings->test == COMPARE_DEFAULT && paired->binary && !paired->clustered);
    if (exact) {
        c->test = COMPARE_MCNEMAR;
        c->p = mcnemar_exact(c->only_a, c->only_b);
        c->least_p = least_p(c->n);
        return;
    }
    const struct randomisation randomisation = randomisation_of(settings, plan);
    c->test = COMPARE_RANDOMISATION;
    c->p = randomisation_ratio(&randomisation, paired->a, paired->denominators_a, paired->b,
                               paired->denominators_b, paired->n);
    c->least_p = c->units <= RANDOMISATION_ALL ? least_p(c->units) : 1 / (settings->rounds + 1.0);
}

static void interval_of_ratios(const struct paired *paired, const struct differences *of,
                               const struct bootstrap *plan, struct comparison *c)
{
    bool few = c->units < FEW;
    if (!few) {
        c->interval_by = "bootstrap";
        c->interval = bootstrap_ratio_difference(plan, paired->b, paired->denominators_b, paired->a,
                                                 paired->denominators_a, paired->n);
    }
    if (!few && c->interval.low < c->interval.high) {
        return;
    }
    double scale = paired->scale;
    if (paired->binary && !paired->clustered) {
        struct interval of_shares =
            newcombe(paired->both, c->only_a, c->only_b, paired->neither, plan->confidence);
        c->interval_by = "Newcombe";
        c->interval = (struct interval){scale * of_shares.low, scale * of_shares.high};
    } else if (c->units > 1 && of->deviation > 0) {
        double reach = student_quantile((1 + plan->confidence) / 2, c->units - 1.0) *
                       of->deviation / sqrt(c->units);
        c->interval_by = "Student";
        c->interval = (struct interval){of->mean - reach, of->mean + reach};
    } else if (few) {
        c->interval_by = "none";
        c->interval = (struct interval){NAN, NAN};
    }
}

static void compare_ratios(const struct paired *paired, const struct compare_settings *settings,
                           const struct bootstrap *plan, struct comparison *c)
{
    struct differences of = differences_of(paired, c->value_a, c->value_b);
    c->only_a = paired->only_a;
    c->only_b = paired->only_b;
    test_ratios(paired, settings, plan, c);
    interval_of_ratios(paired, &of, plan, c);
    c->same = equivalence(c->difference, of.deviation / sqrt(c->units), c->units - 1.0, c->margin);
    c->model = (struct compare_model){.n = c->units, .scale = paired->scale};
    if (paired->binary && !paired->clustered) {
        c->model.kind = MODEL_MCNEMAR;
        c->model.discordant = (c->only_a + c->only_b) / (double)paired->n;
    } else if (!of.all_zero) {
        c->model.kind = MODEL_MEAN;
        c->model.deviation = of.deviation;
    }
}

/* Correlations. */

static bool same_scores(const struct paired *paired)
{
    for (uint32_t i = 0; i < paired->n; i++) {
        if (paired->a[i] != paired->b[i]) {
            return false;
        }
    }
    return true;
}

static void test_correlations(const struct paired *paired, const struct compare_settings *settings,
                              const struct bootstrap *plan, const struct dependent_correlations *r,
                              struct comparison *c)
{
    bool ranks = paired->ranked;
    bool asked = settings->test == COMPARE_WILLIAMS || settings->test == COMPARE_STEIGER;
    if (settings->test == COMPARE_RANDOMISATION || plan->clusters || (c->units < FEW && !asked)) {
        const struct randomisation randomisation = randomisation_of(settings, plan);
        c->test = COMPARE_RANDOMISATION;
        c->p = randomisation_correlation(&randomisation, paired->a, paired->b, paired->gold,
                                         paired->n, ranks);
        c->least_p =
            c->units <= RANDOMISATION_ALL ? least_p(c->units) : 1 / (settings->rounds + 1.0);
        return;
    }
    struct test_result result = settings->test == COMPARE_STEIGER ? steiger(r) : williams(r);
    c->test = settings->test == COMPARE_STEIGER ? COMPARE_STEIGER : COMPARE_WILLIAMS;
    c->p = result.p;
}

static void interval_of_correlations(const struct paired *paired, const struct bootstrap *plan,
                                     const struct dependent_correlations *r, struct comparison *c)
{
    bool ranks = paired->ranked;
    bool by_resampling = plan->clusters || (c->test == COMPARE_RANDOMISATION && c->units >= FEW);
    if (fabs(r->r_a) >= CORRELATION_PERFECT || fabs(r->r_b) >= CORRELATION_PERFECT) {
        return; /* neither Fisher's z nor a resample knows how far from 1 it could be */
    }
    if (by_resampling) {
        c->interval_by = "bootstrap";
        c->interval =
            ranks
                ? bootstrap_spearman_difference(plan, paired->b, paired->a, paired->gold, paired->n)
                : bootstrap_pearson_difference(plan, paired->b, paired->a, paired->gold, paired->n);
    } else {
        c->interval_by = "Zou";
        c->interval = zou(r, plan->confidence);
    }
}

static void compare_correlations(const struct paired *paired,
                                 const struct compare_settings *settings,
                                 const struct bootstrap *plan, struct comparison *c)
{
    bool ranks = paired->ranked;
    double (*correlate)(const double *, const double *, uint32_t) =
        ranks ? correlation_spearman : correlation_pearson;
    const struct dependent_correlations r = {c->value_b, c->value_a,
                                             correlate(paired->a, paired->b, paired->n), paired->n};
    if (paired->n < 4) {
        c->reason =
            mem_format("%u pair%s: a correlation needs 4", paired->n, paired->n == 1 ? "" : "s");
        return;
    }
    if (isnan(r.r_a) || isnan(r.r_b)) {
        c->reason = mem_text("one side has the same score everywhere, or all ratings are equal");
        return;
    }
    if (same_scores(paired)) {
        c->reason = mem_text("both have the same score on every item");
        return;
    }
    test_correlations(paired, settings, plan, &r, c);
    interval_of_correlations(paired, plan, &r, c);
    if (!plan->clusters && !isnan(c->margin) && !isnan(c->interval.low)) {
        c->same = equivalence_correlations(&r, c->margin);
    }
    if (c->units >= FEW && !plan->clusters) {
        c->model = (struct compare_model){.kind = MODEL_CORRELATION,
                                          .n = paired->n,
                                          .scale = 1,
                                          .r_a = r.r_b,
                                          .r_ab = r.r_ab,
                                          .of_ranks = ranks};
    }
}

/* Test and interval say the same of 0, whichever methods they are of. */
static void reconcile(struct comparison *c, double alpha)
{
    bool leaves_out = c->interval.low > 0 || c->interval.high < 0;
    if (isnan(c->p) || isnan(c->interval.low) || leaves_out == (c->p <= alpha)) {
        return;
    }
    double scale = c->model.scale > 0 ? c->model.scale : 1;
    struct interval own;
    if (c->test == COMPARE_MCNEMAR) {
        own = mcnemar_interval(c->only_a, c->only_b, c->units, 1 - alpha);
        own.low *= scale;
        own.high *= scale;
    } else {
        double freedom = c->test == COMPARE_WILLIAMS ? (double)c->n - 3 : NAN;
        own = interval_from_p(c->difference, c->p, freedom, 1 - alpha);
    }
    double most = c->a->how == COMPARE_SHARE ? 1 : c->a->how == COMPARE_MEAN ? INFINITY : 2;
    bool any = !isnan(own.low);
    c->interval = any ? (struct interval){fmax(own.low, -most), fmin(own.high, most)} : own;
    c->interval_by = !any ? "none" : c->test == COMPARE_MCNEMAR ? "McNemar" : "p";
}

/* Why two rows cannot be tested at all; NULL: they can. */
static char *obstacle(const struct compare_system *a, const struct compare_system *b,
                      const struct compare_input *input)
{
    const struct compare_system *const sides[] = {a, b};
    if (a->declared && a->declared->records == METRIC_NOT_OF_RECORDS) {
        return mem_format("records do not hold what %s is made of", a->metric);
    }
    if (a->how == COMPARE_UNKNOWN) {
        return mem_format("no paired test is known for %s", a->metric);
    }
    for (int s = 0; s < 2; s++) {
        if (protocol_get(sides[s]->protocol, PROTOCOL_MEAN_OF_SEEDS)) {
            return mem_text("a mean over seeds has no records of its own");
        }
        if (!input->has_records[sides[s]->report]) {
            return mem_format("%s has no per-item records (run without --no-items)",
                              input->reports[sides[s]->report]);
        }
        if (!sides[s]->records) {
            return mem_format(
                "%s has no per-item records of this row (made by an earlier version?)",
                input->reports[sides[s]->report]);
        }
        char *contradiction = records_contradict(sides[s]);
        if (contradiction) {
            return contradiction;
        }
    }
    return NULL;
}

static void compare_paired(const struct paired *paired, const struct compare_settings *settings,
                           struct comparison *c)
{
    uint32_t *clusters = mem_array((size_t)paired->n + 1, sizeof *clusters);
    struct bootstrap plan = {.resamples = settings->resamples,
                             .seed = settings->seed,
                             .confidence = 1 - settings->alpha,
                             .pool = settings->pool};
    c->n = paired->n_items;
    c->units = paired->n;
    c->units_are = paired->units_are;
    if (paired->clustered && paired->rated) {
        plan.n_clusters = bootstrap_clusters(paired->clusters, paired->n, clusters);
        plan.clusters = clusters;
        c->units = plan.n_clusters;
    }
    c->value_a = paired_value_a(paired);
    c->value_b = paired_value_b(paired);
    c->difference = c->value_b - c->value_a;
    if (c->units < 2) {
        c->reason =
            mem_format("1 %.*s: nothing to exchange", (int)strlen(c->units_are) - 1, c->units_are);
    } else if (paired->rated) {
        compare_correlations(paired, settings, &plan, c);
    } else {
        compare_ratios(paired, settings, &plan, c);
    }
    reconcile(c, settings->alpha);
    free(clusters);
}

static double margin_of(const struct compare_system *a, const struct compare_settings *settings)
{
    bool share = metric_shown_times(a->suite, a->metric) > 1;
    return isnan(settings->margin) && share ? 0.01 : settings->margin;
}

struct comparison compare_systems(const struct compare_system *a, const struct compare_system *b,
                                  const struct compare_input *input,
                                  const struct compare_settings *settings)
{
    struct comparison c = {.a = a,
                           .b = b,
                           .test = COMPARE_DEFAULT,
                           .interval_by = "none",
                           .units_are = "items",
                           .value_a = a->value,
                           .value_b = b->value,
                           .difference = b->value - a->value,
                           .interval = {NAN, NAN},
                           .p = NAN,
                           .corrected = NAN,
                           .margin = margin_of(a, settings),
                           .same = NAN,
                           .level = NAN,
                           .detectable = NAN};
    c.reason = obstacle(a, b, input);
    if (c.reason) {
        return c;
    }
    struct paired paired = pair_records(a, b);
    if (paired.n == 0) {
        c.reason = mem_text("no item that both answered");
    } else {
        compare_paired(&paired, settings, &c);
    }
    paired_finish(&paired);
    return c;
}
