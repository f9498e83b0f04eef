/* Suites wic and induction: their figures once more, from their items. */
#include "said.h"
#include "small_sets.h"

#include "../data/scratch.h"

#include "base/error.h"
#include "suites/options.h"

#include <criterion/criterion.h>
#include <math.h>

Test(wic, a_lemma_knows_nothing)
{
    if (!shared_path("wic")) {
        cr_skip_test("HARNESS_SHARED is not there");
    }
    const char *dataset = kept_text(shared_path("wic"));
    struct suite_request request = {.datasets = &dataset, .n_datasets = 1};
    struct said said = {0};
    run_suite("wic", &request, "toy", &said);
    static const char *const splits[] = {"wic:train", "wic:dev", "wic:test"};
    for (int s = 0; s < 3; s++) {
        cr_expect_float_eq(row_of(&said, splits[s], "lemma", NULL, "accuracy", "all", "")->value,
                           0.5, 1e-15);
        cr_expect_float_eq(row_of(&said, splits[s], "lemma", NULL, "auc", "all", "")->value, 0.5,
                           1e-15);
    }
    cr_expect_eq(row_of(&said, "wic:train", "target", NULL, "accuracy", "all", "")->n, 5428);
}

/* Threshold and area once more, by trying everything. */
Test(wic, threshold_and_area_by_brute_force)
{
    if (!shared_path("wic")) {
        cr_skip_test("HARNESS_SHARED is not there");
    }
    const char *dataset = kept_text(shared_path("wic"));
    struct suite_request request = {.datasets = &dataset, .n_datasets = 1};
    struct said said = {0};
    run_suite("wic", &request, "random", &said);
    double best = 0, wins = 0, pairs = 0;
    static double cosine[6000];
    static bool gold[6000];
    int n = 0;
    for (size_t i = 0; i < said.n_items; i++) {
        const struct result_item *item = &said.items[i];
        if (strncmp(item->id, "train.", 6) == 0 && same(item->stage.name, "1")) {
            cosine[n] = item->score;
            gold[n++] = item->gold[0] == 'T';
        }
    }
    cr_assert_eq(n, 5428);
    for (int t = 0; t < n; t++) {
        int right = 0;
        for (int i = 0; i < n; i++) {
            right += (cosine[i] >= cosine[t]) == gold[i];
            if (gold[t] && !gold[i]) {
                wins += cosine[t] > cosine[i] ? 1 : cosine[t] >= cosine[i] ? 0.5 : 0;
                pairs++;
            }
        }
        best = right > best ? right : best;
    }
    cr_expect_float_eq(row_of(&said, "wic:train", "target", "1", "accuracy", "all", "")->value,
                       best / n, 1e-12);
    cr_expect_float_eq(row_of(&said, "wic:train", "target", "1", "auc", "all", "")->value,
                       wins / pairs, 1e-12);
}

/* Paired F (Artiles et al. 2009) of a stage's one lemma, from its items alone. */
static double paired_f(const struct said *said, const char *stage, size_t *ret_n)
{
    double together = 0, grouped = 0, alike = 0;
    *ret_n = 0;
    for (size_t i = 0; i < said->n_items; i++) {
        const struct result_item *a = &said->items[i];
        if (!same(a->stage.name, stage)) {
            continue;
        }
        ++*ret_n;
        for (size_t j = 0; j < i; j++) {
            const struct result_item *b = &said->items[j];
            if (same(b->stage.name, stage)) {
                bool one_group = strcmp(a->answer, b->answer) == 0;
                bool one_sense = strcmp(a->gold, b->gold) == 0;
                together += one_group && one_sense;
                grouped += one_group;
                alike += one_sense;
            }
        }
    }
    return grouped + alike > 0 ? 2 * together / (grouped + alike) : 0;
}

Test(induction, figures_follow_from_the_items)
{
    struct scratch scratch = scratch_open();
    const char *dataset = two_senses(&scratch), *k = "k=gold";
    struct suite_request request = {
        .datasets = &dataset, .n_datasets = 1, .options = &k, .n_options = 1};
    struct said oracle = {0}, random = {0};
    run_suite("induction", &request, kept_format("oracle:%s", dataset), &oracle);
    run_suite("induction", &request, "random", &random);
    const struct said *both[] = {&oracle, &random};
    for (int e = 0; e < 2; e++) {
        for (int s = 0; s < 2; s++) {
            size_t n;
            const char *stage = s ? "1" : "table";
            double f = paired_f(both[e], stage, &n);
            cr_expect_eq(n, 40);
            cr_expect_float_eq(value_of(both[e], "target", stage, "paired-f", ""), f, 1e-12);
        }
    }
    cr_expect_float_eq(value_of(&oracle, "target", "1", "paired-f", ""), 1, 1e-12);
    cr_expect_lt(value_of(&random, "target", "1", "paired-f", ""), 0.9);
    scratch_close(&scratch);
}
