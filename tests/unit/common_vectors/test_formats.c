/* test_formats.c - every layout and packing gives the table that gensim wrote. */
#include "vectors_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check_golden(const char *name, enum vector_format format, const char *packing)
{
    size_t n;
    char *expected = read_whole(golden_path("table.f32"), &n);
    struct vector_table *table = load_good(golden_path(name));
    cr_assert_eq(table->format, format, "%s read as %s", name, vector_format_name(table->format));
    cr_assert_str_eq(table->packing, packing);
    cr_assert_eq(table->n_words, 40);
    cr_assert_eq(table->dim, 6);
    cr_assert_eq(n, 40 * 6 * sizeof(float));
    cr_assert_eq(memcmp(table->rows, expected, n), 0, "%s: other bits than gensim's", name);
    static const char *const words[] = {"the", "bank", "New_York", "café", "Straße", "日本"};
    for (uint32_t i = 0; i < 6; i++) {
        uint32_t n_bytes;
        const char *word = vocabulary_word(&table->words, i, &n_bytes);
        cr_assert_str_eq(word, words[i]);
        cr_assert_eq(n_bytes, strlen(words[i]));
        cr_assert_eq(vectors_find(table, words[i], n_bytes), i);
    }
    cr_assert_eq(vectors_find(table, "absent", 6), VOCABULARY_NONE);
    cr_assert_eq(vectors_find(table, "", 0), VOCABULARY_NONE);
    vectors_free(table);
    free(expected);
}

Test(formats, plain, .init = make_folder, .fini = remove_folder)
{
    check_golden("table.glove", GLOVE_TEXT, "plain");
    check_golden("table.vec", WORD2VEC_TEXT, "plain");
    check_golden("table.bin", WORD2VEC_BINARY, "plain");
    check_golden("table-newlines.bin", WORD2VEC_BINARY, "plain");
}

Test(formats, packed, .init = make_folder, .fini = remove_folder)
{
    check_golden("table.vec.gz", WORD2VEC_TEXT, "gzip");
    check_golden("table.vec.xz", WORD2VEC_TEXT, "xz");
    check_golden("table.vec.zst", WORD2VEC_TEXT, "zstd");
    check_golden("table.zip", WORD2VEC_TEXT, "zip");
}

Test(formats, fasttext_vec, .init = make_folder, .fini = remove_folder)
{
    struct vector_table *table = load_good(golden_path("ft-subwords.vec"));
    cr_assert_eq(table->format, WORD2VEC_TEXT);
    cr_assert_eq(table->dim, 5);
    row_of(table, "</s>");
    row_of(table, "moßtre");
    vectors_free(table);
}

static void check_one(const char *text, const char *word, uint64_t n_words, uint32_t dim,
                      float last)
{
    struct vector_table *table = load_good(write_text("one", text));
    cr_assert_eq(table->n_words, n_words, "'%s': %lu words", text, (unsigned long)table->n_words);
    cr_assert_eq(table->dim, dim, "'%s': dim %u", text, table->dim);
    const float *row = row_of(table, word);
    cr_assert_eq(row[dim - 1], last, "'%s': %g", text, (double)row[dim - 1]);
    vectors_free(table);
}

/* The last dim fields are the numbers. */
Test(formats, words_with_blanks, .init = make_folder, .fini = remove_folder)
{
    check_one("a 1 2 3\n. . . 4 5 6\nat name@domain.com 7 8 9\n", ". . .", 3, 3, 6);
    check_one("a 1 2 3\nat name@domain.com 7 8 9\nb 1 1 1\n", "at name@domain.com", 3, 3, 9);
    check_one("a 0.1 0.2\nroute 66 0.5 0.6\nb 0.7 0.8\n", "route 66", 3, 2, 0.6f);
    check_one("a 0.1 0.2\nerror 0x80 0.5 0.6\nb 0.7 0.8\n", "error 0x80", 3, 2, 0.6f);
    check_one("a 0.1 0.2\ntop 1,000 0.5 0.6\nb 0.7 0.8\n", "top 1,000", 3, 2, 0.6f);
    check_one("a 0.1 0.2\ntype 2d4 0.5 0.6\nb 0.7 0.8\n", "type 2d4", 3, 2, 0.6f);
    check_one("2 3\nNew York 1 2 3\nb 4 5 6\n", "New York", 2, 3, 3);
    check_one("a 1 2\n  3 4\nb 5 6\n", " ", 3, 2, 4); /* the word is one blank */
    check_one("a 1 2\n 3 4\nb 5 6\n", "", 3, 2, 4);   /* the word is empty */
}

Test(formats, white_space, .init = make_folder, .fini = remove_folder)
{
    check_one("a 1 2\r\nb 3 4\r\n", "b", 2, 2, 4);
    check_one("a\t1\t2\nb\t3\t4\n", "b", 2, 2, 4);
    check_one("a 1 2 \nb 3 4 \t\n", "b", 2, 2, 4); /* word2vec's own trailing blank */
    check_one("a  1  2\nb 3   4", "a", 2, 2, 2);
    check_one("a 1 2\n\n\nb 3 4\n\n", "b", 2, 2, 4);
    check_one("2 2\n\na 1 2\n \t\nb 3 4\n\n\n", "b", 2, 2, 4);
    check_one("2 2 \r\na 1 2\r\nb 3 4", "b", 2, 2, 4);
    check_one("\xef\xbb\xbf"
              "a 1 2\nb 3 4\n",
              "a", 2, 2, 2);
}

Test(formats, headers, .init = make_folder, .fini = remove_folder)
{
    check_one("1 2 3\n4 5 6\n", "4", 2, 2, 6);           /* three fields: no header */
    check_one("2 2\n2 2\na 1 2\nb 3 4\n", "b", 2, 2, 4); /* twice */
    check_one("3 1\n3 1\n4 5\n6 7\n", "3", 3, 1, 1);     /* with dim 1 the second is a row */
    check_one("2.5 3\n4 5\n", "2.5", 2, 1, 3);
}

Test(formats, binary_words, .init = make_folder, .fini = remove_folder)
{
    /* Numbers whose bytes are newlines and blanks, and a word cut in the middle of a character. */
    char data[256];
    size_t n = (size_t)sprintf(data, "3 2\n");
    const char *words[] = {"a", "b\xc3", "c"};
    for (int i = 0; i < 3; i++) {
        n += (size_t)sprintf(data + n, "%s ", words[i]);
        memcpy(data + n, i == 0 ? "\n\n\n\n    " : "    \n\n\n\n", 8);
        n += 8;
    }
    struct vector_table *table = load_good(write_file("binary", data, n));
    cr_assert_eq(table->format, WORD2VEC_BINARY);
    cr_assert_eq(table->n_words, 3);
    cr_assert_eq(table->n_not_utf8, 1);
    cr_assert_eq(memcmp(row_of(table, "b\xc3"), "    \n\n\n\n", 8), 0);
    vectors_free(table);
}

/* A first vector whose bytes end a "line" in a number. */
Test(formats, binary_that_looks_like_text, .init = make_folder, .fini = remove_folder)
{
    char data[128];
    size_t n = (size_t)sprintf(data, "2 2\nword 5\n  4567b 12345678");
    struct vector_table *table = load_good(write_file("binary", data, n));
    cr_assert_eq(table->format, WORD2VEC_BINARY);
    cr_assert_eq(memcmp(row_of(table, "word"), "5\n  4567", 8), 0);
    vectors_free(table);
}

Test(formats, duplicates_first_wins, .init = make_folder, .fini = remove_folder)
{
    struct vector_table *table =
        load_good(write_text("dup", "a 1 1\nb 2 2\na 3 3\nc 4 4\nb 5 5\na 6 6\nd 7 7\n"));
    cr_assert_eq(table->n_words, 4);
    cr_assert_eq(table->n_duplicates, 3);
    const float expected[] = {1, 1, 2, 2, 4, 4, 7, 7};
    cr_assert_eq(memcmp(table->rows, expected, sizeof expected), 0);
    vectors_free(table);
    table = load_with(folder_path("dup"), (struct vector_options){.limit = 3});
    cr_assert_eq(table->n_words, 3);
    cr_assert_eq(vectors_find(table, "c", 1), 2);
    cr_assert_eq(vectors_find(table, "d", 1), VOCABULARY_NONE);
    vectors_free(table);
}

Test(formats, not_utf8_is_kept, .init = make_folder, .fini = remove_folder)
{
    struct vector_table *table =
        load_good(write_text("bad", "a 1 1\n\xff\xfe 2 2\n\xc3\xa9 3 3\n\xed\xa0\x80 4 4\n"));
    cr_assert_eq(table->n_words, 4);
    cr_assert_eq(table->n_not_utf8, 2);
    cr_assert_eq(row_of(table, "\xff\xfe")[0], 2.0f);
    vectors_free(table);
}

/* Text of `n` rows whose values tell their row, many blocks long. */
static char *big_text(uint32_t n, uint32_t dim, size_t *ret_n)
{
    char *text = malloc((size_t)n * (dim * 12 + 16));
    size_t at = 0;
    for (uint32_t i = 0; i < n; i++) {
        at += (size_t)sprintf(text + at, "word%u", i % 9 == 8 ? i - 1 : i);
        for (uint32_t d = 0; d < dim; d++) {
            at += (size_t)sprintf(text + at, " %u.%04u", i % 1000, (i + d) % 10000);
        }
        text[at++] = '\n';
    }
    *ret_n = at;
    return text;
}

/* The result must not depend on the number of workers, and rows must be at their places. */
Test(formats, many_blocks, .init = make_folder, .fini = remove_folder, .timeout = 60)
{
    enum { ROWS = 150000, DIM = 9 };
    size_t n;
    char *text = big_text(ROWS, DIM, &n);
    cr_assert_gt(n, 8 * 1024 * 1024);
    const char *path = write_file("big", text, n);
    struct vector_options options = {.cache = false};
    struct vector_table *tables[3] = {NULL};
    const uint32_t workers[] = {1, 2, 7};
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(vectors_load(mini_host(workers[i]), path, &options, &tables[i]), EMB_OK);
    }
    cr_assert_eq(tables[0]->n_words, ROWS - ROWS / 9);
    cr_assert_eq(tables[0]->n_duplicates, ROWS / 9);
    const float *row = row_of(tables[0], "word149998");
    for (uint32_t d = 0; d < DIM; d++) {
        char number[32];
        sprintf(number, "%u.%04u", 149998 % 1000, (149998 + d) % 10000);
        cr_assert_eq(row[d], strtof(number, NULL));
    }
    check_equal(tables[0], tables[1]);
    check_equal(tables[0], tables[2]);
    for (int i = 0; i < 3; i++) {
        vectors_free(tables[i]);
    }
    free(text);
}

/* A row longer than a block. */
Test(formats, long_rows, .init = make_folder, .fini = remove_folder, .timeout = 60)
{
    enum { DIM = 200000, ROWS = 4 };
    size_t room = (size_t)DIM * ROWS * 30 + 100, n = 0;
    char *text = malloc(room);
    n += (size_t)sprintf(text, "%d %d\n", ROWS, DIM);
    for (int i = 0; i < ROWS; i++) {
        n += (size_t)sprintf(text + n, "w%d", i);
        for (int d = 0; d < DIM; d++) {
            n += (size_t)sprintf(text + n, " %d.%d", i, d % 10);
        }
        text[n++] = '\n';
    }
    struct vector_table *table = load_good(write_file("wide", text, n));
    cr_assert_eq(table->n_words, ROWS);
    cr_assert_eq(row_of(table, "w3")[DIM - 1], strtof("3.9", NULL));
    vectors_free(table);
    free(text);
}

Test(formats, real_glove, .init = make_folder, .fini = remove_folder, .timeout = 60)
{
    struct vector_table *table = load_good(model_path("glove/vectors.txt"));
    cr_assert_eq(table->dim, 100);
    cr_assert_eq(table->n_words, 341479);
    cr_assert_eq(row_of(table, "the")[0], -0.038194f);
    vectors_free(table);
}
