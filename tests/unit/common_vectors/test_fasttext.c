/* test_fasttext.c - fastText models against `fasttext print-word-vectors` and gensim. */
#include "vectors_test.h"
#include "vectors/fasttext_model.h"
#include "vectors/lookup.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Every line of `name`: a word and its vector, printed to `digits` significant digits. */
static void check_lines(const struct vector_table *table, const char *name, int digits)
{
    size_t n;
    char *text = read_whole(golden_path(name), &n);
    int n_lines = 0;
    char *save = NULL;
    for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        char *blank = strchr(line, ' ');
        cr_assert(blank);
        float vector[16];
        int32_t status = lookup_vector(table, line, (size_t)(blank - line), vector);
        char *p = blank;
        bool zero = true;
        for (uint32_t d = 0; d < table->dim; d++) {
            double expected = strtod(p, &p);
            zero = zero && expected == 0;
            double slack = 0.51 * pow(10, floor(log10(fabs(expected) + 1e-30)) + 1 - digits);
            cr_assert_leq(fabs((double)vector[d] - expected), slack + 1e-9,
                          "%s: %s: %.9g, expected %.9g", name, line, (double)vector[d], expected);
        }
        cr_assert_eq(status, zero ? EMB_WORD_UNKNOWN : EMB_WORD_OK, "%s: %s: status %d", name, line,
                     status);
        n_lines++;
    }
    cr_assert_gt(n_lines, 20);
    free(text);
}

static void check_model(const char *name)
{
    char file[64];
    snprintf(file, sizeof file, "%s.bin", name);
    struct vector_table *table = load_good(golden_path(file));
    cr_assert_eq(table->format, FASTTEXT_BINARY);
    snprintf(file, sizeof file, "%s.print", name);
    check_lines(table, file, 5);
    vectors_free(table);
}

Test(fasttext, subwords, .init = make_folder, .fini = remove_folder)
{
    check_model("ft-subwords");
}

Test(fasttext, single_characters, .init = make_folder, .fini = remove_folder)
{
    check_model("ft-chars");
}

Test(fasttext, words_only, .init = make_folder, .fini = remove_folder)
{
    check_model("ft-words");
}

Test(fasttext, supervised, .init = make_folder, .fini = remove_folder)
{
    check_model("ft-supervised");
}

Test(fasttext, gensim, .init = make_folder, .fini = remove_folder)
{
    struct vector_table *table = load_good(golden_path("ft-subwords.bin"));
    check_lines(table, "ft-subwords.gensim", 6);
    vectors_free(table);
}

/* The .vec beside the .bin holds the same vectors, printed to 5 digits. */
Test(fasttext, table_of_all_words, .init = make_folder, .fini = remove_folder)
{
    struct vector_table *model = load_good(golden_path("ft-subwords.bin"));
    struct vector_table *vec = load_good(golden_path("ft-subwords.vec"));
    cr_assert_eq(model->n_words, vec->n_words);
    const float *rows = lookup_rows(model);
    cr_assert_eq(rows, lookup_rows(model));
    for (uint64_t i = 0; i < vec->n_words * vec->dim; i++) {
        cr_assert_leq(fabsf(rows[i] - vec->rows[i]), 1e-4f * fabsf(vec->rows[i]) + 1e-8f);
    }
    vectors_free(vec);
    vectors_free(model);
}

Test(fasttext, packed, .init = make_folder, .fini = remove_folder)
{
    char command[2200];
    snprintf(command, sizeof command, "gzip -c '%s' > '%s'", golden_path("ft-subwords.bin"),
             folder_path("m.gz"));
    if (system(command) != 0) {
        cr_skip_test("no gzip program");
    }
    struct vector_table *table = load_good(folder_path("m.gz"));
    check_lines(table, "ft-subwords.print", 5);
    vectors_free(table);
}

/* Changes reach words in and out of the vocabulary. */
Test(fasttext, normalised, .init = make_folder, .fini = remove_folder)
{
    struct vector_table *table = load_with(
        golden_path("ft-subwords.bin"), (struct vector_options){.normalise = true, .centre = true});
    const char *const words[] = {"unknown", "sto"};
    for (int i = 0; i < 2; i++) {
        float vector[16];
        double sum = 0;
        cr_assert_eq(lookup_vector(table, words[i], strlen(words[i]), vector), EMB_WORD_OK);
        for (uint32_t d = 0; d < table->dim; d++) {
            sum += (double)vector[d] * (double)vector[d];
        }
        cr_assert_float_eq(sum, 1.0, 1e-6);
    }
    vectors_free(table);
}

Test(fasttext, quantised_is_refused, .init = make_folder, .fini = remove_folder)
{
    check_refused(golden_path("ft-quantised.ftz"), EMB_E_UNSUPPORTED, PARTS("quantised", ".bin"));
}

/* Cut at every byte, plain and with any of the header's bytes changed: an error or a table, never
 * a crash. */
Test(fasttext, cut_and_spoilt, .init = make_folder, .fini = remove_folder, .timeout = 60)
{
    size_t n;
    char *data = read_whole(golden_path("ft-subwords.bin"), &n);
    for (size_t cut = 4; cut < n; cut += cut < 400 ? 1 : 61) {
        check_refused(write_file("cut", data, cut), EMB_E_FORMAT, PARTS("fastText", "byte "));
    }
    for (size_t at = 4; at < 200; at++) {
        for (int bit = 0; bit < 8; bit += 7) {
            data[at] = (char)(data[at] ^ 1 << bit);
            struct vector_table *table = NULL;
            struct vector_options options = {.cache = false};
            if (vectors_load(mini_host(1), write_file("spoilt", data, n), &options, &table) ==
                EMB_OK) {
                float vector[16];
                cr_assert_leq(table->dim, 16);
                lookup_vector(table, "unknown", 7, vector);
            }
            vectors_free(table);
            data[at] = (char)(data[at] ^ 1 << bit);
        }
    }
    free(data);
}
