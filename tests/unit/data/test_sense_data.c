/* Readers of sense-tagged data: the formats in their variants, and what they must refuse. */
#include "scratch.h"

#include "base/error.h"
#include "data/archive.h"
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
