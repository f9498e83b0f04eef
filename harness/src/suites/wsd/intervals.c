/* Resamples every system's F1 in every cell at once. */
#include "suites/wsd/splits.h"

#include "base/mem.h"
#include "base/rng.h"
#include "math/vectors.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* All systems and all splits share each resample, so that its cost is one draw an instance and one
 * product an instance and system; what is drawn is the same for every figure, and figures of one
 * report are comparable. */
struct resampling {
    const struct wsd_splits *splits;
    float **numerators;   /* [n_systems * splits.n] 2 correct in the order of the family */
    float **denominators; /* [splits.n] answered + 1 in the order of the family */
    uint32_t n_systems, n, n_cells;
    uint32_t resamples;
    uint64_t seed;
    double *values; /* [n_systems * n_cells, resamples] */
    float *
        *scratch; /* [workers] [2 n + units] counts of instances; in a family's order; of units */
};

static void draw(const struct resampling *resampling, uint32_t r, float *counts, uint32_t n)
{
    struct rng rng;
    rng_init(&rng, resampling->seed, r);
    memset(counts, 0, n * sizeof *counts);
    for (uint32_t i = 0; i < n; i++) {
        counts[rng_below(&rng, n)]++;
    }
}

static void resample(void *arg, uint32_t r, uint32_t worker)
{
    struct resampling *resampling = arg;
    const struct wsd_units *units = &resampling->splits->units;
    float *counts = resampling->scratch[worker], *sorted = counts + resampling->n,
          *of_units = sorted + resampling->n;
    draw(resampling, r, counts, resampling->n);
    draw(resampling, r, of_units, units->n);
    uint32_t first_cell = 0;
    for (uint32_t f = 0; f < resampling->splits->n; f++) {
        const struct wsd_family *family = &resampling->splits->families[f];
        for (uint32_t c = 0; c < family->n_cells; c++) {
            uint32_t begin = family->cells[c].begin, size = family->cells[c].end - begin;
            for (uint32_t o = begin; o < begin + size; o++) {
                uint32_t i = family->order[o];
                sorted[o] = family->cells[c].units ? of_units[units->of[i]] : counts[i];
            }
            double denominator = vec_dot(sorted + begin, resampling->denominators[f] + begin, size);
            for (uint32_t s = 0; s < resampling->n_systems; s++) {
                const float *numerators = resampling->numerators[s * resampling->splits->n + f];
                double numerator = vec_dot(sorted + begin, numerators + begin, size);
                size_t row = (size_t)s * resampling->n_cells + first_cell + c;
                resampling->values[row * resampling->resamples + r] =
                    denominator > 0 ? numerator / denominator : NAN;
            }
        }
        first_cell += family->n_cells;
    }
}

static float *in_order(const struct wsd_family *family, const double *correct,
                       const uint8_t *answerable)
{
    float *values = mem_array(family->n_order + 1u, sizeof *values);
    for (uint32_t o = 0; o < family->n_order; o++) {
        uint32_t i = family->order[o];
        values[o] = correct ? (float)(2 * correct[i]) : (float)answerable[i] + 1;
    }
    return values;
}

static void run_resamples(const struct suite_run *run, struct resampling *resampling)
{
    struct pool *pool = run->embedder ? embedder_pool(run->embedder) : NULL;
    uint32_t n_workers = pool ? pool_workers(pool) : 1;
    resampling->scratch = mem_array(n_workers, sizeof *resampling->scratch);
    for (uint32_t w = 0; w < n_workers; w++) {
        resampling->scratch[w] =
            mem_array(2 * (size_t)resampling->n + resampling->splits->units.n + 1, sizeof(float));
    }
    if (pool) {
        pool_for(pool, resampling->resamples, resample, resampling);
    } else {
        for (uint32_t r = 0; r < resampling->resamples; r++) {
            resample(resampling, r, 0);
        }
    }
    for (uint32_t w = 0; w < n_workers; w++) {
        free(resampling->scratch[w]);
    }
    free(resampling->scratch);
}

struct wsd_resampled wsd_resample(const struct suite_run *run, const struct wsd_splits *splits,
                                  const double *const *correct, uint32_t n_systems,
                                  const uint8_t *answerable, uint32_t n)
{
    struct resampling resampling = {.splits = splits,
                                    .n_systems = n_systems,
                                    .n = n,
                                    .resamples = run->request->resamples,
                                    .seed = run->request->seed};
    for (uint32_t f = 0; f < splits->n; f++) {
        resampling.n_cells += splits->families[f].n_cells;
    }
    size_t n_rows = (size_t)n_systems * resampling.n_cells;
    resampling.values = mem_array(n_rows * resampling.resamples + 1, sizeof(double));
    resampling.numerators = mem_array((size_t)n_systems * splits->n + 1, sizeof(float *));
    resampling.denominators = mem_array(splits->n, sizeof(float *));
    for (uint32_t f = 0; f < splits->n; f++) {
        resampling.denominators[f] = in_order(&splits->families[f], NULL, answerable);
        for (uint32_t s = 0; s < n_systems; s++) {
            resampling.numerators[s * splits->n + f] =
                in_order(&splits->families[f], correct[s], answerable);
        }
    }
    run_resamples(run, &resampling);
    for (uint32_t f = 0; f < splits->n; f++) {
        free(resampling.denominators[f]);
    }
    for (size_t t = 0; t < (size_t)n_systems * splits->n; t++) {
        free(resampling.numerators[t]);
    }
    free(resampling.numerators);
    free(resampling.denominators);
    return (struct wsd_resampled){resampling.values, resampling.n_cells, resampling.resamples};
}

void wsd_resampled_finish(struct wsd_resampled *resampled)
{
    free(resampled->values);
    *resampled = (struct wsd_resampled){0};
}

const double *wsd_resampled_values(const struct wsd_resampled *resampled, uint32_t system,
                                   uint32_t cell)
{
    size_t row = (size_t)system * resampled->n_cells + cell;
    return resampled->values + row * resampled->resamples;
}

struct interval wsd_resampled_interval(const struct wsd_resampled *resampled, uint32_t system,
                                       uint32_t cell)
{
    double *sorted = mem_array(resampled->resamples + 1u, sizeof *sorted);
    memcpy(sorted, wsd_resampled_values(resampled, system, cell),
           resampled->resamples * sizeof *sorted);
    struct interval interval = bootstrap_percentiles(sorted, resampled->resamples, 0);
    free(sorted);
    return interval;
}
