/* WordNet 3.0 as Debian has it: senses, glosses, inflections, and the sets made from it. */
#include "scratch.h"

#include "base/error.h"
#include "data/wordnet.h"
#include "data/wordnet_examples.h"
#include "data/wordnet_morph.h"
#include "data/wordnet_synonyms.h"
#include "data/wsd_read.h"

#include <criterion/criterion.h>

static struct wordnet *wordnet;

static void open_wordnet(void)
{
    cr_assert_eq(wordnet_open(NULL, &wordnet), 0, "%s", error_message());
}

static void close_wordnet(void)
{
    wordnet_close(wordnet);
}

TestSuite(wordnet, .init = open_wordnet, .fini = close_wordnet);

Test(wordnet, has_the_published_counts)
{
    cr_expect_eq(wordnet_n_senses(wordnet), 206941);
    cr_expect_eq(wordnet_n_synsets(wordnet), 117659);
}

Test(wordnet, senses_come_by_number)
{
    uint32_t n;
    const struct wordnet_sense *senses = wordnet_senses(wordnet, "Bank", WORDNET_NOUN, &n);
    cr_assert_eq(n, 10);
    for (uint32_t i = 0; i < n; i++) {
        cr_expect_eq(senses[i].number, i + 1);
    }
    cr_expect_str_eq(senses[0].key, "bank%1:17:01::");
    cr_expect_eq(wordnet_find(wordnet, "bank%1:17:01::"), &senses[0]);
    cr_expect_null(wordnet_find(wordnet, "bank%1:99:99::"));
    cr_expect_null(wordnet_senses(wordnet, "xyzzy", WORDNET_NOUN, &n));
    cr_expect_eq(n, 0);
    wordnet_senses(wordnet, "change ringing", WORDNET_NOUN, &n);
    cr_expect_eq(n, 1, "a blank is an underscore");
}

Test(wordnet, satellites_are_adjectives)
{
    uint32_t n, satellites = 0;
    const struct wordnet_sense *senses = wordnet_senses(wordnet, "peculiar", WORDNET_ADJ, &n);
    for (uint32_t i = 0; i < n; i++) {
        satellites += strstr(senses[i].key, "%5:") != NULL;
    }
    cr_expect_gt(satellites, 0);
    cr_expect_not_null(wordnet_find(wordnet, "peculiar%5:00:00:specific:00"));
}

Test(wordnet, a_definition_is_the_gloss_without_examples)
{
    uint32_t n;
    struct str text = {0};
    struct slice example;
    const struct wordnet_sense *sense = wordnet_senses(wordnet, "bank", WORDNET_NOUN, &n);
    const struct wordnet_synset *synset = wordnet_synset(wordnet, sense->synset);
    wordnet_definition(synset, &text);
    cr_expect_str_eq(text.data, "sloping land (especially the slope beside a body of water)");
    cr_assert(wordnet_example(synset, 0, &example));
    cr_expect(slice_is(example, "they pulled the canoe up on the bank"));
    cr_expect_not(wordnet_example(synset, 9, &example));
    cr_expect_gt(synset->n_hypernyms, 0);
    str_finish(&text);
}

Test(wordnet, forms_by_exceptions_and_rules)
{
    static const struct {
        enum wordnet_pos pos;
        const char *word, *base;
        bool is;
    } cases[] = {
        {WORDNET_NOUN, "banks", "bank", true},      {WORDNET_NOUN, "geese", "goose", true},
        {WORDNET_NOUN, "churches", "church", true}, {WORDNET_NOUN, "flies", "fly", true},
        {WORDNET_NOUN, "boxesful", "boxful", true}, {WORDNET_NOUN, "glass", "glas", false},
        {WORDNET_NOUN, "is", "i", false},           {WORDNET_NOUN, "bank's", "bank", true},
        {WORDNET_VERB, "ran", "run", true},         {WORDNET_VERB, "making", "make", true},
        {WORDNET_VERB, "tries", "try", true},       {WORDNET_VERB, "jumped", "jump", true},
        {WORDNET_VERB, "banks", "banks", true},     {WORDNET_VERB, "jumper", "jump", false},
        {WORDNET_ADJ, "finer", "fine", true},       {WORDNET_ADJ, "best", "good", true},
        {WORDNET_ADV, "quickly", "quick", false},   {WORDNET_NOUN, "women", "woman", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cr_expect_eq(wordnet_is_form(wordnet, cases[i].pos, cases[i].word, cases[i].base),
                     cases[i].is, "%s < %s", cases[i].word, cases[i].base);
    }
}

static char *bytes_of(const char *path)
{
    FILE *file = fopen(path, "rb");
    cr_assert(file);
    fseek(file, 0, SEEK_END);
    long n = ftell(file);
    rewind(file);
    char *bytes = calloc(1, (size_t)n + 1);
    cr_assert_eq(fread(bytes, 1, (size_t)n, file), (size_t)n);
    fclose(file);
    return bytes;
}

Test(wordnet, examples_have_the_counts_and_read_back)
{
    struct scratch scratch = scratch_open();
    uint32_t counts[WORDNET_N_POS + 1];
    cr_assert_eq(wordnet_examples_write(wordnet, scratch.folder, counts), 0, "%s", error_message());
    cr_expect_eq(counts[WORDNET_NOUN], 8920);
    cr_expect_eq(counts[WORDNET_VERB], 10536);
    cr_expect_eq(counts[WORDNET_ADJ], 12626);
    cr_expect_eq(counts[WORDNET_ADV], 1764);
    struct wsd_sets sets = {0};
    cr_assert_eq(wsd_read(scratch.folder, false, &sets), 0, "%s", error_message());
    struct wsd_data *data = sets.sets[0];
    cr_expect_eq(data->n_instances, 33846);
    for (size_t i = 0; i < data->n_instances; i++) {
        const struct wsd_instance *instance = &data->instances[i];
        const char *key = map_key(&data->labels, data->gold[instance->first_gold]);
        const struct wordnet_sense *sense = wordnet_find(wordnet, key);
        uint32_t n;
        wordnet_senses(wordnet, instance->lemma, (enum wordnet_pos)instance->pos, &n);
        cr_assert(sense && sense->pos == instance->pos && n >= 2, "%s", instance->id);
        cr_assert_eq(strncmp(key, instance->lemma, strlen(instance->lemma)), 0);
    }
    wsd_data_thin(data, 10, 0);
    cr_expect_eq(data->n_instances, 3385);
    wsd_sets_finish(&sets);
    scratch_close(&scratch);
}

Test(wordnet, synonyms_are_the_same_bytes_again)
{
    struct scratch scratch = scratch_open();
    uint32_t counts[WORDNET_N_POS + 1];
    char first[300], second[300];
    snprintf(first, sizeof first, "%s/1", scratch.folder);
    snprintf(second, sizeof second, "%s/2", scratch.folder);
    cr_assert_eq(wordnet_synonyms_write(wordnet, first, counts), 0, "%s", error_message());
    cr_assert_eq(wordnet_synonyms_write(wordnet, second, counts), 0);
    char *a = bytes_of(scratch_path(&scratch, "1/wordnet-synonyms.tsv"));
    char *b = bytes_of(scratch_path(&scratch, "2/wordnet-synonyms.tsv"));
    cr_expect_str_eq(a, b);
    struct slice rest = slice_of(a), line, field[8];
    uint32_t n = 0, answers[5] = {0};
    while (slice_line(&rest, &line)) {
        if (line.text[0] == '#') {
            continue;
        }
        for (int f = 0; f < 8; f++) {
            cr_assert(slice_field(&line, '\t', &field[f]));
        }
        answers[field[7].text[0] - '0']++;
        n++;
    }
    cr_expect_eq(n, counts[1] + counts[2] + counts[3] + counts[4]);
    for (int i = 1; i <= 4; i++) {
        cr_expect(answers[i] > n / 5 && answers[i] < n * 3 / 10, "answers stand in every place");
    }
    free(a);
    free(b);
    scratch_close(&scratch);
}

Test(wordnet_refusals, names_file_and_line)
{
    struct scratch scratch = scratch_open();
    struct wordnet *none = NULL;
    cr_expect_eq(wordnet_open(scratch.folder, &none), ERR_REQUEST);
    cr_expect(strstr(error_message(), "data.noun"), "%s", error_message());
    static const char *const names[] = {"data.noun", "data.verb", "data.adj", "data.adv"};
    for (int i = 0; i < 4; i++) {
        scratch_text(&scratch, names[i], "  1 licence\n");
    }
    scratch_text(&scratch, "data.noun", "  1 licence\n00000012 03 n 01 thing 0 000 | a thing\n");
    scratch_text(&scratch, "index.sense", "thing%1:03:00:: 00000012 1 0\nthing%1:03:01:: 99 2 0\n");
    cr_expect_eq(wordnet_open(scratch.folder, &none), ERR_REQUEST);
    cr_expect(strstr(error_message(), "index.sense:2"), "%s", error_message());
    scratch_text(&scratch, "data.noun", "00000012 03 n ff thing 0 000 | cut short\n");
    cr_expect_eq(wordnet_open(scratch.folder, &none), ERR_REQUEST);
    cr_expect(strstr(error_message(), "data.noun:1"), "%s", error_message());
    cr_expect_null(none);
    scratch_close(&scratch);
}
