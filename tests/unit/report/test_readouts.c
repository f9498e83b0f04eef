/* Readouts side by side: which rows make one, what counts as shown, and the sentence, against what
 * a reader of the numbers below would write. */
#include <criterion/criterion.h>

#include "base/file.h"
#include "report/readouts.h"
#include "report/stored/version1.h"
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

static void add(struct result_tree *tree, const char *suite, const char *embedder,
                const char *method, const char *post, const char *metric, const char *split,
                double value, double half)
{
    struct protocol protocol = {0};
    protocol_begin(&protocol, suite, "set", 10);
    protocol_add(&protocol, PROTOCOL_METHOD, method);
    protocol_add(&protocol, PROTOCOL_INTERVAL, "documents(12)");
    if (post) {
        protocol_add(&protocol, PROTOCOL_POST, post);
    }
    const struct figure row = {.suite = suite,
                               .dataset = "set",
                               .embedder = embedder,
                               .kind = "contextual",
                               .stage = version1_stage("2"),
                               .method = method,
                               .metric = metric,
                               .split = version1_split(split, &tree->attributes),
                               .policy = "wn1",
                               .protocol = &protocol,
                               .value = value,
                               .low = value - half,
                               .high = value + half,
                               .n = 10,
                               .answered = 10};
    result_tree_add_row(tree, &row);
    protocol_finish(&protocol);
}

static void add_readout(struct result_tree *tree, const char *suite, const char *embedder,
                        const char *method, const char *post, double attention, double feed_forward)
{
    add(tree, suite, embedder, method, post, "f1-gain-total", "all", attention + feed_forward,
        0.02);
    add(tree, suite, embedder, method, post, "f1-gain-total", "part:attention", attention, 0.02);
    add(tree, suite, embedder, method, post, "f1-gain-total", "part:feed-forward", feed_forward,
        0.02);
    add(tree, suite, embedder, method, post, "f1-attention-lead", "all", attention - feed_forward,
        0.02);
}

/* The homographs of MiniLM, nearly: nn and the definitions disagree about the parts. */
static void make_tree(struct result_tree *tree)
{
    add_readout(tree, "wsd", "m", "nn", NULL, 0.26, 0.094);
    add_readout(tree, "wsd", "m", "gloss", NULL, 0.015, 0.244);
    add_readout(tree, "wsd", "m+standardise", "gloss", "standardise on wordnet-definitions", 0.142,
                -0.031);
    add_readout(tree, "wsd", "other", "nn", NULL, 0.1, 0.2); /* alone: no table */
}

Test(readouts, one_table_an_embedder_with_the_sentence)
{
    struct result_tree tree = {0};
    struct readouts readouts;
    make_tree(&tree);
    readouts_list(&tree, &readouts);
    cr_assert_eq(readouts.n, 1);
    const struct readout_table *table = &readouts.tables[0];
    cr_assert_eq(table->n, 3);
    cr_expect_str_eq(table->embedder, "m");
    cr_expect_str_eq(table->units, "documents(12)");
    cr_expect_str_eq(table->readouts[0].name, "nn");
    cr_expect_str_eq(table->readouts[1].name, "gloss");
    cr_expect_str_eq(table->readouts[2].name, "gloss (standardise)");
    cr_expect_float_eq(table->readouts[2].gains[READOUT_FEED_FORWARD].value, -3.1, 1e-9);
    cr_expect(isnan(table->readouts[0].gains[READOUT_INPUT].value));
    char *title = readouts_title(table), *sentence = readouts_sentence(table);
    cr_expect_str_eq(title, "set, m: gains of f1 × 100 by 3 readouts");
    cr_expect_str_eq(sentence,
                     "all stages: all 3 show a gain. attention: no agreement: 2 of 3 show a gain; "
                     "neither shown by gloss. feed-forward: no agreement: 2 of 3 show a gain; a "
                     "loss by gloss (standardise). attention − feed-forward: no agreement: 2 of 3 "
                     "show a gain; a loss by gloss.");
    free(title);
    free(sentence);
    readouts_finish(&readouts);
    result_tree_finish(&tree);
}

Test(readouts, suites_are_named_where_there_are_several)
{
    struct result_tree tree = {0};
    struct readouts readouts;
    add_readout(&tree, "wsd", "m", "nn", NULL, 0.26, 0.094);
    add_readout(&tree, "probe", "m", "lemma", NULL, 0.2, 0.01);
    readouts_list(&tree, &readouts);
    cr_assert_eq(readouts.n, 1);
    cr_expect_str_eq(readouts.tables[0].readouts[0].name, "wsd nn");
    cr_expect_str_eq(readouts.tables[0].readouts[1].name, "probe lemma");
    char *sentence = readouts_sentence(&readouts.tables[0]);
    cr_expect(strstr(sentence, "attention: both show a gain. feed-forward: no agreement: a gain by "
                               "wsd nn; neither shown by probe lemma."),
              "%s", sentence);
    free(sentence);
    readouts_finish(&readouts);
    result_tree_finish(&tree);
}

Test(readouts, a_gain_is_shown_by_its_own_interval_alone)
{
    static const struct {
        struct readout_value gain;
        enum readout_verdict verdict;
    } cases[] = {
        {{1, 0.1, 2}, READOUT_ADDS},       {{-1, -2, -0.1}, READOUT_LOSES},
        {{1, -0.1, 2}, READOUT_NOT_SHOWN}, {{0, 0, 0}, READOUT_NOT_SHOWN},
        {{1, NAN, NAN}, READOUT_UNTESTED}, {{1, 0, 2}, READOUT_NOT_SHOWN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cr_expect_eq(readout_verdict(&cases[i].gain), cases[i].verdict, "case %zu", i);
    }
}

/* Page and table say the same sentence. */
Test(readouts, page_and_table_have_it)
{
    struct result_tree tree = {0};
    struct str page;
    char *shown = NULL;
    size_t n = 0;
    make_tree(&tree);
    char path[] = "/tmp/readouts-XXXXXX";
    int file = mkstemp(path);
    cr_assert(file >= 0);
    cr_assert_eq(report_write_html(&tree, path), 0);
    cr_assert_eq(file_read(path, &page), 0);
    cr_expect(strstr(str_text(&page), "a loss by gloss (standardise)."));
    cr_expect(strstr(str_text(&page), "id=\"readouts\""));
    unlink(path);
    close(file);
    FILE *out = open_memstream(&shown, &n);
    report_write_table(&tree, out, 100, false);
    fclose(out);
    cr_expect(strstr(shown, "attention: no agreement"), "%s", shown);
    cr_expect(strstr(shown, "+26.0*"), "%s", shown);
    cr_expect(strstr(shown, "+1.5 "), "%s", shown);
    free(shown);
    str_finish(&page);
    result_tree_finish(&tree);
}
