/* test_phrases.c - words that hold blanks, in the layout that does not say where a word ends. */
#include "vectors_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A file under way; rows as numpy's tobytes() or word2vec.c's fwrite() leave them. */
struct file {
    char *data;
    size_t n, capacity;
    uint32_t dim;
    bool newlines; /* word2vec.c's */
    uint64_t state;
};

static uint32_t random_bits(struct file *file)
{
    file->state = file->state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(file->state >> 33) << 1 ^ (uint32_t)(file->state >> 40);
}

static void add_bytes(struct file *file, const void *bytes, size_t n)
{
    if (file->n + n > file->capacity) {
        file->capacity = 2 * (file->n + n);
        file->data = realloc(file->data, file->capacity);
    }
    memcpy(file->data + file->n, bytes, n);
    file->n += n;
}

/* A float of any mantissa between 2^-8 and 2 in size. */
static float random_number(struct file *file)
{
    uint32_t bits = random_bits(file);
    bits = (bits & 0x807FFFFFu) | (119 + (bits >> 5 & 7)) << 23;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void add_row(struct file *file, const char *word)
{
    add_bytes(file, word, strlen(word));
    add_bytes(file, " ", 1);
    for (uint32_t d = 0; d < file->dim; d++) {
        float value = random_number(file);
        add_bytes(file, &value, sizeof value);
    }
    add_bytes(file, "\n", file->newlines);
}

static void add_header(struct file *file, uint32_t n_rows)
{
    char line[64];
    add_bytes(file, line, (size_t)sprintf(line, "%u %u\n", n_rows, file->dim));
}

enum { CASES = 5 };

/* Word i: every second, every one, or one in a thousand a phrase. */
static const char *phrase(uint32_t i, uint32_t kind, char word[64])
{
    static const char *const forms[] = {"new york %u", "%u", "at the café %u o'clock", "日本 %u",
                                        "x%u y"};
    bool is_phrase = kind == 0 ? i % 2 == 0 : kind == 1 || i % 1000 == 7;
    const char *form = is_phrase ? forms[i % CASES] : "word%u";
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    sprintf(word, form, i);
#pragma GCC diagnostic pop
    return word;
}

/* Every word and every bit as written, whatever the workers, in both layouts, over many blocks. */
Test(phrases, read_as_written, .init = make_folder, .fini = remove_folder, .timeout = 120)
{
    const struct {
        uint32_t dim, n_rows;
    } shapes[] = {{25, 50000}, {300, 8000}, {3, 12}};
    for (uint32_t c = 0; c < 18; c++) {
        uint32_t n_rows = shapes[c / 6].n_rows, kind = c % 3;
        struct file file = {.dim = shapes[c / 6].dim, .newlines = c / 3 % 2, .state = c + 1};
        char word[64];
        add_header(&file, n_rows);
        for (uint32_t i = 0; i < n_rows; i++) {
            add_row(&file, phrase(i, kind, word));
        }
        struct vector_table *table = load_good(write_file("phrases", file.data, file.n));
        cr_assert_eq(table->format, WORD2VEC_BINARY);
        cr_assert_eq(table->n_words, n_rows, "case %u: %lu words", c,
                     (unsigned long)table->n_words);
        struct file again = {.state = c + 1};
        for (uint32_t i = 0; i < n_rows; i++) {
            phrase(i, kind, word);
            cr_assert_eq(vectors_find(table, word, strlen(word)), i, "case %u: '%s'", c, word);
            for (uint32_t d = 0; d < file.dim; d++) {
                cr_assert_eq(table->rows[(uint64_t)i * file.dim + d], random_number(&again));
            }
        }
        vectors_free(table);
        free(file.data);
    }
}

/* Rows that do not begin where the ones before end: bytes were lost in the middle of the file. */
Test(phrases, shifted_rows, .init = make_folder, .fini = remove_folder)
{
    for (uint64_t seed = 1; seed < 40; seed++) {
        struct file file = {.dim = 50, .newlines = seed % 2, .state = seed};
        add_header(&file, 30);
        char word[64];
        for (uint32_t i = 0; i < 30; i++) {
            add_row(&file, phrase(i, 1, word));
        }
        size_t lost = 40 + seed, at = file.n / 3;
        memmove(file.data + at, file.data + at + lost, file.n - at - lost);
        check_refused(write_file("shifted", file.data, file.n - lost), EMB_E_FORMAT,
                      PARTS("byte ", "(row 1", ": found "));
        free(file.data);
    }
}

/* Words that are no text stand where rows follow, and only there. */
Test(phrases, strange_words, .init = make_folder, .fini = remove_folder)
{
    static const char *const words[] = {"a", "\x01\x02", "b\tc", "d", "", "e", "f\xc3", "g\xe4h"};
    struct file file = {.dim = 20, .state = 5};
    char word[64];
    add_header(&file, 8 * 10);
    for (uint32_t i = 0; i < 8; i++) {
        add_row(&file, words[i]);
        for (uint32_t k = 0; k < 9; k++) {
            sprintf(word, "w%u.%u", i, k);
            add_row(&file, word);
        }
    }
    struct vector_table *table = load_good(write_file("strange", file.data, file.n));
    cr_assert_eq(table->n_words, 80);
    cr_assert_eq(table->n_not_utf8, 2);
    for (uint32_t i = 0; i < 8; i++) {
        cr_assert_eq(vectors_find(table, words[i], strlen(words[i])), 10 * i, "word %u", i);
    }
    vectors_free(table);
    free(file.data);
}

/* Two cuts after which the same rows follow: nobody can know which is meant. */
Test(phrases, ambiguous, .init = make_folder, .fini = remove_folder)
{
    char data[512];
    size_t n = (size_t)sprintf(data, "30 1\n");
    size_t first = n;
    for (int i = 0; i < 30; i++) { /* one word "a b", or a word "a" and another row's beginning */
        n += (size_t)sprintf(data + n, "a bcd e fgh ");
    }
    char where[32];
    sprintf(where, "byte %zu (row 1 of 30)", first);
    check_refused(write_file("twofold", data, n), EMB_E_FORMAT, PARTS(where, "more than one"));
}

/* The numbers of headers that do not fit are reported as before. */
Test(phrases, miscounted, .init = make_folder, .fini = remove_folder)
{
    for (uint32_t lie = 29; lie <= 31; lie += 2) {
        struct file file = {.dim = 50, .state = 3};
        char word[64];
        add_header(&file, lie);
        for (uint32_t i = 0; i < 30; i++) {
            add_row(&file, phrase(i, i == 20 ? 1 : 2, word));
        }
        check_refused(write_file("lie", file.data, file.n), EMB_E_FORMAT,
                      PARTS(lie == 29 ? "more than the 29 rows" : "says 31 rows, found 30"));
        free(file.data);
    }
}

/* Cut short anywhere, also where a later blank of a phrase would need bytes behind the end. */
Test(phrases, cut_short, .init = make_folder, .fini = remove_folder)
{
    static const char found_by_fuzzing[] = "3 2\nth/ \0the -0.a 0.1 065C\n\xa1";
    check_refused(write_file("found", found_by_fuzzing, sizeof found_by_fuzzing - 1), EMB_E_FORMAT,
                  PARTS("byte 16 (row 2 of 3)", "12 bytes left"));
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct file file = {.dim = 12, .newlines = seed % 2, .state = seed};
        char word[64];
        add_header(&file, 6);
        for (uint32_t i = 0; i < 6; i++) {
            add_row(&file, phrase(i, seed % 3 ? 1 : 0, word));
        }
        size_t whole = file.n - file.newlines;
        for (size_t n = 5; n < whole; n++) {
            check_refused(write_file("short", file.data, n), EMB_E_FORMAT, PARTS("short"));
        }
        free(file.data);
    }
}
