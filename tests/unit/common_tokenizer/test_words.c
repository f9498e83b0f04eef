/* Words of a sentence, each cut as the model sees it in running text. */
#include "support.h"

#include <string.h>

/* The pieces of the words of a text joined by single spaces are those of the text itself. */
static void expect_running_text(const char *name, const char *text)
{
    struct tokenizer *tokenizer = load_golden(name);
    struct token_list running = {0};
    struct token_list by_word = {0};
    struct emb_span words[32];
    uint32_t n = 0;
    uint32_t at = 0;
    for (; text[at]; at += text[at] == ' ') {
        uint32_t begin = at;
        at += (uint32_t)strcspn(text + at, " ");
        words[n++] = (struct emb_span){begin, at};
    }
    cr_assert_eq(tokenizer_encode(tokenizer, text, at, TOKENIZER_SPECIAL, &running), EMB_OK);
    cr_assert_eq(tokenizer_encode_words(tokenizer, text, words, n, TOKENIZER_SPECIAL, &by_word),
                 EMB_OK);
    cr_expect_eq(running.n, by_word.n, "%s: %u pieces, %u by word", name, running.n, by_word.n);
    for (uint32_t i = 0; i < running.n && i < by_word.n; i++) {
        cr_expect_eq(running.items[i].id, by_word.items[i].id, "%s: piece %u", name, i);
        const struct emb_piece *piece = &by_word.items[i];
        cr_expect(piece->word == EMB_NO_WORD
                      ? piece->begin == piece->end
                      : piece->begin < piece->end && piece->begin >= words[piece->word].begin &&
                            piece->end <= words[piece->word].end);
    }
    token_list_finish(&running);
    token_list_finish(&by_word);
    tokenizer_destroy(tokenizer);
}

Test(words, equal_running_text)
{
    static const char *const names[] = {"bert",          "gpt2",       "roberta", "llama3",
                                        "llama2",        "t5",         "xlnet",   "char_bpe",
                                        "unigram_bytes", "trim_prefix"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        expect_running_text(names[i], "a cat has thus hello world , 12 na\xC3\xAFve "
                                      "\xE4\xB8\xAD\xE6\x96\x87 x !");
        expect_running_text(names[i], "xyz");
        expect_running_text(names[i], "");
    }
}

Test(words, wordpiece_cuts_within_a_word)
{
    struct tokenizer *tokenizer = load_golden("bert");
    cr_expect_str_eq(cut_words(tokenizer, "change-ringing unaffable", TOKENIZER_SPECIAL),
                     "1:0-0 8:0-6@0 9:6-7@0 10:7-11@0 11:11-14@0 3:15-17@1 4:17-20@1 5:20-24@1 "
                     "2:0-0");
    cr_expect_str_eq(cut_words(tokenizer, "can|'|t", 0), "16:0-3@0 17:3-4@1 18:4-5@2");
    tokenizer_destroy(tokenizer);
}

/* "Ġ th" is one rule of the golden byte-level model: "the" inside a sentence differs from "the" at
 * its start, and from one that no space precedes. */
Test(words, byte_level_carries_its_space)
{
    struct tokenizer *tokenizer = load_golden("gpt2");
    uint32_t the;
    uint32_t space_th;
    cr_assert(tokenizer_find(tokenizer, "the", &the));
    cr_assert(tokenizer_find(tokenizer, "\xC4\xA0th", &space_th));
    struct token_list list = {0};
    const struct emb_span words[] = {{0, 3}, {4, 7}, {7, 10}};
    cr_assert_eq(tokenizer_encode_words(tokenizer, "the thethe", words, 3, 0, &list), EMB_OK);
    cr_expect_eq(list.items[0].id, the);
    cr_expect_eq(list.items[list.n - 1].id, the, "no space before the third word");
    cr_expect_neq(list.items[1].id, the, "a space before the second");
    cr_expect_eq(list.items[1].begin, 4, "but the space is not the word's");
    token_list_finish(&list);
    tokenizer_destroy(tokenizer);
}

/* A prefix that stands alone before a word is a piece of the sequence but of no word. */
Test(words, lone_prefix_is_no_word)
{
    struct tokenizer *tokenizer = load_golden("t5");
    cr_expect_str_eq(cut_words(tokenizer, "\xE4\xB8\xAD \xE4\xB8\xAD", 0),
                     "1:0-0 19:0-3@0 1:4-4 19:4-7@1");
    tokenizer_destroy(tokenizer);
}

Test(words, other_white_space_counts_as_a_space)
{
    struct tokenizer *tokenizer = load_golden("t5");
    const struct emb_span words[] = {{0, 3}, {5, 8}, {10, 13}};
    struct token_list list = {0};
    cr_assert_eq(tokenizer_encode_words(tokenizer, "the\t\nthe\xC2\xA0the", words, 3, 0, &list),
                 EMB_OK);
    cr_expect_eq(list.n, 3);
    for (uint32_t i = 0; i < list.n; i++) {
        cr_expect_eq(list.items[i].id, 2, "a whole piece with its mark");
        cr_expect_eq(list.items[i].word, i);
    }
    token_list_finish(&list);
    tokenizer_destroy(tokenizer);
}
