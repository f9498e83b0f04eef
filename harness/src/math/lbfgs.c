/* Minimises by L-BFGS. */
#include "math/lbfgs.h"

#include "base/mem.h"
#include "math/vectors.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { PAIRS = 10, MOST_TRIES = 40 };
#define ARMIJO 1e-4   /* of the decrease that the slope promises */
#define CURVATURE 0.9 /* of the slope may be left */

struct minimising {
    lbfgs_function function;
    void *ctx;
    uint32_t n;
    double *x, *gradient, value;
    double *direction;
    double *from, *from_gradient, from_value, slope;      /* where the line search began */
    double *steps[PAIRS], *changes[PAIRS], shares[PAIRS]; /* s, y, 1 / (y · s) */
    uint32_t n_pairs, next;
};

/* A point of the line that is searched. */
struct point {
    double at, value, slope;
};

static struct point evaluate(struct minimising *of, double at)
{
    memcpy(of->x, of->from, of->n * sizeof *of->x);
    for (uint32_t i = 0; i < of->n; i++) {
        of->x[i] += at * of->direction[i];
    }
    of->value = of->function(of->ctx, of->x, of->gradient);
    return (struct point){at, of->value, vec_dot_double(of->gradient, of->direction, of->n)};
}

/* The least of the cubic through two points and their slopes, kept away from both. */
static double between(struct point a, struct point b)
{
    double d1 = a.slope + b.slope - 3 * (a.value - b.value) / (a.at - b.at);
    double square = d1 * d1 - a.slope * b.slope, width = b.at - a.at;
    double at = NAN;
    if (square >= 0) {
        double d2 = copysign(sqrt(square), width);
        at = b.at - width * (b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2);
    }
    double share = (at - a.at) / width;
    return share > 0.1 && share < 0.9 ? at : a.at + width / 2;
}

/* Moves x along the direction; false where no point lies lower. */
static bool search(struct minimising *of, double first)
{
    struct point origin = {0, of->from_value, of->slope}, low = origin, high = {NAN, NAN, NAN};
    double at = first;
    for (int tries = 0; tries < MOST_TRIES; tries++) {
        struct point here = evaluate(of, at);
        if (!(here.value <= origin.value + ARMIJO * at * origin.slope) ||
            (low.at > 0 && here.value >= low.value)) {
            high = here;
        } else if (fabs(here.slope) <= -CURVATURE * origin.slope) {
            return true;
        } else {
            if (isnan(high.at) ? here.slope >= 0 : here.slope * (high.at - low.at) >= 0) {
                high = low;
            }
            low = here;
        }
        at = isnan(high.at)         ? 2 * at
             : isfinite(high.value) ? between(low, high)
                                    : (low.at + high.at) / 2;
    }
    if (low.at > 0) {
        evaluate(of, low.at); /* lower, if not flat enough */
    }
    return low.at > 0;
}

/* direction = -H gradient: the two loops. */
static void turn(struct minimising *of)
{
    double *q = of->direction, alphas[PAIRS];
    for (uint32_t i = 0; i < of->n; i++) {
        q[i] = -of->gradient[i];
    }
    for (uint32_t k = 0; k < of->n_pairs; k++) {
        uint32_t p = (of->next + PAIRS - 1 - k) % PAIRS;
        alphas[p] = of->shares[p] * vec_dot_double(of->steps[p], q, of->n);
        for (uint32_t i = 0; i < of->n; i++) {
            q[i] -= alphas[p] * of->changes[p][i];
        }
    }
    if (of->n_pairs) {
        uint32_t last = (of->next + PAIRS - 1) % PAIRS;
        const double *y = of->changes[last];
        double scale = 1 / (of->shares[last] * vec_dot_double(y, y, of->n));
        for (uint32_t i = 0; i < of->n; i++) {
            q[i] *= scale;
        }
    }
    for (uint32_t k = of->n_pairs; k-- > 0;) {
        uint32_t p = (of->next + PAIRS - 1 - k) % PAIRS;
        double beta = of->shares[p] * vec_dot_double(of->changes[p], q, of->n);
        for (uint32_t i = 0; i < of->n; i++) {
            q[i] += (alphas[p] - beta) * of->steps[p][i];
        }
    }
}

/* What the step taught of the curvature; nothing where rounding has hidden it. */
static void remember(struct minimising *of)
{
    double *s = of->steps[of->next], *y = of->changes[of->next];
    for (uint32_t i = 0; i < of->n; i++) {
        s[i] = of->x[i] - of->from[i];
        y[i] = of->gradient[i] - of->from_gradient[i];
    }
    double both = vec_dot_double(s, y, of->n);
    if (both > 1e-12 * sqrt(vec_dot_double(s, s, of->n) * vec_dot_double(y, y, of->n))) {
        of->shares[of->next] = 1 / both;
        of->next = (of->next + 1) % PAIRS;
        of->n_pairs += of->n_pairs < PAIRS;
    }
}

static double greatest(const double *values, uint32_t n)
{
    double most = 0;
    for (uint32_t i = 0; i < n; i++) {
        most = fmax(most, fabs(values[i]));
    }
    return most;
}

/* One step; false where there is none. */
static bool step(struct minimising *of)
{
    turn(of);
    of->slope = vec_dot_double(of->gradient, of->direction, of->n);
    if (!(of->slope < 0)) {
        return false;
    }
    memcpy(of->from, of->x, of->n * sizeof *of->x);
    memcpy(of->from_gradient, of->gradient, of->n * sizeof *of->gradient);
    of->from_value = of->value;
    double length = sqrt(vec_dot_double(of->gradient, of->gradient, of->n));
    if (!search(of, of->n_pairs ? 1 : fmin(1, 1 / length))) {
        memcpy(of->x, of->from, of->n * sizeof *of->x);
        memcpy(of->gradient, of->from_gradient, of->n * sizeof *of->gradient);
        of->value = of->from_value;
        return false;
    }
    remember(of);
    return true;
}

struct lbfgs_end lbfgs_minimise(const struct lbfgs_limits *limits, uint32_t n,
                                lbfgs_function function, void *ctx, double *x)
{
    enum { OTHERS = 4 }; /* gradient, direction, from, from_gradient */
    double *memory = mem_array((size_t)(2 * PAIRS + OTHERS) * n + 1, sizeof *memory);
    struct minimising of = {.function = function, .ctx = ctx, .n = n, .x = x};
    double **const parts[OTHERS] = {&of.gradient, &of.direction, &of.from, &of.from_gradient};
    for (size_t i = 0; i < OTHERS; i++) {
        *parts[i] = memory + i * n;
    }
    for (size_t p = 0; p < PAIRS; p++) {
        of.steps[p] = memory + (OTHERS + 2 * p) * n;
        of.changes[p] = memory + (OTHERS + 2 * p + 1) * n;
    }
    of.value = function(ctx, x, of.gradient);
    struct lbfgs_end end = {.gradient = greatest(of.gradient, n)};
    while (end.iterations < limits->iterations && end.gradient > limits->gradient) {
        double before = of.value;
        bool moved = step(&of);
        end.gradient = greatest(of.gradient, n);
        if (!moved || before - of.value <= limits->decrease * fabs(before)) {
            end.iterations += moved;
            break;
        }
        end.iterations++;
    }
    end.value = of.value;
    free(memory);
    return end;
}
