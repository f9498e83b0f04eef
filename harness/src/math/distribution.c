/* Normal, beta, gamma, chi-square, t and binomial distributions, some with quantiles. */
#include "math/distribution.h"

#include <math.h>
#include <stddef.h>

#define TINY 1e-300
#define STEPS 10000

/* lgamma() writes the global signgam; this one is safe in threads. */
static double log_gamma(double x)
{
    int sign;
    return lgamma_r(x, &sign);
}

double normal_cdf(double z)
{
    return 0.5 * erfc(-z / sqrt(2.0));
}

/* c[0] + c[1] x + ... + c[7] x^7 */
static double polynomial(const double c[8], double x)
{
    double value = 0;
    for (size_t i = 8; i-- > 0;) {
        value = value * x + c[i];
    }
    return value;
}

static double central(double q)
{
    static const double a[8] = {3.3871328727963666080e0,  1.3314166789178437745e+2,
                                1.9715909503065514427e+3, 1.3731693765509461125e+4,
                                4.5921953931549871457e+4, 6.7265770927008700853e+4,
                                3.3430575583588128105e+4, 2.5090809287301226727e+3};
    static const double b[8] = {1.0,
                                4.2313330701600911252e+1,
                                6.8718700749205790830e+2,
                                5.3941960214247511077e+3,
                                2.1213794301586595867e+4,
                                3.9307895800092710610e+4,
                                2.8729085735721942674e+4,
                                5.2264952788528545610e+3};
    double r = 0.180625 - q * q;
    return q * polynomial(a, r) / polynomial(b, r);
}

static double middle(double r)
{
    static const double c[8] = {1.42343711074968357734e0,  4.63033784615654529590e0,
                                5.76949722146069140550e0,  3.64784832476320460504e0,
                                1.27045825245236838258e0,  2.41780725177450611770e-1,
                                2.27238449892691845833e-2, 7.74545014278341407640e-4};
    static const double d[8] = {1.0,
                                2.05319162663775882187e0,
                                1.67638483018380384940e0,
                                6.89767334985100004550e-1,
                                1.48103976427480074590e-1,
                                1.51986665636164571966e-2,
                                5.47593808499534494600e-4,
                                1.05075007164441684324e-9};
    return polynomial(c, r - 1.6) / polynomial(d, r - 1.6);
}

static double tail(double r)
{
    static const double e[8] = {6.65790464350110377720e0,  5.46378491116411436990e0,
                                1.78482653991729133580e0,  2.96560571828504891230e-1,
                                2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                2.71155556874348757815e-5, 2.01033439929228813265e-7};
    static const double f[8] = {1.0,
                                5.99832206555887937690e-1,
                                1.36929880922735805310e-1,
                                1.48753612908506148525e-2,
                                7.86869131145613259100e-4,
                                1.84631831751005468180e-5,
                                1.42151175831644588870e-7,
                                2.04426310338993978564e-15};
    return polynomial(e, r - 5) / polynomial(f, r - 5);
}

double normal_quantile(double p)
{
    if (!(p > 0)) {
        return p < 0 || isnan(p) ? NAN : -INFINITY;
    }
    if (!(p < 1)) {
        return p > 1 ? NAN : INFINITY;
    }
    double q = p - 0.5;
    if (fabs(q) <= 0.425) {
        return central(q);
    }
    double r = sqrt(-log(q < 0 ? p : 1 - p));
    double z = r <= 5 ? middle(r) : tail(r);
    return q < 0 ? -z : z;
}

static double away_from_zero(double x)
{
    return fabs(x) < TINY ? TINY : x;
}

/* The continued fraction of I_x(a, b), by the modified Lentz method (Thompson & Barnett 1986). */
static double beta_fraction(double x, double a, double b)
{
    double c = 1, d = 1 / away_from_zero(1 - (a + b) * x / (a + 1)), value = d;
    for (int m = 1; m < STEPS; m++) {
        double m2 = 2.0 * m;
        double even = m * (b - m) * x / ((a + m2 - 1) * (a + m2));
        d = 1 / away_from_zero(1 + even * d);
        c = away_from_zero(1 + even / c);
        value *= c * d;
        double odd = -(a + m) * (a + b + m) * x / ((a + m2) * (a + m2 + 1));
        d = 1 / away_from_zero(1 + odd * d);
        c = away_from_zero(1 + odd / c);
        value *= c * d;
        if (fabs(c * d - 1) < 1e-16) {
            break;
        }
    }
    return value;
}

/* What Stirling's formula leaves of log gamma(x), x >= 10: NIST DLMF 5.11.1. */
static double stirling_rest(double x)
{
    double s = 1 / (x * x);
    return (1.0 / 12 - s * (1.0 / 360 - s * (1.0 / 1260 - s * (1.0 / 1680 - s / 1188)))) / x;
}

/* log gamma(a + b) - log gamma(a) - log gamma(b), without the cancellation that the difference of
 * large logarithms brings: Stirling's formula, its large terms joined before they are computed. */
static double minus_log_beta(double a, double b)
{
    if (a < b) {
        return minus_log_beta(b, a);
    }
    if (a < 10) {
        return log_gamma(a + b) - log_gamma(a) - log_gamma(b);
    }
    double common = (a - 0.5) * log1p(b / a) + stirling_rest(a + b) - stirling_rest(a);
    if (b < 10) {
        return common + b * log(a + b) - b - log_gamma(b);
    }
    return common + b * log1p(a / b) + 0.5 * log(b) - 0.91893853320467274178 - stirling_rest(b);
}

/* I_x(a, b) where y = 1 - x is known better than the difference can tell. */
static double beta_of(double x, double y, double a, double b)
{
    if (!(x > 0)) {
        return isnan(x) ? (double)NAN : 0;
    }
    if (!(y > 0)) {
        return 1;
    }
    double front = exp(minus_log_beta(a, b) + a * (x < 0.5 ? log(x) : log1p(-y)) +
                       b * (y < 0.5 ? log(y) : log1p(-x)));
    if (x < (a + 1) / (a + b + 2)) {
        return front * beta_fraction(x, a, b) / a;
    }
    return 1 - front * beta_fraction(y, b, a) / b;
}

double beta_regularised(double x, double a, double b)
{
    return beta_of(x, 1 - x, a, b);
}

double beta_quantile(double p, double a, double b)
{
    if (!(p > 0) || !(p < 1)) {
        return p == 0 || p == 1 ? p : NAN;
    }
    double low = 0, high = 1;
    for (int i = 0; i < 1100 && high - low > 1e-15 * high; i++) {
        double half = low + (high - low) / 2;
        if (beta_regularised(half, a, b) < p) {
            low = half;
        } else {
            high = half;
        }
    }
    return low + (high - low) / 2;
}

double student_two_sided(double t, double freedom)
{
    if (isinf(t)) {
        return 0;
    }
    double sum = freedom + t * t;
    return beta_of(freedom / sum, t * t / sum, freedom / 2, 0.5);
}

double student_cdf(double t, double freedom)
{
    double both = student_two_sided(t, freedom);
    return t > 0 ? 1 - both / 2 : both / 2;
}

double student_quantile(double p, double freedom)
{
    if (!(p > 0) || !(p < 1)) {
        return p == 0 ? -INFINITY : p == 1 ? INFINITY : NAN;
    }
    double tail_p = p < 0.5 ? p : 1 - p, low = 0, high = 1;
    while (student_two_sided(high, freedom) > 2 * tail_p && high < 1e300) {
        high *= 2;
    }
    for (int i = 0; i < 200 && high - low > 1e-15 * high; i++) {
        double half = low + (high - low) / 2;
        if (student_two_sided(half, freedom) > 2 * tail_p) {
            low = half;
        } else {
            high = half;
        }
    }
    double t = low + (high - low) / 2;
    return p < 0.5 ? -t : t;
}

double binomial_cdf(double k, double n, double p)
{
    if (k < 0) {
        return 0;
    }
    if (k >= n) {
        return 1;
    }
    return beta_regularised(1 - p, n - k, k + 1);
}
