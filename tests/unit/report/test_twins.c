/* JSON and XML hold the same: what one says comes back, byte for byte, by way of the other. */
#include "generated.h"
#include "temporary.h"

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rng.h"
#include "report/stored/read.h"
#include "report/write.h"
#include "report/stored/version1.h"
#include "report/stored/xml_text.h"

#include <math.h>

typedef int writer(const struct result_tree *tree, const char *path);

static char *written(const struct result_tree *tree, writer *write, const char *path)
{
    struct str text;
    cr_assert_eq(write(tree, path), 0, "%s", error_message());
    cr_assert_eq(file_read(path, &text), 0, "%s", error_message());
    return text.data;
}

/* The text that `write` makes of what stands in `from`. */
static char *converted(const char *from, writer *write, const char *to)
{
    struct result_tree tree;
    cr_assert_eq(report_read(from, &tree), 0, "%s", error_message());
    char *text = written(&tree, write, to);
    result_tree_finish(&tree);
    return text;
}

static void check_twins(const struct result_tree *tree, const char *folder, uint64_t seed)
{
    char *json = file_join(folder, "a.json"), *xml = file_join(folder, "a.xml");
    char *json2 = file_join(folder, "b.json"), *xml2 = file_join(folder, "b.xml");
    char *first = written(tree, report_write_json, json);
    char *second = written(tree, report_write_xml, xml);
    char *over_json = converted(json, report_write_xml, xml2);
    char *over_xml = converted(xml, report_write_json, json2);
    char *again_json = converted(json, report_write_json, json2);
    char *again_xml = converted(xml, report_write_xml, xml2);
    cr_expect_str_eq(over_json, second, "JSON to XML, seed %u", (unsigned)seed);
    cr_expect_str_eq(over_xml, first, "XML to JSON, seed %u", (unsigned)seed);
    cr_expect_str_eq(again_json, first, "JSON to JSON, seed %u", (unsigned)seed);
    cr_expect_str_eq(again_xml, second, "XML to XML, seed %u", (unsigned)seed);
    char *texts[] = {json,   xml,       json2,    xml2,       first,
                     second, over_json, over_xml, again_json, again_xml};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        free(texts[i]);
    }
}

Test(twins, of_generated_trees)
{
    const char *folder = temporary_folder();
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct result_tree tree;
        generate_tree(seed, &tree);
        check_twins(&tree, folder, seed);
        result_tree_finish(&tree);
    }
    temporary_remove(folder);
}

static char *frozen(const char *name)
{
    return mem_format("%s/tests/golden/report/frozen/%s", getenv("HARNESS_SOURCE_ROOT"), name);
}

Test(twins, of_the_frozen_report)
{
    const char *folder = temporary_folder();
    char *json = frozen("harness-report-1.json"), *xml = frozen("harness-report-1.xml");
    struct result_tree a, b;
    cr_assert_eq(report_read(json, &a), 0, "%s", error_message());
    cr_assert_eq(report_read(xml, &b), 0, "%s", error_message());
    check_twins(&a, folder, 0);
    cr_expect_eq(a.n_rows, 142u, "%zu", a.n_rows);
    cr_expect_eq(b.n_rows, a.n_rows);
    cr_expect_eq(a.n_embedders, 3u);
    cr_expect_str_eq(a.embedders[1].status, "failed");
    cr_expect_str_eq(b.embedders[2].stages[0].name, "table");
    cr_expect_eq(a.embedders[0].model_bytes, 93u);
    cr_expect_eq(a.run.seed, 7u);
    free(json);
    free(xml);
    result_tree_finish(&a);
    result_tree_finish(&b);
    temporary_remove(folder);
}

/* As the file of version 2 says, not as a name could tell. */
Test(twins, types_of_the_frozen_report)
{
    const char *folder = temporary_folder();
    char *json = frozen("harness-report-2.json");
    struct result_tree tree;
    cr_assert_eq(report_read(json, &tree), 0, "%s", error_message());
    check_twins(&tree, folder, 0);
    const struct figure *last = &tree.rows[tree.n_rows - 1];
    cr_expect_eq(tree.n_rows, 453u, "%zu", tree.n_rows);
    cr_expect_str_eq(last->stage.name, "sum:1-2");
    cr_expect_eq(last->stage.block, 2);
    cr_expect_eq(last->stage.part, STAGE_COMBINATION);
    cr_expect_str_eq(last->split.axis, "oov-of");
    cr_expect_str_eq(last->split.value, "v");
    cr_expect_str_eq(protocol_get(last->protocol, PROTOCOL_POOL), "mean");
    cr_expect_eq(tree.embedders[3].stages[1].part, STAGE_ATTENTION);
    cr_expect_eq(tree.embedders[3].stages[1].block, 1);
    free(json);
    result_tree_finish(&tree);
    temporary_remove(folder);
}

static int count(void *ctx, const struct result_item *item)
{
    cr_assert_not_null(item->id);
    ++*(unsigned *)ctx;
    return 0;
}

Test(twins, items_of_the_frozen_report)
{
    char *xml = frozen("harness-report-1.xml");
    struct result_tree tree;
    unsigned n = 0;
    cr_assert_eq(report_read(xml, &tree), 0, "%s", error_message());
    cr_assert_eq(report_read_items(xml, &tree, count, &n), 0, "%s", error_message());
    cr_expect_eq(n, 34u, "%u", n);
    free(xml);
    result_tree_finish(&tree);
}

Test(twins, what_xml_cannot_hold)
{
    struct str escaped = {0}, text = {0};
    xml_text_escape("a\\b\x01\n\xef\xbf\xbf\xe9\x93\xb6", &escaped);
    cr_expect_str_eq(str_text(&escaped), "a\\\\b\\u0001\n\\uffff\xe9\x93\xb6");
    cr_expect(xml_text_unescape(str_text(&escaped), &text));
    cr_expect_str_eq(str_text(&text), "a\\b\x01\n\xef\xbf\xbf\xe9\x93\xb6");
    static const char *const wrong[] = {"\\", "\\x", "\\u12", "\\u0000", "\\ud800", "\\u00G1"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        str_clear(&text);
        cr_expect_not(xml_text_unescape(wrong[i], &text), "%s", wrong[i]);
    }
    str_finish(&escaped);
    str_finish(&text);
}

/* A report, or something near one, that must be refused with a message that holds `reason`. */
static void refused(const char *folder, const char *text, const char *reason)
{
    char *path = file_join(folder, "wrong");
    struct result_tree tree;
    temporary_write(path, text, strlen(text));
    cr_expect_eq(report_read(path, &tree), ERR_REQUEST, "%s", text);
    cr_expect_not_null(strstr(error_message(), reason), "found: %s\nexpected: %s", error_message(),
                       reason);
    cr_expect_not_null(strstr(error_message(), path), "%s", error_message());
    free(path);
}

#define JSON_HARNESS "\"harness\": {\"version\": \"1\", \"build\": \"\"},"
#define JSON_HEAD "{\"schema\": \"harness-report/1\"," JSON_HARNESS
#define JSON_HEAD_2 "{\"schema\": \"harness-report/2\"," JSON_HARNESS
#define JSON_RUN                                                                                   \
    "\"run\": {\"command\": \"\", \"start\": \"\", \"machine\": {}}, \"embedders\": [],"
#define ROW                                                                                        \
    "\"suite\": \"s\", \"dataset\": \"d\", \"embedder\": \"e\", \"kind\": \"static\", "            \
    "\"method\": \"m\", \"metric\": \"f1\", \"split\": \"all\", \"signature\": \"\""

Test(reading, wrong_reports)
{
    const char *folder = temporary_folder();
    refused(folder, "", "an empty file");
    refused(folder, "wsd f1 0.7", "neither '{' nor '<'");
    refused(folder, "{\"schema\": ", "not JSON");
    refused(folder, "{}",
            "found schema \"nothing\", expected a report of schema \"harness-report/1\" or "
            "\"harness-report/2\"");
    refused(
        folder, "{\"schema\": \"harness-report/3\"}",
        "found schema \"harness-report/3\", expected a report of schema \"harness-report/1\" or "
        "\"harness-report/2\"; a report of another version");
    refused(folder, "{\"schema\": \"harness-report/10\"}", "\"harness-report/10\"");
    refused(folder, "{\"schema\": \"harness-compare/1\"}", "\"harness-compare/1\"");
    refused(folder, JSON_HEAD "\"embedders\": []}", "results: found nothing, expected a list");
    refused(folder, JSON_HEAD "\"embedders\": [], \"results\": []}",
            "run: found nothing, expected an object");
    refused(folder, JSON_HEAD JSON_RUN "\"results\": [{}]}",
            "results[0]: suite: found nothing, expected a text");
    refused(folder, JSON_HEAD JSON_RUN "\"results\": [{" ROW "}, {" ROW ", \"value\": \"0.7\"}]}",
            "results[1]: value: found a text, expected a number or null");
    refused(folder, JSON_HEAD JSON_RUN "\"results\": [{" ROW ", \"n\": -1}]}",
            "results[0]: n: found a number, expected a whole number");
    refused(folder, JSON_HEAD JSON_RUN "\"results\": [3]}", "results[0]: found a number");
    refused(folder, "<report schema='harness-report/3'/>", "\"harness-report/3\"");
    refused(folder, "<other/>", "\"nothing\"");
    refused(folder, "<report schema='harness-report/1'><results>", "not well-formed");
    refused(folder, "<report schema='harness-report/1'/>", "report: found no element harness");
    refused(folder,
            "<report schema='harness-report/1'>\n<results>\n<result suite='s' dataset='d' "
            "embedder='e' kind='static' method='m' metric='f1' split='all' signature='' "
            "value='many'/></results></report>",
            ":3: value of result: found \"many\", expected a number or null");
    temporary_remove(folder);
}

#define PROTOCOLS(signature, terms)                                                                \
    "\"protocols\": [{\"signature\": \"" signature "\", \"terms\": [" terms "]}],"
#define TERMS(terms) PROTOCOLS("wsd|k:5", terms)
#define WSD "{\"key\": \"suite\", \"role\": \"experiment\", \"value\": \"wsd\"}"
#define K_5 "{\"key\": \"k\", \"role\": \"experiment\", \"value\": \"5\"}"
#define ROW_2(typed)                                                                               \
    "\"results\": [{\"suite\": \"s\", \"dataset\": \"d\", \"embedder\": \"e\", \"kind\": "         \
    "\"static\", \"method\": \"m\", \"metric\": \"f1\", \"signature\": \"wsd|k:5\", " typed "}]}"

/* What the typed fields of version 2 say must be whole, and agree with the texts beside them. */
Test(reading, contradictions_in_version_2)
{
    static const struct {
        const char *typed, *reason;
    } rows[] = {
        {"\"split\": \"all\", \"stage\": \"3\"", "stage_part: found nothing, expected that of"},
        {"\"split\": \"all\", \"stage\": \"3\", \"stage_part\": \"ffn\"", "found \"ffn\""},
        {"\"split\": \"all\", \"stage_part\": \"table\"", "found a part, expected null"},
        {"\"split\": \"all\", \"stage_block\": 3", "found a block, expected null"},
        {"\"split\": \"all\", \"stage\": \"3\", \"stage_part\": \"norm\", \"stage_block\": 1e9",
         "stage_block: found a number"},
        {"\"split\": \"all\", \"stage\": \"3\", \"stage_part\": \"norm\", \"stage_block\": -1",
         "stage_block: found a number"},
        {"\"split\": \"pos:NOUN\"", "split: found \"pos:NOUN\", expected \"all\""},
        {"\"split\": \"all\", \"split_axis\": \"pos\"", "split: found \"all\", expected \"pos\""},
        {"\"split\": \"all\", \"split_value\": \"NOUN\"", "without a split_axis"},
    };
    const char *folder = temporary_folder();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *text =
            mem_format(JSON_HEAD_2 JSON_RUN TERMS(WSD ", " K_5) ROW_2("%s"), rows[i].typed);
        refused(folder, text, rows[i].reason);
        free(text);
    }
    refused(folder, JSON_HEAD_2 JSON_RUN "\"results\": []}", "protocols: found nothing");
    refused(folder, JSON_HEAD_2 JSON_RUN "\"protocols\": []," ROW_2("\"split\": \"all\""),
            "results[0]: signature: found \"wsd|k:5\", expected one of protocols[]");
    refused(folder, JSON_HEAD_2 JSON_RUN TERMS(WSD) ROW_2("\"split\": \"all\""),
            "protocols[0]: signature: found \"wsd|k:5\", expected \"wsd\", as its terms say");
    refused(folder,
            JSON_HEAD_2 JSON_RUN TERMS("{\"key\": \"k\", \"role\": \"rank\", \"value\": \"5\"}")
                ROW_2("\"split\": \"all\""),
            "role: found \"rank\", expected experiment, system");
    temporary_remove(folder);
}

/* Names that changed with version 2, and the role of a key that this program does not know. */
Test(reading, names_and_roles)
{
    const char *folder = temporary_folder();
    char *path = file_join(folder, "r.json");
    const char *one = JSON_HEAD
        "\"run\": {\"command\": \"\", \"start\": \"\", \"machine\": {}}, \"embedders\": "
        "[{\"name\": "
        "\"e\", \"status\": \"ok\", \"claim\": \"kept\"}, {\"name\": \"f\", \"status\": \"ok\", "
        "\"claim\": \"open\"}, {\"name\": \"g\", \"status\": \"failed\", \"claim\": \"broken\"}],"
        "\"results\": [{\"suite\": \"s\", \"dataset\": \"d\", \"embedder\": \"e\", \"kind\": "
        "\"static\", \"method\": \"m\", \"metric\": \"f1\", \"split\": \"lacked-by:g:h\", "
        "\"signature\": \"wsd|d(3)|split:lacked-by:g:h|v1\"}]}";
    const char *two = JSON_HEAD_2 JSON_RUN PROTOCOLS(
        "wsd|k:5|new:x",
        WSD ", {\"key\": \"k\", \"role\": \"system\", \"value\": \"5\"}, "
            "{\"key\": \"new\", \"role\": \"system\", \"value\": \"x\"}") "\"results\": []}";
    struct result_tree tree;
    temporary_write(path, one, strlen(one));
    cr_assert_eq(report_read(path, &tree), 0, "%s", error_message());
    cr_expect_str_eq(tree.embedders[0].claim, "verified");
    cr_expect_str_eq(tree.embedders[1].claim, "inconclusive");
    cr_expect_str_eq(tree.embedders[2].claim, "violated");
    cr_expect_str_eq(tree.rows[0].split.axis, "oov-of");
    cr_expect_str_eq(tree.rows[0].split.value, "g:h");
    cr_expect_str_eq(tree.rows[0].signature, "wsd|d(3)|split:oov-of:g:h|v1");
    result_tree_finish(&tree);

    temporary_write(path, two, strlen(two));
    cr_assert_eq(report_read(path, &tree), 0, "%s", error_message());
    const struct protocol *protocol = result_tree_protocol(&tree, "wsd|k:5|new:x");
    cr_assert_not_null(protocol);
    cr_expect_eq(protocol->terms[1].key, PROTOCOL_K);
    cr_expect_eq(protocol_term_role(&protocol->terms[1]), PROTOCOL_OF_EXPERIMENT,
                 "a known key has the role of this program");
    cr_expect_eq(protocol->terms[2].key, PROTOCOL_OTHER);
    cr_expect_eq(protocol_term_role(&protocol->terms[2]), PROTOCOL_OF_SYSTEM);
    result_tree_finish(&tree);
    free(path);
    temporary_remove(folder);
}

Test(reading, later_minor_versions)
{
    const char *folder = temporary_folder();
    char *path = file_join(folder, "later.json");
    const char *text =
        "{\"schema\": \"harness-report/1.7\", \"colour\": [1], \"harness\": {\"version\": \"1\", "
        "\"build\": \"\", \"mood\": {}}," JSON_RUN "\"results\": [{" ROW
        ", \"value\": 0.5, \"taste\": \"sweet\"}]}";
    struct result_tree tree;
    temporary_write(path, text, strlen(text));
    cr_assert_eq(report_read(path, &tree), 0, "%s", error_message());
    cr_expect_eq(tree.n_rows, 1u);
    cr_expect_eq(tree.rows[0].value, 0.5);
    cr_expect(isnan(tree.rows[0].low));
    cr_expect_null(tree.rows[0].policy);
    result_tree_finish(&tree);
    free(path);
    temporary_remove(folder);
}

/* Whatever is read, the answer is a tree or a reason. */
Test(reading, damaged_reports)
{
    const char *folder = temporary_folder();
    char *path = file_join(folder, "damaged");
    struct result_tree tree;
    struct rng rng;
    unsigned refusals = 0, trees = 0;
    generate_tree(3, &tree);
    char *whole[2] = {written(&tree, report_write_json, path),
                      written(&tree, report_write_xml, path)};
    result_tree_finish(&tree);
    rng_init(&rng, 1, 0);
    log_set_level(LOG_ERROR);
    for (unsigned round = 0; round < 600; round++) {
        size_t n = strlen(whole[round % 2]);
        char *text = mem_text(whole[round % 2]);
        for (uint64_t edits = 1 + rng_below(&rng, 4); edits > 0; edits--) {
            text[rng_below(&rng, n)] = "\"{}[]<>/=&;\\,:0-n \x01\xff"[rng_below(&rng, 20)];
        }
        temporary_write(path, text, rng_below(&rng, 8) == 0 ? rng_below(&rng, n) : n);
        int status = report_read(path, &tree);
        cr_assert(status == 0 || (status == ERR_REQUEST && strstr(error_message(), path)), "%s",
                  error_message());
        if (status == 0) {
            result_tree_finish(&tree);
        }
        *(status == 0 ? &trees : &refusals) += 1;
        free(text);
    }
    free(whole[0]);
    free(whole[1]);
    cr_expect(refusals > 100 && trees > 8, "%u refused, %u read", refusals, trees);
    free(path);
    temporary_remove(folder);
}

static struct protocol_term term(enum protocol_key key, const char *name, const char *value)
{
    return (struct protocol_term){.key = key, .name = name, .value = value};
}

static void takes_apart(const char *signature, const struct protocol_term *terms, uint32_t n)
{
    struct protocol protocol = {0};
    version1_protocol(signature, &protocol);
    cr_assert_eq(protocol.n, n, "%s: %u terms", signature, protocol.n);
    for (uint32_t i = 0; i < n; i++) {
        cr_expect_eq(protocol.terms[i].key, terms[i].key, "%s, %u", signature, i);
        cr_expect_str_eq(protocol.terms[i].value, terms[i].value);
        cr_expect(!terms[i].name == !protocol.terms[i].name);
        cr_expect(!terms[i].name || strcmp(terms[i].name, protocol.terms[i].name) == 0);
    }
    protocol_finish(&protocol);
}

Test(twins, signatures_of_version_1_taken_apart)
{
    takes_apart("wsd|ALL(7253)|train:semcor|method:gloss:target-gloss|v1",
                (struct protocol_term[]){
                    term(PROTOCOL_SUITE, NULL, "wsd"), term(PROTOCOL_DATASET, NULL, "ALL"),
                    term(PROTOCOL_ITEMS, NULL, "7253"), term(PROTOCOL_TRAIN, NULL, "semcor"),
                    term(PROTOCOL_METHOD, NULL, "gloss:target-gloss"),
                    term(PROTOCOL_VERSION, NULL, "v1")},
                6);
    takes_apart(
        "induction|wic:dev(x)(9 in 3 lemmas)|average-linkage|colour:red|alone|v1|"
        "stage-chosen-on:ALL/semeval2007",
        (struct protocol_term[]){
            term(PROTOCOL_SUITE, NULL, "induction"), term(PROTOCOL_DATASET, NULL, "wic:dev(x)"),
            term(PROTOCOL_ITEMS, NULL, "9 in 3 lemmas"),
            term(PROTOCOL_LINKAGE, NULL, "average-linkage"), term(PROTOCOL_OTHER, "colour", "red"),
            term(PROTOCOL_OTHER, NULL, "alone"), term(PROTOCOL_VERSION, NULL, "v1"),
            term(PROTOCOL_STAGE_CHOSEN_ON, NULL, "ALL/semeval2007")},
        8);
}
