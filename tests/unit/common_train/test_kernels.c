/* Kernels of every instruction set against the reference, the reference against differences. */
#include "train/kernels.h"
#include "train/rng.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {"vector", "avx2", "avx512"};

enum { MAX_WIDTH = 320 };

struct problem {
    struct pair_block block;
    _Alignas(64) float in[PAIR_MAX_IN][MAX_WIDTH], out[PAIR_MAX_OUT][MAX_WIDTH];
    const float *in_rows[PAIR_MAX_IN];
    float *add_rows[PAIR_MAX_IN], *out_rows[PAIR_MAX_OUT];
    float positive[PAIR_MAX_OUT], weight[PAIR_MAX_OUT];
    double loss;
};

static float random_float(struct rng *rng, float scale)
{
    return (2 * rng_unit(rng) - 1) * scale;
}

static struct problem *make(uint64_t seed, uint32_t n_in, uint32_t n_out, uint32_t width,
                            float scale)
{
    struct problem *p = aligned_alloc(64, sizeof *p);
    memset(p, 0, sizeof *p);
    struct rng rng = rng_stream(seed, n_in, n_out);
    for (uint32_t i = 0; i < n_in; i++) {
        for (uint32_t d = 0; d < width; d++) {
            p->in[i][d] = random_float(&rng, scale);
        }
        p->in_rows[i] = p->add_rows[i] = p->in[i];
    }
    for (uint32_t j = 0; j < n_out; j++) {
        for (uint32_t d = 0; d < width; d++) {
            p->out[j][d] = random_float(&rng, scale);
        }
        p->out_rows[j] = p->out[j];
        p->positive[j] = (float)rng_below(&rng, 2);
        p->weight[j] = p->positive[j] + (float)rng_below(&rng, 2);
    }
    p->block = (struct pair_block){.n_in = n_in,
                                   .n_out = n_out,
                                   .width = width,
                                   .want_loss = 1,
                                   .rate = 0.05f,
                                   .in = p->in_rows,
                                   .in_add = p->add_rows,
                                   .out = p->out_rows,
                                   .positive = p->positive,
                                   .weight = p->weight,
                                   .loss = &p->loss};
    return p;
}

static void expect_close(const float *a, const float *b, uint32_t n, float tolerance)
{
    for (uint32_t d = 0; d < n; d++) {
        cr_assert(fabsf(a[d] - b[d]) <= tolerance, "float %u: %.9g and %.9g", d, (double)a[d],
                  (double)b[d]);
    }
}

static void compare(const struct kernels *kernels, uint32_t n_in, uint32_t n_out, uint32_t width,
                    float scale)
{
    struct problem *a = make(7, n_in, n_out, width, scale), *b = make(7, n_in, n_out, width, scale);
    kernels->pair_block(&a->block);
    kernels_reference.pair_block(&b->block);
    for (uint32_t i = 0; i < n_in; i++) {
        expect_close(a->in[i], b->in[i], MAX_WIDTH, 4e-6f * (float)n_out * (1 + scale));
    }
    for (uint32_t j = 0; j < n_out; j++) {
        expect_close(a->out[j], b->out[j], MAX_WIDTH, 4e-6f * (float)n_in * (1 + scale));
    }
    cr_assert(fabs(a->loss - b->loss) <= 1e-5 * (1 + b->loss), "%g %g", a->loss, b->loss);
    free(a);
    free(b);
}

Test(kernels, blocks_equal_the_reference)
{
    unsigned tried = 0;
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        const struct kernels *kernels = kernels_find(names[k]);
        for (uint32_t n_in = 1; kernels && n_in <= PAIR_MAX_IN; n_in += n_in < 8 ? 1 : 8) {
            for (uint32_t n_out = 1; n_out <= PAIR_MAX_OUT; n_out += n_out < 14 ? 1 : 10) {
                compare(kernels, n_in, n_out, 16, 1);
                compare(kernels, n_in, n_out, 112, 0.3f);
                compare(kernels, n_in, n_out, 304, 0.1f);
            }
        }
        tried += kernels != NULL;
    }
    cr_assert(tried >= 1);
}

/* Scores far beyond what exp() can hold. */
Test(kernels, large_scores_stay_finite)
{
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        const struct kernels *kernels = kernels_find(names[k]);
        if (kernels) {
            compare(kernels, 5, 7, 112, 5);
        }
    }
}

/* Whatever the scores: a loss that is not finite means weights that are not. A score of 800 is a
 * loss of 800 for a negative example, and of exp(-800), which is 0, for a positive one. */
Test(kernels, loss_of_large_scores)
{
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        const struct kernels *kernels = kernels_find(names[k]);
        if (!kernels) {
            continue;
        }
        struct problem *p = make(1, 1, 2, 16, 0);
        p->in[0][0] = p->out[0][0] = p->out[1][0] = sqrtf(800);
        p->positive[0] = p->weight[0] = p->weight[1] = 1;
        p->positive[1] = 0;
        kernels->pair_block(&p->block);
        cr_assert(fabs(p->loss - 800) < 1e-3, "%s: %g", names[k], p->loss);
        p->out[0][0] = NAN;
        kernels->pair_block(&p->block);
        cr_assert(isnan(p->loss), "%s", names[k]);
        free(p);
    }
}

/* The same row twice among the inputs gets both steps. */
Test(kernels, repeated_input_row)
{
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        const struct kernels *kernels = kernels_find(names[k]);
        if (!kernels) {
            continue;
        }
        struct problem *a = make(3, 3, 6, 112, 0.3f), *b = make(3, 3, 6, 112, 0.3f);
        a->in_rows[2] = a->add_rows[2] = a->in[0];
        b->in_rows[2] = b->add_rows[2] = b->in[0];
        kernels->pair_block(&a->block);
        kernels_reference.pair_block(&b->block);
        expect_close(a->in[0], b->in[0], 112, 1e-5f);
        free(a);
        free(b);
    }
}

static double block_loss(const struct problem *p)
{
    double loss = 0;
    for (uint32_t i = 0; i < p->block.n_in; i++) {
        for (uint32_t j = 0; j < p->block.n_out; j++) {
            double s = 0;
            for (uint32_t d = 0; d < p->block.width; d++) {
                s += (double)p->in[i][d] * (double)p->out[j][d];
            }
            loss += (double)p->positive[j] * log1p(exp(-s)) +
                    (double)(p->weight[j] - p->positive[j]) * log1p(exp(s));
        }
    }
    return loss;
}

/* -d loss / d *parameter, by central differences */
static double slope(struct problem *p, float *parameter)
{
    float old = *parameter, step = 1e-3f;
    *parameter = old + step;
    double up = block_loss(p), above = (double)*parameter;
    *parameter = old - step;
    double down = block_loss(p), below = (double)*parameter;
    *parameter = old;
    return -(up - down) / (above - below);
}

Test(kernels, block_gradient_is_that_of_the_loss)
{
    enum { N_IN = 3, N_OUT = 5, WIDTH = 32 };
    struct problem *p = make(11, N_IN, N_OUT, WIDTH, 0.5f), *q = make(11, N_IN, N_OUT, WIDTH, 0.5f);
    double rate = (double)q->block.rate;
    kernels_reference.pair_block(&q->block);
    cr_assert(fabs(q->loss - block_loss(p)) < 1e-9);
    for (uint32_t d = 0; d < WIDTH; d++) {
        for (uint32_t i = 0; i < N_IN; i++) {
            double expected = slope(p, &p->in[i][d]);
            double found = ((double)q->in[i][d] - (double)p->in[i][d]) / rate;
            cr_assert(fabs(found - expected) < 2e-5, "in %g %g", found, expected);
        }
        for (uint32_t j = 0; j < N_OUT; j++) {
            double expected = slope(p, &p->out[j][d]);
            double found = ((double)q->out[j][d] - (double)p->out[j][d]) / rate;
            cr_assert(fabs(found - expected) < 2e-5, "out %g %g", found, expected);
        }
    }
    free(p);
    free(q);
}

enum { ROWS = 6, DIM = 30, GLOVE_WIDTH = 32, RECORDS = 60 };

struct glove_problem {
    _Alignas(64) float left[ROWS][2][GLOVE_WIDTH], right[ROWS][2][GLOVE_WIDTH];
    struct glove_record records[RECORDS];
    struct glove_tile tile;
};

static struct glove_problem *make_glove(uint64_t seed)
{
    struct glove_problem *p = aligned_alloc(64, sizeof *p);
    memset(p, 0, sizeof *p);
    struct rng rng = rng_stream(seed, 1, 2);
    for (uint32_t r = 0; r < ROWS; r++) {
        for (uint32_t d = 0; d < DIM + 2; d++) {
            p->left[r][0][d] = random_float(&rng, 0.5f);
            p->right[r][0][d] = random_float(&rng, 0.5f);
        }
        p->left[r][0][DIM + 1] = p->right[r][0][DIM] = 1;
        for (uint32_t d = 0; d < GLOVE_WIDTH; d++) {
            p->left[r][1][d] = p->right[r][1][d] = 1;
        }
    }
    for (uint32_t n = 0; n < RECORDS; n++) {
        p->records[n] = (struct glove_record){rng_below(&rng, ROWS), rng_below(&rng, ROWS),
                                              random_float(&rng, 3), rng_unit(&rng)};
    }
    p->tile = (struct glove_tile){.records = p->records,
                                  .n = RECORDS,
                                  .left = p->left[0][0],
                                  .right = p->right[0][0],
                                  .dim = DIM,
                                  .width = GLOVE_WIDTH,
                                  .eta = 0.05f};
    return p;
}

Test(kernels, glove_equals_the_reference)
{
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        const struct kernels *kernels = kernels_find(names[k]);
        if (!kernels) {
            continue;
        }
        struct glove_problem *a = make_glove(5), *b = make_glove(5);
        double loss_a = kernels->glove_tile(&a->tile);
        double loss_b = kernels_reference.glove_tile(&b->tile);
        cr_assert(fabs(loss_a - loss_b) < 1e-4 * loss_b, "%g %g", loss_a, loss_b);
        expect_close(&a->left[0][0][0], &b->left[0][0][0], ROWS * 2 * GLOVE_WIDTH, 2e-5f);
        expect_close(&a->right[0][0][0], &b->right[0][0][0], ROWS * 2 * GLOVE_WIDTH, 2e-5f);
        free(a);
        free(b);
    }
}

static double glove_loss(const struct glove_problem *p, const struct glove_record *record)
{
    const float *w = p->left[record->row][0], *c = p->right[record->column][0];
    double estimate = (double)w[DIM] + (double)c[DIM + 1];
    for (uint32_t d = 0; d < DIM; d++) {
        estimate += (double)w[d] * (double)c[d];
    }
    double difference = estimate - (double)record->log_count;
    return 0.5 * (double)record->weight * difference * difference;
}

/* The first step with sums of squares of 1 is eta times the gradient, biases included. */
Test(kernels, glove_gradient_is_that_of_the_loss)
{
    struct glove_problem *p = make_glove(9), *q = make_glove(9);
    q->tile.n = 1;
    double loss = kernels_reference.glove_tile(&q->tile);
    const struct glove_record *record = &p->records[0];
    cr_assert(fabs(loss - glove_loss(p, record)) < 1e-9);
    for (uint32_t d = 0; d < 2 * (DIM + 2); d++) {
        uint32_t at = d % (DIM + 2);
        bool is_left = d < DIM + 2;
        float *parameter =
            is_left ? &p->left[record->row][0][at] : &p->right[record->column][0][at];
        float after = is_left ? q->left[record->row][0][at] : q->right[record->column][0][at];
        float old = *parameter;
        double found = ((double)old - (double)after) / (double)q->tile.eta;
        *parameter = old + 1e-3f;
        double up = glove_loss(p, record), above = (double)*parameter;
        *parameter = old - 1e-3f;
        double down = glove_loss(p, record), below = (double)*parameter;
        *parameter = old;
        double expected = (up - down) / (above - below);
        if (at == (is_left ? DIM + 1u : (uint32_t)DIM)) {
            expected = 0; /* the constant ones do not move */
        }
        cr_assert(fabs(found - expected) < 5e-5, "%u: %g %g", d, found, expected);
    }
    free(p);
    free(q);
}

Test(kernels, names)
{
    cr_assert(kernels_find("auto") != NULL);
    cr_assert_null(kernels_find("fastest"));
    cr_assert_eq(kernels_find("reference"), &kernels_reference);
}
