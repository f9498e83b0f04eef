/*
 * distribution.h - the distribution functions that tests need, to about 1e-13 relative.
 */
#ifndef MATH_DISTRIBUTION_H
#define MATH_DISTRIBUTION_H

double normal_cdf(double z);
/* Wichura 1988, algorithm AS 241 (PPND16). p in (0, 1); 0 and 1 give infinities. */
double normal_quantile(double p);

/* Regularised incomplete beta I_x(a, b): continued fraction (Lentz) on the side where it converges
 * fast; NIST DLMF 8.17.22. a, b > 0, x in [0, 1]. */
double beta_regularised(double x, double a, double b);

/* The x with I_x(a, b) = p, by halving. */
double beta_quantile(double p, double a, double b);

double student_two_sided(double t, double freedom); /* P(|T| >= |t|) */
double student_cdf(double t, double freedom);
double student_quantile(double p, double freedom);

/* P(X <= k) of the binomial distribution with n trials of chance p. */
double binomial_cdf(double k, double n, double p);

#endif /* MATH_DISTRIBUTION_H */
