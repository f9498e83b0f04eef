/* Inventories of senses: three formats, lemmas in any script and form, and what is refused. */
#include "temporary.h"

#include "base/error.h"
#include "base/file.h"
#include "data/inventory.h"

static int open_text(const char *text, struct inventory **ret_inventory)
{
    const char *folder = temporary_folder();
    char *path = file_join(folder, "senses.txt");
    temporary_write(path, text, strlen(text));
    int status = inventory_open(path, ret_inventory);
    free(path);
    temporary_remove(folder);
    return status;
}

/* The labels of a lemma's senses with blanks between. */
static const char *labels(const struct inventory *inventory, const char *lemma,
                          enum wordnet_pos pos)
{
    static char text[256];
    uint32_t n;
    const struct inventory_sense *senses = inventory_senses(inventory, lemma, pos, &n);
    text[0] = '\0';
    for (uint32_t i = 0; i < n; i++) {
        strcat(text, i ? " " : "");
        strcat(text, senses[i].label);
    }
    return text;
}

Test(inventory, table)
{
    struct inventory *inventory;
    cr_assert_eq(open_text("# LEMMA POS SENSE DEFINITION\n"
                           "Bank\tNOUN\tbank.1\tSitzgelegenheit für mehrere\n"
                           "银行\tn\tyin2hang2\n"
                           "bank\tNOUN\tbank.2\tGeldinstitut\n"
                           "bank\tVERB\tbank.3\n"
                           "bank\tNOUN\tbank.1\n",
                           &inventory),
                 0, "%s", error_message());
    uint32_t n;
    cr_expect_str_eq(labels(inventory, "BANK", WORDNET_NOUN), "bank.1 bank.2");
    cr_expect_str_eq(labels(inventory, "bank", WORDNET_VERB), "bank.3");
    cr_expect_str_eq(labels(inventory, "银行", WORDNET_NOUN), "yin2hang2");
    cr_expect_str_eq(labels(inventory, "bank", WORDNET_ADJ), "");
    cr_expect_str_eq(inventory_senses(inventory, "bank", WORDNET_NOUN, &n)[1].definition,
                     "Geldinstitut");
    cr_expect_null(inventory_senses(inventory, "bank", WORDNET_VERB, &n)->definition);
    cr_expect(inventory_has_definitions(inventory));
    cr_expect(inventory_has_sense(inventory, "bank.3"));
    cr_expect_not(inventory_has_sense(inventory, "bank"));
    inventory_close(inventory);
}

/* One synset is a sense of several lemmas; o and its marks are one letter or two. */
Test(inventory, lists)
{
    struct inventory *inventory;
    cr_assert_eq(open_text("erho\xcc\x88hen#v\tbn:1v\tbn:2v\nsteigern#VERB\tbn:2v\n"
                           "rote bete#N\tbn:3n\n#1#n\tbn:4n\n",
                           &inventory),
                 0, "%s", error_message());
    cr_expect_str_eq(labels(inventory, "ERH\xc3\x96HEN", WORDNET_VERB), "bn:1v bn:2v");
    cr_expect_str_eq(labels(inventory, "steigern", WORDNET_VERB), "bn:2v");
    cr_expect_str_eq(labels(inventory, "Rote_Bete", WORDNET_NOUN), "bn:3n");
    cr_expect_str_eq(labels(inventory, "#1", WORDNET_NOUN), "bn:4n");
    cr_expect_not(inventory_has_definitions(inventory));
    inventory_close(inventory);
}

Test(inventory, open_multilingual_wordnet)
{
    struct inventory *inventory;
    cr_assert_eq(open_text("# Name\tdeu\thttp://example.org\tCC BY\n"
                           "08420278-n\tdeu:lemma\tBank\n"
                           "08420278-n\tdeu:def\t0\tein Geldinstitut\n"
                           "08420278-n\tdeu:exe\t0\ter trug es zur Bank\n"
                           "02828884-n\tlemma\tBank\n"
                           "00001740-s\tdeu:lemma\tfähig\n",
                           &inventory),
                 0, "%s", error_message());
    uint32_t n;
    const struct inventory_sense *senses = inventory_senses(inventory, "bank", WORDNET_NOUN, &n);
    cr_assert_eq(n, 2u);
    cr_expect_str_eq(senses[0].label, "08420278-n");
    cr_expect_str_eq(senses[0].definition, "ein Geldinstitut");
    cr_expect_null(senses[1].definition);
    cr_expect_str_eq(labels(inventory, "fähig", WORDNET_ADJ), "00001740-s");
    inventory_close(inventory);
}

Test(inventory, refusals)
{
    static const struct {
        const char *text, *says;
    } wrong[] = {
        {"", "holds no sense"},
        {"# nothing but this\n", "holds no sense"},
        {"bank\tNOUN\tb.1\nbank\tPRON\tb.2\n", ":2: found \"bank\tPRON\tb.2\", expected LEMMA"},
        {"bank#x\tb.1\n", ":1: found part of speech \"x\""},
        {"bank\tNOUN\tb 1\n", ":1: found sense \"b 1\", expected a name without white space"},
        {"bank\tNOUN\t\n", ":1: found sense \"\""},
        {"\tNOUN\tb.1\n", ":1: found lemma \"\""},
        {"bank NOUN b.1\n", ":1: found \"bank NOUN b.1\""},
        {"00001740-x\tdeu:lemma\tfoo\n", ":1: found part of speech \"x\""},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct inventory *inventory = NULL;
        cr_assert_eq(open_text(wrong[i].text, &inventory), ERR_REQUEST, "%s", wrong[i].text);
        cr_expect(strstr(error_message(), wrong[i].says), "%s: %s", wrong[i].says, error_message());
    }
}
