/* Average linkage, silhouette and agreement against their definitions, computed the long way. */
#include "base/mem.h"
#include "base/rng.h"
#include "suites/induction/clustering.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N = 24 };

static void random_distances(struct rng *rng, float distances[N][N])
{
    float at[N][3];
    for (int i = 0; i < N; i++) {
        for (int d = 0; d < 3; d++) {
            at[i][d] = (float)rng_normal(rng) + (float)(3 * (i % 3));
        }
    }
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) {
            float sum = 0;
            for (int d = 0; d < 3; d++) {
                sum += (at[i][d] - at[j][d]) * (at[i][d] - at[j][d]);
            }
            distances[i][j] = sqrtf(sum);
        }
    }
}

/* Merge, again and again, the two groups whose mean distance over all pairs is least. */
static void long_way(float distances[N][N], uint32_t k, uint32_t groups[N])
{
    for (uint32_t i = 0; i < N; i++) {
        groups[i] = i;
    }
    for (uint32_t left = N; left > k; left--) {
        double least = INFINITY;
        uint32_t one = 0, other = 0;
        for (uint32_t a = 0; a < N; a++) {
            for (uint32_t b = a + 1; b < N; b++) {
                double sum = 0, n = 0;
                for (int i = 0; i < N; i++) {
                    for (int j = 0; j < N; j++) {
                        if (groups[i] == a && groups[j] == b) {
                            sum += (double)distances[i][j];
                            n++;
                        }
                    }
                }
                if (n > 0 && sum / n < least) {
                    least = sum / n;
                    one = a;
                    other = b;
                }
            }
        }
        for (int i = 0; i < N; i++) {
            groups[i] = groups[i] == other ? one : groups[i];
        }
    }
}

Test(clustering, linkage_is_average_linkage)
{
    struct rng rng;
    rng_init(&rng, 3, 0);
    for (int round = 0; round < 5; round++) {
        float distances[N][N], work[N][N];
        struct linkage linkage;
        random_distances(&rng, distances);
        memcpy(work, distances, sizeof work);
        linkage_init(&linkage, &work[0][0], N);
        for (uint32_t k = 1; k <= N; k++) {
            uint32_t groups[N], expected[N];
            linkage_cut(&linkage, k, groups);
            long_way(distances, k, expected);
            for (int i = 0; i < N; i++) {
                cr_assert_lt(groups[i], k);
                for (int j = 0; j < N; j++) {
                    cr_assert_eq(groups[i] == groups[j], expected[i] == expected[j], "k = %u", k);
                }
            }
        }
        linkage_finish(&linkage);
    }
}

Test(clustering, silhouette_by_hand)
{
    /* 0 and 1 apart by 1, 2 alone at distance 4 and 3: (4-1)/4, (3-1)/3, 0 for the one alone */
    const float distances[9] = {0, 1, 4, 1, 0, 3, 4, 3, 0};
    const uint32_t groups[3] = {0, 0, 1};
    cr_expect_float_eq(clustering_silhouette(distances, 3, groups, 2), (3.0 / 4 + 2.0 / 3 + 0) / 3,
                       1e-7);
}

Test(clustering, agreement_by_hand)
{
    const uint32_t labels[6] = {0, 0, 0, 1, 1, 1}, other[6] = {1, 1, 1, 0, 0, 0};
    struct agreement same = clustering_agreement(other, 2, labels, 2, 6);
    cr_expect_float_eq(same.v_measure, 1, 1e-12);
    cr_expect_float_eq(same.paired_f, 1, 1e-12);
    cr_expect_float_eq(same.adjusted_rand, 1, 1e-12);
    const uint32_t one[6] = {0};
    struct agreement all = clustering_agreement(one, 1, labels, 2, 6);
    cr_expect_float_eq(all.v_measure, 0, 1e-12);
    cr_expect_float_eq(all.paired_f, 2 * 6.0 / (15 + 6), 1e-12);
    cr_expect_float_eq(all.adjusted_rand, 0, 1e-12);
    /* {0,0,1,1,2,2}: the pairs (0,1), (4,5) agree; index 2, expected 3 * 6 / 15, most (3 + 6) / 2
     */
    const uint32_t three[6] = {0, 0, 1, 1, 2, 2};
    struct agreement mixed = clustering_agreement(three, 3, labels, 2, 6);
    cr_expect_float_eq(mixed.paired_f, 2 * 2.0 / (3 + 6), 1e-12);
    cr_expect_float_eq(mixed.adjusted_rand, (2 - 1.2) / (4.5 - 1.2), 1e-12);
    /* H(label) = ln 2, H(group) = ln 3, H(both) = (4/6) ln 3 + (2/6) ln 6 */
    double both = 4.0 / 6 * log(3) + 2.0 / 6 * log(6);
    double homogeneity = 1 - (both - log(3)) / log(2), completeness = 1 - (both - log(2)) / log(3);
    cr_expect_float_eq(mixed.v_measure,
                       2 * homogeneity * completeness / (homogeneity + completeness), 1e-12);
}
