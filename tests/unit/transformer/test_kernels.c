/* Every instruction set of kernels.h beside slow references in double. */
#include "kernels.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NO_REACH = 1u << 30 };

static const char *const sets[] = {"portable", "avx2", "avx512", "neon"};

#define FOR_EACH_SET(k)                                                                            \
    for (size_t k##_i = 0; k##_i < sizeof sets / sizeof *sets; k##_i++)                            \
        for (const struct kernels *k = kernels_named(sets[k##_i]); k; k = NULL)

/* What the other tests go through is the processor's own: a set that is never found is never
 * tested. */
Test(kernels, best_of_the_processor)
{
#if defined(__aarch64__)
    cr_assert_str_eq(kernels_best()->name, "neon");
    cr_assert_not_null(kernels_named("neon"));
#elif defined(__x86_64__)
    cr_assert_null(kernels_named("neon"));
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        cr_assert_str_neq(kernels_best()->name, "portable");
    }
#endif
    cr_assert_not_null(kernels_named("portable"));
}

static unsigned seed = 1;

static float uniform(void) /* [-1, 1) */
{
    seed = seed * 1664525u + 1013904223u;
    return (float)(seed >> 8) / 8388608.0f - 1.0f;
}

static float *random_floats(size_t n, float scale)
{
    float *x = aligned_alloc(64, (n * sizeof *x + 63) / 64 * 64);
    for (size_t i = 0; i < n; i++) {
        x[i] = uniform() * scale;
    }
    return x;
}

static double reference_activation(enum activation act, double x)
{
    switch (act) {
    case ACT_GELU:
        return 0.5 * x * erfc(-x / sqrt(2));
    case ACT_GELU_TANH:
        return 0.5 * x * (1 + tanh(sqrt(2 / 3.14159265358979323846) * (x + 0.044715 * x * x * x)));
    case ACT_RELU:
        return x > 0 ? x : 0;
    case ACT_SILU:
        return x / (1 + exp(-x));
    case ACT_NONE:
        break;
    }
    return x;
}

/* gelu and similar: within a few units in the last place of max(|x|, result's size). */
Test(kernels, activations)
{
    static const enum activation acts[] = {ACT_GELU, ACT_GELU_TANH, ACT_RELU, ACT_SILU};
    FOR_EACH_SET(k)
    {
        for (size_t a = 0; a < 4; a++) {
            enum { N = 20011 };
            float *x = random_floats(N, 12), *y = random_floats(N, 1);
            x[0] = 0;
            x[1] = 100;
            x[2] = -100;
            x[3] = 1e-30f;
            memcpy(y, x, N * sizeof *x);
            k->activate(acts[a], N, y);
            for (size_t i = 0; i < N; i++) {
                double expected = reference_activation(acts[a], (double)x[i]);
                double most = 4 * 6e-8 * fmax(fabs((double)x[i]), fabs(expected)) + 1e-37;
                cr_assert_leq(fabs((double)y[i] - expected), most, "%s act %d (%g): %g, not %g",
                              k->name, acts[a], (double)x[i], (double)y[i], expected);
            }
            free(x);
            free(y);
        }
    }
}

Test(kernels, exponential)
{
    FOR_EACH_SET(k)
    {
        enum { N = 4099 };
        float *x = random_floats(N, 50), *y = random_floats(N, 1);
        for (size_t i = 0; i < N; i++) {
            x[i] -= 50;
        }
        x[7] = -INFINITY;
        x[8] = 0;
        memcpy(y, x, N * sizeof *x);
        double sum = 0, found = (double)k->exp_sum(N, y, 0);
        for (size_t i = 0; i < N; i++) {
            double expected = x[i] < -87.33f ? 0 : exp((double)x[i]);
            cr_assert_leq(fabs((double)y[i] - expected), 2.5e-7 * expected, "%s exp(%g)", k->name,
                          (double)x[i]);
            sum += expected;
        }
        cr_assert_float_eq(found, sum, 1e-5 * sum);
        cr_assert_eq(y[7], 0.0f);
        cr_assert_eq(y[8], 1.0f);
        free(x);
        free(y);
    }
}

/* Pack a [n_in, n_out] matrix as load.c does. */
static float *pack(const struct kernels *k, const float *w, uint32_t n_in, uint32_t n_out)
{
    uint32_t width = k->panel, n_panels = (n_out + width - 1) / width;
    float *panels = random_floats((size_t)n_panels * n_in * width, 1);
    for (uint32_t p = 0; p < n_panels; p++) {
        for (uint32_t i = 0; i < n_in; i++) {
            for (uint32_t j = 0; j < width; j++) {
                uint32_t column = p * width + j;
                panels[((size_t)p * n_in + i) * width + j] =
                    column < n_out ? w[(size_t)i * n_out + column] : 0;
            }
        }
    }
    return panels;
}

Test(kernels, products)
{
    static const uint32_t shapes[][3] = {{1, 1, 1},     {3, 5, 7},     {14, 32, 384},
                                         {15, 33, 385}, {29, 70, 50},  {112, 96, 20},
                                         {5, 400, 800}, {41, 17, 1000}};
    FOR_EACH_SET(k)
    {
        for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
            uint32_t m = shapes[s][0], n = shapes[s][1], depth = shapes[s][2];
            size_t lda = kernels_ld(depth), ldc = kernels_ld(n);
            float *a = random_floats(m * lda, 1), *w = random_floats((size_t)depth * n, 1);
            float *c = random_floats(m * ldc, 1), *alone = random_floats(ldc, 1);
            float *mul = random_floats(m * ldc, 1), *add = random_floats(m * ldc, 1);
            float *bias = random_floats(ldc, 1), *panels = pack(k, w, depth, n);
            struct matrix matrix = {.panels = panels, .bias = bias, .n_in = depth, .n_out = n};
            struct epilogue then = {ACT_SILU, mul, add, ldc, ldc};
            k->product(m, a, lda, &matrix, &then, c, ldc, NULL);
            for (uint32_t i = 0; i < m; i++) {
                for (uint32_t j = 0; j < n; j++) {
                    double sum = (double)bias[j], size = 1;
                    for (uint32_t d = 0; d < depth; d++) {
                        double term = (double)a[i * lda + d] * (double)w[(size_t)d * n + j];
                        sum += term;
                        size += fabs(term);
                    }
                    double expected =
                        reference_activation(ACT_SILU, sum) * (double)mul[i * ldc + j] +
                        (double)add[i * ldc + j];
                    cr_assert_float_eq((double)c[i * ldc + j], expected, 1e-6 * size,
                                       "%s %ux%ux%u at %u, %u", k->name, m, n, depth, i, j);
                }
            }
            /* a row's result does not depend on the rows beside it */
            uint32_t last = m - 1;
            then.mul += last * ldc;
            then.add += last * ldc;
            k->product(1, a + last * lda, lda, &matrix, &then, alone, ldc, NULL);
            cr_assert_eq(memcmp(alone, c + last * ldc, n * sizeof *c), 0, "%s", k->name);
            float *made[] = {a, w, c, alone, mul, add, bias, panels};
            for (int i = 0; i < 8; i++) {
                free(made[i]);
            }
        }
    }
}

Test(kernels, norms)
{
    FOR_EACH_SET(k)
    {
        for (uint32_t dim = 1; dim < 70; dim += 3) {
            float *x = random_floats(2 * (size_t)dim, 3), *w = random_floats(dim, 1);
            float *b = random_floats(dim, 1), *y = random_floats(2 * (size_t)dim, 1);
            for (int kind = 0; kind < 3; kind++) {
                (kind == 2 ? k->rms_norm : k->layer_norm)(2, dim, x, dim, w, kind == 0 ? b : NULL,
                                                          1e-5f, y, dim);
                for (uint32_t r = 0; r < 2; r++) {
                    double mean = 0, square = 0;
                    for (uint32_t c = 0; c < dim; c++) {
                        mean += kind == 2 ? 0 : (double)x[r * dim + c] / dim;
                    }
                    for (uint32_t c = 0; c < dim; c++) {
                        square += pow((double)x[r * dim + c] - mean, 2) / dim;
                    }
                    for (uint32_t c = 0; c < dim; c++) {
                        double expected =
                            ((double)x[r * dim + c] - mean) / sqrt(square + 1e-5) * (double)w[c] +
                            (kind == 0 ? (double)b[c] : 0);
                        /* a single column: all of it is rounding of the mean */
                        cr_assert_float_eq((double)y[r * dim + c], expected, 2e-5, "%s dim %u",
                                           k->name, dim);
                    }
                }
            }
            free(x);
            free(w);
            free(b);
            free(y);
        }
    }
}

struct attention_case {
    uint32_t n, n_heads, n_kv, dim, left, right;
    bool bias;
};

static void reference_attention(const struct attention *job, const float *keys, double *out)
{
    uint32_t d = job->head_dim;
    double *s = malloc(job->n * sizeof *s);
    for (uint32_t i = 0; i < job->n; i++) {
        for (uint32_t h = 0; h < job->n_heads; h++) {
            uint32_t kh = h / (job->n_heads / job->n_kv_heads);
            uint32_t low = i > job->left ? i - job->left : 0;
            uint32_t high = job->right < job->n - 1 - i ? i + job->right : job->n - 1;
            double max = -INFINITY, sum = 0;
            for (uint32_t j = low; j <= high; j++) {
                s[j] = 0;
                for (uint32_t c = 0; c < d; c++) {
                    s[j] += (double)job->queries[i * job->ld + h * d + c] *
                            (double)keys[(size_t)j * job->n_kv_heads * d + kh * d + c];
                }
                s[j] *= (double)job->scale;
                if (job->bias) {
                    s[j] +=
                        (double)job->bias[h * (2 * job->bias_reach + 1) + j + job->bias_reach - i];
                }
                max = fmax(max, s[j]);
            }
            double *o = out + ((size_t)i * job->n_heads + h) * d;
            memset(o, 0, d * sizeof *o);
            for (uint32_t j = low; j <= high; j++) {
                double p = exp(s[j] - max);
                sum += p;
                for (uint32_t c = 0; c < d; c++) {
                    o[c] += p * (double)job->values[j * job->ld + kh * d + c];
                }
            }
            for (uint32_t c = 0; c < d; c++) {
                o[c] /= sum;
            }
        }
    }
    free(s);
}

Test(kernels, attention)
{
    static const struct attention_case cases[] = {
        {1, 1, 1, 3, NO_REACH, NO_REACH, false},  {33, 3, 3, 7, NO_REACH, NO_REACH, false},
        {50, 6, 2, 33, NO_REACH, 0, false},       {40, 4, 1, 64, 5, 5, false},
        {61, 2, 2, 20, NO_REACH, NO_REACH, true}, {1100, 2, 1, 16, NO_REACH, NO_REACH, false},
        {1100, 1, 1, 40, NO_REACH, 0, false},     {1100, 1, 1, 8, 70, 70, false},
        {1300, 1, 1, 8, 600, 0, false},
    };
    FOR_EACH_SET(k)
    {
        for (size_t t = 0; t < sizeof cases / sizeof *cases; t++) {
            const struct attention_case *c = &cases[t];
            size_t ld = kernels_ld((c->n_heads + c->n_kv) * (size_t)c->dim + 64);
            size_t n_keys = (size_t)c->n_kv * c->dim;
            float *rows = random_floats(c->n * ld, 2), *keys = random_floats(c->n * n_keys, 2);
            float *panels = random_floats((c->n + KEY_PANEL) * n_keys, 1e30f);
            float *bias = random_floats((2 * (size_t)c->n - 1) * c->n_heads, 2);
            float *out = random_floats(c->n * (size_t)c->n_heads * c->dim, 1);
            float *scratch = random_floats(attention_scratch(c->dim), 1);
            double *expected = malloc(c->n * (size_t)c->n_heads * c->dim * sizeof *expected);
            for (uint32_t j = 0; j < c->n; j++) {
                for (uint32_t e = 0; e < n_keys; e++) {
                    panels[(j / KEY_PANEL * n_keys + e) * KEY_PANEL + j % KEY_PANEL] =
                        keys[j * n_keys + e];
                }
            }
            struct attention job = {.queries = rows,
                                    .values = rows + c->n_heads * c->dim,
                                    .keys = panels,
                                    .ld = ld,
                                    .n = c->n,
                                    .n_heads = c->n_heads,
                                    .n_kv_heads = c->n_kv,
                                    .head_dim = c->dim,
                                    .left = c->left,
                                    .right = c->right,
                                    .scale = 0.4f,
                                    .bias = c->bias ? bias : NULL,
                                    .bias_reach = c->n - 1};
            reference_attention(&job, keys, expected);
            size_t width = (size_t)c->n_heads * c->dim;
            for (uint32_t first = 0; first < c->n; first += 37) { /* tiles of any size */
                uint32_t last = first + 37 < c->n ? first + 37 : c->n;
                k->attention(&job, first, last, out + first * width, width, scratch);
            }
            for (size_t i = 0; i < c->n * width; i++) {
                cr_assert_float_eq((double)out[i], expected[i], 5e-6,
                                   "%s case %zu, row %zu: %g, not %g", k->name, t, i / width,
                                   (double)out[i], expected[i]);
            }
            float *row = random_floats(width, 1); /* a row alone: the same bits */
            k->attention(&job, c->n / 2, c->n / 2 + 1, row, width, scratch);
            cr_assert_eq(memcmp(row, out + c->n / 2 * width, width * sizeof *row), 0,
                         "%s case %zu: a row alone is another", k->name, t);
            float *made[] = {rows, keys, panels, bias, out, scratch, row};
            for (int i = 0; i < 7; i++) {
                free(made[i]);
            }
            free(expected);
        }
    }
}

/* bf16 and int8 products: what exact arithmetic gives on the rounded operands, and near the
 * float32 product; a row does not depend on its neighbours. */
Test(kernels, reduced_products)
{
    static const uint32_t shapes[][3] = {{1, 1, 1}, {15, 33, 385}, {29, 70, 50}, {5, 40, 3100}};
    const struct kernels *best = kernels_named("avx512");
    for (int c = COMPUTE_BF16; c <= COMPUTE_INT8; c++) {
        enum compute compute = (enum compute)c;
        const struct kernels *k = best ? kernels_for(best, compute) : NULL;
        if (!k) {
            cr_skip("no reduced precision on this machine");
        }
        for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
            uint32_t m = shapes[s][0], n = shapes[s][1], depth = shapes[s][2];
            uint32_t n_panels = (n + k->panel - 1) / k->panel, per = compute_depth(compute);
            size_t lda = kernels_ld(depth), ldc = kernels_ld(n), n_units = (depth + per - 1) / per;
            float *a = random_floats(m * lda, 1), *w = random_floats((size_t)depth * n, 1);
            float *out = random_floats(m * ldc, 1), *alone = random_floats(ldc, 1);
            float *bias = random_floats(ldc, 1), *panels = pack(k, w, depth, n);
            float *units = random_floats(n_panels * n_units * k->panel, 0.0f);
            memset(units, 0, n_panels * n_units * k->panel * sizeof *units);
            float *scale = random_floats(n_panels * k->panel, 1);
            int32_t *sum = calloc(n_panels * k->panel, sizeof *sum);
            for (uint32_t p = 0; p < n_panels; p++) {
                reduce_panel(compute, k->panel, depth, panels + (size_t)p * depth * k->panel,
                             units + p * n_units * k->panel, scale + p * k->panel,
                             sum + p * k->panel);
            }
            struct matrix matrix = {units, bias, scale, sum, depth, n, compute};
            void *work = malloc(product_work(compute, m, depth));
            k->product(m, a, lda, &matrix, NULL, out, ldc, work);
            double step = compute == COMPUTE_BF16 ? 1.0 / 128 : 1.0 / 64;
            for (uint32_t i = 0; i < m; i++) {
                for (uint32_t j = 0; j < n; j++) {
                    double expected = (double)bias[j];
                    for (uint32_t d = 0; d < depth; d++) {
                        expected += (double)a[i * lda + d] * (double)w[(size_t)d * n + j];
                    }
                    /* independent roundings add like a walk */
                    cr_assert_float_eq((double)out[i * ldc + j], expected,
                                       3 * step * sqrt((double)depth), "compute %d: %u, %u",
                                       compute, i, j);
                }
            }
            k->product(1, a + (m - 1) * lda, lda, &matrix, NULL, alone, ldc, work);
            cr_assert_eq(memcmp(alone, out + (m - 1) * ldc, n * sizeof *out), 0);
            float *made[] = {a, w, out, alone, bias, panels, units, scale};
            for (int i = 0; i < 8; i++) {
                free(made[i]);
            }
            free(sum);
            free(work);
        }
    }
}
