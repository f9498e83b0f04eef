/* Sentences with marks: what is read of them, what must be refused, and the project's own set. */
#include "scratch.h"

#include "base/error.h"
#include "data/homographs.h"
#include "data/wordnet.h"
#include "data/wsd_read.h"

#include <criterion/criterion.h>

static const char *const small_senses =
    "# a comment\n"
    "bank.river\tbank\tNOUN\tland beside flowing water\tbank%1:17:01::\n"
    "bank.money\tbank\tNOUN\ta house that lends\tbank%1:14:00:: bank%1:06:00::\n"
    "seal.close\tseal\tVERB\tto shut tightly\tseal%2:35:00::\r\n"
    "seal.animal\tseal\tNOUN\ta swimmer with flippers\tseal%1:05:00::\n";

static const char *const small_items =
    "r1\tbank.river\ttest\tThe {otters}' friend, who wasn't here, sat on Tom's \"[bank].\"\n"
    "r2\tbank.river\ttrain\tA [bank] of {mud}...\n"
    "\n"
    "m1\tbank.money\ttrain\tThe {loan} that the [bank] gave.\n"
    "m2\tbank.money\ttest\tShe'll {borrow} -- from the [bank], her {money-lender's} rival.\n"
    "s1\tseal.animal\ttest\tWhen a [seal] barks, $5 and the {zoo's} herrings vanish (all).\n";

static const char *small_set(const struct scratch *scratch, const char *senses, const char *items)
{
    scratch_text(scratch, "senses.tsv", senses);
    scratch_text(scratch, "items.tsv", items);
    return scratch->folder;
}

/* A sentence's tokens with '|' between. */
static const char *tokens_of(const struct wsd_data *data, uint32_t s)
{
    static char joined[512];
    size_t n = 0;
    const struct wsd_sentence *sentence = &data->sentences[s];
    for (uint32_t w = 0; w < sentence->n_words; w++) {
        struct emb_span span = data->words[sentence->first_word + w];
        n +=
            (size_t)snprintf(joined + n, sizeof joined - n, "%s%.*s", w ? "|" : "",
                             (int)(span.end - span.begin), wsd_sentence_text(data, s) + span.begin);
    }
    return joined;
}

static void has_instance(const struct wsd_data *data, uint32_t i, const char *id, const char *gold,
                         enum wsd_side side, uint32_t distance)
{
    const struct wsd_instance *instance = &data->instances[i];
    const char *text = wsd_sentence_text(data, instance->sentence);
    cr_expect_str_eq(instance->id, id);
    cr_expect_eq(instance->n_gold, 1);
    cr_expect_str_eq(map_key(&data->labels, data->gold[instance->first_gold]), gold);
    cr_expect_eq(instance->side, side, "%s: side %u", id, instance->side);
    cr_expect_eq(instance->distance, distance, "%s: distance %u", id, instance->distance);
    cr_expect_eq(strlen(instance->lemma), instance->span.end - instance->span.begin);
    cr_expect_eq(strncmp(text + instance->span.begin, instance->lemma, strlen(instance->lemma)), 0);
}

/* Token number c of an instance's clues. */
static const char *clue_of(const struct wsd_data *data, uint32_t i, uint32_t c)
{
    static char word[64];
    const struct wsd_instance *instance = &data->instances[i];
    const struct wsd_sentence *sentence = &data->sentences[instance->sentence];
    struct emb_span span =
        data->words[sentence->first_word + data->clues[instance->first_clue + c]];
    snprintf(word, sizeof word, "%.*s", (int)(span.end - span.begin),
             wsd_sentence_text(data, instance->sentence) + span.begin);
    return word;
}

Test(homographs, reads_marks_sides_and_distances)
{
    struct scratch scratch = scratch_open();
    struct wsd_data *data;
    const char *folder = small_set(&scratch, small_senses, small_items);
    cr_assert(homographs_is_at(folder));
    cr_assert(wsd_brings_training(folder));
    cr_assert_eq(homographs_read(folder, false, &data), 0, "%s", error_message());
    cr_expect_eq(data->inventory, WSD_LISTED);
    cr_expect_eq(data->n_instances, 3);
    cr_expect_eq(data->n_sentences, 3);
    cr_expect_eq(strncmp(wsd_sentence_text(data, 0),
                         "The otters' friend, who wasn't here, sat on Tom's \"bank.\"",
                         data->sentences[0].n_bytes),
                 0, "the sentence as it is");
    cr_expect_str_eq(tokens_of(data, 0),
                     "The|otters|'|friend|,|who|wasn't|here|,|sat|on|Tom|'s|\"|bank|.|\"");
    cr_expect_str_eq(tokens_of(data, 1), "She|'ll|borrow|--|from|the|bank|,|her|money-lender|'s|"
                                         "rival|.");
    cr_expect_str_eq(tokens_of(data, 2), "When|a|seal|barks|,|$|5|and|the|zoo|'s|herrings|vanish|"
                                         "(|all|)|.");
    has_instance(data, 0, "r1", "bank.river", WSD_LEFT, 7);
    has_instance(data, 1, "m2", "bank.money", WSD_BOTH_SIDES, 1);
    cr_expect_eq(data->instances[1].n_clues, 2);
    cr_expect_str_eq(clue_of(data, 1, 0), "borrow");
    cr_expect_str_eq(clue_of(data, 1, 1), "money-lender");
    has_instance(data, 2, "s1", "seal.animal", WSD_RIGHT, 4);
    wsd_data_free(data);

    cr_assert_eq(homographs_read(folder, true, &data), 0, "%s", error_message());
    cr_expect_eq(data->n_instances, 2);
    cr_expect_str_eq(tokens_of(data, 0), "A|bank|of|mud|...");
    has_instance(data, 0, "r2", "bank.river", WSD_RIGHT, 1);
    has_instance(data, 1, "m1", "bank.money", WSD_LEFT, 2);
    wsd_data_free(data);
    scratch_close(&scratch);
}

Test(homographs, lists_senses_in_the_order_of_the_file)
{
    struct scratch scratch = scratch_open();
    struct wsd_sets sets = {0};
    cr_assert_eq(wsd_read(small_set(&scratch, small_senses, small_items), false, &sets), 0, "%s",
                 error_message());
    cr_assert_eq(sets.n, 1);
    const struct wsd_data *data = sets.sets[0];
    cr_assert_eq(data->n_senses, 4);
    cr_expect_str_eq(data->senses[0].label, "bank.river");
    cr_expect_str_eq(data->senses[1].keys, "bank%1:14:00:: bank%1:06:00::");
    cr_expect_str_eq(data->senses[2].lemma, "seal");
    cr_expect_eq(data->senses[2].pos, WORDNET_VERB);
    cr_expect_str_eq(data->senses[3].definition, "a swimmer with flippers");
    wsd_sets_finish(&sets);
    scratch_close(&scratch);
}

Test(homographs, thinning_keeps_clues)
{
    struct scratch scratch = scratch_open();
    struct wsd_data *data;
    cr_assert_eq(homographs_read(small_set(&scratch, small_senses, small_items), false, &data), 0);
    wsd_data_thin(data, 2, 0);
    cr_assert_eq(data->n_instances, 2);
    has_instance(data, 1, "s1", "seal.animal", WSD_RIGHT, 4);
    cr_expect_str_eq(clue_of(data, 1, 0), "zoo");
    wsd_data_free(data);
    scratch_close(&scratch);
}

/* Reading must fail, with a message that holds both texts. */
static void refused(const char *senses, const char *items, const char *place, const char *reported)
{
    struct scratch scratch = scratch_open();
    const char *folder = small_set(&scratch, senses, items);
    for (int train = 0; train < 2; train++) { /* what is wrong in one half is wrong in both */
        struct wsd_data *data = NULL;
        cr_expect_eq(homographs_read(folder, train, &data), ERR_REQUEST, "%s", items);
        cr_expect_null(data);
        cr_expect(strstr(error_message(), place), "'%s' is not in: %s", place, error_message());
        cr_expect(strstr(error_message(), reported), "'%s' is not in: %s", reported,
                  error_message());
    }
    scratch_close(&scratch);
}

static void refused_sentence(const char *sentence, const char *found)
{
    char items[1024];
    snprintf(items, sizeof items, "%sx\tbank.river\ttest\t%s\n", small_items, sentence);
    refused(small_senses, items, "items.tsv:7: found", found);
}

Test(homographs, refuses_marks_that_do_not_fit)
{
    refused_sentence("No {water} here.", "0 words in [ ] and 1 in { }");
    refused_sentence("A [bank] here.", "1 words in [ ] and 0 in { }");
    refused_sentence("A [bank] and a [bank] of {mud}.", "2 words in [ ]");
    refused_sentence("The [bank of {mud}.", "'[bank'");
    refused_sentence("The bank] of {mud}.", "'bank]'");
    refused_sentence("The [bank} of {mud}.", "'[bank}'");
    refused_sentence("The [bank]s of {mud}.", "'[bank]s'");
    refused_sentence("The {river}[bank] broke.", "'{river}[bank]'");
    refused_sentence("The [[bank]] of {mud}.", "'[[bank]]'");
    refused_sentence("The [] of {mud}.", "'[]'");
    refused_sentence("The [bank] of {!}.", "'{!}.'");
    refused_sentence("The [bank] of {soft mud}.", "'{soft'");
    refused_sentence("The [bank] of the {river}'s.", "'{river}'s.'");
    refused_sentence("The [banks] of {mud}.", "the target 'banks', expected 'bank'");
    refused_sentence("The [Bank] of {mud}.", "the target 'Bank', expected 'bank'");
}

Test(homographs, refuses_lines_that_do_not_fit)
{
    refused("bank.river\tbank\tNOUN\tland\n", small_items, "senses.tsv:1: found",
            "expected SENSE, HOMOGRAPH, POS, DEFINITION, KEYS");
    refused("bank.river\tbank\tNOUN\t\tbank%1:17:01::\n", small_items, "senses.tsv:1: found",
            "expected SENSE, HOMOGRAPH");
    refused("bank.river\tbank\tTHING\tland\tbank%1:17:01::\n", small_items, "senses.tsv:1: found",
            "'THING', expected NOUN");
    refused("bank river\tbank\tNOUN\tland\tbank%1:17:01::\n", small_items, "senses.tsv:1: found",
            "'bank river', expected a name without blanks");
    refused("bank.river\tbank\tNOUN\tland\tbank%1:17:01:: bank\n", small_items,
            "senses.tsv:1: found", "'bank', expected a WordNet sense key");
    refused("a\ta\tNOUN\tb\ta%1:00:00::\na\ta\tNOUN\tb\ta%1:00:00::\n", small_items,
            "senses.tsv:2: found", "'a', expected the name of a sense that has no line yet");
    refused(small_senses, "r1\tbank.river\ttest\n", "items.tsv:1: found",
            "expected ID, SENSE, SPLIT, SENTENCE");
    refused(small_senses, "r1\tbank.shore\ttest\tA [bank] of {mud}.\n", "items.tsv:1: found",
            "'bank.shore', expected the name of a sense of senses.tsv");
    refused(small_senses, "r1\tbank.river\tdev\tA [bank] of {mud}.\n", "items.tsv:1: found",
            "'dev', expected train or test");
    refused(small_senses, "r 1\tbank.river\ttest\tA [bank] of {mud}.\n", "items.tsv:1: found",
            "'r 1', expected an id without blanks");
    refused(small_senses,
            "r1\tbank.river\ttest\tA [bank] of {mud}.\n\nr1\tbank.river\ttrain\tA [bank] of "
            "{clay}.\n",
            "items.tsv:3: found", "the id 'r1' a second time, first in line 1");
    refused(small_senses, "", "", "holds no instance");
}

/* ---- the project's own ---------------------------------------------------------------------- */

/* The next sentence of the half in the file's last column, without its marks; false at the end. */
static bool next_sentence(FILE *file, const char *half, char *sentence, size_t size)
{
    char line[4096];
    while (fgets(line, sizeof line, file)) {
        char *split = strchr(strchr(line, '\t') + 1, '\t') + 1, *text = strchr(split, '\t') + 1;
        if (strncmp(split, half, strlen(half)) == 0) {
            size_t n = 0;
            for (const char *at = text; *at != '\n' && n + 1 < size; at++) {
                if (!strchr("[]{}", *at)) {
                    sentence[n++] = *at;
                }
            }
            sentence[n] = '\0';
            return true;
        }
    }
    return false;
}

Test(homographs, own_set_reads_as_it_is_written)
{
    char folder[512], items[560], sentence[4096];
    snprintf(folder, sizeof folder, "%s/datasets/homographs", getenv("HARNESS_SOURCE_ROOT"));
    snprintf(items, sizeof items, "%s/items.tsv", folder);
    for (int train = 0; train < 2; train++) {
        struct wsd_data *data;
        cr_assert_eq(homographs_read(folder, train, &data), 0, "%s", error_message());
        cr_expect_str_eq(data->name, "homographs");
        FILE *file = fopen(items, "r");
        size_t n = 0;
        for (; next_sentence(file, train ? "train" : "test", sentence, sizeof sentence); n++) {
            const struct wsd_sentence *found = &data->sentences[n];
            cr_expect_eq(strlen(sentence), found->n_bytes, "%s", sentence);
            cr_expect_eq(strncmp(wsd_sentence_text(data, (uint32_t)n), sentence, found->n_bytes), 0,
                         "%s", sentence);
        }
        cr_expect_eq(n, data->n_sentences);
        fclose(file);
        wsd_data_free(data);
    }
}

Test(homographs, own_senses_are_balanced_and_map_to_wordnet)
{
    char folder[512];
    struct wordnet *wordnet;
    struct wsd_data *data;
    snprintf(folder, sizeof folder, "%s/datasets/homographs", getenv("HARNESS_SOURCE_ROOT"));
    if (wordnet_open(NULL, &wordnet)) {
        cr_skip("no WordNet: %s", error_message());
    }
    cr_assert_eq(homographs_read(folder, false, &data), 0, "%s", error_message());
    for (size_t s = 0; s < data->n_senses; s++) {
        struct slice keys = slice_of(data->senses[s].keys), key;
        uint32_t n = 0, label = map_find_text(&data->labels, data->senses[s].label);
        while (slice_word(&keys, &key)) {
            char text[128];
            snprintf(text, sizeof text, "%.*s", (int)key.n, key.text);
            cr_expect_not_null(wordnet_find(wordnet, text), "%s", text);
        }
        for (size_t i = 0; i < data->n_instances; i++) {
            n += data->gold[data->instances[i].first_gold] == label;
        }
        cr_expect_eq(n, 6, "%s: %u", data->senses[s].label, n);
    }
    wsd_data_free(data);
    wordnet_close(wordnet);
}
