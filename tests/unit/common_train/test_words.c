/* Words, vocabulary and word numbers. */
#include "mini_host.h"
#include "text_corpus.h"
#include "train/corpus.h"
#include "train_test.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STRIP = 1, LOWER = 2, UNICODE = 4 };

/* Words joined by "|", newlines as "/". */
static const struct {
    const char *text;
    int rules;
    const char *expected;
} cases[] = {
    {"", 0, ""},
    {"one two", 0, "one|two|"},
    {"  one\ttwo\r\nthree", 0, "one|two|/three|"},
    {"\n\n", 0, "//"},
    {"It's, well, ODD.", 0, "It's,|well,|ODD.|"},
    {"It's, well, ODD.", LOWER, "it's,|well,|odd.|"},
    {"It's, well, ODD.", STRIP, "It's|well|ODD|"},
    {"It's, well, ODD.", STRIP | LOWER, "it's|well|odd|"},
    {"rock'n'roll o'clock 'tis dogs' d'2", STRIP, "rock'n|roll|o'clock|tis|dogs|d|2|"},
    {"a1b2'c3", STRIP, "a1b2'c|3|"},
    {"mother-in-law 3.14", STRIP, "mother|in|law|3|14|"},
    {"Caf\xC3\xA9 \xC3\x89t\xC3\xA9", STRIP | LOWER, "caf|t|"},
    {"Caf\xC3\xA9 \xC3\x89t\xC3\xA9", STRIP | LOWER | UNICODE, "caf\xC3\xA9|\xC3\xA9t\xC3\xA9|"},
    {"\xC3\x89T\xC3\x89", LOWER, "\xC3\xA9t\xC3\xA9|"},
    {"\xC3\x89T\xC3\x89", LOWER | UNICODE, "\xC3\xA9t\xC3\xA9|"},
    /* the final sigma is one of the word, whatever follows it in the line; as str.lower() has it */
    {"ΣΟΦΌΣ, ΣΑΣ'Α ΌΣ. Σ İ", LOWER, "σοφός,|σασ'α|ός.|σ|i̇|"},
    {"ΣΟΦΌΣ, ΣΑΣ'Α ΌΣ’ Σ", LOWER | STRIP | UNICODE, "σοφός|σασ'α|ός|σ|"},
    {"ΣΟΦΌΣ", STRIP | UNICODE, "ΣΟΦΌΣ|"},
    {"it\xE2\x80\x99s", STRIP, "it|s|"},
    {"it\xE2\x80\x99s", STRIP | UNICODE, "it's|"},
    {"na\xC3\xAFve\xE2\x80\x94yes", STRIP | UNICODE, "na\xC3\xAFve|yes|"},
    {"ab\xFF"
     "cd \xC3",
     0,
     "ab\xFF"
     "cd|\xC3|"},
    {"ab\xFF"
     "cd \xC3",
     STRIP | UNICODE, "ab|cd|"},
    {"\xEF\xBB\xBFstart", STRIP | UNICODE, "start|"},
};

Test(words, cases)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct word_rules rules = {(cases[i].rules & STRIP) != 0, (cases[i].rules & LOWER) != 0,
                                   (cases[i].rules & UNICODE) != 0};
        struct word_reader reader;
        word_reader_init(&reader, &rules);
        word_reader_text(&reader, cases[i].text, strlen(cases[i].text));
        char found[256] = "";
        for (enum word_event event; (event = word_reader_next(&reader)) != WORD_END;) {
            if (event == WORD_LINE) {
                strcat(found, "/");
            } else {
                strncat(found, reader.word, reader.n_bytes);
                strcat(found, "|");
            }
        }
        cr_assert_str_eq(found, cases[i].expected, "case %zu: %s", i, found);
    }
}

Test(words, long_words_are_cut_between_characters)
{
    char text[400];
    for (int i = 0; i < 133; i++) {
        memcpy(text + 3 * i, "\xE2\x82\xAC", 3); /* the euro sign: 100 is no multiple of 3 */
    }
    struct word_reader reader;
    word_reader_init(&reader, &(struct word_rules){0});
    word_reader_text(&reader, text, 399);
    cr_assert_eq(word_reader_next(&reader), WORD_FOUND);
    cr_assert_eq(reader.n_bytes, 99);
    cr_assert_eq(word_reader_next(&reader), WORD_END);
}

/* No character begins anywhere in it, as in a binary file that is taken for a text. */
Test(words, continuation_bytes_alone)
{
    char text[400];
    memset(text, 0x86, sizeof text);
    struct word_reader reader;
    for (int lowercase = 0; lowercase < 2; lowercase++) {
        word_reader_init(&reader, &(struct word_rules){.lowercase = lowercase});
        word_reader_text(&reader, text, sizeof text);
        cr_assert_eq(word_reader_next(&reader), WORD_FOUND);
        cr_assert_eq(reader.n_bytes, 100);
        cr_assert_eq(memcmp(reader.word, text, 100), 0);
        cr_assert_eq(word_reader_next(&reader), WORD_END);
    }
}

struct read {
    struct text_corpus text;
    struct emb_train_request request;
    struct train_job job;
    struct corpus corpus;
};

static emb_status read_text(struct read *read, const char *text, size_t n, uint64_t block,
                            uint64_t min_count, uint64_t max_words, uint64_t memory,
                            const struct word_rules *rules)
{
    text_corpus_memory(&read->text, text, n);
    read->text.block = block;
    read->request = (struct emb_train_request){.struct_size = sizeof read->request,
                                               .n_threads = 1,
                                               .corpus = &read->text.corpus,
                                               .output = test_path("corpus")};
    job_init(&read->job, mini_host(1), &read->request, "test", memory);
    return corpus_read(&read->corpus, &read->job, rules, min_count, max_words);
}

static const struct word_rules plain, strip_lower = {.strip = true, .lowercase = true};

static void expect_words(const struct word_counts *v, const char *expected)
{
    char found[256] = "";
    for (uint32_t i = 0; i < v->n_words; i++) {
        size_t n = strlen(found);
        snprintf(found + n, sizeof found - n, "%.*s:%llu ", (int)v->words[i].n_bytes,
                 word_counts_text(v, i), (unsigned long long)v->words[i].count);
    }
    cr_assert_str_eq(found, expected, "%s", found);
}

/* Falling count; words of equal count by first occurrence. */
Test(vocabulary, order_and_ties)
{
    struct read read;
    const char *text = "d c b\na b d\n\nx y x d";
    cr_assert_eq(read_text(&read, text, strlen(text), 1, 1, 0, 1 << 20, &plain), EMB_OK);
    expect_words(&read.corpus.vocabulary, "d:3 b:2 x:2 c:1 a:1 y:1 ");
    cr_assert_eq(read.corpus.n_lines, 4);
    cr_assert_eq(read.corpus.n_read, 10);
    const uint32_t ids[] = {0, 3, 1, CORPUS_LINE, 4, 1, 0, CORPUS_LINE, 2, 5, 2, 0, CORPUS_LINE};
    cr_assert_eq(read.corpus.n_ids, sizeof ids / sizeof *ids);
    cr_assert_eq(memcmp(read.corpus.ids, ids, sizeof ids), 0);
    corpus_finish(&read.corpus);

    cr_assert_eq(read_text(&read, text, strlen(text), 1, 2, 0, 1 << 20, &plain), EMB_OK);
    expect_words(&read.corpus.vocabulary, "d:3 b:2 x:2 ");
    corpus_finish(&read.corpus);
    cr_assert_eq(read_text(&read, text, strlen(text), 1, 1, 2, 1 << 20, &plain), EMB_OK);
    expect_words(&read.corpus.vocabulary, "d:3 b:2 ");
    cr_assert_eq(read.corpus.n_types, 6);
    corpus_finish(&read.corpus);
    cr_assert_eq(mini_host_bytes(), 0);
}

/* FNV-1a's published value of "foobar", whatever the blocks. */
Test(corpus, hash)
{
    struct read read;
    cr_assert_eq(read_text(&read, "foobar", 6, 100, 1, 0, 1 << 20, &plain), EMB_OK);
    cr_assert_eq(read.corpus.hash, UINT64_C(0x85944171f73967e8));
    corpus_finish(&read.corpus);
}

Test(corpus, vocabulary_of_real_text)
{
    size_t n, n_golden;
    char *text = test_golden("excerpt.txt", &n);
    char *golden = test_golden("vocabulary.txt", &n_golden), *found = malloc(n_golden + 200);
    struct read read;
    cr_assert_eq(read_text(&read, text, n, 1000, 2, 0, 1 << 20, &strip_lower), EMB_OK);
    size_t at = 0;
    for (uint32_t i = 0; i < read.corpus.vocabulary.n_words && at < n_golden; i++) {
        const struct counted_word *word = &read.corpus.vocabulary.words[i];
        at += (size_t)sprintf(found + at, "%.*s %llu\n", (int)word->n_bytes,
                              word_counts_text(&read.corpus.vocabulary, i),
                              (unsigned long long)word->count);
    }
    cr_assert_str_eq(found, golden);
    corpus_finish(&read.corpus);
    free(text);
    free(golden);
    free(found);
}

/* Word numbers that do not fit the memory go to a file and come back the same. */
Test(corpus, spools_to_a_file, .fini = test_folder_remove)
{
    size_t n;
    char *text = test_golden("excerpt.txt", &n);
    struct read small, large;
    cr_assert_eq(read_text(&large, text, n, 1000, 1, 0, 1 << 26, &strip_lower), EMB_OK);
    cr_assert_eq(large.corpus.spool.fd, -1);
    cr_assert_eq(read_text(&small, text, n, 1000, 1, 0, 1 << 16, &strip_lower), EMB_OK);
    cr_assert_neq(small.corpus.spool.fd, -1);
    cr_assert_eq(small.corpus.n_ids, large.corpus.n_ids);
    cr_assert_eq(memcmp(small.corpus.ids, large.corpus.ids, small.corpus.n_ids * 4), 0);
    cr_assert_eq(test_count_files(), 0);
    corpus_finish(&small.corpus);
    corpus_finish(&large.corpus);
    free(text);
}

Test(corpus, pieces_cover_the_corpus_and_begin_at_lines)
{
    size_t n;
    char *text = test_golden("excerpt.txt", &n);
    struct read read;
    cr_assert_eq(read_text(&read, text, n, 1000, 1, 0, 1 << 26, &strip_lower), EMB_OK);
    uint64_t *starts, n_pieces;
    cr_assert_eq(corpus_cut(&read.corpus, 100, 1000, &starts, &n_pieces), EMB_OK);
    cr_assert(n_pieces > 10);
    cr_assert_eq(starts[0], 0);
    cr_assert_eq(starts[n_pieces], read.corpus.n_ids);
    for (uint64_t i = 1; i < n_pieces; i++) {
        cr_assert(starts[i] >= starts[i - 1] + 100);
        cr_assert_eq(read.corpus.ids[starts[i] - 1], CORPUS_LINE);
    }
    read.job.host->free(read.job.host, starts);
    corpus_finish(&read.corpus);
    free(text);
}

/* One line without an end: pieces begin inside it. */
Test(corpus, one_long_line)
{
    enum { WORDS = 100000 };
    char *text = malloc(2 * WORDS);
    for (int i = 0; i < WORDS; i++) {
        text[2 * i] = (char)('a' + i % 26);
        text[2 * i + 1] = ' ';
    }
    struct read read;
    cr_assert_eq(read_text(&read, text, 2 * WORDS, 1 << 20, 1, 0, 1 << 26, &plain), EMB_OK);
    cr_assert_eq(read.corpus.n_ids, WORDS + 1);
    uint64_t *starts, n_pieces;
    cr_assert_eq(corpus_cut(&read.corpus, 4096, 1000, &starts, &n_pieces), EMB_OK);
    cr_assert_eq(n_pieces, 21); /* the last holds the line's end alone */
    cr_assert_eq(starts[1], 5000);
    read.job.host->free(read.job.host, starts);
    corpus_finish(&read.corpus);
    free(text);
}
