/* Every case of tests/golden/stats/stats.txt (scipy's and numpy's answers) against our functions.
 */
#include "base/error.h"
#include "base/file.h"
#include "base/map.h"
#include "base/num.h"
#include "base/str.h"
#include "math/bootstrap.h"
#include "math/correlation.h"
#include "math/distribution.h"
#include "math/interval.h"
#include "math/power.h"
#include "math/significance.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_LISTS 64
#define MAX_VALUES 1000

struct list {
    double values[MAX_VALUES];
    uint32_t n;
};

static struct list lists[MAX_LISTS];
static struct map names;

struct arguments {
    double numbers[8];
    const struct list *lists[8]; /* the list that a word names, or NULL */
};

static double dependent(const char *name, const double *a)
{
    const struct dependent_correlations r = {a[0], a[1], a[2], (uint64_t)a[3]};
    if (strcmp(name, "williams_t") == 0) {
        return williams(&r).statistic;
    }
    if (strcmp(name, "williams_p") == 0) {
        return williams(&r).p;
    }
    if (strcmp(name, "steiger_z") == 0) {
        return steiger(&r).statistic;
    }
    if (strcmp(name, "steiger_p") == 0) {
        return steiger(&r).p;
    }
    struct interval interval = zou(&r, 0.95);
    return strcmp(name, "zou_low") == 0 ? interval.low : interval.high;
}

static double corrected(const char *name, const struct list *p, uint32_t i)
{
    double values[MAX_VALUES];
    (name[0] == 'h' ? correct_holm : correct_benjamini_hochberg)(p->values, p->n, values);
    return values[i];
}

static double of_lists(const char *name, const struct arguments *a)
{
    const struct list *x = a->lists[0], *y = a->lists[1];
    if (strcmp(name, "pearson") == 0) {
        return correlation_pearson(x->values, y->values, x->n);
    }
    if (strcmp(name, "spearman") == 0) {
        return correlation_spearman(x->values, y->values, x->n);
    }
    if (strcmp(name, "quantile") == 0) {
        return quantile_sorted(x->values, x->n, a->numbers[1]);
    }
    if (strcmp(name, "exchanges") == 0) {
        const struct randomisation plan = {.rounds = 10};
        return randomisation_ratio(&plan, x->values, NULL, y->values, NULL, x->n);
    }
    if (strcmp(name, "spearman_few_low") == 0 || strcmp(name, "spearman_few_high") == 0) {
        const struct bootstrap plan = {.resamples = 100};
        struct interval interval = bootstrap_spearman(&plan, x->values, y->values, x->n);
        return strcmp(name, "spearman_few_low") == 0 ? interval.low : interval.high;
    }
    return corrected(name, x, (uint32_t)a->numbers[1]);
}

static const struct {
    const char *name;
    double (*one)(double);
    double (*two)(double, double);
    double (*three)(double, double, double);
} functions[] = {
    {"normal_quantile", normal_quantile, NULL, NULL},
    {"normal_cdf", normal_cdf, NULL, NULL},
    {"beta_regularised", NULL, NULL, beta_regularised},
    {"beta_quantile", NULL, NULL, beta_quantile},
    {"student_cdf", NULL, student_cdf, NULL},
    {"student_two_sided", NULL, student_two_sided, NULL},
    {"student_quantile", NULL, student_quantile, NULL},
    {"binomial_cdf", NULL, NULL, binomial_cdf},
};

/* "NAME_low" and "NAME_high": the ends of an interval. */
static double end_of(const char *name, struct interval interval)
{
    return strcmp(name + strlen(name) - 4, "_low") == 0 ? interval.low : interval.high;
}

/* Intervals without resampling, by the start of their names. */
static bool of_interval(const char *name, const double *x, double *ret_value)
{
    if (strncmp(name, "clopper_", 8) == 0) {
        *ret_value = end_of(name, clopper_pearson(x[0], x[1], x[2]));
    } else if (strncmp(name, "wilson_", 7) == 0) {
        *ret_value = end_of(name, wilson(x[0], x[1], x[2]));
    } else if (strncmp(name, "newcombe_", 9) == 0) {
        *ret_value = end_of(
            name, newcombe((uint64_t)x[0], (uint64_t)x[1], (uint64_t)x[2], (uint64_t)x[3], 0.95));
    } else if (strncmp(name, "mcnemar_of_", 11) == 0) {
        *ret_value =
            end_of(name, mcnemar_interval((uint64_t)x[0], (uint64_t)x[1], (uint64_t)x[2], 0.95));
    } else if (strncmp(name, "from_p_", 7) == 0) {
        *ret_value = end_of(name, interval_from_p(x[0], x[1], x[2] > 0 ? x[2] : NAN, 0.95));
    } else {
        return false;
    }
    return true;
}

static double evaluate(const char *name, const struct arguments *a)
{
    const double *x = a->numbers;
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        if (strcmp(functions[i].name, name) == 0) {
            return functions[i].one   ? functions[i].one(x[0])
                   : functions[i].two ? functions[i].two(x[0], x[1])
                                      : functions[i].three(x[0], x[1], x[2]);
        }
    }
    if (a->lists[0]) {
        return of_lists(name, a);
    }
    if (strcmp(name, "mcnemar_exact") == 0) {
        return mcnemar_exact((uint64_t)x[0], (uint64_t)x[1]);
    }
    double value;
    if (of_interval(name, x, &value)) {
        return value;
    }
    if (strcmp(name, "detectable_mcnemar") == 0) {
        return detectable_mcnemar(x[0], (uint64_t)x[1], x[2], x[3]);
    }
    if (strcmp(name, "detectable_mean") == 0) {
        return detectable_mean(x[0], (uint64_t)x[1], x[2], x[3]);
    }
    if (strcmp(name, "equivalence") == 0) {
        return equivalence(x[0], x[1], x[2], x[3]);
    }
    if (strcmp(name, "equivalence_correlations") == 0) {
        return equivalence_correlations(
            &(struct dependent_correlations){x[0], x[1], x[2], (uint64_t)x[3]}, x[4]);
    }
    if (strncmp(name, "fisher", 6) == 0) {
        struct interval interval = fisher_interval(x[0], (uint64_t)x[1], 0.95);
        return strcmp(name, "fisher_low") == 0 ? interval.low : interval.high;
    }
    return dependent(name, x);
}

static void read_list(struct slice rest)
{
    struct slice word;
    cr_assert(slice_word(&rest, &word));
    struct list *list = &lists[map_put(&names, word.text, word.n)];
    while (slice_word(&rest, &word)) {
        cr_assert(num_real(word, &list->values[list->n++]));
    }
}

/* Up to "=": numbers and names of lists. Then the value. */
static double read_arguments(struct slice *rest, struct arguments *a)
{
    struct slice word;
    double value = NAN;
    for (uint32_t i = 0; slice_word(rest, &word) && !slice_is(word, "="); i++) {
        uint32_t list = map_find(&names, word.text, word.n);
        if (list != MAP_NONE) {
            a->lists[i] = &lists[list];
        } else {
            cr_assert(num_real(word, &a->numbers[i]), "argument %.*s", (int)word.n, word.text);
        }
    }
    cr_assert(slice_word(rest, &word));
    cr_assert(num_real(word, &value) || slice_is(word, "nan"));
    return value;
}

static bool near(double found, double expected)
{
    if (isnan(expected) || isnan(found)) {
        return isnan(expected) && isnan(found);
    }
    return fabs(found - expected) <= 5e-12 * fabs(expected) + 1e-15;
}

Test(stats, golden)
{
    char *path = file_join(getenv("HARNESS_SOURCE_ROOT"), "tests/golden/stats/stats.txt");
    struct str text = {0};
    cr_assert_eq(file_read(path, &text), 0, "%s", error_message());
    struct slice rest = {str_text(&text), text.n}, line;
    uint32_t cases = 0, wrong = 0;
    while (slice_line(&rest, &line)) {
        struct slice words = line, name;
        if (line.text[0] == '#' || !slice_word(&words, &name)) {
            continue;
        }
        if (slice_is(name, "list")) {
            read_list(words);
            continue;
        }
        struct arguments arguments = {0};
        double expected = read_arguments(&words, &arguments);
        char function[64];
        snprintf(function, sizeof function, "%.*s", (int)name.n, name.text);
        double found = evaluate(function, &arguments);
        cases++;
        /* found by halving, to 1e-5 */
        bool searched = strcmp(function, "detectable_mcnemar") == 0;
        if (searched ? fabs(found - expected) > 2e-5 * expected : !near(found, expected)) {
            wrong++;
            cr_log_error("%.*s: found %.17g", line.n > 100 ? 100 : (int)line.n, line.text, found);
        }
    }
    cr_expect_eq(wrong, 0u, "%u of %u cases are wrong", wrong, cases);
    cr_expect_gt(cases, 480u);
    str_finish(&text);
    map_finish(&names);
    free(path);
}
