/* metric.c - finds what is declared of a metric, and says what follows from it. */
#include "report/metric.h"

#include <math.h>
#include <string.h>

const struct metric_form_info metric_forms[METRIC_N_FORMS] = {
    [METRIC_ITSELF] = {"", "the metric itself", false},
    [METRIC_GAIN] = {"-gain", "at a stage, over the stage before it", false},
    [METRIC_GAIN_TOTAL] = {"-gain-total", "at the last stage, over the first; in parts", false},
    [METRIC_ATTENTION_LEAD] = {"-attention-lead",
                               "the gains of attention minus those of feed-forward parts", false},
    [METRIC_HALF_GAIN_BLOCK] = {"-half-gain-block",
                                "the block at which half of the gain is reached", true},
    [METRIC_CONTEXTUAL_GAIN] = {"-contextual-gain", "at the stage chosen, over the look-up table",
                                false},
    [METRIC_DEV_CHOSEN] = {"-dev-chosen", "at the stage that a development set chose", false},
    [METRIC_TEST_BEST] = {"-test-best", "at the stage that is best on this very set", false},
};

static figures_of_suite *declared;

void metrics_declare(figures_of_suite *of_suite)
{
    declared = of_suite;
}

static const struct suite_figures *figures_of(const char *suite)
{
    static const struct suite_figures none;
    const struct suite_figures *figures = declared ? declared(suite) : NULL;
    return figures ? figures : &none;
}

bool suite_answers_gold_keys(const char *suite)
{
    return figures_of(suite)->gold_keys;
}

bool suite_is_ceiling(const char *suite, const char *method)
{
    const char *ceiling = figures_of(suite)->ceiling;
    return ceiling && method && strcmp(ceiling, method) == 0;
}

bool suite_is_yardstick(const char *suite, const char *method)
{
    const char *yardstick = figures_of(suite)->yardstick;
    return yardstick && method && strcmp(yardstick, method) == 0;
}

static split_words *declared_splits;

void splits_declare(split_words *words)
{
    declared_splits = words;
}

const char *split_meaning(const char *suite, const char *axis)
{
    return declared_splits && axis ? declared_splits(suite, axis) : NULL;
}

const struct metric *metric_of_ties(const char *suite, const char *metric, bool *ret_is_share)
{
    for (const struct metric *m = figures_of(suite)->metrics; m && m->id; m++) {
        *ret_is_share = m->ties && strcmp(m->ties, metric) == 0;
        if (*ret_is_share || (m->expected && strcmp(m->expected, metric) == 0)) {
            return m;
        }
    }
    return NULL;
}

/* "accuracy@K" stands for "accuracy@5". */
static bool is_named(const struct metric *metric, struct slice name)
{
    size_t n = strlen(metric->id);
    if (n < 2 || strcmp(metric->id + n - 2, "@K") != 0) {
        return slice_is(name, metric->id);
    }
    bool starts = name.n >= n && memcmp(name.text, metric->id, n - 1) == 0;
    for (size_t i = n - 1; i < name.n && starts; i++) {
        starts = name.text[i] >= '0' && name.text[i] <= '9';
    }
    return starts;
}

static const struct metric *find(const struct metric *metrics, struct slice name)
{
    for (; metrics && metrics->id; metrics++) {
        if (is_named(metrics, name)) {
            return metrics;
        }
    }
    return NULL;
}

static bool cut_ending(struct slice *name, const char *ending)
{
    size_t n = strlen(ending);
    if (name->n <= n || memcmp(name->text + name->n - n, ending, n) != 0) {
        return false;
    }
    name->n -= n;
    return true;
}

static struct metric_name look_up(const char *suite, const char *metric)
{
    const struct metric *metrics = figures_of(suite)->metrics;
    struct metric_name of = {.id = slice_of(metric)};
    of.metric = find(metrics, of.id);
    if (of.metric) {
        return of;
    }
    of.by_document = cut_ending(&of.id, METRIC_BY_DOCUMENT);
    /* "-contextual-gain" before "-gain" */
    for (int form = METRIC_N_FORMS - 1; form > METRIC_ITSELF && of.form == METRIC_ITSELF; form--) {
        if (cut_ending(&of.id, metric_forms[form].ending)) {
            of.form = (enum metric_form)form;
        }
    }
    of.metric = find(metrics, of.id);
    return of;
}

/* Remembers the last: a walk along rows asks for the same one again and again. */
struct metric_name metric_find(const char *suite, const char *metric)
{
    static _Thread_local struct {
        figures_of_suite *declared;
        char suite[32], metric[64];
        struct metric_name of;
    } last;
    if (last.declared == declared && strcmp(last.suite, suite) == 0 &&
        strcmp(last.metric, metric) == 0) {
        struct metric_name of = last.of;
        of.id.text = metric; /* of which the id is the beginning */
        return of;
    }
    struct metric_name of = look_up(suite, metric);
    if (strlen(suite) < sizeof last.suite && strlen(metric) < sizeof last.metric) {
        last.declared = declared;
        strcpy(last.suite, suite);
        strcpy(last.metric, metric);
        last.of = of;
    }
    return of;
}

const struct metric *metric_declared(const char *suite, const char *metric)
{
    struct metric_name of = metric_find(suite, metric);
    return of.form == METRIC_ITSELF && !of.by_document ? of.metric : NULL;
}

enum metric_direction metric_direction(const char *suite, const char *metric)
{
    struct metric_name of = metric_find(suite, metric);
    return of.metric && !metric_forms[of.form].plain ? of.metric->direction : METRIC_NEITHER;
}

bool metric_better(const char *suite, const char *metric, double a, double b)
{
    enum metric_direction direction = metric_direction(suite, metric);
    if (isnan(a) || isnan(b)) {
        return !isnan(a);
    }
    return direction == METRIC_HIGHER ? a > b : direction == METRIC_LOWER && a < b;
}

bool metric_before(const char *suite, const char *metric, double a, double b)
{
    if (isnan(a) || isnan(b)) {
        return !isnan(a);
    }
    return metric_direction(suite, metric) == METRIC_LOWER ? a < b : a > b;
}

double metric_shown_times(const char *suite, const char *metric)
{
    struct metric_name of = metric_find(suite, metric);
    bool share = of.metric && of.metric->scale == METRIC_SHARE && !metric_forms[of.form].plain;
    return share ? 100 : 1;
}

int metric_rank(const char *suite, const char *metric)
{
    struct metric_name of = metric_find(suite, metric);
    bool derived = of.form != METRIC_ITSELF || of.by_document;
    if (derived) {
        return 100 + (int)of.form;
    }
    return of.metric ? (int)of.metric->role : METRIC_SECONDARY;
}

const char *metric_direction_name(enum metric_direction direction)
{
    return direction == METRIC_HIGHER ? "higher" : direction == METRIC_LOWER ? "lower" : "neither";
}

const char *metric_role_name(const struct metric *metric)
{
    static const char *const names[] = {"headline", "secondary", "diagnostic"};
    return metric->alone ? "headline of its own" : names[metric->role];
}

static const struct {
    const char *made, *test;
} made_of[METRIC_N_RECORDS] = {
    [METRIC_NOT_OF_RECORDS] = {"not a function of the records", NULL},
    [METRIC_OF_RECORDS] = {"a function of the records", NULL},
    [METRIC_SHARE_ANSWERED] = {"share of items answered", NULL},
    [METRIC_SHARE_CORRECT] = {"mean of `correct`", "McNemar; randomisation"},
    [METRIC_F1] = {"2 Σ `correct` / (answered + items)", "McNemar; randomisation"},
    [METRIC_PEARSON] = {"Pearson of `score` and `gold_score`", "Williams; randomisation"},
    [METRIC_SPEARMAN] = {"Spearman of `score` and `gold_score`", "Williams; randomisation"},
    [METRIC_V_MEASURE] = {"of `answer` and `gold` by lemma", "randomisation"},
    [METRIC_PAIRED_F] = {"of `answer` and `gold` by lemma", "randomisation"},
    [METRIC_ADJUSTED_RAND] = {"of `answer` and `gold` by lemma", "randomisation"},
    [METRIC_MEAN_SCORE] = {"mean of `score`", "randomisation"},
};

const char *metric_records_name(enum metric_records records)
{
    return made_of[records].made;
}

const char *metric_test_name(enum metric_records records)
{
    return made_of[records].test;
}
