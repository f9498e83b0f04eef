/*
 * power.h - what a data set of this size could show at all: the least true difference that a paired
 * test finds with a given power (Cohen 1988; Card et al. 2020, "With little power comes great
 * responsibility", for why to print it). Not-a-number where no difference would do.
 *
 * alpha is the level at which the test is applied, corrections included (correction_level).
 */
#ifndef MATH_POWER_H
#define MATH_POWER_H

#include <stdbool.h>
#include <stdint.h>

/* Two shares on the same n items by McNemar's exact test: power is summed over how many items the
 * systems could differ in and how these could fall, where they differ in `discordant` of the items
 * (a share), or in as many as the difference needs (Connor 1987's model, exactly). */
double detectable_mcnemar(double discordant, uint64_t n, double alpha, double power);

/* Two means on n items whose differences have that standard deviation:
 * (t_{1-alpha/2} + t_power) * deviation / sqrt(n), quantiles of Student's t with n - 1 degrees of
 * freedom. */
double detectable_mean(double deviation, uint64_t n, double alpha, double power);

/* Two correlations with one list: r_a stays, the other lies r_a + difference (`below`: r_a -
 * difference), the two lists correlate by r_ab. Williams' t, whose standard error is taken at the
 * true correlations; the difference's own deviation is that of Pearson & Filon 1898 for normal
 * data, for ranks greater by the factor of Bonett & Wright 2000, sqrt(1 + r^2 / 2). */
struct detectable_correlation {
    double r_a, r_ab;
    uint64_t n;
    bool of_ranks, below;
};
double detectable_correlation(const struct detectable_correlation *of, double alpha, double power);

/* The least p that an exact paired test of n items can give: all differences in one direction. */
double least_p(uint64_t n);

/* The level at which comparison `own` would be found if the others' p[n] stay as they are: the
 * greatest p with which Holm's steps (or Benjamini & Hochberg's) would reach it. Not-a-number is
 * not counted. */
double correction_level(const double *p, uint32_t n, uint32_t own, bool holm, double alpha);

#endif /* MATH_POWER_H */
