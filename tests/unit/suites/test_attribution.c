/* Attribution along stages: values by hand, intervals against the paired bootstrap of two systems,
 * and sums that must add up. */
#include "base/mem.h"
#include "base/rng.h"
#include "report/figure_text.h"
#include "report/stored/version1.h"
#include "suites/shared/attribution.h"
#include "suites/shared/reading_protocol.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { N = 40, N_STAGES = 6, MOST_ROWS = 64 };

static const char *const stages[N_STAGES] = {"table", "input",       "1.attention",
                                             "1",     "2.attention", "2"};

struct said {
    struct figure rows[MOST_ROWS];
    char metric[MOST_ROWS][40], signature[MOST_ROWS][200];
    uint32_t n;
};

static void take_row(void *ctx, const struct figure *row)
{
    struct said *said = ctx;
    cr_assert(said->n < MOST_ROWS);
    said->rows[said->n] = *row;
    snprintf(said->metric[said->n], sizeof said->metric[0], "%s", row->metric);
    struct str text = {0};
    protocol_write(row->protocol, &text);
    snprintf(said->signature[said->n], sizeof said->signature[0], "%s", str_text(&text));
    str_finish(&text);
    said->n++;
}

static bool is_split(const struct split *split, const char *text)
{
    struct str written = {0};
    split_write(split, &written);
    bool same = strcmp(str_text(&written), text) == 0;
    str_finish(&written);
    return same;
}

static const struct figure *find(const struct said *said, const char *metric, const char *split,
                                 const char *stage)
{
    for (uint32_t i = 0; i < said->n; i++) {
        if (strcmp(said->metric[i], metric) == 0 && is_split(&said->rows[i].split, split) &&
            (!stage || strcmp(said->rows[i].stage.name, stage) == 0)) {
            return &said->rows[i];
        }
    }
    return NULL;
}

/* What a curve over stages with such numerators says; chosen: of the contextual gain. */
static void attribute(const char *const *names, uint32_t n_stages, double numerators[][N],
                      const double *denominators, uint32_t chosen, struct said *said)
{
    const struct suite_request request = {.resamples = 500, .seed = 3};
    struct result_sink sink = {said, take_row, NULL};
    const struct suite_run run = {&request, NULL, NULL, &sink};
    const struct figure row = {
        .suite = "x", .dataset = "d", .embedder = "e", .kind = "contextual", .method = "m"};
    struct protocol protocol = {0};
    version1_protocol("x|d|method:m", &protocol);
    const struct attribution of = {&run, &row, "f1", "", &protocol, NULL, N, N};
    const struct bootstrap plan = {.resamples = 500, .seed = 3};
    const double *lists[N_STAGES];
    struct stage typed[N_STAGES];
    struct stage_curve curve;
    for (uint32_t s = 0; s < n_stages; s++) {
        lists[s] = numerators[s];
        typed[s] = version1_stage(names[s]);
    }
    stage_curve_init(&curve, typed, n_stages, 500);
    stage_curve_of_ratios(&curve, &plan, lists, denominators, N);
    attribution_write(&of, &curve);
    attribution_write_contextual(&of, &curve, chosen, "dev");
    stage_curve_finish(&curve);
    protocol_finish(&protocol);
}

/* Of 40 items these many are right, stage by stage: gains 2, 3, 10, 1, -2; total 14. */
static const uint32_t right[N_STAGES] = {8, 10, 13, 23, 24, 22};

static void fill(double numerators[N_STAGES][N])
{
    for (uint32_t s = 0; s < N_STAGES; s++) {
        for (uint32_t i = 0; i < N; i++) {
            numerators[s][i] = (i * 7 + s) % N < right[s];
        }
    }
}

Test(attribution, gains_by_hand)
{
    double numerators[N_STAGES][N];
    struct said said = {.n = 0};
    fill(numerators);
    attribute(stages, N_STAGES, numerators, NULL, 3, &said);
    for (uint32_t s = 1; s < N_STAGES; s++) {
        const struct figure *row = find(&said, "f1-gain", "all", stages[s]);
        cr_assert_not_null(row);
        cr_expect_float_eq(row->value, ((double)right[s] - right[s - 1]) / N, 1e-15);
    }
    cr_expect_null(find(&said, "f1-gain", "all", "table"));
    const struct {
        const char *split;
        double value;
    } totals[] = {{"all", 14}, {"part:input", 2}, {"part:attention", 4}, {"part:feed-forward", 8}};
    for (size_t i = 0; i < sizeof totals / sizeof *totals; i++) {
        const struct figure *row = find(&said, "f1-gain-total", totals[i].split, "2");
        cr_assert_not_null(row, "%s", totals[i].split);
        cr_expect_float_eq(row->value, totals[i].value / N, 1e-15);
    }
    cr_expect_null(find(&said, "f1-gain-total", "part:other", NULL));
    const struct figure *lead = find(&said, "f1-attention-lead", "all", "2");
    cr_assert_not_null(lead);
    cr_expect_float_eq(lead->value, (4.0 - 8.0) / N, 1e-15, "attention 4, feed-forward 8");
    const struct figure *half = find(&said, "f1-half-gain-block", "all", "1");
    cr_assert_not_null(half, "8 + 14 / 2 = 15 are right first at stage 1");
    cr_expect_eq(half->value, 1);
    const struct figure *gain = find(&said, "f1-contextual-gain", "all", "1");
    cr_assert_not_null(gain);
    cr_expect_float_eq(gain->value, 15.0 / N, 1e-15);
    cr_expect_str_eq(said.signature[0], "x|d|method:m|stage:input|from:table|v1");
    cr_expect_str_eq(said.signature[said.n - 1],
                     "x|d|method:m|stage:1|from:table|stage-chosen-on:dev|v1");
}

Test(attribution, intervals_are_paired)
{
    double numerators[N_STAGES][N], denominators[N];
    struct said said = {.n = 0};
    const struct bootstrap plan = {.resamples = 500, .seed = 3};
    fill(numerators);
    for (uint32_t i = 0; i < N; i++) {
        denominators[i] = 1 + i % 2;
    }
    attribute(stages, N_STAGES, numerators, denominators, 5, &said);
    for (uint32_t s = 1; s < N_STAGES; s++) {
        const struct figure *row = find(&said, "f1-gain", "all", stages[s]);
        struct interval pair = bootstrap_ratio_difference(&plan, numerators[s], denominators,
                                                          numerators[s - 1], denominators, N);
        cr_expect_float_eq(row->low, pair.low, 1e-12);
        cr_expect_float_eq(row->high, pair.high, 1e-12);
    }
    struct interval whole = bootstrap_ratio_difference(&plan, numerators[5], denominators,
                                                       numerators[0], denominators, N);
    const struct figure *total = find(&said, "f1-gain-total", "all", NULL);
    const struct figure *gain = find(&said, "f1-contextual-gain", "all", NULL);
    cr_expect_float_eq(total->low, whole.low, 1e-12);
    cr_expect_float_eq(gain->high, whole.high, 1e-12);
    /* the interval of a part is that of its gains added up in every resample */
    double attention[N];
    for (uint32_t i = 0; i < N; i++) {
        attention[i] = numerators[2][i] - numerators[1][i] + numerators[4][i] - numerators[3][i];
    }
    struct interval part = bootstrap_ratio(&plan, attention, denominators, N);
    const struct figure *row = find(&said, "f1-gain-total", "part:attention", NULL);
    cr_expect_float_eq(row->low, part.low, 1e-12);
    cr_expect_float_eq(row->high, part.high, 1e-12);
    /* and that of attention over feed-forward parts is of one contrast */
    for (uint32_t i = 0; i < N; i++) {
        attention[i] -= numerators[3][i] - numerators[2][i] + numerators[5][i] - numerators[4][i];
    }
    struct interval both = bootstrap_ratio(&plan, attention, denominators, N);
    const struct figure *lead = find(&said, "f1-attention-lead", "all", NULL);
    cr_expect_float_eq(lead->low, both.low, 1e-12);
    cr_expect_float_eq(lead->high, both.high, 1e-12);
}

/* Whatever stages were asked for, gains and parts add up to last minus first. */
Test(attribution, sums_add_up)
{
    static const char *const lists[][N_STAGES] = {
        {"table", "1", "2.attention", "2", "sum:1-2", "mean:1-2"},
        {"input", "1.attention", "2.attention", "2", "3", "4.attention"},
        {"table", "1.attention", "1", "1.mlp", "2", "sum:last4"},
        {"1.attention", "2.attention", "11.attention", "11", "12.attention", "12"},
    };
    struct rng rng;
    rng_init(&rng, 5, 0);
    for (size_t l = 0; l < sizeof lists / sizeof *lists; l++) {
        double numerators[N_STAGES][N], gains = 0, parts = 0;
        struct said said = {.n = 0};
        for (uint32_t s = 0; s < N_STAGES; s++) {
            for (uint32_t i = 0; i < N; i++) {
                numerators[s][i] = (double)rng_below(&rng, 1000) / 999.0;
            }
        }
        attribute(lists[l], N_STAGES, numerators, NULL, 0, &said);
        for (uint32_t i = 0; i < said.n; i++) {
            bool whole = split_is_all(&said.rows[i].split);
            gains += strcmp(said.metric[i], "f1-gain") == 0 ? said.rows[i].value : 0;
            parts +=
                strcmp(said.metric[i], "f1-gain-total") == 0 && !whole ? said.rows[i].value : 0;
        }
        const struct figure *total = find(&said, "f1-gain-total", "all", NULL);
        cr_assert_not_null(total);
        cr_expect_float_eq(gains, total->value, 1e-14, "list %zu", l);
        cr_expect_float_eq(parts, total->value, 1e-14, "list %zu", l);
    }
}

Test(attribution, nothing_to_attribute)
{
    double numerators[N_STAGES][N];
    struct said said = {.n = 0};
    static const char *const one[] = {"table", "sum:1-2"};
    fill(numerators);
    attribute(stages, 1, numerators, NULL, 0, &said);
    cr_expect_eq(said.n, 0, "one stage");
    attribute(stages + 1, 1, numerators, NULL, 0, &said);
    cr_expect_eq(said.n, 0, "no table");
    attribute(one, 2, numerators, NULL, 1, &said);
    cr_expect_eq(said.n, 1, "a sum has a contextual gain and no place in the order");
    cr_expect_str_eq(said.metric[0], "f1-contextual-gain");
    /* a curve that falls has no half */
    static const char *const falling[] = {"2", "1"};
    said.n = 0;
    double down[2][N] = {{0}};
    for (uint32_t i = 0; i < N; i++) {
        down[0][i] = 1;
    }
    attribute(falling, 2, down, NULL, 0, &said);
    cr_expect_null(find(&said, "f1-half-gain-block", "all", NULL));
    cr_expect_eq(find(&said, "f1-gain-total", "all", NULL)->value, -1);
}

static void read_so(const char *context, const char *pooling, const char *before, const char *after)
{
    struct word_view reading = {0};
    struct protocol from = {0}, protocol = {0};
    struct str text = {0};
    cr_assert_eq(word_view_set_context("x", context, &reading), 0);
    cr_assert_eq(word_view_set_pooling("x", pooling, &reading), 0);
    version1_protocol(before, &from);
    reading_protocol(&reading, &from, &protocol);
    protocol_write(&protocol, &text);
    cr_expect_str_eq(str_text(&text), after);
    protocol_finish(&from);
    protocol_finish(&protocol);
    str_finish(&text);
}

Test(protocol, how_the_embedder_read_words_stands_before_the_last_term)
{
    read_so("both", "mean", "wic|a|pool:mean|v1", "wic|a|pool:mean|v1");
    read_so("left", "mean", "wic|a|pool:mean|v1", "wic|a|pool:mean|context:left|v1");
    read_so("window:04", "first", "wic|a|pool:mean|v1", "wic|a|pool:first|context:window:4|v1");
    read_so("window:0", "last", "wic|a|pool:mean+special|v1",
            "wic|a|pool:last+special|context:none|v1");
    read_so("shuffled:9", "mean", "wic|a|pool:CLS|context:left|v1",
            "wic|a|pool:CLS|context:left|v1");
}
