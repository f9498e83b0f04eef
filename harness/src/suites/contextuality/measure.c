/* Self-similarity, intra-sentence similarity and explained variance of groups of vectors. */
#include "suites/contextuality/contextuality.h"

#include "base/mem.h"
#include "math/spectrum.h"
#include "math/vectors.h"

#include <math.h>
#include <stdlib.h>

/* Equal vectors must give 1 and not 1 - 2e-16. */
static double tidy(double share)
{
    double rounded = nearbyint(share * 1e12) / 1e12;
    return rounded > 1 ? 1 : rounded < -1 ? -1 : rounded;
}

/* Adds x / |x| of each row to sum[dim]; returns how many rows have a direction (|x| > 0). */
static uint32_t add_units(const float *rows, uint32_t n, uint32_t dim, double *sum)
{
    uint32_t n_units = 0;
    for (uint32_t i = 0; i < n; i++) {
        const float *row = rows + (size_t)i * dim;
        double norm = vec_norm(row, dim);
        if (norm > 0) {
            vec_axpy(1 / norm, row, sum, dim);
            n_units++;
        }
    }
    return n_units;
}

double contextuality_mean_cosine(const double *sum, uint32_t dim, uint64_t n_units, uint64_t n)
{
    if (n < 2) {
        return NAN;
    }
    double both = vec_dot_double(sum, sum, dim) - (double)n_units;
    return tidy(both / ((double)n * (double)(n - 1)));
}

struct contextuality_figures contextuality_of_word(const float *rows, uint32_t n, uint32_t dim)
{
    double *sum = mem_array(dim, sizeof *sum);
    uint32_t n_units = add_units(rows, n, dim, sum);
    struct contextuality_figures figures = {
        .self_similarity = contextuality_mean_cosine(sum, dim, n_units, n),
        .mev = tidy(spectrum_top_share(rows, n, dim)),
    };
    free(sum);
    return figures;
}

/* Σ over ordered pairs within: Σₖ (|Sₖ|² - nₖ); across: |Σₖ Sₖ|² - Σₖ |Sₖ|². */
struct contextuality_figures contextuality_of_lemma(const float *rows, const uint32_t *senses,
                                                    uint32_t n, uint32_t n_senses, uint32_t dim)
{
    double *sums = mem_array((size_t)(n_senses + 1) * dim, sizeof *sums);
    double *all = sums + (size_t)n_senses * dim;
    double *counts = mem_array(n_senses, sizeof *counts);
    double n_units = 0, squares = 0, equal = 0;
    for (uint32_t i = 0; i < n; i++) {
        const float *row = rows + (size_t)i * dim;
        n_units += add_units(row, 1, dim, sums + (size_t)senses[i] * dim);
        add_units(row, 1, dim, all);
        counts[senses[i]]++;
    }
    for (uint32_t k = 0; k < n_senses; k++) {
        squares += vec_dot_double(sums + (size_t)k * dim, sums + (size_t)k * dim, dim);
        equal += counts[k] * counts[k];
    }
    double total = vec_dot_double(all, all, dim), pairs = (double)n * n;
    struct contextuality_figures figures = {
        .within = equal > n ? tidy((squares - n_units) / (equal - n)) : NAN,
        .across = pairs > equal ? tidy((total - squares) / (pairs - equal)) : NAN,
    };
    free(sums);
    free(counts);
    return figures;
}

double contextuality_of_sentence(const float *rows, uint32_t n, uint32_t dim, double *sum,
                                 uint64_t *n_units)
{
    double *total = mem_array(dim, sizeof *total);
    float *mean = mem_array(dim, sizeof *mean);
    double cosines = 0;
    for (uint32_t i = 0; i < n; i++) {
        vec_axpy(1, rows + (size_t)i * dim, total, dim);
    }
    for (uint32_t d = 0; d < dim; d++) {
        mean[d] = (float)(total[d] / n);
    }
    double mean_norm = vec_norm(mean, dim);
    for (uint32_t i = 0; i < n; i++) {
        const float *row = rows + (size_t)i * dim;
        double norm = vec_norm(row, dim);
        cosines += vec_cosine_normed(row, norm, mean, mean_norm, dim);
        if (norm > 0) {
            vec_axpy(1 / norm, row, sum, dim);
            ++*n_units;
        }
    }
    free(total);
    free(mean);
    return n > 1 ? tidy(cosines / n) : NAN;
}
