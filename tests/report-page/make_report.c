/*
 * make_report hostile|big|wide OUT: a made-up report as OUT.html, OUT.json, OUT.xml and OUT.txt
 * (the table).
 *
 * hostile: in every text field of the report stands all that could break a format or a page.
 * big: 20 embedders, 10 data sets, 30 stages, with splits and intervals, without items; wide: 300
 * embedders by two methods, 30 data sets, 6 stages, all that a run of wsd says of them. Says on
 * standard output how long the page and the table took.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "report/fields.h"
#include "report/stored/version1.h"
#include "report/item_history.h"
#include "report/metric.h"
#include "report/write.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* CJK, right to left with an override, emoji of several code points, control characters, ends of
 * CDATA, comments, attributes and scripts; hostile.py has the same. */
#define HARM                                                                                       \
    "\u6c49\u5b57 \u05e9\u05dc\u05d5\u05dd \u202egnp\u202c \U0001F469\u200d\U0001F52C e\u0301 "    \
    "\x01\x1b[31m\x7f ]]> --> <!-- &amp; &#60; ' \" </title></style></textarea></script>"          \
    "<script>window.harmed=1</script><img src=x onerror=\"window.harmed=1\">"

static char *harmful(const char *name)
{
    return mem_format("<%s> " HARM, name);
}

/* Every text of a struct that the report's own list of fields names. */
static void fill(const struct field *fields, void *object)
{
    for (const struct field *field = fields; field->name; field++) {
        if (field->type == FIELD_TEXT) {
            char *text = harmful(field->name);
            memcpy((char *)object + field->offset, &text, sizeof text);
        } else if (field->type == FIELD_OBJECT) {
            fill(field->fields, object);
        }
    }
}

static void add_item(struct result_tree *tree, const char *embedder, const char *answer,
                     double right)
{
    char *sentence = harmful("sentence"), *gold = mem_text("gold\u05d0</script>");
    char *definitions = mem_format("%s\t%s", gold, sentence), *id = harmful("id");
    const struct result_attribute attributes[] = {
        {"lemma", sentence}, {"sentence", sentence}, {"span", "2-7"}, {"definitions", definitions}};
    struct result_item item = {.suite = "wsd",
                               .dataset = id,
                               .embedder = embedder,
                               .stage = STAGE_THE_TABLE,
                               .method = "nn",
                               .id = id,
                               .answer = answer,
                               .gold = gold,
                               .status = "ok",
                               .score = NAN,
                               .gold_score = NAN,
                               .correct = right,
                               .attributes = attributes,
                               .n_attributes = 4};
    item_histories_add(&tree->item_histories, &item);
    free(id);
    free(definitions);
    free(gold);
    free(sentence);
}

static void make_hostile(struct result_tree *tree)
{
    struct embedder_facts facts = {0};
    struct figure row = {0};
    fill(fields_of_run, &tree->run);
    fill(fields_of_embedder, &facts);
    fill(fields_of_row, &row);
    free((char *)row.embedder);
    row.embedder = mem_text(facts.name);
    row.value = 0.5;
    row.low = 0.4;
    row.high = 0.6;
    row.n = row.answered = 10;
    row.coverage = 1;
    struct split split = row.split;
    char *stage = (char *)row.stage.name, *answer = harmful("answer");
    struct protocol protocol = {0};
    version1_protocol(row.signature, &protocol);
    row.protocol = &protocol;
    for (int i = 0; i < 3; i++) {
        row.split = SPLIT_ALL;
        row.stage = version1_stage(i == 0 ? "table" : i == 1 ? stage : "1");
        result_tree_add_row(tree, &row);
        row.split = split;
        result_tree_add_row(tree, &row);
    }
    add_item(tree, facts.name, answer, 0);
    add_item(tree, "second", answer, 0);
    result_tree_add_embedder(tree, &facts);
    row.stage.name = stage;
    row.split = split;
    for (const struct field *field = fields_of_row; field->name; field++) {
        if (field->type == FIELD_TEXT) {
            free((char *)field_text(field, &row));
        }
    }
    protocol_finish(&protocol);
    free(answer);
}

/* How much there is of each. */
static struct {
    int embedders, sets, stages, methods;
} size = {20, 10, 30, 1};

static const struct metric metrics[] = {{.id = "f1",
                                         .direction = METRIC_HIGHER,
                                         .scale = METRIC_SHARE,
                                         .records = METRIC_F1,
                                         .high = 1},
                                        {0}};
static const struct suite_figures figures = {.metrics = metrics, .ceiling = "static-ceiling"};

static const struct suite_figures *figures_of(const char *suite)
{
    return strcmp(suite, "wsd") == 0 ? &figures : NULL;
}

static void add_figure(struct result_tree *tree, struct figure *row, const char *metric,
                       const char *split, double value)
{
    row->metric = metric;
    row->split = version1_split(split, &tree->attributes);
    row->value = value;
    row->low = value - 0.02;
    row->high = value + 0.02;
    result_tree_add_row(tree, row);
}

static void make_system(struct result_tree *tree, struct figure *row, int embedder, int set)
{
    static const char *const splits[] = {
        "pos:NOUN",      "pos:VERB",     "pos:ADJ",          "pos:ADV",
        "sense:first",   "sense:other",  "candidates:2-3",   "candidates:4-5",
        "candidates:6+", "train:seen",   "train:unseen",     "span:one-word",
        "span:several",  "clue:left",    "clue:right",       "clue:both",
        "distance:0",    "distance:1-2", "distance:3-5",     "position:first-third",
        "pieces:1",      "pieces:2",     "lemma-in-train:0", "lemma-in-train:1-10"};
    static const char *const others[] = {"recall", "macro-accuracy-lemmas", "macro-recall",
                                         "backoff", "f1-supersense"};
    bool rich = size.methods > 1;
    size_t n_splits = rich ? sizeof splits / sizeof *splits : 6,
           n_others = rich ? sizeof others / sizeof *others : 0;
    char stage[32];
    for (int s = 0; s < size.stages; s++) {
        int block = (s + 1) / 2;
        snprintf(stage, sizeof stage, s % 2 ? "%d.attention" : "%d", block);
        row->stage = version1_stage(s == 0 ? "table" : stage);
        double value = 0.5 + 0.2 * embedder / size.embedders + 0.005 * set + 0.1 * sin(s / 8.0);
        /* where they are shown: of the best, and some at one stage */
        bool top = !rich || embedder + 40 > size.embedders;
        bool wanted = !rich || (top && s == size.stages - 4);
        add_figure(tree, row, "f1", "all", value);
        if (top) {
            add_figure(tree, row, "precision", "all", value);
        }
        for (size_t i = 0; wanted && i < n_others; i++) {
            add_figure(tree, row, others[i], "all", value);
        }
        if (s > 0 && top) {
            add_figure(tree, row, "f1-gain", "all", 0.01 * cos(s));
        }
        for (size_t i = 0; wanted && i < n_splits; i++) {
            add_figure(tree, row, "f1", splits[i], value - 0.03 * (double)i);
        }
        if (s == size.stages - 4) {
            add_figure(tree, row, "f1-dev-chosen", "all", value);
            add_figure(tree, row, "f1-contextual-gain", "all", value - 0.5);
        }
    }
}

#define HASH "694e036d287e3d9a57ad6723a265f91e9dc228221f56581da4b5a0629aa49b42"

static void add_embedder(struct result_tree *tree, int number)
{
    struct embedder_facts facts = {
        .name = mem_format("embedder-%d", number + 1),
        .kind = mem_text("contextual"),
        .status = mem_text("ok"),
        .plugin = mem_text("transformer"),
        .plugin_path = mem_text("/usr/lib/x86_64-linux-gnu/harness/plugins/transformer.so"),
        .plugin_version = mem_text("1.0.0"),
        .plugin_sha256 = mem_text(HASH),
        .citation =
            mem_text("Vaswani et al. 2017, Attention Is All You Need; Devlin et al. 2019, BERT"),
        .model_citation = mem_text("Reimers, Gurevych: Sentence-BERT. EMNLP 2019"),
        .licence = mem_text("Apache-2.0 (model), MIT (package)"),
        .options =
            mem_format("path=/home/user/.cache/harness/models/model-%d,context=left", number),
        .model_path = mem_format("/home/user/.cache/harness/models/model-%d", number),
        .model_sha256 = mem_text(HASH),
        .weights_before = mem_text(HASH),
        .weights_after = mem_text(HASH),
        .claim = mem_text("verified"),
        .claim_statement = mem_text("claims to be contextual: rows of 5 words bit-identical in 121 "
                                    "comparisons; 121 of 121 changed with their sentence"),
        .dim = 768,
        .n_stages = (uint32_t)size.stages,
        .seconds = 10 + number,
        .tokens_per_second = 1000.0 * (number + 1),
        .peak_rss_bytes = 1000000ULL * (uint64_t)(100 + 30 * number),
    };
    struct arena names = {0};
    struct stage *stages = mem_array((size_t)size.stages, sizeof *stages);
    for (int s = 0; s < size.stages; s++) {
        stages[s] = (struct stage){arena_format(&names, "stage-%d", s), s, STAGE_OTHER};
    }
    facts.stages = stages_copy(stages, facts.n_stages);
    free(stages);
    arena_finish(&names);
    result_tree_add_embedder(tree, &facts);
}

static void make_big(struct result_tree *tree)
{
    static const char *const baselines[] = {"random", "first-sense", "train-mfs", "static-ceiling"};
    static const char *const methods[] = {"nn", "gloss:sentence-gloss"};
    char set[32], name[32];
    tree->run.version = "0.1.0";
    tree->run.command = "harness --suite wsd";
    tree->run.started = "2026-01-31T12:00:00Z";
    for (int d = 0; d < size.sets; d++) {
        struct protocol protocol = {0};
        version1_protocol("wsd|set(1000)|train:semcor|method:nn|stage:5.attention|from:1.attention|"
                          "pool:mean|cand:lemma|"
                          "tie:lowest|interval:instances|policy:wn1|v1",
                          &protocol);
        struct figure row = {.suite = "wsd",
                             .dataset = set,
                             .n = 1000,
                             .answered = 1000,
                             .coverage = 1,
                             .protocol = &protocol};
        snprintf(set, sizeof set, "data-set-%d", d + 1);
        for (int b = 0; b < 4; b++) {
            row.embedder = row.kind = "baseline";
            row.method = baselines[b];
            add_figure(tree, &row, "f1", "all", 0.3 + 0.15 * b);
        }
        for (int e = 0; e < size.embedders; e++) {
            snprintf(name, sizeof name, "embedder-%d", e + 1);
            row.embedder = name;
            row.kind = "contextual";
            row.policy = "wn1";
            row.answered = 1000 - (uint64_t)(e % 3);
            for (int m = 0; m < size.methods; m++) {
                row.method = methods[m];
                make_system(tree, &row, e, d);
            }
        }
        protocol_finish(&protocol);
    }
    for (int e = 0; e < size.embedders; e++) {
        add_embedder(tree, e);
    }
}

static void free_run(const struct field *fields, const void *run)
{
    for (const struct field *field = fields; field->name; field++) {
        if (field->type == FIELD_TEXT) {
            free((char *)field_text(field, run));
        } else if (field->type == FIELD_OBJECT) {
            free_run(field->fields, run);
        }
    }
}

/* page_alone: no other format, which take a while of a big one. */
static int write_all(const struct result_tree *tree, const char *out, bool page_alone)
{
    static const struct {
        const char *ending;
        int (*write)(const struct result_tree *tree, const char *path);
    } writers[] = {
        {"html", report_write_html}, {"json", report_write_json}, {"xml", report_write_xml}};
    int status = 0;
    for (size_t i = 0; status == 0 && i < (page_alone ? 1 : sizeof writers / sizeof *writers);
         i++) {
        char *path = mem_format("%s.%s", out, writers[i].ending);
        double begin = clock_seconds();
        status = writers[i].write(tree, path);
        printf("%s: %.3f s\n", writers[i].ending, clock_seconds() - begin);
        free(path);
    }
    if (page_alone) {
        return status != 0;
    }
    char *path = mem_format("%s.txt", out);
    FILE *table = fopen(path, "w");
    double begin = clock_seconds();
    if (table) {
        report_write_table(tree, table, 120, false);
        fclose(table);
    }
    printf("table: %.3f s\n", clock_seconds() - begin);
    free(path);
    return status != 0 || !table;
}

int main(int argc, char **argv)
{
    struct result_tree tree = {0};
    if (argc != 3) {
        fputs("usage: make_report hostile|big|wide OUT\n", stderr);
        return 2;
    }
    bool hostile = strcmp(argv[1], "hostile") == 0;
    metrics_declare(figures_of);
    if (strcmp(argv[1], "wide") == 0) {
        size.embedders = 300;
        size.sets = 30;
        size.stages = 6;
        size.methods = 2;
    }
    (hostile ? make_hostile : make_big)(&tree);
    printf("%zu figures\n", tree.n_rows);
    int status = write_all(&tree, argv[2], strcmp(argv[1], "wide") == 0);
    if (hostile) {
        free_run(fields_of_run, &tree.run);
    }
    result_tree_finish(&tree);
    return status;
}
