/* What is declared of metrics: names with endings, directions, and whether the tables of the suites
 * can be trusted. */
#include <criterion/criterion.h>

#include "report/metric.h"
#include "suites/suite.h"

#include <math.h>
#include <string.h>

__attribute__((constructor)) static void declare(void)
{
    metrics_declare(suite_figures_of);
}

Test(metric, a_name_is_a_metric_in_a_form)
{
    static const struct {
        const char *suite, *name, *id;
        enum metric_form form;
        bool by_document, known;
    } cases[] = {
        {"wsd", "f1", "f1", METRIC_ITSELF, false, true},
        {"wsd", "f1-by-document", "f1", METRIC_ITSELF, true, true},
        {"wsd", "f1-gain", "f1", METRIC_GAIN, false, true},
        {"wsd", "f1-gain-by-document", "f1", METRIC_GAIN, true, true},
        {"wsd", "f1-contextual-gain", "f1", METRIC_CONTEXTUAL_GAIN, false, true},
        {"wsd", "f1-ties-expected", "f1-ties-expected", METRIC_ITSELF, false, true},
        {"wic", "accuracy-gain-total", "accuracy", METRIC_GAIN_TOTAL, false, true},
        {"wic", "accuracy-half-gain-block", "accuracy", METRIC_HALF_GAIN_BLOCK, false, true},
        {"wsd", "f1-attention-lead", "f1", METRIC_ATTENTION_LEAD, false, true},
        {"wsd", "f1-dev-chosen", "f1", METRIC_DEV_CHOSEN, false, true},
        {"wsd", "f1-test-best", "f1", METRIC_TEST_BEST, false, true},
        {"analogy", "accuracy@5", "accuracy@5", METRIC_ITSELF, false, true},
        {"analogy", "accuracy@", "accuracy@", METRIC_ITSELF, false, false},
        {"analogy", "accuracy@x", "accuracy@x", METRIC_ITSELF, false, false},
        {"analogy", "f1", "f1", METRIC_ITSELF, false, false},
        {"another", "f1-gain", "f1", METRIC_GAIN, false, false},
        {"wsd", "-gain", "-gain", METRIC_ITSELF, false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct metric_name of = metric_find(cases[i].suite, cases[i].name);
        cr_expect(slice_is(of.id, cases[i].id), "%s: %.*s", cases[i].name, (int)of.id.n,
                  of.id.text);
        cr_expect_eq(of.form, cases[i].form, "%s", cases[i].name);
        cr_expect_eq(of.by_document, cases[i].by_document, "%s", cases[i].name);
        cr_expect_eq(of.metric != NULL, cases[i].known, "%s", cases[i].name);
    }
}

/* The right values are the definitions': perplexity falls as a model gets better, a block's number
 * is neither good nor bad, of a metric that nobody declares nothing is claimed. */
Test(metric, what_is_better_follows_from_the_table)
{
    cr_expect(metric_better("wsd", "f1", 0.6, 0.5));
    cr_expect(metric_better("lm", "perplexity", 20, 30));
    cr_expect_not(metric_better("lm", "perplexity", 30, 20));
    cr_expect(metric_better("wsd", "f1", 0, NAN));
    cr_expect_not(metric_better("wsd", "f1", NAN, 0));
    cr_expect_not(metric_better("wsd", "f1-half-gain-block", 9, 3));
    cr_expect_not(metric_better("wsd", "f1-half-gain-block", 3, 9));
    cr_expect_not(metric_better("contextuality", "anisotropy", 0.9, 0.1));
    cr_expect_not(metric_better("another", "loss", 2, 1));
    cr_expect_not(metric_better("another", "loss", 1, 2));
    cr_expect(metric_before("another", "loss", 2, 1), "an order, and no claim");
    cr_expect_eq(metric_shown_times("wsd", "f1-gain"), 100);
    cr_expect_eq(metric_shown_times("lm", "bits-per-byte"), 1);
    cr_expect_eq(metric_shown_times("wsd", "f1-half-gain-block"), 1);
    cr_expect_eq(metric_shown_times("another", "loss"), 1);
    cr_expect(suite_answers_gold_keys("wsd"));
    cr_expect_not(suite_answers_gold_keys("lm"));
    cr_expect_not(suite_answers_gold_keys("another"));
}

Test(metric, every_suite_declares_what_holds_together)
{
    for (size_t s = 0; suites[s]; s++) {
        const struct metric *metrics = suites[s]->figures.metrics;
        const char *suite = suites[s]->id;
        cr_assert_not_null(metrics, "%s", suite);
        cr_expect_eq(metrics[0].role, METRIC_HEADLINE, "%s: the first heads its data sets", suite);
        for (const struct metric *metric = metrics; metric->id; metric++) {
            cr_expect(metric->what && metric->what[0], "%s", metric->id);
            cr_expect(metric->low < metric->high, "%s %s", suite, metric->id);
            cr_expect(!metric->alone || metric->role == METRIC_HEADLINE, "%s", metric->id);
            cr_expect(metric->scale != METRIC_SHARE || (metric->low >= -2 && metric->high <= 2),
                      "%s", metric->id);
            for (const struct metric *other = metrics; other < metric; other++) {
                cr_expect_str_neq(other->id, metric->id, "%s", suite);
            }
        }
    }
}
