/* Suite wsd: baselines against exact and published figures, embedders with known answers. */
#include "said.h"
#include "small_sets.h"

#include "../data/scratch.h"

#include "base/error.h"
#include "base/rng.h"
#include "data/wsd_read.h"
#include "math/bootstrap.h"
#include "suites/options.h"
#include "suites/wsd/overlap.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <math.h>

Test(wsd, chance_is_exact)
{
    struct scratch scratch = scratch_open();
    const char *dataset = small_set(&scratch);
    struct suite_request request = {.datasets = &dataset, .n_datasets = 1};
    struct said said = {0};
    run_suite("wsd", &request, NULL, &said);
    /* 2/10 + 1/1 + 1/30 + 1/10 = (6 + 30 + 1 + 3) / 30 right of 5; 4 of them answered */
    double right = 40.0 / 30;
    const struct figure *row = row_of(&said, "small", "random", NULL, "f1", "all", "");
    cr_expect_float_eq(row->value, 2 * right / (4 + 5), 1e-15);
    cr_expect_eq(row->n, 5);
    cr_expect_eq(row->answered, 4);
    cr_expect_float_eq(value_of(&said, "random", NULL, "recall", ""), right / 5, 1e-15);
    /* first senses: bank right, river right, line wrong, bank (the river's) wrong */
    cr_expect_float_eq(value_of(&said, "first-sense", NULL, "precision", ""), 2.0 / 4, 1e-15);
    /* by surface form bank and banks may differ, by lemma they may not, and one sense fits both */
    cr_expect_float_eq(value_of(&said, "static-ceiling", NULL, "precision", ""), 1, 1e-15);
    cr_expect_float_eq(value_of(&said, "static-ceiling:lemma", NULL, "precision", ""), 1, 1e-15);
    scratch_close(&scratch);
}

Test(wsd, known_embedders_score_as_they_must)
{
    struct scratch scratch = scratch_open();
    const char *dataset = two_senses(&scratch), *method = "nn";
    struct suite_request request = {.datasets = &dataset,
                                    .n_datasets = 1,
                                    .train = &dataset,
                                    .n_train = 1,
                                    .methods = &method,
                                    .n_methods = 1};
    struct said oracle = {0}, constant = {0}, baselines = {0};
    char *spec = kept_format("oracle:%s", dataset);
    run_suite("wsd", &request, spec, &oracle);
    cr_expect_float_eq(value_of(&oracle, "nn", "1", "f1", "wn1"), 1, 1e-15);
    cr_expect_float_eq(value_of(&oracle, "nn", "1", "ties", "wn1"), 0, 1e-15);
    /* its table is a static embedder: one vector, every choice a tie, the lowest sense */
    cr_expect_float_eq(value_of(&oracle, "nn", "table", "f1", "wn1"), 0.25, 1e-15);
    run_suite("wsd", &request, "constant", &constant);
    cr_expect_float_eq(value_of(&constant, "nn", "table", "f1", "wn1"), 0.25, 1e-15);
    cr_expect_float_eq(value_of(&constant, "nn", "table", "ties", "wn1"), 1, 1e-15);
    cr_expect_float_eq(value_of(&constant, "nn", "table", "f1-ties-expected", "wn1"), 0.5, 1e-15);
    run_suite("wsd", &request, NULL, &baselines);
    cr_expect_float_eq(value_of(&baselines, "train-mfs", NULL, "f1", ""), 0.75, 1e-15);
    cr_expect_float_eq(value_of(&baselines, "static-ceiling", NULL, "f1", ""), 0.75, 1e-15);
    scratch_close(&scratch);
}

Test(wsd, noise_takes_from_the_oracle)
{
    struct scratch scratch = scratch_open();
    const char *dataset = two_senses(&scratch), *method = "nn";
    struct suite_request request = {.datasets = &dataset,
                                    .n_datasets = 1,
                                    .train = &dataset,
                                    .n_train = 1,
                                    .methods = &method,
                                    .n_methods = 1};
    struct said little = {0}, much = {0};
    char *spec = kept_format("oracle:%s,noise=0.3", dataset);
    run_suite("wsd", &request, spec, &little);
    spec = kept_format("oracle:%s,noise=50", dataset);
    run_suite("wsd", &request, spec, &much);
    cr_expect_gt(value_of(&little, "nn", "1", "f1", "wn1"), 0.95);
    cr_expect_lt(value_of(&much, "nn", "1", "f1", "wn1"), 0.95);
    scratch_close(&scratch);
}

Test(wsd, blocks_do_not_change_answers)
{
    struct scratch scratch = scratch_open();
    const char *dataset = two_senses(&scratch);
    const char *options[] = {"block=3000"}, *methods[] = {"gloss", "nn+gloss"};
    struct suite_request request = {.datasets = &dataset,
                                    .n_datasets = 1,
                                    .train = &dataset,
                                    .n_train = 1,
                                    .methods = methods,
                                    .n_methods = 2};
    struct said whole = {0}, blocks = {0};
    run_suite("wsd", &request, "random", &whole);
    request.options = options;
    request.n_options = 1;
    run_suite("wsd", &request, "random", &blocks);
    cr_assert_eq(whole.n_items, blocks.n_items);
    cr_assert_gt(whole.n_items, 0);
    for (size_t i = 0; i < whole.n_items; i++) {
        cr_assert(same(whole.items[i].answer, blocks.items[i].answer) &&
                  same(whole.items[i].id, blocks.items[i].id));
        cr_assert_float_eq(whole.items[i].score, blocks.items[i].score, 1e-12);
    }
    scratch_close(&scratch);
}

/* A word that is noise in every sentence agrees wholly with a centroid only where that is made of
 * this one occurrence: as many as there are senses. */
Test(wsd, one_shot_is_one_occurrence_a_sense)
{
    struct scratch scratch = scratch_open();
    const char *dataset = two_senses(&scratch);
    const char *options[] = {"shots=1"}, *method = "nn";
    struct suite_request request = {.datasets = &dataset,
                                    .n_datasets = 1,
                                    .train = &dataset,
                                    .n_train = 1,
                                    .methods = &method,
                                    .n_methods = 1,
                                    .options = options,
                                    .n_options = 1};
    struct said said = {0};
    run_suite("wsd", &request, "random", &said);
    uint32_t wholly = 0, n = 0;
    for (size_t i = 0; i < said.n_items; i++) {
        if (same(said.items[i].method, "nn") && same(said.items[i].stage.name, "1")) {
            wholly += said.items[i].score > 1 - 1e-6;
            n++;
        }
    }
    cr_expect_eq(wholly, 2);
    cr_expect_gt(n, 4);
    const struct figure *row = row_of(&said, NULL, "nn", "1", "f1", "all", "wn1");
    cr_expect(strstr(row->signature, ":shots-1|"), "%s", row->signature);
    options[0] = "shots=1e9";
    struct suite_state *state = NULL;
    cr_expect_eq(suite_open(suite_find("wsd"), &request, &state), ERR_REQUEST);
    scratch_close(&scratch);
}

/* The interval over the 26 documents of ALL, from the items: whole documents are drawn, and an id
 * begins with its document's name. */
static void check_documents(const struct said *said, const struct suite_request *request)
{
    static double numerators[8000], denominators[8000];
    static uint32_t clusters[8000];
    struct map documents = {0};
    uint32_t n = 0;
    for (size_t i = 0; i < said->n_items; i++) {
        const struct result_item *item = &said->items[i];
        if (same(item->method, "first-sense") && same(item->dataset, "ALL")) {
            size_t length = strcspn(item->id, ".") + 1;
            length += strcspn(item->id + length, ".");
            cr_assert_lt(n, 8000);
            clusters[n] = map_put(&documents, item->id, length);
            numerators[n] = 2 * item->correct;
            denominators[n++] = 2; /* every lemma is in WordNet */
        }
    }
    cr_expect_eq(n, 7253);
    cr_expect_eq(documents.n, 26);
    struct bootstrap plan = {.resamples = request->resamples,
                             .seed = request->seed,
                             .clusters = clusters,
                             .n_clusters = documents.n};
    struct interval expected = bootstrap_ratio(&plan, numerators, denominators, n);
    struct bootstrap alone = {.resamples = request->resamples, .seed = request->seed};
    struct interval of_items = bootstrap_ratio(&alone, numerators, denominators, n);
    const struct figure *row = row_of(said, "ALL", "first-sense", NULL, "f1", "all", "");
    cr_expect_float_eq(row->low, expected.low, 1e-12);
    cr_expect_float_eq(row->high, expected.high, 1e-12);
    cr_expect_gt(row->high - row->low, of_items.high - of_items.low, "documents differ");
    cr_expect(strstr(row->signature, "|interval:documents(26)"), "%s", row->signature);
    row = row_of(said, "ALL/senseval2", "first-sense", NULL, "f1", "all", "");
    cr_expect(strstr(row->signature, "|interval:instances|"), "%s: three documents stand for none",
              row->signature);
    row = row_of(said, "ALL/semeval2013", "first-sense", NULL, "f1", "all", "");
    cr_expect(strstr(row->signature, "|interval:documents(13)|"), "%s", row->signature);
    map_finish(&documents);
}

Test(wsd, baselines_are_the_published_ones)
{
    const char *all = shared_path("wsd/raganato2017/ALL");
    if (!all) {
        cr_skip_test("HARNESS_SHARED is not there");
    }
    const char *dataset = kept_text(all), *train = kept_text(shared_path("wsd/semcor"));
    struct suite_request request = {.datasets = &dataset,
                                    .n_datasets = 1,
                                    .train = &train,
                                    .n_train = 1,
                                    .resamples = 200,
                                    .seed = 1};
    struct said said = {0};
    run_suite("wsd", &request, NULL, &said);
    static const struct {
        const char *dataset, *method;
        double percent;
    } figures[] = {
        {"ALL", "first-sense", 65.19},
        {"ALL/senseval2", "first-sense", 66.78},
        {"ALL/senseval3", "first-sense", 66.22},
        {"ALL/semeval2007", "first-sense", 55.16},
        {"ALL/semeval2013", "first-sense", 62.96},
        {"ALL/semeval2015", "first-sense", 67.81},
        {"ALL", "train-mfs", 65.39},
        {"ALL/senseval2", "train-mfs", 66.87},
        {"ALL/senseval3", "train-mfs", 66.05},
        {"ALL/semeval2007", "train-mfs", 55.60},
        {"ALL/semeval2013", "train-mfs", 63.87},
        {"ALL/semeval2015", "train-mfs", 67.71},
        {"ALL", "random", 38.75},
        {"ALL/semeval2007", "random", 25.81},
        {"ALL", "static-ceiling", 88.96},
        {"ALL", "static-ceiling:lemma", 86.24},
    };
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
        const struct figure *row =
            row_of(&said, figures[i].dataset, figures[i].method, NULL, "f1", "all", "");
        cr_expect_float_eq(100 * row->value, figures[i].percent, 0.0051, "%s %s: %.4f",
                           figures[i].dataset, figures[i].method, 100 * row->value);
        cr_expect(row->low < row->value && row->value < row->high && row->high - row->low < 0.1);
    }
    cr_expect_eq(row_of(&said, "ALL-without-semeval2007", "random", NULL, "f1", "all", "")->n,
                 6798);
    check_documents(&said, &request);
}

/* "banking_company" was never seen, but "bank" of its synset was. */
Test(wsd, a_sense_never_seen_takes_its_synsets)
{
    struct scratch scratch = scratch_open();
    const char *train = two_senses(&scratch), *method = "nn", *option = "backoff=hypernym";
    scratch_text(&scratch, "new.data.xml",
                 "<corpus><sentence><wf>A</wf><instance id='n' lemma='banking_company' pos='NOUN'>"
                 "banking company</instance></sentence></corpus>");
    scratch_text(&scratch, "new.gold.key.txt", "n banking_company%1:14:00::\n");
    const char *dataset = kept_text(scratch_path(&scratch, "new.data.xml"));
    struct suite_request request = {.datasets = &dataset,
                                    .n_datasets = 1,
                                    .train = &train,
                                    .n_train = 1,
                                    .methods = &method,
                                    .n_methods = 1};
    struct said first = {0}, relatives = {0};
    run_suite("wsd", &request, "random", &first);
    cr_expect_float_eq(value_of(&first, "nn", "1", "backoff", "wn1"), 1, 1e-15);
    request.options = &option;
    request.n_options = 1;
    run_suite("wsd", &request, "random", &relatives);
    cr_expect_float_eq(value_of(&relatives, "nn", "1", "backoff", "wn1"), 0, 1e-15);
    cr_expect_float_eq(value_of(&relatives, "nn", "1", "f1", "none"), 1, 1e-15);
    cr_expect(
        strstr(row_of(&relatives, NULL, "nn", "1", "f1", "all", "wn1")->signature, "hypernym"));
    scratch_close(&scratch);
}

Test(wsd, refuses_what_it_cannot_do)
{
    struct scratch scratch = scratch_open();
    const char *dataset = small_set(&scratch), *method = "nn", *none = "no-such-set";
    struct suite_request request = {
        .datasets = &dataset, .n_datasets = 1, .methods = &method, .n_methods = 1};
    struct suite_state *state = NULL;
    const struct suite *suite = suite_find("wsd");
    cr_expect_eq(suite_open(suite, &request, &state), ERR_REQUEST);
    cr_expect(strstr(error_message(), "--train"), "%s", error_message());
    method = "magic";
    cr_expect_eq(suite_open(suite, &request, &state), ERR_REQUEST);
    cr_expect(strstr(error_message(), "\"magic\""), "%s", error_message());
    request.n_methods = 0;
    request.datasets = &none;
    cr_expect_eq(suite_open(suite, &request, &state), ERR_REQUEST);
    cr_expect(strstr(error_message(), "no-such-set"), "%s", error_message());
    cr_expect_null(state);
    scratch_close(&scratch);
}

static uint64_t overlap_of(const char *a, const char *b)
{
    struct overlap_words words = {0};
    struct overlap_text texts[2] = {{0}};
    overlap_text_add(&texts[0], &words, a, (uint32_t)strlen(a));
    overlap_text_add(&texts[1], &words, b, (uint32_t)strlen(b));
    uint64_t score = overlap_score(&words, &texts[0], &texts[1]);
    free(texts[0].words);
    free(texts[1].words);
    overlap_words_finish(&words);
    return score;
}

Test(wsd, overlaps_of_glosses_are_those_of_the_paper)
{
    /* Banerjee & Pedersen 2003, section 3: "drawing paper" and "decal" share "paper" and "specially
     * prepared", 1 + 4 */
    cr_expect_eq(overlap_of("paper that is specially prepared for use in drafting",
                            "the art of transferring designs from specially prepared paper to a "
                            "wood or glass or metal surface"),
                 5);
    /* the longest first, and what is left of the other: "beta gamma delta", then "alpha" */
    cr_expect_eq(overlap_of("alpha beta gamma delta", "alpha beta epsilon beta gamma delta"), 10);
    /* function words count within, not at the ends */
    cr_expect_eq(overlap_of("the side of a river", "at the side of a river of"), 16);
    cr_expect_eq(overlap_of("it is of the", "it is of the"), 0);
    cr_expect_eq(overlap_of("", "river"), 0);
}
