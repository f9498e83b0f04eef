/* What no static embedder can do: above the ceiling of a set it never gets. */
#include "said.h"

#include "../data/scratch.h"

#include "base/error.h"
#include "base/map.h"
#include "data/wsd_read.h"
#include "suites/options.h"

#include <criterion/criterion.h>
#include <math.h>

/* Every answer of one system to one data set: the same wherever surface form (in the case that it
 * has, which the embedders here tell apart), lemma and part of speech are. Items are taken by id,
 * instances from the data itself. Returns how many it saw. */
static size_t check_fixed(const struct said *said, const struct wsd_data *data, const char *method,
                          const char *stage)
{
    struct map keys = {0};
    const char **answers = mem_array(data->n_instances + 1, sizeof *answers);
    size_t n = 0;
    for (size_t i = 0; i < said->n_items; i++) {
        const struct result_item *item = &said->items[i];
        if (!same(item->dataset, data->name) || !same(item->method, method) ||
            !same(item->stage.name, stage)) {
            continue;
        }
        uint32_t number = map_find_text(&data->ids, item->id);
        cr_assert_neq(number, MAP_NONE, "%s", item->id);
        const struct wsd_instance *instance = &data->instances[number];
        const char *text = wsd_sentence_text(data, instance->sentence) + instance->span.begin;
        char *key = mem_format("%.*s\t%s\t%d", (int)(instance->span.end - instance->span.begin),
                               text, instance->lemma, instance->pos);
        uint32_t seen = keys.n, k = map_put_text(&keys, key);
        if (k == seen) {
            answers[k] = item->answer ? item->answer : "";
        }
        cr_expect_str_eq(answers[k], item->answer ? item->answer : "", "%s %s %s: %s", data->name,
                         method, item->id, key);
        free(key);
        n++;
    }
    map_finish(&keys);
    free(answers);
    return n;
}

/* What a static embedder (or a stage "table") says about a set: never above the ceiling of the set
 * or of a part of it, and one answer for each surface form, lemma and part of speech. */
static void check_static(const char *dataset, const char *train, const char *embedder,
                         const char *stage, const char *const *options)
{
    const char *methods[] = {"nn", "gloss:target-gloss"};
    struct suite_request request = {.datasets = &dataset,
                                    .n_datasets = 1,
                                    .train = &train,
                                    .n_train = train ? 1 : 0,
                                    .methods = methods,
                                    .n_methods = 2,
                                    .limit = 60000, /* of SemCor's 226,036 */
                                    .options = options,
                                    .n_options = options ? 1 : 0};
    struct said said = {0}, baselines = {0};
    run_suite("wsd", &request, embedder, &said);
    run_suite("wsd", &request, NULL, &baselines);
    size_t n_rows = 0, n_items = 0;
    for (size_t i = 0; i < said.n_rows; i++) {
        const struct figure *row = &said.rows[i];
        if (same(row->stage.name, stage) && same(row->metric, "f1") &&
            same(row->split.text, "all") && same(row->policy, "wn1")) {
            double most =
                row_of(&baselines, row->dataset, "static-ceiling", NULL, "f1", "all", "")->value;
            cr_expect_leq(row->value, most + 1e-12, "%s %s %s", embedder, row->dataset,
                          row->method);
            n_rows++;
        }
    }
    struct wsd_sets sets = {0};
    cr_assert_eq(wsd_read(dataset, false, &sets), 0, "%s", error_message());
    for (uint32_t s = 0; s < sets.n; s++) {
        n_items += check_fixed(&said, sets.sets[s], "nn", stage);
        n_items += check_fixed(&said, sets.sets[s], "gloss:target-gloss", stage);
    }
    wsd_sets_finish(&sets);
    cr_expect_gt(n_rows, 0, "%s", dataset);
    cr_expect_gt(n_items, 0, "%s", dataset);
}

Test(wsd, a_static_embedder_stays_below_its_ceiling)
{
    if (!shared_path("wsd")) {
        cr_skip_test("HARNESS_SHARED is not there");
    }
    const char *all = kept_text(shared_path("wsd/raganato2017/ALL")); /* and its five parts */
    const char *train = kept_text(shared_path("wsd/semcor")), *k = "k=5";
    check_static(all, train, "toy", NULL, NULL);
    check_static(all, train, "toy", NULL, &k);
}

Test(wsd, a_table_stays_below_its_ceiling)
{
    if (!shared_path("wsd")) {
        cr_skip_test("HARNESS_SHARED is not there");
    }
    const char *train = kept_text(shared_path("wsd/raganato2017/ALL")), *k = "k=3";
    const char *dataset = kept_text(shared_path("wsd/raganato2017/semeval2013"));
    check_static(dataset, train, "random", "table", NULL);
    check_static(dataset, train, "random", "table", &k);
    check_static(dataset, train, "constant", "table", NULL);
}

/* Its own training part, its own senses: no definitions. */
Test(wsd, a_static_embedder_stays_below_the_ceiling_of_coarse_senses)
{
    const char *coarse = shared_path("wsd/coarsewsd-20"), *k = "k=5";
    if (!coarse) {
        cr_skip_test("HARNESS_SHARED is not there");
    }
    const char *dataset = kept_text(coarse);
    check_static(dataset, dataset, "toy", NULL, NULL);
    check_static(dataset, dataset, "toy", NULL, &k);
}

/* Test data that training saw: the ceiling is what is left to reach. */
Test(wsd, a_static_embedder_stays_below_the_ceiling_of_semcor)
{
    const char *semcor = shared_path("wsd/semcor");
    if (!semcor) {
        cr_skip_test("HARNESS_SHARED is not there");
    }
    const char *dataset = kept_text(semcor);
    check_static(dataset, dataset, "toy", NULL, NULL);
}
