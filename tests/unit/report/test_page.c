/* What the page and the table are drawn from: which rows stand for what, and which items are shown.
 */
#include "temporary.h"

#include <criterion/criterion.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "report/findings.h"
#include "report/html/html.h"
#include "report/stored/version1.h"
#include "report/item_history.h"
#include "report/summary.h"
#include "report/tied.h"
#include "report/html/svg_plot.h"
#include "report/text/view.h"
#include "report/write.h"
#include "suites/suite.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

__attribute__((constructor)) static void declare(void)
{
    metrics_declare(suite_figures_of);
}
static struct protocol_term terms[] = {{.key = PROTOCOL_SUITE, .value = "wsd"},
                                       {.key = PROTOCOL_VERSION, .value = "v1"}};
static const struct protocol protocol = {.terms = terms, .n = 2};

static void add(struct result_tree *tree, const char *embedder, const char *stage,
                const char *metric, const char *split, double value)
{
    bool baseline = strcmp(embedder, "baseline") == 0;
    struct figure row = {.suite = "wsd",
                         .dataset = "set",
                         .embedder = embedder,
                         .kind = baseline ? "baseline"
                                 : stage  ? "contextual"
                                          : "static",
                         .stage = version1_stage(stage),
                         .method = baseline ? "static-ceiling" : "nn",
                         .metric = metric,
                         .split = version1_split(split, &tree->attributes),
                         .policy = baseline ? NULL : "wn1",
                         .protocol = &protocol,
                         .value = value,
                         .low = value - 0.1,
                         .high = value + 0.1,
                         .coverage = 1,
                         .n = 10,
                         .answered = 10};
    result_tree_add_row(tree, &row);
}

/* A model of two blocks whose rows come in no order, a static one, and a baseline. */
static void make_tree(struct result_tree *tree)
{
    add(tree, "baseline", NULL, "f1", "all", 0.65);
    add(tree, "model", "sum:1-2", "f1", "all", 0.62);
    add(tree, "model", "2", "f1", "all", 0.60);
    add(tree, "model", "table", "f1", "all", 0.50);
    add(tree, "model", "1.attention", "f1", "all", 0.70);
    add(tree, "model", "input", "f1", "all", 0.51);
    add(tree, "model", "1", "f1", "all", 0.55);
    add(tree, "model", "10", "f1", "all", 0.58);
    add(tree, "model", "2", "precision", "all", 0.61);
    add(tree, "model", "1", "precision", "all", 0.56);
    add(tree, "model", "2", "f1", "pos:NOUN", 0.64);
    add(tree, "model", "1", "f1", "pos:NOUN", 0.59);
    add(tree, "plain", "table", "f1", "all", 0.52);
}

Test(summary, stages_in_the_order_of_the_forward_pass)
{
    static const char *const wanted[] = {"table", "input", "1.attention", "1",
                                         "2",     "10",    "sum:1-2"};
    struct result_tree tree = {0};
    struct summary summary;
    make_tree(&tree);
    summary_init(&summary, &tree);
    cr_assert_eq(summary.n_suites, 1);
    cr_assert_eq(summary.suites[0].n_sets, 1);
    const struct summary_set *set = &summary.suites[0].sets[0];
    cr_assert_eq(set->n_stages, 7);
    for (uint32_t i = 0; i < 7; i++) {
        cr_expect_str_eq(set->stages[i].name, wanted[i]);
    }
    summary_finish(&summary);
    result_tree_finish(&tree);
}

Test(summary, the_stage_shown_is_the_fairest_there_is)
{
    struct result_tree tree = {0};
    struct summary summary;
    make_tree(&tree);
    summary_init(&summary, &tree);
    const struct summary_suite *suite = &summary.suites[0];
    cr_assert_eq(suite->n_systems, 3);
    cr_expect(suite->systems[0].baseline, "baselines come first");
    cr_expect_str_eq(summary_shown(summary_cell(suite, 0, 1))->stage.name, "1.attention");
    summary_finish(&summary);

    add(&tree, "model", "2", "f1-contextual-gain", "all", 0.10);
    summary_init(&summary, &tree);
    const struct summary_cell *cell = summary_cell(&summary.suites[0], 0, 1);
    cr_expect_str_eq(summary_shown(cell)->stage.name, "2");
    cr_expect_str_eq(cell->best->stage.name, "1.attention");
    cr_assert_eq(cell->splits.n, 1);
    cr_expect_eq(cell->splits.rows[0]->value, 0.64, "splits are those of the stage shown");
    cr_assert_eq(cell->others.n, 1);
    cr_expect_eq(cell->others.rows[0]->value, 0.61);
    summary_finish(&summary);

    add(&tree, "model", "1", "f1-dev-chosen", "all", 0.55);
    summary_init(&summary, &tree);
    cell = summary_cell(&summary.suites[0], 0, 1);
    cr_expect_str_eq(summary_shown(cell)->stage.name, "1");
    cr_expect_eq(summary_best_system(&summary.suites[0], 0, 0), 1);
    cr_expect_eq(summary_best_system(&summary.suites[0], 0, 1), 2);
    cr_expect_eq(summary_best_system(&summary.suites[0], 0, 2), 3, "no such embedder");
    summary_finish(&summary);
    result_tree_finish(&tree);
}

/* One run of three seeds: a figure each, and their mean and deviation. */
Test(findings, seeds_of_one_embedder_are_one_system)
{
    static const double values[] = {0.50, 0.60, 0.70};
    struct result_tree tree = {0};
    struct summary summary;
    struct finding *findings;
    make_tree(&tree);
    for (int seed = 1; seed <= 3; seed++) {
        char *name = mem_format("toy@seed:%d", seed);
        add(&tree, name, "table", "f1", "all", values[seed - 1]);
        free(name);
    }
    add(&tree, "toy", "table", "f1", "all", 0.60);
    struct figure *mean = &tree.rows[tree.n_rows - 1];
    mean->seeds = "1,2,3";
    mean->sd = 0.1; /* of 0.5, 0.6 and 0.7 with n - 1 */
    mean->low = mean->high = NAN;
    for (int with_mean = 1; with_mean >= 0; with_mean--) {
        tree.n_rows -= with_mean ? 0 : 1;
        summary_init(&summary, &tree);
        cr_assert_eq(findings_list(&summary, &findings), 1);
        struct tied_figures tied;
        tied_init(&tied, &tree);
        char *text = finding_text(&summary, &tree, &tied, &findings[0]);
        tied_finish(&tied);
        if (with_mean) { /* the best figure is the model's, 70.0; toy@seed:3 has as much */
            cr_expect_not_null(strstr(text, "model has the best figure, 70.0"), "%s", text);
            cr_expect_not_null(strstr(text, "60.0 ± 10.0, mean and deviation over seeds 1,2,3"),
                               "%s", text);
            cr_expect_null(strstr(text, "@seed"), "%s", text);
        } else { /* no mean: one of them stands for all */
            cr_expect(findings[0].rival < summary.suites[0].n_systems);
        }
        free(text);
        free(findings);
        summary_finish(&summary);
    }
    for (size_t i = 0; i < tree.n_rows; i++) { /* seeds alone: no rival */
        tree.rows[i].value = strstr(tree.rows[i].embedder, "@seed:") ? tree.rows[i].value : NAN;
    }
    summary_init(&summary, &tree);
    cr_assert_eq(findings_list(&summary, &findings), 1);
    cr_expect_str_eq(summary.suites[0].systems[findings[0].lead].embedder, "toy@seed:3");
    cr_expect_eq(findings[0].rival, summary.suites[0].n_systems, "no sister is a rival");
    free(findings);
    summary_finish(&summary);
    result_tree_finish(&tree);
}

/* F1 ends at 1: that nothing can exceed it is no finding. */
Test(findings, a_ceiling_is_said_where_it_is_one)
{
    for (int is_all = 0; is_all < 2; is_all++) {
        struct result_tree tree = {0};
        struct summary summary;
        struct finding *findings;
        struct tied_figures tied;
        make_tree(&tree);
        tree.rows[0].value = is_all ? 1 : 0.65; /* the baseline's */
        summary_init(&summary, &tree);
        cr_assert_eq(findings_list(&summary, &findings), 1);
        tied_init(&tied, &tree);
        char *text = finding_text(&summary, &tree, &tied, &findings[0]);
        cr_expect_eq(strstr(text, "cannot exceed 65.0") != NULL, !is_all, "%s", text);
        cr_expect_eq(strstr(text, "cannot exceed") != NULL, !is_all, "%s", text);
        tied_finish(&tied);
        free(text);
        free(findings);
        summary_finish(&summary);
        result_tree_finish(&tree);
    }
}

/* What heads a suite is of the first data set with a leader on items enough to say something. */
Test(findings, few_items_head_nothing)
{
    static const struct {
        const char *dataset;
        double value;
        uint64_t answered;
    } sets[] = {{"none", NAN, 0}, {"few", 1, 3}, {"many", 0.6, 30}, {"more", 0.7, 300}};
    enum { N = sizeof sets / sizeof *sets };
    for (uint32_t n = 1; n <= N; n++) {
        struct result_tree tree = {0};
        struct summary summary;
        struct finding *findings;
        for (uint32_t d = 0; d < n; d++) {
            add(&tree, "model", "table", "f1", "all", sets[d].value);
            struct figure *row = &tree.rows[tree.n_rows - 1];
            row->dataset = result_tree_text(&tree, sets[d].dataset);
            row->n = 300;
            row->answered = sets[d].answered;
        }
        summary_init(&summary, &tree);
        cr_assert_eq(findings_list(&summary, &findings), n);
        for (uint32_t d = 0; d < n; d++) {
            cr_expect_eq(findings[d].first, d == (n > 2 ? 2 : n - 1), "%s of %u", sets[d].dataset,
                         n);
        }
        free(findings);
        summary_finish(&summary);
        result_tree_finish(&tree);
    }
}

Test(summary, metrics_that_stand_alone_make_sets_of_their_own)
{
    struct result_tree tree = {0};
    struct summary summary;
    add(&tree, "model", "table", "sense-separation-gain", "all", 0.1);
    add(&tree, "model", "table", "self-similarity", "all", 1.0);
    add(&tree, "model", "2", "self-similarity", "all", 0.4);
    add(&tree, "model", "sum:1-2", "self-similarity", "all", 0.9);
    add(&tree, "model", "table", "mev", "all", 0.9);
    add(&tree, "model", "2", "mev-gain", "all", -0.5);
    for (size_t i = 0; i < tree.n_rows; i++) {
        tree.rows[i].suite = result_tree_text(&tree, "contextuality");
    }
    summary_init(&summary, &tree);
    const struct summary_suite *suite = &summary.suites[0];
    cr_assert_eq(suite->n_sets, 2, "what is made of a metric heads no set");
    cr_expect_str_eq(suite->sets[0].metric, "self-similarity");
    cr_expect_str_eq(suite->sets[1].metric, "mev");
    cr_expect_str_eq(summary_shown(summary_cell(suite, 0, 0))->stage.name, "2",
                     "the last native stage");
    cr_expect_not(summary_is_test_best(summary_cell(suite, 0, 0)));
    cr_expect_eq(summary_cell(suite, 0, 0)->gains.n, 0);
    cr_expect_eq(summary_cell(suite, 1, 0)->gains.n, 1);
    summary_finish(&summary);
    result_tree_finish(&tree);
}

static void add_named(struct result_tree *tree, const char *suite, unsigned set, unsigned embedder)
{
    char dataset[16], name[16];
    snprintf(dataset, sizeof dataset, "d%u", set);
    snprintf(name, sizeof name, "e%u", embedder);
    struct figure row = {.suite = suite,
                         .dataset = dataset,
                         .embedder = name,
                         .kind = "static",
                         .stage = STAGE_THE_TABLE,
                         .method = "cosine",
                         .metric = "spearman",
                         .policy = "skip",
                         .protocol = &protocol,
                         .value = 0.5,
                         .low = NAN,
                         .high = NAN,
                         .n = 4,
                         .answered = 4};
    result_tree_add_row(tree, &row);
}

/* 20,000 rows, each of a set and an embedder of its own, would be a page of 400 million cells. */
Test(summary, what_no_page_can_hold_is_left_out_with_a_sentence)
{
    struct result_tree tree = {0};
    struct summary summary;
    struct view view;
    for (unsigned i = 0; i < 20000; i++) {
        add_named(&tree, "similarity", i, i);
    }
    add_named(&tree, "small", 0, 0);
    summary_init(&summary, &tree);
    cr_assert_eq(summary.n_suites, 1, "the other suite is there");
    cr_expect_str_eq(summary.suites[0].suite, "small");
    cr_assert_eq(summary.n_left_out, 1);
    cr_expect_not_null(strstr(summary.left_out[0], "similarity"));
    cr_expect_not_null(strstr(summary.left_out[0], "20000 data sets and 20000 systems"));
    cr_expect_not_null(strstr(summary.left_out[0], "--select"));
    summary_finish(&summary);
    struct view_options options = {.digits = -1};
    cr_assert_eq(view_build(&tree, &options, &view), ERR_REQUEST);
    cr_expect_not_null(strstr(error_message(), "400000000 cells"), "%s", error_message());
    result_tree_finish(&tree);
}

/* The best of each embedder, which is looked up, as a search finds it. */
Test(summary, the_best_system_is_the_one_that_a_search_finds)
{
    struct result_tree tree = {0};
    struct summary summary;
    for (unsigned i = 0; i < 600; i++) {
        add_named(&tree, "similarity", i % 7, i % 11);
        char *method = mem_format("m%u", i * 7919u % 5);
        struct figure *row = &tree.rows[tree.n_rows - 1];
        row->method = result_tree_text(&tree, method);
        row->value = i * 104729u % 101 / 101.0;
        free(method);
    }
    summary_init(&summary, &tree);
    const struct summary_suite *suite = &summary.suites[0];
    cr_assert_eq(suite->n_embedders, 11);
    cr_assert_eq(suite->n_systems, 55);
    for (uint32_t d = 0; d < suite->n_sets; d++) {
        for (uint32_t e = 0; e < suite->n_embedders; e++) {
            double best = -1;
            for (size_t i = 0; i < tree.n_rows; i++) {
                const struct figure *row = &tree.rows[i];
                if (row->dataset == suite->sets[d].dataset &&
                    row->embedder == suite->embedders[e] && row->value > best) {
                    best = row->value;
                }
            }
            uint32_t found = summary_best_system(suite, d, e);
            cr_assert_lt(found, suite->n_systems);
            cr_expect_str_eq(suite->systems[found].embedder, suite->embedders[e]);
            cr_expect_eq(summary_shown(summary_cell(suite, d, found))->value, best);
        }
    }
    summary_finish(&summary);
    result_tree_finish(&tree);
}

static void tell(struct item_histories *item_histories, const char *dataset, const char *embedder,
                 const char *id, const char *answer, double right)
{
    const struct result_attribute attribute = {"lemma", id};
    struct result_item item = {.suite = "wsd",
                               .dataset = dataset,
                               .embedder = embedder,
                               .stage = STAGE_THE_TABLE,
                               .method = "nn",
                               .id = id,
                               .answer = answer,
                               .gold = "g",
                               .status = "ok",
                               .score = NAN,
                               .gold_score = NAN,
                               .correct = right,
                               .attributes = &attribute,
                               .n_attributes = 1};
    item_histories_add(item_histories, &item);
}

Test(item_histories, hard_and_contested_items_the_sets_taking_turns)
{
    struct item_histories item_histories = {0};
    size_t numbers[8], all;
    tell(&item_histories, "a", "baseline", "easy", "g", 1);
    tell(&item_histories, "a", "m", "easy", "g", 1);  /* 0: right throughout: in neither list */
    tell(&item_histories, "a", "m", "split", "x", 0); /* 1: all wrong, each another answer */
    tell(&item_histories, "a", "n", "split", "y", 0);
    tell(&item_histories, "a", "m", "agreed", "x", 0); /* 2: all wrong in the same way */
    tell(&item_histories, "a", "n", "agreed", "x", 0);
    tell(&item_histories, "b", "m", "other", "x", 0); /* 3: all wrong, the other set */
    tell(&item_histories, "b", "m", "half", "g", 1);  /* 4: m right at one of two, n never: 1/4 */
    tell(&item_histories, "b", "m", "half", "x", 0);
    tell(&item_histories, "b", "n", "half", "x", 0);
    tell(&item_histories, "b", "m", "even", "g", 1); /* 5: 1/2 */
    tell(&item_histories, "b", "n", "even", "x", 0);
    tell(&item_histories, "b", "n", "none", NULL, NAN); /* neither right nor wrong: no story */
    cr_assert_eq(item_histories.n, 6);
    cr_expect_eq(item_right(&item_histories.items[4]), 0.25);
    cr_expect_str_eq(item_attribute(&item_histories.items[2], "lemma"), "agreed");
    cr_assert_eq(item_histories_pick(&item_histories, ITEM_HARDEST, 8, numbers, &all), 3);
    cr_expect_eq(numbers[0], 2);
    cr_expect_eq(numbers[1], 3);
    cr_expect_eq(numbers[2], 1);
    cr_assert_eq(item_histories_pick(&item_histories, ITEM_CONTESTED, 1, numbers, &all), 1);
    cr_expect_eq(all, 2);
    cr_expect_eq(numbers[0], 5);
    item_histories_finish(&item_histories);
}

Test(svg, scales_are_round_and_hold_what_they_must)
{
    struct svg_scale scale = svg_scale_round(41.3, 78.9, 5);
    cr_expect_eq(scale.step, 10);
    cr_expect_eq(scale.low, 40);
    cr_expect_eq(scale.high, 80);
    scale = svg_scale_round(0.5, 0.5, 5);
    cr_expect(scale.low < 0.5 && scale.high > 0.5, "a single value has room around it");
    scale = svg_scale_round(INFINITY, -INFINITY, 5);
    cr_expect(isfinite(scale.low) && isfinite(scale.high), "no values, still a scale");
}

static char *table_of(const struct result_tree *tree, int columns, const char *locale)
{
    char *text;
    size_t n;
    FILE *stream = open_memstream(&text, &n);
    setenv("LC_ALL", locale, 1);
    report_write_table(tree, stream, columns, false);
    fclose(stream);
    return text;
}

static size_t widest(const char *text)
{
    size_t most = 0, taken = 0;
    for (; *text; text++) {
        taken = *text == '\n' ? 0 : taken + ((*text & 0xc0) != 0x80);
        most = taken > most ? taken : most;
    }
    return most;
}

Test(table, as_wide_as_the_terminal_and_ascii_where_it_must)
{
    struct result_tree tree = {0};
    make_tree(&tree);
    add(&tree, "model", "2", "f1-contextual-gain", "all", 0.10);
    for (int columns = 40; columns <= 160; columns += 20) {
        char *text = table_of(&tree, columns, "C");
        cr_expect(widest(text) <= (size_t)columns, "%d columns: a line of %zu", columns,
                  widest(text));
        for (const char *at = text; *at; at++) {
            cr_assert((unsigned char)*at < 0x80, "ASCII in the C locale");
        }
        cr_expect(strstr(text, "model nn") != NULL);
        free(text);
    }
    char *text = table_of(&tree, 120, "en_GB.UTF-8");
    cr_expect(strstr(text, "\u2588") != NULL, "bars where the locale is UTF-8");
    cr_expect(strstr(text, "+10.0") != NULL, "the contextual gain");
    cr_expect(strstr(text, "stage: the last, since") != NULL, "how the stage was chosen");
    cr_expect(strstr(text, "On set (10 items, f1 × 100) model has the best figure, 60.0 (50.0 to "
                           "70.0) at stage 2, its last.") != NULL,
              "the finding");
    free(text);
    result_tree_finish(&tree);
}

static char *escaped(const char *text)
{
    char *page;
    size_t n;
    FILE *stream = open_memstream(&page, &n);
    html_text(stream, text);
    fclose(stream);
    return page;
}

/* The list of stages is one of structs that are longer than their names. */
Test(html, an_embedder_of_two_stages_has_both_in_its_facts)
{
    const char *folder = temporary_folder();
    char *path = file_join(folder, "page.html");
    struct result_tree tree = {0};
    make_tree(&tree);
    struct embedder_facts facts = {
        .name = mem_text("model"), .status = mem_text("ok"), .dim = 8, .n_stages = 2};
    const struct stage stages[] = {STAGE_THE_TABLE, {"1<2", 1, STAGE_FEED_FORWARD}};
    facts.stages = stages_copy(stages, 2);
    result_tree_add_embedder(&tree, &facts);
    cr_assert_eq(report_write_html(&tree, path), 0, "%s", error_message());
    struct str page;
    cr_assert_eq(file_read(path, &page), 0, "%s", error_message());
    cr_expect_not_null(
        strstr(page.data,
               "<th scope=\"row\">stages</th><td><bdi>table</bdi>, <bdi>1&lt;2</bdi></td></tr>"));
    str_finish(&page);
    result_tree_finish(&tree);
    free(path);
    temporary_remove(folder);
}

Test(html, texts_stay_texts)
{
    static const struct {
        const char *text, *wanted;
    } cases[] = {
        {"a<b>&\"'", "a&lt;b&gt;&amp;&quot;&#39;"},
        {"\x01\x1f\x7f\t\n", "\u2401\u241f\u2421\t\n"},
        {"\xff\xc3", "\ufffd\ufffd"},
        {"\xc2\x85\xef\xb7\x90\xef\xbf\xbf", "\ufffd\ufffd\ufffd"},
        {"\u6f22\U0001F600", "\u6f22\U0001F600"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *found = escaped(cases[i].text);
        cr_expect_str_eq(found, cases[i].wanted);
        free(found);
    }
}

static char *page_of(const struct result_tree *tree)
{
    char path[] = "/tmp/page-XXXXXX";
    int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    cr_assert_eq(report_write_html(tree, path), 0, "%s", error_message());
    FILE *stream = fopen(path, "rb");
    char *text = NULL;
    size_t capacity = 0;
    cr_assert(stream && getdelim(&text, &capacity, '\0', stream) > 0);
    fclose(stream);
    close(fd);
    unlink(path);
    return text;
}

/* n parts, n further figures, n embedders with gains. */
static char *page_of_many(unsigned n_parts, unsigned n_figures, unsigned n_embedders)
{
    struct result_tree tree = {0};
    char text[32], name[32];
    for (unsigned e = 0; e < n_embedders; e++) {
        snprintf(name, sizeof name, "m%u", e);
        add(&tree, name, "1", "f1", "all", 0.5);
        add(&tree, name, "2", "f1", "all", 0.6);
        add(&tree, name, "1", "f1-gain", "all", 0.1);
        add(&tree, name, "2", "f1-gain", "all", 0.1);
    }
    for (unsigned i = 0; i < n_parts; i++) {
        snprintf(text, sizeof text, "genre:g%u", i);
        add(&tree, "m0", "2", "f1", text, 0.5);
    }
    for (unsigned i = 0; i < n_figures; i++) {
        snprintf(text, sizeof text, "other%u", i);
        add(&tree, "m0", "2", text, "all", 0.5);
    }
    char *page = page_of(&tree);
    result_tree_finish(&tree);
    return page;
}

/* What a section leaves out is counted in it; where all is shown nothing is said. */
Test(page, what_is_left_out_is_counted)
{
    static const char *const notes[] = {
        "By genre (items): the first 24 of 25 parts; harness report --format csv lists all",
        "Other figures at the stage shown: the first 64 of 65; harness report --format csv lists "
        "all",
        "Gains of the best 4 of 5 embedders; harness report --format csv lists those of all",
    };
    char *more = page_of_many(25, 65, 5), *all = page_of_many(24, 64, 4);
    for (size_t i = 0; i < sizeof notes / sizeof *notes; i++) {
        cr_expect_not_null(strstr(more, notes[i]), "%s", notes[i]);
    }
    cr_expect_null(strstr(all, "the first "));
    cr_expect_null(strstr(all, "Gains of the best"));
    cr_expect_not_null(strstr(all, "By genre (items)"));
    cr_expect_not_null(strstr(all, "g23 (10) °"));
    cr_expect_not_null(strstr(all, "other63"));
    cr_expect_not_null(strstr(all, "Gain of each stage over the one before: m3"));
    free(more);
    free(all);
}
