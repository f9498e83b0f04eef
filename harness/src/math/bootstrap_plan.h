/*
 * bootstrap_plan.h - what a plan says where it says nothing. Internal to bootstrap.
 */
#ifndef MATH_BOOTSTRAP_PLAN_H
#define MATH_BOOTSTRAP_PLAN_H

#include "math/bootstrap.h"

#include <stdbool.h>
#include <stdint.h>

static inline bool plan_draws_nothing(const struct bootstrap *plan, uint32_t n)
{
    return plan->resamples == 0 || n == 0 || (plan->clusters && plan->n_clusters == 0);
}

static inline double plan_confidence(const struct bootstrap *plan)
{
    return plan->confidence > 0 ? plan->confidence : BOOTSTRAP_CONFIDENCE;
}

#endif /* MATH_BOOTSTRAP_PLAN_H */
