/*
 * attribution.h - at which point of the forward pass a score is earned.
 *
 * A curve is the score of one method at every stage of one model on the same items, with the score
 * of every bootstrap resample beside it. All stages share the resamples, so that intervals of
 * differences between stages are paired. From a curve come these rows, METRIC being "f1",
 * "accuracy", …; s(i) is the score at the i-th native stage that was asked for (sums and means of
 * stages are left out), in the model's order:
 *
 *   METRIC-gain             s(i) - s(i-1), stage i, "from" of the protocol is stage i-1
 *   METRIC-gain-total       s(last) - s(first): the gains added up
 *     with split "part:P"   the gains of one kind of stage added up:
 *        part:input           "input" after "table"
 *        part:attention       "N.attention" after block N-1 (N = 1: after "input")
 *        part:feed-forward    "N" after "N.attention"
 *        part:other           every other pair, as where only blocks were asked for
 *   METRIC-attention-lead   the gains of part:attention minus those of part:feed-forward, where
 *                           both are there
 *   METRIC-half-gain-block  the first stage at which half of the total gain is reached: the value
 *                           is its block (0 for "table" and "input", the last for "norm"); none
 *                           without a gain in total
 *   METRIC-contextual-gain  s(chosen) - s("table"), "stage-chosen-on" in the protocol
 */
#ifndef SUITES_SHARED_ATTRIBUTION_H
#define SUITES_SHARED_ATTRIBUTION_H

#include "math/bootstrap.h"
#include "suites/suite.h"

struct stage_curve {
    struct stage *stages; /* [n_stages] names borrowed; the array is owned */
    double *scores;       /* [n_stages] */
    double *resampled;    /* [n_stages, resamples] not-a-number where undefined */
    uint32_t n_stages, resamples;
};

/* All of it zero but the stages. Free with stage_curve_finish. */
void stage_curve_init(struct stage_curve *curve, const struct stage *stages, uint32_t n_stages,
                      uint32_t resamples);
void stage_curve_finish(struct stage_curve *curve);

/* A stage's number in the curve; n_stages if it is none of them. */
uint32_t stage_curve_find(const struct stage_curve *curve, const struct stage *stage);
/* The last native stage; n_stages if there is none. */
uint32_t stage_curve_last(const struct stage_curve *curve);

/* Scores that are ratios of sums, numerators[stage][i] over denominators[i] (NULL = 1 each: a
 * mean), of n items. The curve has plan->resamples. */
void stage_curve_of_ratios(struct stage_curve *curve, const struct bootstrap *plan,
                           const double *const *numerators, const double *denominators, uint32_t n);

/* What the rows of a curve have in common. */
struct attribution {
    const struct suite_run *run;
    const struct figure *row;        /* suite, dataset, embedder, kind, method */
    const char *metric;              /* "f1" */
    const char *ending;              /* behind the metric's name: "", "-by-document" */
    const struct protocol *protocol; /* without stage, policy and version */
    const char *policy;              /* NULL where there is none */
    uint64_t n, answered;
};

/* Gains, their total, its parts, which of them leads, and its half. Nothing for fewer than two
 * native stages. */
void attribution_write(const struct attribution *attribution, const struct stage_curve *curve);

/* The gain of stage number `chosen` over "table"; nothing if "table" is not on the curve or is all
 * that is. chosen_on: the data by which the stage was chosen; "none" if it simply is the last. */
void attribution_write_contextual(const struct attribution *attribution,
                                  const struct stage_curve *curve, uint32_t chosen,
                                  const char *chosen_on);

#endif /* SUITES_SHARED_ATTRIBUTION_H */
