/* Selections: terms, patterns, chosen stages, and what is said where nothing is left. */
#include <criterion/criterion.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "report/select.h"
#include "report/stored/version1.h"
#include "suites/suite.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

__attribute__((constructor)) static void declare(void)
{
    metrics_declare(suite_figures_of);
}

static void add(struct result_tree *tree, const char *dataset, const char *embedder,
                const char *stage, const char *metric, double value, const char *chosen_on)
{
    char *signature = mem_format("wsd|%s%s%s", dataset, chosen_on ? "|stage-chosen-on:" : "",
                                 chosen_on ? chosen_on : "");
    struct protocol protocol = {0};
    version1_protocol(signature, &protocol);
    bool baseline = strcmp(embedder, "baseline") == 0;
    const char *suite = strcmp(metric, "perplexity") == 0 ? "lm" : "wsd"; /* lower is better */
    result_tree_add_row(tree, &(struct figure){.suite = suite,
                                               .dataset = dataset,
                                               .embedder = embedder,
                                               .kind = baseline ? "baseline" : "contextual",
                                               .stage = version1_stage(stage),
                                               .method = baseline ? "random" : "nn",
                                               .metric = metric,
                                               .policy = baseline ? NULL : "wn1",
                                               .protocol = &protocol,
                                               .value = value,
                                               .low = NAN,
                                               .high = NAN,
                                               .coverage = 1,
                                               .n = strcmp(dataset, "ALL") == 0 ? 100 : 10,
                                               .answered = 10});
    protocol_finish(&protocol);
    free(signature);
}

static struct result_tree make_tree(void)
{
    struct result_tree tree = {0};
    struct embedder_facts a = {.name = mem_text("minilm")}, b = {.name = mem_text("glove")};
    result_tree_add_embedder(&tree, &a);
    result_tree_add_embedder(&tree, &b);
    add(&tree, "ALL", "baseline", NULL, "f1", 0.3, NULL);
    add(&tree, "ALL", "minilm", "table", "f1", 0.5, NULL);
    add(&tree, "ALL", "minilm", "1.attention", "f1", 0.7, NULL);
    add(&tree, "ALL", "minilm", "1", "f1", 0.6, NULL);
    add(&tree, "ALL", "minilm", "sum:0-1", "f1", 0.65, NULL);
    add(&tree, "ALL", "minilm", "1", "f1-dev-chosen", 0.6, "semeval2007");
    add(&tree, "ALL", "minilm", "table", "perplexity", 30, NULL);
    add(&tree, "ALL", "minilm", "1", "perplexity", 20, NULL);
    add(&tree, "my set, two", "glove", "table", "f1", 0.4, NULL);
    add(&tree, "ALL", "glove", "table", "f1", 0.45, NULL);
    return tree;
}

/* What a selection leaves: "minilm/1.attention*" a row, * where its signature says that it was
 * chosen. */
static char *left(const char *selection)
{
    struct result_tree tree = make_tree();
    struct str text = {0};
    int status = result_tree_select(&tree, selection);
    if (status != 0) {
        str_format(&text, "%d", status);
    }
    for (size_t i = 0; i < tree.n_rows && status == 0; i++) {
        const char *on = strstr(tree.rows[i].signature, "|stage-chosen-on:");
        str_format(&text, "%s%s/%s%s%s", i ? " " : "", tree.rows[i].embedder,
                   tree.rows[i].stage.name ? tree.rows[i].stage.name : "-", on ? "*" : "",
                   on ? on + strlen("|stage-chosen-on:") : "");
    }
    result_tree_finish(&tree);
    return text.data ? text.data : mem_text("");
}

static void leaves(const char *selection, const char *expected)
{
    char *found = left(selection);
    cr_expect_str_eq(found, expected, "%s: found %s, expected %s", selection, found, expected);
    free(found);
}

static void refused(const char *selection, int status, const char *reason)
{
    struct result_tree tree = make_tree();
    size_t n = tree.n_rows;
    cr_expect_eq(result_tree_select(&tree, selection), status, "%s", selection);
    cr_expect_not_null(strstr(error_message(), reason), "%s: found: %s\nexpected: %s", selection,
                       error_message(), reason);
    cr_expect_eq(tree.n_rows, n, "a refused selection leaves the tree whole");
    result_tree_finish(&tree);
}

Test(selection, terms)
{
    leaves("metric=f1 embedder=glove", "glove/table glove/table");
    leaves("  embedder=glove\tmetric=f1\n", "glove/table glove/table");
    leaves("embedder=gl* dataset=ALL", "glove/table");
    leaves("embedder!=minilm,baseline dataset=A?L", "glove/table");
    leaves("dataset=\"my set, two\"", "glove/table");
    leaves("dataset=my* kind=contextual", "glove/table");
    leaves("stage=*.attention", "minilm/1.attention");
    leaves("stage=sum:?-?", "minilm/sum:0-1");
    leaves("policy=", "baseline/-");
    leaves("policy= stage=", "baseline/-");
    leaves("policy!= embedder!=minilm dataset=ALL", "glove/table");
    leaves("n<100", "glove/table");
    leaves("n>=100 value<0.5", "baseline/- glove/table");
    leaves("value=0.3,0.45", "baseline/- glove/table");
    leaves("low>=0 n>1", "-1"); /* not computed: passes no comparison */
    leaves("metric=*-dev-chosen", "minilm/1*semeval2007");
}

Test(selection, chosen_stages)
{
    leaves("stage=best metric=f1 dataset=ALL", "baseline/- minilm/1.attention*itself glove/table");
    leaves("stage=best metric=f1 stage!=*.attention embedder=minilm", "minilm/sum:0-1*itself");
    leaves("stage=best metric=perplexity", "minilm/1*itself"); /* the smaller is better */
    leaves("stage=dev metric=f1 dataset=ALL", "baseline/- minilm/1*semeval2007 glove/table");
    leaves("stage=last metric=f1 dataset=ALL", "baseline/- minilm/1 glove/table");
    leaves("stage=table,best metric=f1 embedder=minilm", "minilm/table minilm/1.attention*itself");
    leaves("stage=1.attention,best metric=f1 embedder=minilm",
           "minilm/1.attention minilm/1.attention*itself");
}

Test(selection, embedders_follow)
{
    struct result_tree tree = make_tree();
    cr_assert_eq(result_tree_select(&tree, "embedder=glove metric=f1"), 0);
    cr_expect_eq(tree.n_embedders, 1u);
    cr_expect_str_eq(tree.embedders[0].name, "glove");
    result_tree_finish(&tree);
    tree = make_tree();
    cr_assert_eq(result_tree_select(&tree, "metric=perplexity"), 0);
    cr_expect_eq(tree.n_embedders, 2u, "only embedder terms leave embedders out");
    result_tree_finish(&tree);
}

Test(selection, refusals)
{
    refused("suite", ERR_REQUEST, "found \"suite\", expected COLUMN=VALUE");
    refused("colour=red", ERR_REQUEST, "there is no column \"colour\"; expected one of suite,");
    refused("suite<wsd", ERR_REQUEST, "expected = or !=");
    refused("n=many", ERR_REQUEST, "expected a number");
    refused("dataset=\"ALL", ERR_REQUEST, "a second '\"'");
    refused("stage!=best", ERR_REQUEST, "expected = before best");
    refused("embedder=glove,metric=f1", ERR_REQUEST, "expected a space between terms");
    refused("embedder=glove,n>=10", ERR_REQUEST, "another value of embedder");
    leaves("embedder=glove,\"metric=f1\" metric=f1 dataset=ALL", "glove/table"); /* as meant */
    leaves("embedder=glove,colour=red metric=f1 dataset=ALL", "glove/table");    /* no column */
    refused("metric=f2", ERR_FAILED,
            "no figure passes \"metric=f2\"; what the rest leaves has metric: f1,");
    refused("embedder=glove metric=perplexity", ERR_FAILED, "has metric: f1");
    refused("stage=dev metric=perplexity embedder=glove", ERR_FAILED, "embedder=glove");
}

Test(selection, headlines)
{
    struct result_tree tree = make_tree();
    result_tree_headlines(&tree);
    cr_expect_eq(tree.n_rows, 9u, "%zu", tree.n_rows);
    for (size_t i = 0; i < tree.n_rows; i++) {
        bool lm = strcmp(tree.rows[i].suite, "lm") == 0;
        cr_expect_str_eq(tree.rows[i].metric, lm ? "perplexity" : "f1");
    }
    result_tree_finish(&tree);
}
