/* L-BFGS on functions whose least value is known. */
#include "math/lbfgs.h"
#include "math/softmax.h"

#include <criterion/criterion.h>
#include <math.h>

static const struct lbfgs_limits strict = {.iterations = 1000, .gradient = 1e-9, .decrease = 0};

/* Rosenbrock 1960, in pairs (Moré, Garbow & Hillstrom 1981, no. 21): 0 at (1, …, 1). */
static double rosenbrock(void *ctx, const double *x, double *ret_gradient)
{
    uint32_t n = *(const uint32_t *)ctx;
    double sum = 0;
    for (uint32_t i = 0; i < n; i += 2) {
        double a = x[i + 1] - x[i] * x[i], b = 1 - x[i];
        sum += 100 * a * a + b * b;
        ret_gradient[i] = -400 * a * x[i] - 2 * b;
        ret_gradient[i + 1] = 200 * a;
    }
    return sum;
}

Test(lbfgs, rosenbrock)
{
    double x[20];
    uint32_t n = 20;
    for (uint32_t i = 0; i < n; i++) {
        x[i] = i % 2 ? 1 : -1.2;
    }
    struct lbfgs_end end = lbfgs_minimise(&strict, n, rosenbrock, &n, x);
    cr_assert(end.value < 1e-16, "value %g after %u steps", end.value, end.iterations);
    cr_assert(end.iterations < 100, "%u steps", end.iterations); /* scipy takes about 40 */
    for (uint32_t i = 0; i < n; i++) {
        cr_assert_float_eq(x[i], 1, 1e-7);
    }
}

/* Without a least value: the search must end by itself, and x stay finite. */
static double slope(void *ctx, const double *x, double *ret_gradient)
{
    (void)ctx;
    ret_gradient[0] = -1;
    return -x[0];
}

Test(lbfgs, unbounded)
{
    double x = 0;
    const struct lbfgs_limits few = {.iterations = 3};
    struct lbfgs_end end = lbfgs_minimise(&few, 1, slope, NULL, &x);
    cr_assert(end.iterations <= 3 && isfinite(x), "%u steps to %g", end.iterations, x);
}

/* Two classes on a line, at -1 and 1, n of each. By symmetry w1 = -w0 = w and biases of 0; the
 * loss 2 n ln(1 + exp(-2 w)) + w^2 / c is least where 2 n (1 - 1 / (1 + exp(-2 w))) = w / c. */
Test(softmax, two_classes_on_a_line)
{
    const float rows[] = {-1, 1, -1, 1};
    const uint32_t labels[] = {0, 1, 0, 1};
    const struct softmax_rows of = {rows, labels, 4, 1, 2};
    double model[4] = {0}, c = 3, logs[8];
    softmax_fit(&of, c, false, model);
    double low = 0, high = 100;
    for (int i = 0; i < 100; i++) {
        double w = (low + high) / 2;
        *(4 * (1 - 1 / (1 + exp(-2 * w))) > w / c ? &low : &high) = w;
    }
    cr_assert_float_eq(model[1], low, 1e-4, "found %g, expected %g", model[1], low);
    cr_assert_float_eq(model[0], -low, 1e-4);
    cr_assert_float_eq(model[2], model[3], 1e-4);
    softmax_log_probabilities(&of, model, logs);
    cr_assert_float_eq(exp(logs[0]), 1 / (1 + exp(-2 * low)), 1e-4);
}
