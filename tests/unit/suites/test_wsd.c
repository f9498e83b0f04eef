/* Suite wsd: the scorer against a second one, baselines against published figures, embedders with
 * known answers, and what no static embedder can do. */
#include "../data/scratch.h"

#include "base/error.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/rng.h"
#include "data/wsd_read.h"
#include "math/bootstrap.h"
#include "plugin/open.h"
#include "report/figure_text.h"
#include "suites/shared/rescore.h"
#include "suites/suite.h"
#include "suites/options.h"

#include <criterion/criterion.h>
#include <math.h>

/* A test is a process: what it keeps is freed with it, and hangs here so that it is no leak. */
static void **kept_blocks;
static size_t n_kept_blocks, kept_capacity;

static void *keep(void *block)
{
    MEM_GROW(kept_blocks, kept_capacity, n_kept_blocks + 1);
    return kept_blocks[n_kept_blocks++] = block;
}

static char *kept_text(const char *text)
{
    return keep(mem_text(text));
}

#define kept_format(...) ((char *)keep(mem_format(__VA_ARGS__)))

/* All that a suite says, kept. */
struct said {
    struct result_row *rows; /* in kept memory, as all texts are */
    size_t n_rows, rows_capacity;
    struct result_item *items;
    size_t n_items, items_capacity;
};

static const char *copy(const char *text)
{
    return text ? kept_text(text) : NULL;
}

static void take_row(void *ctx, const struct result_row *row)
{
    struct said *said = ctx;
    if (said->n_rows == said->rows_capacity) {
        struct result_row *more = keep(mem_array(2 * said->n_rows + 64, sizeof *more));
        if (said->n_rows) {
            memcpy(more, said->rows, said->n_rows * sizeof *more);
        }
        said->rows = more;
        said->rows_capacity = 2 * said->n_rows + 64;
    }
    struct result_row *kept = &said->rows[said->n_rows++];
    *kept = *row;
    kept->dataset = copy(row->dataset);
    kept->stage.name = copy(row->stage.name);
    kept->method = copy(row->method);
    kept->metric = copy(row->metric);
    struct str split = {0};
    split_write(&row->split, &split);
    kept->split.text = copy(str_text(&split));
    str_finish(&split);
    kept->policy = copy(row->policy);
    kept->embedder = copy(row->embedder);
    struct str signature = {0};
    protocol_write(row->protocol, &signature);
    kept->signature = copy(str_text(&signature));
    str_finish(&signature);
}

static void take_item(void *ctx, const struct result_item *item)
{
    struct said *said = ctx;
    if (said->n_items == said->items_capacity) {
        struct result_item *more = keep(mem_array(2 * said->n_items + 64, sizeof *more));
        if (said->n_items) {
            memcpy(more, said->items, said->n_items * sizeof *more);
        }
        said->items = more;
        said->items_capacity = 2 * said->n_items + 64;
    }
    struct result_item *kept = &said->items[said->n_items++];
    *kept = *item;
    kept->id = copy(item->id);
    kept->dataset = copy(item->dataset);
    kept->answer = copy(item->answer);
    kept->method = copy(item->method);
    kept->stage.name = copy(item->stage.name);
    kept->gold = copy(item->gold);
    kept->status = copy(item->status);
    kept->attributes = NULL;
}

static bool same(const char *a, const char *b)
{
    return b == NULL || (a && strcmp(a, b) == 0);
}

/* The one row with these texts (NULL: any; policy "": none). */
static const struct result_row *row_of(const struct said *said, const char *dataset,
                                       const char *method, const char *stage, const char *metric,
                                       const char *split, const char *policy)
{
    for (size_t i = 0; i < said->n_rows; i++) {
        const struct result_row *row = &said->rows[i];
        bool policy_fits = policy && !*policy ? row->policy == NULL : same(row->policy, policy);
        if (same(row->dataset, dataset) && same(row->method, method) &&
            same(row->stage.name, stage) && same(row->metric, metric) &&
            same(row->split.text, split) && policy_fits) {
            return row;
        }
    }
    cr_assert_fail("no row for %s %s %s %s", dataset ? dataset : "", method, metric, split);
    return NULL;
}

static double value_of(const struct said *said, const char *method, const char *stage,
                       const char *metric, const char *policy)
{
    return row_of(said, NULL, method, stage, metric, "all", policy)->value;
}

/* Runs a suite; embedder NULL: its baselines alone. */
static void run_suite(const char *id, struct suite_request *request, const char *embedder,
                      struct said *said)
{
    const struct suite *suite = suite_find(id);
    struct suite_state *state;
    struct result_sink sink = {said, take_row, take_item};
    cr_assert_eq(suite_open(suite, request, &state), 0, "%s", error_message());
    struct suite_run run = {request, state, NULL, &sink};
    if (!embedder && suite->baselines) {
        cr_assert_eq(suite->baselines(&run), 0, "%s", error_message());
    }
    if (embedder) {
        char path[512];
        struct registry registry;
        struct embedder_spec spec;
        const char *folders[] = {path};
        bool toy = strncmp(embedder, "toy", 3) == 0;
        snprintf(path, sizeof path, "%s/plugins/%s", getenv("HARNESS_BUILD_ROOT"),
                 toy ? "toy" : "known");
        cr_assert_eq(registry_open(folders, 1, &registry), 0, "%s", error_message());
        cr_assert_eq(spec_parse(&registry, embedder, &spec), 0, "%s", error_message());
        struct pool *pool = pool_create(2);
        cr_assert_eq(embedder_open(&spec, NULL, pool, &run.embedder), 0, "%s", error_message());
        cr_assert_eq(suite->run(&run), 0, "%s", error_message());
        embedder_close(run.embedder);
        pool_destroy(pool);
        spec_finish(&spec);
        registry_close(&registry);
    }
    suite->release(state);
    suite_unsettle(request);
}

/* Four instances: bank has 10 senses, river 1, line 30; "xyzzy" is no lemma of WordNet. */
static const char *const small_xml =
    "<corpus><text id='d'><sentence id='s'><wf>The</wf>"
    "<instance id='a' lemma='bank' pos='NOUN'>bank</instance><wf>of</wf>"
    "<instance id='b' lemma='river' pos='NOUN'>river</instance>"
    "<instance id='c' lemma='line' pos='NOUN'>lines</instance></sentence>"
    "<sentence id='s2'><instance id='d' lemma='bank' pos='NOUN'>banks</instance><wf>and</wf>"
    "<instance id='e' lemma='xyzzy' pos='NOUN'>xyzzy</instance></sentence></text></corpus>";
static const char *const small_gold = "a bank%1:17:01:: bank%1:14:00::\nb river%1:17:00::\n"
                                      "c line%1:14:01::\nd bank%1:14:00::\ne xyzzy%1:01:00::\n";

static const char *small_set(struct scratch *scratch)
{
    scratch_text(scratch, "small.data.xml", small_xml);
    scratch_text(scratch, "small.gold.key.txt", small_gold);
    return kept_text(scratch_path(scratch, "small.data.xml"));
}

Test(wsd, chance_is_exact)
{
    struct scratch scratch = scratch_open();
    const char *dataset = small_set(&scratch);
    struct suite_request request = {.datasets = &dataset, .n_datasets = 1};
    struct said said = {0};
    run_suite("wsd", &request, NULL, &said);
    /* 2/10 + 1/1 + 1/30 + 1/10 = (6 + 30 + 1 + 3) / 30 right of 5; 4 of them answered */
    double right = 40.0 / 30;
    const struct result_row *row = row_of(&said, "small", "random", NULL, "f1", "all", "");
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

static void rescored(const struct scratch *scratch, const char *dataset, const char *answers,
                     struct said *said)
{
    const char *path = scratch_text(scratch, "mine.key", answers);
    struct suite_request request = {.datasets = &dataset, .n_datasets = 1, .resamples = 50};
    struct result_sink sink = {said, take_row, NULL};
    cr_assert_eq(rescore_answers(&request, path, "mine", NULL, false, &sink), 0, "%s",
                 error_message());
}

Test(scorer, cases_by_hand)
{
    static const struct {
        const char *answers;
        double precision, recall;
    } cases[] = {
        {"a bank%1:17:01::\n", 1, 1.0 / 5},
        {"a bank%1:14:00:: bank%1:17:01::\nb x%1:00:00::\n", 1.0 / 2, 1.0 / 5},
        {"a bank%1:14:00:: bank%1:21:00::\n", 0.5, 0.5 / 5},    /* half a point */
        {"a bank%1:14:00::\na bank%1:21:00::\n", 0.5, 0.5 / 5}, /* merged */
        {"a bank%1:14:00::\na bank%1:14:00::\n", 1, 1.0 / 5},   /* a set */
        {"zzz bank%1:14:00::\nd bank%1:14:00::\n", 1, 1.0 / 5}, /* no gold: ignored */
        {"d bank%1:14:00:: a%1:00:00:: b%1:00:00::\n", 1.0 / 3, 1.0 / 15},
        {"d BANK%1:14:00::\n", 0, 0}, /* case counts */
    };
    struct scratch scratch = scratch_open();
    const char *dataset = small_set(&scratch);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct said said = {0};
        rescored(&scratch, dataset, cases[i].answers, &said);
        double p = cases[i].precision, r = cases[i].recall;
        cr_expect_float_eq(value_of(&said, "predictions", NULL, "precision", ""), p, 1e-15, "%zu",
                           i);
        cr_expect_float_eq(value_of(&said, "predictions", NULL, "recall", ""), r, 1e-15, "%zu", i);
        cr_expect_float_eq(value_of(&said, "predictions", NULL, "f1", ""),
                           p + r > 0 ? 2 * p * r / (p + r) : 0, 1e-15, "%zu", i);
    }
    scratch_close(&scratch);
}

/* The scorer once more, from its description, on plain arrays: instance i has gold gold[i][k],
 * line l answers instance id[l] with answers key[l][k]. */
enum { N = 60, KEYS = 8, LINES = 90 };
struct answer_line {
    int id; /* >= N: no gold */
    bool key[KEYS];
};

static void second_scorer(bool gold[N][KEYS], const struct answer_line *lines, double *p, double *r)
{
    double ok = 0, wrong = 0;
    for (int i = 0; i < N; i++) {
        double good = 0, bad = 0;
        for (int k = 0; k < KEYS; k++) {
            bool given = false;
            for (int l = 0; l < LINES; l++) {
                given = given || (lines[l].id == i && lines[l].key[k]);
            }
            good += given && gold[i][k];
            bad += given && !gold[i][k];
        }
        ok += good + bad > 0 ? good / (good + bad) : 0;
        wrong += good + bad > 0 ? bad / (good + bad) : 0;
    }
    *p = ok + wrong > 0 ? ok / (ok + wrong) : 0;
    *r = ok / N;
}

Test(scorer, random_answer_files_against_a_second_scorer)
{
    struct scratch scratch = scratch_open();
    struct rng rng;
    rng_init(&rng, 7, 0);
    for (int round = 0; round < 6; round++) {
        static bool gold[N][KEYS];
        static struct answer_line lines[LINES];
        struct str xml = {0}, keys = {0}, answers = {0};
        str_add(&xml, "<corpus><sentence>");
        for (int i = 0; i < N; i++) {
            str_format(&xml, "<instance id='i%d' lemma='bank' pos='NOUN'>bank</instance>", i);
            str_format(&keys, "i%d", i);
            uint64_t sure = rng_below(&rng, KEYS);
            for (int k = 0; k < KEYS; k++) {
                gold[i][k] = (uint64_t)k == sure || rng_below(&rng, 6) == 0;
                if (gold[i][k]) {
                    str_format(&keys, " k%d", k);
                }
            }
            str_add(&keys, "\n");
        }
        str_add(&xml, "</sentence></corpus>");
        for (int l = 0; l < LINES; l++) {
            lines[l].id = (int)rng_below(&rng, N + 10);
            str_format(&answers, "i%d", lines[l].id);
            uint64_t sure = rng_below(&rng, KEYS);
            for (int k = 0; k < KEYS; k++) {
                lines[l].key[k] = (uint64_t)k == sure || rng_below(&rng, 5) == 0;
                if (lines[l].key[k]) {
                    str_format(&answers, " k%d", k);
                }
            }
            str_add(&answers, "\n");
        }
        scratch_text(&scratch, "r.data.xml", xml.data);
        scratch_text(&scratch, "r.gold.key.txt", keys.data);
        struct said said = {0};
        double p, r;
        second_scorer(gold, lines, &p, &r);
        rescored(&scratch, kept_text(scratch_path(&scratch, "r.data.xml")), answers.data, &said);
        cr_expect_float_eq(value_of(&said, "predictions", NULL, "precision", ""), p, 1e-12);
        cr_expect_float_eq(value_of(&said, "predictions", NULL, "recall", ""), r, 1e-12);
        str_finish(&xml);
        str_finish(&keys);
        str_finish(&answers);
    }
    scratch_close(&scratch);
}

/* Sentences of "bank" in two senses, the same data as training and test. */
static const char *two_senses(struct scratch *scratch)
{
    struct str xml = {0}, keys = {0};
    str_add(&xml, "<corpus>");
    for (int i = 0; i < 40; i++) {
        str_format(&xml,
                   "<sentence><wf>sentence</wf><wf>%d</wf><instance id='i%d' lemma='bank' "
                   "pos='NOUN'>bank</instance></sentence>",
                   i, i);
        str_format(&keys, "i%d %s\n", i, i % 4 ? "bank%1:14:00::" : "bank%1:17:01::");
    }
    str_add(&xml, "</corpus>");
    scratch_text(scratch, "two.data.xml", xml.data);
    scratch_text(scratch, "two.gold.key.txt", keys.data);
    str_finish(&xml);
    str_finish(&keys);
    return kept_text(scratch_path(scratch, "two.data.xml"));
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
    const struct result_row *row = row_of(&said, NULL, "nn", "1", "f1", "all", "wn1");
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
    const struct result_row *row =
        row_of(said, "ALL", "first-sense", NULL, "f1-by-document", "all", "");
    const struct result_row *plain = row_of(said, "ALL", "first-sense", NULL, "f1", "all", "");
    cr_expect_float_eq(row->low, expected.low, 1e-12);
    cr_expect_float_eq(row->high, expected.high, 1e-12);
    cr_expect_float_eq(row->value, plain->value, 1e-15);
    cr_expect_gt(row->high - row->low, plain->high - plain->low, "documents differ");
    cr_expect(strstr(row->signature, "|interval:documents(26)"), "%s", row->signature);
    row = row_of(said, "ALL/senseval2", "first-sense", NULL, "f1-by-document", "all", "");
    cr_expect(strstr(row->signature, "|interval:documents(3)"), "%s", row->signature);
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
        const struct result_row *row =
            row_of(&said, figures[i].dataset, figures[i].method, NULL, "f1", "all", "");
        cr_expect_float_eq(100 * row->value, figures[i].percent, 0.0051, "%s %s: %.4f",
                           figures[i].dataset, figures[i].method, 100 * row->value);
        cr_expect(row->low < row->value && row->value < row->high && row->high - row->low < 0.1);
    }
    cr_expect_eq(row_of(&said, "ALL-without-semeval2007", "random", NULL, "f1", "all", "")->n,
                 6798);
    check_documents(&said, &request);
}

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
        const struct result_row *row = &said.rows[i];
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
