/* Writes gains along the stages of a score, and the stage by which half is reached. */
#include "suites/shared/attribution.h"

#include "base/mem.h"
#include "suites/shared/figures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void stage_curve_init(struct stage_curve *curve, const struct stage *stages, uint32_t n_stages,
                      uint32_t resamples)
{
    *curve = (struct stage_curve){
        .stages = mem_array(n_stages + 1u, sizeof *curve->stages),
        .scores = mem_array(n_stages + 1u, sizeof *curve->scores),
        .resampled = mem_array((size_t)n_stages * resamples + 1, sizeof *curve->resampled),
        .n_stages = n_stages,
        .resamples = resamples,
    };
    memcpy(curve->stages, stages, n_stages * sizeof *stages);
}

void stage_curve_finish(struct stage_curve *curve)
{
    free(curve->stages);
    free(curve->scores);
    free(curve->resampled);
    *curve = (struct stage_curve){0};
}

uint32_t stage_curve_find(const struct stage_curve *curve, const struct stage *stage)
{
    uint32_t i = 0;
    while (i < curve->n_stages && !stage_same(&curve->stages[i], stage)) {
        i++;
    }
    return i;
}

/* Numbers of the native stages, [n_stages], the caller's to free; they are in the model's order. */
static uint32_t *native_stages(const struct stage_curve *curve, uint32_t *ret_n)
{
    uint32_t *native = mem_array(curve->n_stages + 1u, sizeof *native), n = 0;
    for (uint32_t s = 0; s < curve->n_stages; s++) {
        if (stage_is_native(&curve->stages[s])) {
            native[n++] = s;
        }
    }
    *ret_n = n;
    return native;
}

uint32_t stage_curve_last(const struct stage_curve *curve)
{
    uint32_t last = curve->n_stages;
    for (uint32_t s = 0; s < curve->n_stages; s++) {
        last = stage_is_native(&curve->stages[s]) ? s : last;
    }
    return last;
}

/* Scores as ratios of sums. */

struct ratios {
    struct stage_curve *curve;
    const double *const *numerators;
    const double *denominators;
};

static double ratio(const double *numerators, const double *denominators, const uint32_t *counts,
                    uint32_t n)
{
    double numerator = 0, denominator = 0;
    for (uint32_t i = 0; i < n; i++) {
        double count = counts ? counts[i] : 1;
        numerator += count * numerators[i];
        denominator += denominators ? count * denominators[i] : count;
    }
    return denominator > 0 ? numerator / denominator : NAN;
}

static void take_resample(void *ctx, uint32_t r, const uint32_t *counts, uint32_t n,
                          uint32_t worker)
{
    const struct ratios *ratios = ctx;
    struct stage_curve *curve = ratios->curve;
    (void)worker;
    for (uint32_t s = 0; s < curve->n_stages; s++) {
        curve->resampled[(size_t)s * curve->resamples + r] =
            ratio(ratios->numerators[s], ratios->denominators, counts, n);
    }
}

void stage_curve_of_ratios(struct stage_curve *curve, const struct bootstrap *plan,
                           const double *const *numerators, const double *denominators, uint32_t n)
{
    struct ratios ratios = {curve, numerators, denominators};
    for (uint32_t s = 0; s < curve->n_stages; s++) {
        curve->scores[s] = ratio(numerators[s], denominators, NULL, n);
    }
    if (n == 0) { /* nothing is drawn, and zero would be a score */
        for (size_t i = 0; i < (size_t)curve->n_stages * curve->resamples; i++) {
            curve->resampled[i] = NAN;
        }
    }
    bootstrap_each(plan, n, take_resample, &ratios);
}

/* Differences along a curve. */

/* What a gain from one stage to the next is attributed to. */
enum part { PART_INPUT, PART_ATTENTION, PART_FEED_FORWARD, PART_OTHER, N_PARTS };
static const char *const part_names[N_PARTS] = {"input", "attention", "feed-forward", "other"};

static enum part part_of(const struct stage *from, const struct stage *to)
{
    if (from->part == STAGE_TABLE && to->part == STAGE_INPUT) {
        return PART_INPUT;
    }
    if (stage_is_output(from) && to->part == STAGE_ATTENTION && to->block == from->block + 1) {
        return PART_ATTENTION;
    }
    return from->part == STAGE_ATTENTION && to->part == STAGE_FEED_FORWARD &&
                   to->block == from->block
               ? PART_FEED_FORWARD
               : PART_OTHER;
}

/* A sum of scores with weights, by stage: gains and sums of gains are such. */
struct contrast {
    double *weights; /* [n_stages] */
    double *values;  /* [resamples] scratch */
};

static double weigh(const struct stage_curve *curve, const double *weights, const double *scores,
                    size_t stride)
{
    double sum = 0;
    for (uint32_t s = 0; s < curve->n_stages; s++) {
        if (weights[s] != 0) { /* a stage that does not count may be undefined */
            sum += weights[s] * scores[s * stride];
        }
    }
    return sum;
}

static struct interval interval_of(const struct stage_curve *curve, struct contrast *contrast)
{
    for (uint32_t r = 0; r < curve->resamples; r++) {
        contrast->values[r] =
            weigh(curve, contrast->weights, curve->resampled + r, curve->resamples);
    }
    return bootstrap_percentiles(contrast->values, curve->resamples, 0);
}

struct writing {
    const struct attribution *of;
    const struct stage_curve *curve;
    struct contrast contrast;
};

static void write_row(const struct attribution *of, const char *what, struct split split,
                      const struct stage *stage, const struct stage *from, const char *chosen_on,
                      double value, struct interval interval)
{
    struct figure row = *of->row;
    char *metric = mem_format("%s-%s%s", of->metric, what, of->ending);
    struct protocol protocol = {0};
    protocol_append(&protocol, of->protocol, PROTOCOL_OTHER);
    protocol_add(&protocol, PROTOCOL_STAGE, stage->name);
    protocol_add(&protocol, PROTOCOL_FROM, from->name);
    if (chosen_on) {
        protocol_add(&protocol, PROTOCOL_STAGE_CHOSEN_ON, chosen_on);
    }
    struct measured figure = {metric, split, of->policy, value, interval, of->n, of->answered};
    row.stage = *stage;
    figures_row(of->run, &row, &protocol, &figure);
    protocol_finish(&protocol);
    free(metric);
}

/* The row of the contrast; its weights are zero again afterwards. */
static void write_contrast(struct writing *writing, const char *what, struct split split,
                           uint32_t from, uint32_t to)
{
    const struct stage_curve *curve = writing->curve;
    struct contrast *contrast = &writing->contrast;
    write_row(writing->of, what, split, &curve->stages[to], &curve->stages[from], NULL,
              weigh(curve, contrast->weights, curve->scores, 1), interval_of(curve, contrast));
    memset(contrast->weights, 0, curve->n_stages * sizeof *contrast->weights);
}

static void add_gain(struct writing *writing, uint32_t from, uint32_t to)
{
    writing->contrast.weights[from] -= 1;
    writing->contrast.weights[to] += 1;
}

static void write_parts(struct writing *writing, const uint32_t *native, uint32_t n)
{
    for (int part = 0; part < N_PARTS; part++) {
        bool any = false;
        for (uint32_t i = 1; i < n; i++) {
            const struct stage *stages = writing->curve->stages;
            if (part_of(&stages[native[i - 1]], &stages[native[i]]) == (enum part)part) {
                add_gain(writing, native[i - 1], native[i]);
                any = true;
            }
        }
        if (any) {
            write_contrast(writing, "gain-total", (struct split){"part", part_names[part], NULL},
                           native[0], native[n - 1]);
        }
    }
}

/* Does attention earn more than feed-forward parts do? In one contrast, so that the interval is
 * paired; nothing where one of the two is not there. */
static void write_lead(struct writing *writing, const uint32_t *native, uint32_t n)
{
    const struct stage *stages = writing->curve->stages;
    bool attention = false, feed_forward = false;
    for (uint32_t i = 1; i < n; i++) {
        enum part part = part_of(&stages[native[i - 1]], &stages[native[i]]);
        if (part == PART_ATTENTION) {
            add_gain(writing, native[i - 1], native[i]);
            attention = true;
        } else if (part == PART_FEED_FORWARD) {
            add_gain(writing, native[i], native[i - 1]);
            feed_forward = true;
        }
    }
    if (attention && feed_forward) {
        write_contrast(writing, "attention-lead", SPLIT_ALL, native[0], native[n - 1]);
    } else {
        memset(writing->contrast.weights, 0, writing->curve->n_stages * sizeof(double));
    }
}

/* The first native stage, as a number among them, at which half of the gain in total is reached;
 * n if there is no gain. scores[stage * stride]. */
static uint32_t half_way(const uint32_t *native, uint32_t n, const double *scores, size_t stride)
{
    double first = scores[native[0] * stride];
    double total = scores[native[n - 1] * stride] - first;
    for (uint32_t i = 0; i < n && total > 0; i++) {
        if (scores[native[i] * stride] - first >= total / 2) {
            return i;
        }
    }
    return n;
}

static void write_half(struct writing *writing, const uint32_t *native, uint32_t n)
{
    const struct stage_curve *curve = writing->curve;
    uint32_t half = half_way(native, n, curve->scores, 1);
    if (half == n) {
        return;
    }
    double *values = writing->contrast.values;
    for (uint32_t r = 0; r < curve->resamples; r++) {
        uint32_t at = half_way(native, n, curve->resampled + r, curve->resamples);
        values[r] = at == n ? NAN : (double)curve->stages[native[at]].block;
    }
    const struct stage *stage = &curve->stages[native[half]];
    write_row(writing->of, "half-gain-block", SPLIT_ALL, stage, &curve->stages[native[0]], NULL,
              (double)stage->block, bootstrap_percentiles(values, curve->resamples, 0));
}

static struct writing writing_of(const struct attribution *of, const struct stage_curve *curve)
{
    return (struct writing){
        of,
        curve,
        {mem_array(curve->n_stages + 1u, sizeof(double)),
         mem_array(curve->resamples + 1u, sizeof(double))},
    };
}

static void writing_finish(struct writing *writing)
{
    free(writing->contrast.weights);
    free(writing->contrast.values);
}

void attribution_write(const struct attribution *attribution, const struct stage_curve *curve)
{
    uint32_t n, *native = native_stages(curve, &n);
    struct writing writing = writing_of(attribution, curve);
    for (uint32_t i = 1; i < n; i++) {
        add_gain(&writing, native[i - 1], native[i]);
        write_contrast(&writing, "gain", SPLIT_ALL, native[i - 1], native[i]);
    }
    if (n > 1) {
        add_gain(&writing, native[0], native[n - 1]);
        write_contrast(&writing, "gain-total", SPLIT_ALL, native[0], native[n - 1]);
        write_parts(&writing, native, n);
        write_lead(&writing, native, n);
        write_half(&writing, native, n);
    }
    writing_finish(&writing);
    free(native);
}

void attribution_write_contextual(const struct attribution *attribution,
                                  const struct stage_curve *curve, uint32_t chosen,
                                  const char *chosen_on)
{
    uint32_t table = stage_curve_find(curve, &STAGE_THE_TABLE);
    if (table == curve->n_stages || chosen >= curve->n_stages || curve->n_stages < 2) {
        return;
    }
    struct writing writing = writing_of(attribution, curve);
    add_gain(&writing, table, chosen);
    write_row(attribution, "contextual-gain", SPLIT_ALL, &curve->stages[chosen],
              &curve->stages[table], chosen_on,
              weigh(curve, writing.contrast.weights, curve->scores, 1),
              interval_of(curve, &writing.contrast));
    writing_finish(&writing);
}
