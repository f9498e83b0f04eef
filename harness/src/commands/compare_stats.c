#include "commands/compare_stats.h"

#include "base/mem.h"
#include "base/str.h"
#include "math/correlation.h"
#include "math/significance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The items of both systems, side by side. */
struct paired {
    double *a, *b;                 /* [n] scores, or tops of a ratio */
    double *bottoms_a, *bottoms_b; /* [n] of a ratio */
    double *gold;                  /* [n] ratings */
    const char **clusters;         /* [n] */
    uint32_t n;
    bool rated, binary, clustered;
};

static struct paired pair_items(const struct compare_system *a, const struct compare_system *b)
{
    struct paired paired = {.binary = true, .clustered = true};
    size_t room = (size_t)a->ids.n + 1;
    paired.a = mem_array(room * 5, sizeof(double));
    paired.b = paired.a + room;
    paired.bottoms_a = paired.b + room;
    paired.bottoms_b = paired.bottoms_a + room;
    paired.gold = paired.bottoms_b + room;
    paired.clusters = mem_array(room, sizeof *paired.clusters);
    bool f1 = a->metric && strcmp(a->metric, "f1") == 0;
    for (uint32_t i = 0; i < a->ids.n; i++) {
        uint32_t other = map_find(&b->ids, a->ids.names[i], a->ids.lengths[i]);
        if (other == MAP_NONE) {
            continue;
        }
        const struct compare_item *x = &a->items[i], *y = &b->items[other];
        bool rated = !isnan(x->gold);
        if ((rated || !f1) && !(x->answered && y->answered)) {
            continue;
        }
        uint32_t n = paired.n++;
        paired.rated |= rated;
        paired.gold[n] = x->gold;
        paired.clusters[n] = x->cluster;
        paired.clustered &= x->cluster != NULL;
        if (rated) {
            paired.a[n] = x->score;
            paired.b[n] = y->score;
            continue;
        }
        double right_a = isnan(x->correct) ? 0 : x->correct;
        double right_b = isnan(y->correct) ? 0 : y->correct;
        /* F1 of ok / answered and ok / n is 2 ok / (answered + n) */
        paired.a[n] = f1 ? 2 * right_a : right_a;
        paired.b[n] = f1 ? 2 * right_b : right_b;
        paired.bottoms_a[n] = f1 ? 1 + x->answered : 1;
        paired.bottoms_b[n] = f1 ? 1 + y->answered : 1;
        paired.binary &= (right_a == 0 || right_a == 1) && (right_b == 0 || right_b == 1);
    }
    return paired;
}

static double ratio(const double *tops, const double *bottoms, uint32_t n)
{
    double top = 0, bottom = 0;
    for (uint32_t i = 0; i < n; i++) {
        top += tops[i];
        bottom += bottoms[i];
    }
    return bottom > 0 ? top / bottom : NAN;
}

static double deviation(const double *a, const double *b, const double *bottoms_a,
                        const double *bottoms_b, uint32_t n)
{
    double sum = 0, squares = 0;
    for (uint32_t i = 0; i < n; i++) {
        double d = b[i] / bottoms_b[i] - a[i] / bottoms_a[i];
        sum += d;
        squares += d * d;
    }
    return n > 1 ? sqrt((squares - sum * sum / n) / (n - 1)) : NAN;
}

static void compare_ratios(const struct paired *paired, const struct compare_settings *settings,
                           const struct bootstrap *plan, struct comparison *comparison)
{
    uint32_t n = paired->n;
    for (uint32_t i = 0; i < n; i++) {
        comparison->only_a += paired->a[i] > paired->b[i];
        comparison->only_b += paired->b[i] > paired->a[i];
    }
    comparison->value_a = ratio(paired->a, paired->bottoms_a, n);
    comparison->value_b = ratio(paired->b, paired->bottoms_b, n);
    comparison->interval = bootstrap_ratio_difference(plan, paired->b, paired->bottoms_b, paired->a,
                                                      paired->bottoms_a, n);
    bool exact = settings->test == COMPARE_MCNEMAR ||
                 (settings->test == COMPARE_DEFAULT && paired->binary && !plan->clusters);
    if (exact) {
        comparison->test = "McNemar";
        comparison->p = mcnemar_exact(comparison->only_a, comparison->only_b);
    } else {
        const struct randomisation randomisation = {.rounds = settings->rounds,
                                                    .seed = settings->seed,
                                                    .pool = settings->pool,
                                                    .clusters = plan->clusters,
                                                    .n_clusters = plan->n_clusters};
        comparison->test = "randomisation";
        comparison->p = randomisation_ratio(&randomisation, paired->a, paired->bottoms_a, paired->b,
                                            paired->bottoms_b, n);
    }
    comparison->detectable =
        detectable_mean(deviation(paired->a, paired->b, paired->bottoms_a, paired->bottoms_b, n), n,
                        settings->alpha, settings->power);
}

static void compare_correlations(const struct paired *paired,
                                 const struct compare_settings *settings,
                                 const struct bootstrap *plan, struct comparison *comparison)
{
    uint32_t n = paired->n;
    bool ranks = strcmp(comparison->metric, "pearson") != 0;
    double (*correlate)(const double *, const double *, uint32_t) =
        ranks ? correlation_spearman : correlation_pearson;
    comparison->value_a = correlate(paired->a, paired->gold, n);
    comparison->value_b = correlate(paired->b, paired->gold, n);
    const struct dependent_correlations r = {comparison->value_b, comparison->value_a,
                                             correlate(paired->a, paired->b, n), n};
    if (settings->test == COMPARE_RANDOMISATION || plan->clusters) {
        const struct randomisation randomisation = {.rounds = settings->rounds,
                                                    .seed = settings->seed,
                                                    .pool = settings->pool,
                                                    .clusters = plan->clusters,
                                                    .n_clusters = plan->n_clusters};
        comparison->test = "randomisation";
        comparison->p =
            randomisation_correlation(&randomisation, paired->a, paired->b, paired->gold, n, ranks);
        comparison->interval =
            ranks ? bootstrap_spearman_difference(plan, paired->b, paired->a, paired->gold, n)
                  : bootstrap_pearson_difference(plan, paired->b, paired->a, paired->gold, n);
    } else {
        bool of_steiger = settings->test == COMPARE_STEIGER;
        comparison->test = of_steiger ? "Steiger" : "Williams";
        comparison->p = of_steiger ? steiger(&r).p : williams(&r).p;
        /* of two equal systems the interval is a point, which Zou's approximation misses */
        bool same = comparison->value_a == comparison->value_b && r.r_ab > 1 - 1e-12;
        comparison->interval = same ? (struct interval){0, 0} : zou(&r, BOOTSTRAP_CONFIDENCE);
    }
    comparison->detectable =
        detectable_correlation(comparison->value_a, r.r_ab, n, settings->alpha, settings->power) -
        comparison->value_a;
}

struct comparison compare_systems(const struct compare_system *a, const struct compare_system *b,
                                  const struct compare_settings *settings)
{
    struct comparison comparison = {.a = a,
                                    .b = b,
                                    .metric = a->metric ? a->metric : "accuracy",
                                    .test = "none",
                                    .value_a = a->value,
                                    .value_b = b->value,
                                    .interval = {NAN, NAN},
                                    .p = NAN,
                                    .corrected = NAN,
                                    .detectable = NAN};
    struct paired paired = pair_items(a, b);
    uint32_t *clusters = mem_array((size_t)paired.n + 1, sizeof *clusters);
    struct bootstrap plan = {
        .resamples = settings->resamples, .seed = settings->seed, .pool = settings->pool};
    if (paired.n > 0 && paired.clustered) {
        plan.n_clusters = bootstrap_clusters(paired.clusters, paired.n, clusters);
        plan.clusters = clusters;
    }
    comparison.n = paired.n;
    if (paired.n > 0 && paired.rated) {
        compare_correlations(&paired, settings, &plan, &comparison);
    } else if (paired.n > 0) {
        compare_ratios(&paired, settings, &plan, &comparison);
    }
    comparison.difference = comparison.value_b - comparison.value_a;
    free(clusters);
    free(paired.clusters);
    free(paired.a);
    return comparison;
}

void compare_correct(struct comparison *comparisons, uint32_t n, bool holm)
{
    double *p = mem_array((size_t)n * 2 + 1, sizeof *p);
    for (uint32_t i = 0; i < n; i++) {
        p[i] = comparisons[i].p;
    }
    (holm ? correct_holm : correct_benjamini_hochberg)(p, n, p + n);
    for (uint32_t i = 0; i < n; i++) {
        comparisons[i].corrected = p[n + i];
    }
    free(p);
}

char *compare_verdict(const struct comparison *c, double alpha)
{
    if (isnan(c->difference)) {
        return mem_text("nothing to compare: no figure on both sides");
    }
    if (isnan(c->p)) {
        return mem_format("%s by %.1f points; no per-item records, so not tested",
                          c->difference > 0   ? "higher"
                          : c->difference < 0 ? "lower"
                                              : "equal",
                          100 * fabs(c->difference));
    }
    if (c->corrected <= alpha) {
        return mem_format("%s is better by %.1f points",
                          c->difference > 0 ? c->b->label : c->a->label, 100 * fabs(c->difference));
    }
    if (isnan(c->detectable)) {
        return mem_text("no difference shown");
    }
    return mem_format("no difference shown; one below %.1f points would go unseen here",
                      100 * c->detectable);
}

/* Parts of a signature that say which system it is, not how it was measured. */
static bool names_the_system(struct slice part)
{
    static const char *const names[] = {"stage:", "method:", "post:", "policy:"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t n = strlen(names[i]);
        if (part.n >= n && memcmp(part.text, names[i], n) == 0) {
            return true;
        }
    }
    return false;
}

/* How a word alone is written for a table and for a contextual model are two questions: where one
 * of the two is asked, the other's answer is no difference of protocol. */
static bool is_way_of_writing(struct slice part)
{
    static const char *const names[] = {"case:", "template:", "contexts:", "most:"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t n = strlen(names[i]);
        if (part.n >= n && memcmp(part.text, names[i], n) == 0) {
            return true;
        }
    }
    return false;
}

/* The next part that counts; an empty one at the end. */
static struct slice next_part(struct slice *rest, bool two_kinds)
{
    struct slice part;
    while (slice_field(rest, '|', &part)) {
        if (!names_the_system(part) && !(two_kinds && is_way_of_writing(part))) {
            return part;
        }
    }
    return slice_of("");
}

char *compare_signatures(const struct compare_system *a, const struct compare_system *b)
{
    struct slice left = slice_of(a->signature ? a->signature : "");
    struct slice right = slice_of(b->signature ? b->signature : "");
    bool two_kinds = !strstr(left.text, "|case:written|") != !strstr(right.text, "|case:written|");
    while (left.text || right.text) {
        struct slice x = next_part(&left, two_kinds), y = next_part(&right, two_kinds);
        if (x.n != y.n || memcmp(x.text, y.text, x.n) != 0) {
            return mem_format("\"%.*s\" of %s, \"%.*s\" of %s", (int)x.n, x.text, a->label,
                              (int)y.n, y.text, b->label);
        }
    }
    return NULL;
}
