/* Average linkage, silhouette and agreement of clusterings with labels. */
#include "suites/induction/clustering.h"

#include "base/mem.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/* State of the merging: who is left, how large, and who is nearest (greater numbers only, so that
 * each pair is looked at once). */
struct merging {
    float *distances;
    uint32_t n;
    uint32_t *sizes;   /* 0: merged into another */
    uint32_t *nearest; /* [n], n: none */
};

static void find_nearest(struct merging *merging, uint32_t row)
{
    uint32_t n = merging->n, best = n;
    const float *distances = merging->distances + (size_t)row * n;
    for (uint32_t other = row + 1; other < n; other++) {
        if (merging->sizes[other] && (best == n || distances[other] < distances[best])) {
            best = other;
        }
    }
    merging->nearest[row] = best;
}

static uint32_t closest_row(const struct merging *merging)
{
    uint32_t n = merging->n, best = n;
    for (uint32_t row = 0; row < n; row++) {
        if (merging->sizes[row] && merging->nearest[row] < n &&
            (best == n || merging->distances[(size_t)row * n + merging->nearest[row]] <
                              merging->distances[(size_t)best * n + merging->nearest[best]])) {
            best = row;
        }
    }
    return best;
}

/* Group `gone` becomes part of `kept`, kept < gone. */
static void merge(struct merging *merging, uint32_t kept, uint32_t gone)
{
    uint32_t n = merging->n;
    float a = (float)merging->sizes[kept], b = (float)merging->sizes[gone];
    for (uint32_t other = 0; other < n; other++) {
        if (merging->sizes[other] && other != kept && other != gone) {
            float *to_kept = &merging->distances[(size_t)kept * n + other];
            *to_kept = (a * *to_kept + b * merging->distances[(size_t)gone * n + other]) / (a + b);
            merging->distances[(size_t)other * n + kept] = *to_kept;
        }
    }
    merging->sizes[kept] += merging->sizes[gone];
    merging->sizes[gone] = 0;
    for (uint32_t row = 0; row < n; row++) {
        uint32_t nearest = merging->nearest[row];
        if (!merging->sizes[row]) {
            continue;
        }
        if (row == kept || nearest == kept || nearest == gone) {
            find_nearest(merging, row);
        } else if (row < kept && nearest < n &&
                   merging->distances[(size_t)row * n + kept] <
                       merging->distances[(size_t)row * n + nearest]) {
            merging->nearest[row] = kept;
        }
    }
}

void linkage_init(struct linkage *linkage, float *distances, uint32_t n)
{
    struct merging merging = {distances, n, mem_array(n + 1u, sizeof(uint32_t)),
                              mem_array(n + 1u, sizeof(uint32_t))};
    linkage->n = n;
    linkage->merges = mem_array(n + 1u, sizeof *linkage->merges);
    for (uint32_t row = 0; row < n; row++) {
        merging.sizes[row] = 1;
    }
    for (uint32_t row = 0; row < n; row++) {
        find_nearest(&merging, row);
    }
    for (uint32_t m = 0; m + 1 < n; m++) {
        uint32_t kept = closest_row(&merging), gone = merging.nearest[kept];
        linkage->merges[m][0] = kept;
        linkage->merges[m][1] = gone;
        merge(&merging, kept, gone);
    }
    free(merging.sizes);
    free(merging.nearest);
}

void linkage_finish(struct linkage *linkage)
{
    free(linkage->merges);
    linkage->merges = NULL;
}

void linkage_cut(const struct linkage *linkage, uint32_t k, uint32_t *ret_groups)
{
    uint32_t n = linkage->n, next = 0;
    uint32_t *parent = mem_array(n + 1u, sizeof *parent);
    uint32_t *number = mem_array(n + 1u, sizeof *number);
    for (uint32_t row = 0; row < n; row++) {
        parent[row] = row;
        number[row] = UINT32_MAX;
    }
    for (uint32_t m = 0; m + k < n; m++) {
        parent[linkage->merges[m][1]] = linkage->merges[m][0];
    }
    for (uint32_t row = 0; row < n; row++) {
        uint32_t root = row;
        while (parent[root] != root) {
            root = parent[root];
        }
        if (number[root] == UINT32_MAX) {
            number[root] = next++;
        }
        ret_groups[row] = number[root];
    }
    free(parent);
    free(number);
}

double clustering_silhouette(const float *distances, uint32_t n, const uint32_t *groups, uint32_t k)
{
    double *sums = mem_array(k, sizeof *sums), total = 0;
    uint32_t *sizes = mem_array(k, sizeof *sizes);
    for (uint32_t i = 0; i < n; i++) {
        sizes[groups[i]]++;
    }
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t g = 0; g < k; g++) {
            sums[g] = 0;
        }
        for (uint32_t j = 0; j < n; j++) {
            sums[groups[j]] += (double)distances[(size_t)i * n + j];
        }
        if (sizes[groups[i]] < 2) {
            continue;
        }
        double inside = sums[groups[i]] / (sizes[groups[i]] - 1), outside = INFINITY;
        for (uint32_t g = 0; g < k; g++) {
            double mean = sums[g] / sizes[g];
            outside = g != groups[i] && mean < outside ? mean : outside;
        }
        double most = inside > outside ? inside : outside;
        total += most > 0 ? (outside - inside) / most : 0;
    }
    free(sums);
    free(sizes);
    return n ? total / n : 0;
}

/* -Σ p log p of counts that sum to n. */
static double entropy(const uint32_t *counts, uint32_t n_counts, uint32_t n)
{
    double sum = 0;
    for (uint32_t i = 0; i < n_counts; i++) {
        sum -= counts[i] ? (double)counts[i] / n * log((double)counts[i] / n) : 0;
    }
    return sum;
}

static double pairs(uint32_t n)
{
    return (double)n * (n - 1.0) / 2;
}

struct agreement clustering_agreement(const uint32_t *groups, uint32_t n_groups,
                                      const uint32_t *labels, uint32_t n_labels, uint32_t n)
{
    uint32_t *table = mem_array((size_t)n_groups * n_labels + 1, sizeof *table);
    uint32_t *of_group = mem_array(n_groups + 1u, sizeof *of_group);
    uint32_t *of_label = mem_array(n_labels + 1u, sizeof *of_label);
    for (uint32_t i = 0; i < n; i++) {
        table[(size_t)groups[i] * n_labels + labels[i]]++;
        of_group[groups[i]]++;
        of_label[labels[i]]++;
    }
    double both = 0, in_group = 0, in_label = 0;
    for (size_t c = 0; c < (size_t)n_groups * n_labels; c++) {
        both += pairs(table[c]);
    }
    for (uint32_t g = 0; g < n_groups; g++) {
        in_group += pairs(of_group[g]);
    }
    for (uint32_t l = 0; l < n_labels; l++) {
        in_label += pairs(of_label[l]);
    }
    double h_group = entropy(of_group, n_groups, n), h_label = entropy(of_label, n_labels, n);
    double h_both = entropy(table, n_groups * n_labels, n);
    double homogeneity = h_label > 0 ? 1 - (h_both - h_group) / h_label : 1;
    double completeness = h_group > 0 ? 1 - (h_both - h_label) / h_group : 1;
    double expected = n > 1 ? in_group * in_label / pairs(n) : 0;
    double most = (in_group + in_label) / 2;
    double sum = homogeneity + completeness;
    free(table);
    free(of_group);
    free(of_label);
    return (struct agreement){
        .v_measure = sum > 0 ? 2 * homogeneity * completeness / sum : 0,
        .paired_f = in_group + in_label > 0 ? 2 * both / (in_group + in_label) : 0,
        .adjusted_rand = fabs(most - expected) > 1e-12 ? (both - expected) / (most - expected) : 1,
    };
}
