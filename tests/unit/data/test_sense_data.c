/* Readers of sense-tagged data: the formats in their variants, and what they must refuse. */
#include "scratch.h"

#include "base/error.h"
#include "data/archive.h"
#include "data/context_pairs.h"
#include "data/wsd_read.h"
#include "data/wsd_xml.h"
#include "data/xml.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#define GOLD "t.s0.i0 bank%1:17:01::\nt.s0.i1 river%1:17:00:: bank%1:14:00::\n"

/* The same set in the dress of several files of the field. */
static const char *const dresses[] = {
    /* as the framework has it */
    "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<corpus lang=\"en\" source=\"x\">\n"
    "<text id=\"t\">\n<sentence id=\"t.s0\">\n<wf lemma=\"the\" pos=\"DET\">The</wf>\n"
    "<instance id=\"t.s0.i0\" lemma=\"bank\" pos=\"NOUN\">river bank</instance>\n"
    "<wf lemma=\"'s\" pos=\"PRT\">&apos;s</wf>\n"
    "<instance id=\"t.s0.i1\" lemma=\"water\" pos=\"NOUN\">M&amp;M</instance>\n"
    "</sentence>\n</text>\n</corpus>\n",
    /* no declaration, CRLF, other attributes and another order, white space inside tokens */
    "<corpus language=\"EN\">\r\n<text domain=\"news\" id=\"t\">\r\n<sentence id=\"t.s0\">\r\n"
    "<wf pos=\"DET\" lemma=\"the\"> The </wf>\r\n"
    "<instance pos=\"NOUN\" domain=\"a\" id=\"t.s0.i0\" lemma=\"bank\">\r\n river \r\n "
    "bank</instance>"
    "<wf lemma=\"'s\" pos=\"PRT\">&#x27;s</wf>"
    "<instance lemma=\"water\" id=\"t.s0.i1\" pos=\"n\">M&#38;M</instance>\r\n"
    "</sentence>\r\n<sentence id=\"t.s1\"/>\r\n</text>\r\n</corpus>",
    /* byte order mark, one line, CDATA, a comment, an empty token, no <text> */
    "\xEF\xBB\xBF<?xml version='1.0'?><!-- c --><corpus><sentence><wf>The</wf><wf></wf>"
    "<instance id='t.s0.i0' lemma='bank' pos='NOUN'>river<!-- c --> bank</instance>"
    "<wf>'s</wf><instance id='t.s0.i1' lemma='water' pos='NOUN'><![CDATA[M&M]]></instance>"
    "</sentence></corpus>",
};

Test(wsd_xml, reads_every_dress_alike)
{
    struct scratch scratch = scratch_open();
    for (size_t i = 0; i < sizeof dresses / sizeof *dresses; i++) {
        scratch_text(&scratch, "x.data.xml", dresses[i]);
        scratch_text(&scratch, "x.gold.key.txt", GOLD);
        struct wsd_data *data;
        cr_assert_eq(wsd_xml_read(scratch_path(&scratch, "x.data.xml"), NULL, &data), 0,
                     "dress %zu: %s", i, error_message());
        cr_expect_str_eq(data->name, "x");
        cr_expect_eq(data->n_instances, 2);
        cr_expect_str_eq(wsd_sentence_text(data, 0), "The river bank 's M&M");
        cr_expect_eq(data->sentences[0].n_words, 4);
        cr_expect_eq(data->instances[0].span.begin, 4);
        cr_expect_eq(data->instances[0].span.end, 14);
        cr_expect_str_eq(data->instances[0].lemma, "bank");
        cr_expect_eq(data->instances[1].n_gold, 2);
        cr_expect_eq(data->instances[1].token, 3);
        wsd_data_free(data);
    }
    scratch_close(&scratch);
}

Test(wsd_xml, joins_by_id_and_not_by_line)
{
    struct scratch scratch = scratch_open();
    scratch_text(&scratch, "x.data.xml", dresses[0]);
    scratch_text(&scratch, "x.gold.key.txt",
                 "\r\n  t.s0.i1\tb%1:00:00::  \r\nt.s0.i0 a%1:00:00:: a%1:00:00::");
    struct wsd_data *data;
    cr_assert_eq(wsd_xml_read(scratch_path(&scratch, "x.data.xml"), NULL, &data), 0, "%s",
                 error_message());
    cr_expect_eq(data->instances[0].n_gold, 1, "a key given twice counts once");
    cr_expect_str_eq(map_key(&data->labels, data->gold[data->instances[0].first_gold]),
                     "a%1:00:00::");
    wsd_data_free(data);
    scratch_close(&scratch);
}

/* Reading must fail, with a message that holds both texts. */
static void refused(const char *xml, const char *gold, const char *reported, const char *also)
{
    struct scratch scratch = scratch_open();
    scratch_text(&scratch, "x.data.xml", xml);
    scratch_text(&scratch, "x.gold.key.txt", gold);
    struct wsd_data *data = NULL;
    cr_expect_eq(wsd_xml_read(scratch_path(&scratch, "x.data.xml"), NULL, &data), ERR_REQUEST);
    cr_expect_null(data);
    cr_expect(strstr(error_message(), reported), "'%s' is not in: %s", reported, error_message());
    cr_expect(strstr(error_message(), also), "'%s' is not in: %s", also, error_message());
    scratch_close(&scratch);
}

#define ONE(id, more)                                                                              \
    "<corpus><sentence><instance id='" id "' lemma='a' pos='NOUN'>a</instance>" more               \
    "</sentence></corpus>"

Test(wsd_xml, refuses_what_does_not_fit)
{
    refused(ONE("i", "<instance id='i' lemma='a' pos='NOUN'>a</instance>"), "i k%1:00:00::\n",
            "second time", "'i'");
    refused(ONE("i", ""), "j k%1:00:00::\n", "not in", "'j'");
    refused(ONE("i", "<instance id='j' lemma='a' pos='NOUN'>a</instance>"), "i k%1:00:00::\n",
            "no gold", "'j'");
    refused(ONE("i", ""), "i k%1:00:00::\ni k%1:00:00::\n", "second time", ":2");
    refused(ONE("i", ""), "i\n", "alone", "gold.key.txt:1");
    char *keys = calloc(1, 7 * 65536 + 8); /* one more than an instance can have */
    size_t n = (size_t)sprintf(keys, "i");
    for (unsigned k = 0; k < 65536; k++) {
        n += (size_t)sprintf(keys + n, " k%05u", k);
    }
    refused(ONE("i", ""), keys, "'i' has more than 65535 keys", "gold.key.txt:1");
    free(keys);
    refused("<corpus><sentence><wf>a</wf></sentence></corpus>", "", "no instance", "x.data.xml");
    refused("<corpus><sentence><instance lemma='a' pos='NOUN'>a</instance></sentence></corpus>", "",
            "'id'", "x.data.xml:1");
    refused(
        "<corpus><sentence><instance id='i' lemma='a' pos='DET'>a</instance></sentence></corpus>",
        "", "\"DET\"", "NOUN");
    refused(
        "<corpus><sentence><instance id='i' lemma='a' pos='NOUN'> </instance></sentence></corpus>",
        "", "no text", "'i'");
    refused("<corpus><sentence><wf>a", "", "not well-formed", "x.data.xml:1");
    refused("<corpus>\n<sentence>\n</corpus>", "", "not well-formed", ":3");
    refused("", "", "not well-formed", "x.data.xml");
}

Test(xml, refuses_bombs_and_the_outside)
{
    const char *const bad[] = {
        "<!DOCTYPE c [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;&a;'>]><corpus><sentence><wf>&b;</wf>"
        "</sentence></corpus>",
        "<!DOCTYPE c [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><corpus><sentence><wf>&x;</wf>"
        "</sentence></corpus>",
        "<!DOCTYPE c [<!ENTITY % p SYSTEM 'http://localhost:1/x'> %p;]><corpus/>",
        "<corpus><sentence><wf>&unknown;</wf></sentence></corpus>",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        refused(bad[i], "", "x.data.xml:", "");
    }
    /* a billion laughs, ten levels of ten */
    char bomb[4096] = "<!DOCTYPE c [<!ENTITY e0 'ha'>", level[256];
    for (int i = 1; i < 10; i++) {
        snprintf(level, sizeof level,
                 "<!ENTITY e%d '&e%d;&e%d;&e%d;&e%d;&e%d;&e%d;&e%d;&e%d;&e%d;&e%d;'>", i, i - 1,
                 i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
        strcat(bomb, level);
    }
    strcat(bomb, "]><corpus><sentence><wf a='&e9;'>&e9;</wf></sentence></corpus>");
    refused(bomb, "", "ntit", "x.data.xml:");
}

Test(xml, a_document_type_elsewhere_is_left_alone)
{
    struct scratch scratch = scratch_open();
    char xml[1024];
    snprintf(xml, sizeof xml, "<!DOCTYPE corpus SYSTEM \"http://localhost:1/none.dtd\">%s",
             ONE("i", ""));
    scratch_text(&scratch, "x.data.xml", xml);
    scratch_text(&scratch, "x.gold.key.txt", "i k%1:00:00::\n");
    struct wsd_data *data;
    cr_assert_eq(wsd_xml_read(scratch_path(&scratch, "x.data.xml"), NULL, &data), 0, "%s",
                 error_message());
    wsd_data_free(data);
    scratch_close(&scratch);
}

Test(xml, writes_what_it_reads)
{
    struct scratch scratch = scratch_open();
    const char *path = scratch_path(&scratch, "w.xml");
    const char *text = "a<b>&\"c' \xC3\xA9\n\x01\xFF",
               *back = "a<b>&\"c' \xC3\xA9\n\xEF\xBF\xBD\xEF\xBF\xBD";
    FILE *stream = fopen(path, "w");
    struct xml_writer *writer = xml_writer_create(stream);
    xml_start(writer, "r");
    xml_attribute(writer, "a", text);
    xml_attribute(writer, "none", NULL);
    xml_text(writer, text);
    xml_end(writer);
    xml_writer_finish(writer);
    fclose(stream);
    struct xml_reader *reader;
    enum xml_event event;
    cr_assert_eq(xml_reader_open(path, &reader), 0);
    cr_assert_eq(xml_reader_next(reader, &event), 0, "%s", error_message());
    cr_expect_eq(event, XML_START);
    cr_expect_str_eq(xml_reader_attribute(reader, "a"), back);
    cr_expect_null(xml_reader_attribute(reader, "none"));
    cr_assert_eq(xml_reader_next(reader, &event), 0);
    cr_expect_str_eq(xml_reader_text(reader), back);
    cr_assert_eq(xml_reader_next(reader, &event), 0);
    cr_expect_eq(event, XML_END);
    cr_assert_eq(xml_reader_next(reader, &event), 0);
    cr_expect_eq(event, XML_DONE);
    xml_reader_close(reader);
    scratch_close(&scratch);
}

Test(wsd_lines, two_layouts_one_set)
{
    const char *const layouts[] = {
        "# mine\r\na\tbank\tn\t1\tThe bank closed .\tbank%1:14:00::\r\n"
        "b\tclose\tv\t2\tThe bank closed .\tclose%2:35:00:: close%2:41:00::",
        "{\"id\":\"a\",\"lemma\":\"bank\",\"pos\":\"NOUN\",\"tokens\":[\"The\",\"bank\",\"closed\","
        "\".\"],\"index\":1,\"gold\":[\"bank%1:14:00::\"]}\n"
        "{\"id\":\"b\",\"lemma\":\"close\",\"pos\":\"VERB\",\"tokens\":[\"The\",\"bank\","
        "\"closed\","
        "\".\"],\"index\":2,\"gold\":[\"close%2:35:00::\",\"close%2:41:00::\"]}\n",
    };
    struct scratch scratch = scratch_open();
    for (int i = 0; i < 2; i++) {
        struct wsd_sets sets = {0};
        const char *path = scratch_text(&scratch, "mine.tsv", layouts[i]);
        cr_assert_eq(wsd_read(path, false, &sets), 0, "%s", error_message());
        cr_expect_eq(sets.sets[0]->n_sentences, 1, "neighbours with the same tokens are one");
        cr_expect_eq(sets.sets[0]->n_instances, 2);
        cr_expect_eq(sets.sets[0]->inventory, WSD_WORDNET);
        wsd_sets_finish(&sets);
    }
    struct wsd_sets sets = {0};
    const char *path = scratch_text(&scratch, "bad.tsv", "a\tbank\tn\t9\tThe bank\tx\n");
    cr_expect_eq(wsd_read(path, false, &sets), ERR_REQUEST);
    cr_expect(strstr(error_message(), "bad.tsv:1: found index 9"), "%s", error_message());
    scratch_close(&scratch);
}

Test(wsd_data, the_shared_sets_have_the_published_counts)
{
    const char *path = shared_path("wsd/raganato2017");
    if (!path) {
        cr_skip_test("HARNESS_SHARED is not there");
    }
    struct wsd_sets sets = {0};
    cr_assert_eq(wsd_read(path, false, &sets), 0, "%s", error_message());
    cr_assert_eq(sets.n, 1, "ALL stands for its parts");
    const struct wsd_data *all = sets.sets[0];
    static const char *const names[] = {"senseval2", "senseval3", "semeval2007", "semeval2013",
                                        "semeval2015"};
    static const uint32_t counts[] = {2282, 1850, 455, 1644, 1022};
    uint32_t found[WSD_MAX_PARTS] = {0};
    cr_expect_eq(all->n_instances, 7253);
    cr_assert_eq(all->n_parts, 5);
    for (size_t i = 0; i < all->n_instances; i++) {
        found[all->instances[i].part]++;
    }
    for (uint32_t p = 0; p < 5; p++) {
        for (int n = 0; n < 5; n++) {
            cr_expect(strcmp(all->parts[p], names[n]) != 0 || found[p] == counts[n]);
        }
    }
    wsd_sets_finish(&sets);
    cr_assert_eq(wsd_read(shared_path("wsd/coarsewsd-20"), false, &sets), 0, "%s", error_message());
    cr_expect_eq(sets.sets[0]->n_parts, 5);
    cr_expect_eq(sets.sets[0]->inventory, WSD_OWN);
    wsd_sets_finish(&sets);
}

/* The no-break space is white space to the authors' program (Python's str.split), which the indices
 * of the folders count by. */
Test(wsd_data, coarse_indices_count_by_all_white_space)
{
    struct scratch scratch = scratch_open();
    struct wsd_sets sets = {0};
    scratch_folder(&scratch, "set");
    scratch_folder(&scratch, "set/club");
    scratch_text(&scratch, "set/club/classes_map.txt",
                 "{\"0\": \"club_club\", \"1\": \"club_bat\"}");
    scratch_text(&scratch, "set/club/test.data.txt",
                 "3\tour \xC2\xA0 own\xC2\xA0old club met\n1\tthe\xE3\x80\x80"
                 "club\n");
    scratch_text(&scratch, "set/club/test.gold.txt", "0\n1\n");
    cr_assert_eq(wsd_read(scratch_path(&scratch, "set"), false, &sets), 0, "%s", error_message());
    const struct wsd_data *data = sets.sets[0];
    for (uint32_t i = 0; i < 2; i++) {
        struct emb_span span = data->instances[i].span;
        cr_expect_eq(span.end - span.begin, 4);
        cr_expect_eq(memcmp(wsd_sentence_text(data, i) + span.begin, "club", 4), 0);
    }
    wsd_sets_finish(&sets);
    scratch_close(&scratch);
}

Test(wsd_data, coarse_out_of_domain)
{
    struct scratch scratch = scratch_open();
    struct wsd_sets sets = {0};
    scratch_text(&scratch, "CoarseWSD-20.outofdomain.tsv",
                 "club\tclub_bat\t1\tThe clubs fell .\nbass\tdouble_bass\t2\tHe plays bass\n"
                 "club\tclub_club\t0\tClub members\n");
    cr_assert_eq(wsd_read(scratch_path(&scratch, "CoarseWSD-20.outofdomain.tsv"), false, &sets), 0,
                 "%s", error_message());
    const struct wsd_data *data = sets.sets[0];
    cr_expect_str_eq(data->name, "CoarseWSD-20.outofdomain");
    cr_assert_eq(data->n_instances, 3);
    cr_expect_eq(data->inventory, WSD_OWN);
    cr_expect_eq(data->n_parts, 2);
    cr_expect_str_eq(data->parts[data->instances[2].part], "club");
    cr_expect_str_eq(map_key(&data->labels, data->gold[data->instances[1].first_gold]),
                     "double_bass");
    cr_expect_str_eq(data->instances[1].id, "bass.1");
    struct emb_span span = data->instances[0].span;
    cr_expect_eq(memcmp(wsd_sentence_text(data, 0) + span.begin, "clubs", 5), 0);
    wsd_sets_finish(&sets);
    scratch_text(&scratch, "short.tsv",
                 "club\tclub_bat\t1\tThe clubs\nclub\tclub_bat\t2\tA club\n");
    cr_expect_eq(wsd_read(scratch_path(&scratch, "short.tsv"), false, &sets), ERR_REQUEST);
    cr_expect(strstr(error_message(), "short.tsv:2: found index 2, expected one below 2"), "%s",
              error_message());
    scratch_close(&scratch);
}

Test(wsd_data, plain_and_packed_are_one)
{
    const char *path = shared_path("wsd/semcor/semcor.data.xml.gz");
    if (!path) {
        cr_skip_test("HARNESS_SHARED is not there");
    }
    struct scratch scratch = scratch_open();
    char command[1600];
    snprintf(command, sizeof command,
             "gzip -dc %s > %s/semcor.data.xml; cp $(dirname %s)/semcor.gold.key.txt %s/", path,
             scratch.folder, path, scratch.folder);
    cr_assert_eq(system(command), 0);
    struct wsd_data *packed, *plain;
    cr_assert_eq(wsd_xml_read(path, NULL, &packed), 0, "%s", error_message());
    cr_assert_eq(wsd_xml_read(scratch_path(&scratch, "semcor.data.xml"), NULL, &plain), 0);
    cr_expect_eq(packed->n_sentences, 37176);
    cr_expect_eq(packed->n_instances, 225415);
    cr_expect_eq(plain->n_gold, packed->n_gold);
    cr_expect_eq(plain->text.n, packed->text.n);
    cr_expect_eq(memcmp(plain->text.data, packed->text.data, plain->text.n), 0);
    wsd_data_free(packed);
    wsd_data_free(plain);
    scratch_close(&scratch);
}

/* CoSimLex as the task's kit has it: the ratings of people apart, and not in the kit. */
Test(context_ratings, cosimlex_kit)
{
    struct scratch scratch = scratch_open();
    struct context_set set;
    scratch_folder(&scratch, "data");
    scratch_folder(&scratch, "gold");
    scratch_text(&scratch, "data/data_en.tsv",
                 "word1\tword2\tcontext1\tcontext2\tword1_context1\tword2_context1\t"
                 "word1_context2\tword2_context2\n"
                 "oak\telm\tAn <strong>oak</strong>, an <strong>elm</strong>.\tNo "
                 "<strong>elms</strong>, two <strong>oaks</strong>.\toak\telm\toaks\telms\n");
    cr_expect_eq(context_ratings_read(scratch_path(&scratch, "data"), &set), ERR_REQUEST);
    cr_expect(strstr(error_message(), "has no ratings of people: expected columns sim1 and sim2, "
                                      "or gold_en.tsv beside it"),
              "%s", error_message());
    scratch_text(&scratch, "gold/gold_en.tsv", "sim_context1\tsim_context2\tchange\n2.5\t4\t1.5\n");
    cr_assert_eq(context_ratings_read(scratch_path(&scratch, "data"), &set), 0, "%s",
                 error_message());
    cr_expect_str_eq(set.name, "cosimlex_en");
    cr_assert_eq(set.n_pairs, 2);
    cr_expect_eq(set.pairs[0].rating, 2.5);
    cr_expect_eq(set.pairs[1].rating, 4);
    context_set_finish(&set);
    scratch_text(&scratch, "gold/gold_en.tsv", "sim_context1\tsim_context2\n2.5\t4\n1\t2\n");
    cr_expect_eq(context_ratings_read(scratch_path(&scratch, "data"), &set), ERR_REQUEST);
    scratch_close(&scratch);
}

/* An index column in front, quotes within a quoted field (RAW-C's own files are such tables). */
Test(context_ratings, raw_c_quotes)
{
    struct scratch scratch = scratch_open();
    struct context_set set;
    scratch_text(&scratch, "own.csv",
                 "Unnamed: 0,word,sentence1,sentence2,same,mean_relatedness\n"
                 "7,bat,\"\"\"A bat,\"\" he said.\",It was a bat.,True,3.5\n");
    cr_assert_eq(context_ratings_read(scratch_path(&scratch, "own.csv"), &set), 0, "%s",
                 error_message());
    const struct context_occurrence *first = &set.occurrences[set.pairs[0].occurrences[0]];
    cr_expect_str_eq(first->text, "\"A bat,\" he said.");
    cr_expect_eq(first->target.begin, 3);
    cr_expect_eq(set.pairs[0].rating, 3.5);
    context_set_finish(&set);
    scratch_close(&scratch);
}

Test(wic, reads_its_relatives)
{
    struct scratch scratch = scratch_open();
    struct context_sets sets;
    /* MCL-WiC: offsets are texts and count code points */
    scratch_text(
        &scratch, "dev.en-en.data",
        "[{\"id\":\"d.0\",\"lemma\":\"play\",\"pos\":\"NOUN\",\"sentence1\":\"\xC3\x89t\xC3\xA9 "
        "play.\",\"sentence2\":\"A play\",\"start1\":\"4\",\"end1\":\"8\",\"start2\":2,"
        "\"end2\":6}]");
    scratch_text(&scratch, "dev.en-en.gold", "[{\"id\":\"d.0\",\"tag\":\"T\"}]");
    cr_assert_eq(wic_read(scratch_path(&scratch, "dev.en-en.data"), &sets), 0, "%s",
                 error_message());
    cr_expect_eq(sets.sets[0].n_pairs, 1);
    cr_expect_eq(sets.sets[0].pairs[0].same, 1);
    cr_expect_eq(sets.sets[0].pairs[0].split, CONTEXT_DEV);
    const struct context_occurrence *first =
        &sets.sets[0].occurrences[sets.sets[0].pairs[0].occurrences[0]];
    cr_expect_eq(strncmp(first->text + first->target.begin, "play", 4), 0);
    cr_expect_eq(first->target.end - first->target.begin, 4);
    context_sets_finish(&sets);
    /* WiC-TSV: the second text is a definition, the whole of it the target */
    scratch_folder(&scratch, "tsv");
    scratch_text(&scratch, "tsv/train_examples.txt", "bank\t1\tThe bank closed\n");
    scratch_text(&scratch, "tsv/train_definitions.txt", "sloping land\n");
    scratch_text(&scratch, "tsv/train_labels.txt", "F\n");
    cr_assert_eq(wic_read(scratch_path(&scratch, "tsv"), &sets), 0, "%s", error_message());
    cr_expect_eq(sets.sets[0].n_pairs, 1);
    cr_expect_eq(sets.sets[0].pairs[0].same, 0);
    cr_expect_eq(sets.sets[0].occurrences[sets.sets[0].pairs[0].occurrences[1]].target.end, 12);
    context_sets_finish(&sets);
    /* XL-WiC style */
    scratch_text(&scratch, "xx_test.txt", "Bank\tN\t4\t8\t0\t4\tDie Bank.\tBank!\t1\n");
    cr_assert_eq(wic_read(scratch_path(&scratch, "xx_test.txt"), &sets), 0, "%s", error_message());
    cr_expect_eq(sets.sets[0].pairs[0].split, CONTEXT_TEST);
    context_sets_finish(&sets);
    /* WiC, with a gold file that ends early */
    scratch_text(&scratch, "dev.data.txt", "go\tV\t0-1\tgo on\tI go\ngo\tV\t0-0\tgo\tgo\r\n");
    scratch_text(&scratch, "dev.gold.txt", "T\n");
    cr_expect_eq(wic_read(scratch_path(&scratch, "dev.data.txt"), &sets), ERR_REQUEST);
    cr_expect(strstr(error_message(), "dev.gold.txt:2: ends before"), "%s", error_message());
    scratch_close(&scratch);
}

/* The set of a name, NULL if there is none. */
static const struct context_set *part_of(const struct context_sets *sets, const char *name)
{
    for (uint32_t i = 0; i < sets->n; i++) {
        if (strcmp(sets->sets[i].name, name) == 0) {
            return &sets->sets[i];
        }
    }
    return NULL;
}

static bool target_is(const struct context_set *set, size_t pair, int side, const char *target)
{
    const struct context_occurrence *at = &set->occurrences[set->pairs[pair].occurrences[side]];
    size_t n = at->target.end - at->target.begin;
    return n == strlen(target) && memcmp(at->text + at->target.begin, target, n) == 0;
}

/* Folders within folders, the test gold apart, cross-lingual files with ranges, an id in the gold
 * that begins with a byte order mark: all as published. */
Test(wic, mcl_wic_folders)
{
    static const char pair[] =
        "[{\"id\": \"%s.0\", \"lemma\": \"play\", \"pos\": \"NOUN\", \"sentence1\": \"A play.\", "
        "\"sentence2\": \"The plays end.\", \"start1\": \"2\", \"end1\": \"6\", \"start2\": 4, "
        "\"end2\": 9}]";
    static const char *const names[] = {"training.en-en", "dev.en-en", "dev.fr-fr"};
    static const char *const folders[] = {"MCL/training", "MCL/dev/multilingual",
                                          "MCL/dev/multilingual"};
    struct scratch scratch = scratch_open();
    struct context_sets sets;
    char path[128], text[512];
    for (size_t i = 0; i < 7; i++) {
        scratch_folder(&scratch,
                       (const char *[]){"MCL", "MCL/training", "MCL/dev", "MCL/dev/multilingual",
                                        "MCL/test", "MCL/test/crosslingual", "MCL/gold"}[i]);
    }
    scratch_text(&scratch, "MCL/README.txt", "what it is\n");
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s.data", folders[i], names[i]);
        snprintf(text, sizeof text, pair, names[i]);
        scratch_text(&scratch, path, text);
        snprintf(path, sizeof path, "%s/%s.gold", folders[i], names[i]);
        snprintf(text, sizeof text, "[{\"id\": \"\xEF\xBB\xBF%s.0\", \"tag\": \"T\"}]", names[i]);
        scratch_text(&scratch, path, text);
    }
    scratch_text(&scratch, "MCL/test/crosslingual/test.en-fr.data",
                 "[{\"id\": \"test.en-fr.0\", \"lemma\": \"play\", \"pos\": \"VERB\", "
                 "\"sentence1\": \"They play.\", \"sentence2\": \"\xC3\x80 jouer ou non jouer.\", "
                 "\"ranges1\": \"5-9\", \"ranges2\": \"2-7,11-14\"}]");
    scratch_text(&scratch, "MCL/gold/test.en-fr.gold",
                 "[{\"id\": \"test.en-fr.0\", \"tag\": \"F\"}]");
    cr_assert_eq(wic_read(scratch_path(&scratch, "MCL"), &sets), 0, "%s", error_message());
    cr_assert_eq(sets.n, 3);
    const struct context_set *en = part_of(&sets, "MCL/en-en"), *fr = part_of(&sets, "MCL/fr-fr");
    const struct context_set *cross = part_of(&sets, "MCL/en-fr");
    cr_assert(en && fr && cross);
    cr_assert_eq(en->n_pairs, 2);
    cr_expect_eq(en->pairs[0].split + en->pairs[1].split, CONTEXT_TRAIN + CONTEXT_DEV);
    cr_expect_eq(en->pairs[0].same, 1);
    cr_expect(target_is(en, 0, 1, "plays"));
    cr_expect_eq(fr->pairs[0].split, CONTEXT_DEV);
    cr_expect_eq(cross->pairs[0].split, CONTEXT_TEST);
    cr_expect_eq(cross->pairs[0].same, 0);
    cr_expect(target_is(cross, 0, 0, "play"));
    cr_expect(target_is(cross, 0, 1, "jouer ou non"), "from the first to the last range");
    context_sets_finish(&sets);
    /* a file that would be missed is named */
    scratch_text(&scratch, "MCL/test/test.en-fr.csv", "id,lemma\n");
    cr_expect_eq(wic_read(scratch_path(&scratch, "MCL"), &sets), ERR_REQUEST);
    cr_expect(strstr(error_message(), "test.en-fr.csv: no file of WiC"), "%s", error_message());
    scratch_close(&scratch);
}

Test(wic, wic_tsv_folders)
{
    struct scratch scratch = scratch_open();
    struct context_sets sets;
    for (size_t i = 0; i < 4; i++) {
        scratch_folder(&scratch,
                       (const char *[]){"en", "en/Training", "en/Development", "en/Test"}[i]);
    }
    scratch_text(&scratch, "en/LICENSE", "terms of the training and test data\n");
    for (size_t i = 0; i < 3; i++) {
        static const char *const begins[] = {"en/Training/train", "en/Development/dev",
                                             "en/Test/test"};
        char path[64];
        snprintf(path, sizeof path, "%s_examples.txt", begins[i]);
        scratch_text(&scratch, path, "bank\t1\tThe bank closed\noak\t0\tOak trees\n");
        snprintf(path, sizeof path, "%s_definitions.txt", begins[i]);
        scratch_text(&scratch, path, "sloping land\na tree\n");
        snprintf(path, sizeof path, "%s_hypernyms.txt", begins[i]);
        scratch_text(&scratch, path, "land\nplant\twood\n");
        snprintf(path, sizeof path, i < 2 ? "%s_labels.txt" : "%s_domains.txt", begins[i]);
        scratch_text(&scratch, path, i < 2 ? "F\nT\n" : "0\n3\n");
    }
    cr_assert_eq(wic_read(scratch_path(&scratch, "en"), &sets), 0, "%s", error_message());
    cr_assert_eq(sets.n, 1);
    cr_assert_eq(sets.sets[0].n_pairs, 6);
    for (size_t p = 0; p < 6; p++) {
        const struct context_pair *at = &sets.sets[0].pairs[p];
        cr_expect_eq(at->same, at->split == CONTEXT_TEST ? -1 : (int)(p % 2));
    }
    context_sets_finish(&sets);
    scratch_text(&scratch, "en/Training/train_labels.txt", "F\nyes\n");
    cr_expect_eq(wic_read(scratch_path(&scratch, "en"), &sets), ERR_REQUEST);
    cr_expect(strstr(error_message(), "train_labels.txt:2: found \"yes\""), "%s", error_message());
    scratch_close(&scratch);
}

Test(wic, superglue)
{
    static const char line[] =
        "{\"word\": \"place\", \"sentence1\": \"A place.\", \"sentence2\": \"We place it.\", "
        "\"idx\": 0, \"label\": false, \"start1\": 2, \"start2\": 3, \"end1\": 7, \"end2\": 8, "
        "\"version\": 1.1}\n";
    struct scratch scratch = scratch_open();
    struct context_sets sets;
    scratch_folder(&scratch, "WiC");
    scratch_text(&scratch, "WiC/train.jsonl", line);
    scratch_text(&scratch, "WiC/val.jsonl", line);
    char text[512];
    snprintf(text, sizeof text, "%.*s\"start1\": 2, \"start2\": 3, \"end1\": 7, \"end2\": 8}\n",
             (int)(strstr(line, "\"label\"") - line), line);
    scratch_text(&scratch, "WiC/test.jsonl", text);
    cr_assert_eq(wic_read(scratch_path(&scratch, "WiC"), &sets), 0, "%s", error_message());
    cr_assert_eq(sets.sets[0].n_pairs, 3);
    for (size_t p = 0; p < 3; p++) {
        const struct context_pair *at = &sets.sets[0].pairs[p];
        cr_expect_eq(at->same, at->split == CONTEXT_TEST ? -1 : 0);
        cr_expect_str_eq(at->id, at->split == CONTEXT_TEST    ? "test.0"
                                 : at->split == CONTEXT_TRAIN ? "train.0"
                                                              : "dev.0");
        cr_expect_str_eq(at->lemmas[0], "place");
        cr_expect(target_is(&sets.sets[0], p, 1, "place"));
    }
    context_sets_finish(&sets);
    snprintf(text, sizeof text,
             "%.*s\"label\": \"maybe\", \"start1\": 2, \"start2\": 3, \"end1\": 7, "
             "\"end2\": 8}\n",
             (int)(strstr(line, "\"label\"") - line), line);
    scratch_text(&scratch, "WiC/val.jsonl", text);
    cr_expect_eq(wic_read(scratch_path(&scratch, "WiC"), &sets), ERR_REQUEST);
    cr_expect(strstr(error_message(), "val.jsonl:1: label: expected true or false"), "%s",
              error_message());
    scratch_close(&scratch);
}

/* XL-WiC: a folder a language, the test labels apart. */
Test(wic, xl_wic_folders)
{
    struct scratch scratch = scratch_open();
    struct context_sets sets;
    static const char line[] = "Bank\tN\t4\t8\t0\t4\tDie Bank.\tBank!";
    char labelled[64];
    snprintf(labelled, sizeof labelled, "%s\t1\n", line);
    for (size_t i = 0; i < 3; i++) {
        scratch_folder(&scratch, (const char *[]){"xl", "xl/german_de", "xl/danish_da"}[i]);
    }
    scratch_text(&scratch, "xl/german_de/de_train.txt", labelled);
    scratch_text(&scratch, "xl/german_de/de_valid.txt", labelled);
    scratch_text(&scratch, "xl/german_de/de_test_data.txt", line);
    scratch_text(&scratch, "xl/german_de/de_test_gold.txt", "0\n");
    scratch_text(&scratch, "xl/danish_da/da_valid.txt", labelled);
    cr_assert_eq(wic_read(scratch_path(&scratch, "xl"), &sets), 0, "%s", error_message());
    cr_assert_eq(sets.n, 2);
    const struct context_set *de = part_of(&sets, "xl/de"), *da = part_of(&sets, "xl/da");
    cr_assert(de && da);
    cr_assert_eq(de->n_pairs, 3);
    for (size_t p = 0; p < 3; p++) {
        cr_expect_eq(de->pairs[p].same, de->pairs[p].split != CONTEXT_TEST);
    }
    cr_expect_eq(da->pairs[0].split, CONTEXT_DEV);
    context_sets_finish(&sets);
    scratch_close(&scratch);
}

Test(wic, a_limit_is_of_each_split)
{
    struct scratch scratch = scratch_open();
    scratch_folder(&scratch, "xl");
    scratch_text(&scratch, "xl/xx_train.txt",
                 "go\tV\t0\t2\t2\t4\tgo on\tI go\t1\ngo\tV\t0\t2\t3\t5\tgo up\tto go\t0\n");
    scratch_text(&scratch, "xl/xx_test.txt",
                 "do\tV\t0\t2\t2\t4\tdo it\tI do\t1\ngo\tV\t0\t2\t2\t4\tgo on\tI go\t1\n");
    struct context_sets sets;
    cr_assert_eq(wic_read(scratch_path(&scratch, "xl"), &sets), 0, "%s", error_message());
    cr_assert_eq(sets.n, 1);
    cr_expect_str_eq(sets.sets[0].name, "xl"); /* one language: no parts */
    struct context_set set = sets.sets[0];
    cr_expect_eq(set.n_pairs, 4);
    cr_expect_eq(set.n_occurrences, 6);
    context_set_limit(&set, 0);
    cr_expect_eq(set.n_pairs, 4);
    context_set_limit(&set, 1);
    cr_assert_eq(set.n_pairs, 2);
    cr_expect_eq(set.n_occurrences, 4);
    for (size_t p = 0; p < 2; p++) {
        const char *verb = set.pairs[p].split == CONTEXT_TRAIN ? "go" : "do";
        for (int side = 0; side < 2; side++) {
            const struct context_occurrence *at = &set.occurrences[set.pairs[p].occurrences[side]];
            cr_expect_eq(strncmp(at->text + at->target.begin, verb, 2), 0, "%s", at->text);
        }
    }
    sets.sets[0] = set;
    context_sets_finish(&sets);
    scratch_close(&scratch);
}

Test(context_ratings, reads_four_layouts)
{
    struct scratch scratch = scratch_open();
    struct context_set set;
    scratch_text(&scratch, "cosimlex_en.csv",
                 "word1\tword2\tcontext1\tcontext2\tsim1\tsim2\n"
                 "bank\triver\tA <strong>river</strong> by a <strong>bank</strong> .\t"
                 "The <strong>banks</strong> and <strong>rivers</strong>\t2.5\t3\n");
    cr_assert_eq(context_ratings_read(scratch_path(&scratch, "cosimlex_en.csv"), &set), 0, "%s",
                 error_message());
    cr_assert_eq(set.n_pairs, 2);
    const struct context_occurrence *one = &set.occurrences[set.pairs[0].occurrences[0]];
    cr_expect_str_eq(one->text, "A river by a bank .");
    cr_expect_eq(one->target.begin, 13, "the first target is word1, wherever it stands");
    cr_expect_str_eq(set.pairs[1].id, "1.2");
    context_set_finish(&set);
    scratch_text(&scratch, "raw-c.csv",
                 "word,sentence1,sentence2,same,mean_relatedness,string,Class\n"
                 "bail,\"He bailed, out.\",They bailed him.,False,0.5,bailed,V\n");
    cr_assert_eq(context_ratings_read(scratch_path(&scratch, "raw-c.csv"), &set), 0, "%s",
                 error_message());
    one = &set.occurrences[set.pairs[0].occurrences[0]];
    cr_expect_str_eq(one->text, "He bailed, out.");
    cr_expect_eq(one->target.begin, 3);
    cr_expect_eq(one->target.end, 9);
    cr_expect_eq(set.pairs[0].same, 0);
    context_set_finish(&set);
    if (shared_path("contextual")) {
        cr_assert_eq(context_ratings_read(shared_path("contextual/scws"), &set), 0, "%s",
                     error_message());
        cr_expect_eq(set.n_pairs, 2003);
        context_set_finish(&set);
        cr_assert_eq(context_ratings_read(shared_path("contextual/usim"), &set), 0, "%s",
                     error_message());
        cr_expect_eq(set.n_pairs, 1133);
        cr_expect(set.n_occurrences < 400, "equal sentences are embedded once");
        context_set_finish(&set);
    }
    scratch_close(&scratch);
}

/* A stream of nothing, however it is read and read again. */
static void check_empty(const char *path)
{
    struct byte_source *source;
    struct str bytes;
    cr_assert_eq(byte_source_open(path, &source), 0, "%s: %s", path, error_message());
    for (int pass = 0; pass < 2; pass++) {
        char block[8];
        const char *text;
        size_t n = 1;
        for (int again = 0; again < 2; again++) {
            cr_assert_eq(byte_source_read(source, block, sizeof block, &n), 0, "%s: %s", path,
                         error_message());
            cr_expect_eq(n, 0);
        }
        cr_assert_eq(byte_source_lines(source, 100, &text, &n), 0, "%s", error_message());
        cr_expect_eq(n, 0);
        cr_assert_eq(byte_source_rewind(source), 0, "%s", error_message());
    }
    byte_source_close(source);
    cr_assert_eq(byte_source_read_all(path, &bytes), 0, "%s: %s", path, error_message());
    cr_expect_eq(bytes.n, 0);
    str_finish(&bytes);
}

Test(byte_source, gives_whole_lines_whatever_the_block)
{
    struct scratch scratch = scratch_open();
    char text[4000], command[700];
    size_t n = 0;
    for (int i = 0; i < 200; i++) {
        n += (size_t)snprintf(text + n, sizeof text - n, "%.*s%d\n", i % 17, "aaaaaaaaaaaaaaaaaa",
                              i);
    }
    text[--n] = '\0'; /* the last line lacks its end */
    const char *plain = scratch_text(&scratch, "plain.txt", text);
    snprintf(command, sizeof command, "cd '%s' && gzip -k plain.txt && xz -k plain.txt",
             scratch.folder);
    cr_assert_eq(system(command), 0);
    const char *const names[] = {"plain.txt", "plain.txt.gz", "plain.txt.xz"};
    for (size_t f = 0; f < 3; f++) {
        for (size_t wish = 1; wish < 5000; wish = wish * 3 + 1) {
            struct byte_source *source;
            cr_assert_eq(byte_source_open(scratch_path(&scratch, names[f]), &source), 0);
            for (int pass = 0; pass < 2; pass++) {
                size_t at = 0, got;
                const char *block;
                while (byte_source_lines(source, wish, &block, &got) == 0 && got > 0) {
                    cr_assert(at + got <= n && memcmp(block, text + at, got) == 0);
                    at += got;
                    cr_assert(block[got - 1] == '\n' || at == n, "a line was cut");
                }
                cr_expect_eq(at, n);
                cr_assert_eq(byte_source_rewind(source), 0);
            }
            byte_source_close(source);
        }
    }
    (void)plain;
    struct str bytes;
    scratch_text(&scratch, "empty", "");
    cr_assert_eq(byte_source_read_all(scratch_path(&scratch, "empty"), &bytes), 0);
    cr_expect_eq(bytes.n, 0);
    str_finish(&bytes);
    check_empty(scratch_path(&scratch, "empty"));
    snprintf(command, sizeof command, "cd '%s' && gzip -k empty && xz -k empty", scratch.folder);
    cr_assert_eq(system(command), 0);
    check_empty(scratch_path(&scratch, "empty.gz"));
    check_empty(scratch_path(&scratch, "empty.xz"));
    snprintf(command, sizeof command, "cd '%s' && head -c 100 plain.txt.gz > cut.gz",
             scratch.folder);
    cr_assert_eq(system(command), 0);
    cr_expect_eq(byte_source_read_all(scratch_path(&scratch, "cut.gz"), &bytes), ERR_REQUEST);
    cr_expect(strstr(error_message(), "cut.gz"), "%s", error_message());
    cr_expect_eq(byte_source_read_all(scratch_path(&scratch, "none"), &bytes), ERR_REQUEST);
    cr_expect_eq(byte_source_read_all(scratch.folder, &bytes), ERR_REQUEST);
    scratch_close(&scratch);
}
