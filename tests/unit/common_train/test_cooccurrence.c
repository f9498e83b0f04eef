/* Co-occurrence counts: against a naive count here, and against one in Python (golden files). */
#include "mini_host.h"
#include "text_corpus.h"
#include "train/cooccurrence.h"
#include "train/tiles.h"
#include "train_test.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct counted {
    struct text_corpus text;
    struct emb_train_request request;
    struct train_job job;
    struct corpus corpus;
    struct cooccurrences counts;
};

static void count_excerpt(struct counted *c, uint64_t min_count, uint32_t window, bool symmetric,
                          uint32_t n_threads, uint64_t memory, char **ret_text)
{
    size_t n;
    *ret_text = test_golden("excerpt.txt", &n);
    text_corpus_memory(&c->text, *ret_text, n);
    c->request = (struct emb_train_request){.struct_size = sizeof c->request,
                                            .n_threads = n_threads,
                                            .corpus = &c->text.corpus,
                                            .output = test_path("counts")};
    job_init(&c->job, mini_host(n_threads), &c->request, "test", memory);
    struct word_rules rules = {.strip = true, .lowercase = true};
    cr_assert_eq(corpus_read(&c->corpus, &c->job, &rules, min_count, 0), EMB_OK);
    cr_assert_eq(cooccurrences_count(&c->counts, &c->job, &c->corpus, window, symmetric), EMB_OK,
                 "%s", mini_host_failure());
}

static void finish(struct counted *c, char *text)
{
    cooccurrences_finish(&c->counts);
    corpus_finish(&c->corpus);
    free(text);
    cr_assert_eq(mini_host_bytes(), 0);
}

/* Every pair against a table filled by the definition. */
static void against_naive(uint64_t min_count, uint32_t window, bool symmetric, uint32_t n_threads,
                          uint64_t memory)
{
    struct counted c;
    char *text;
    count_excerpt(&c, min_count, window, symmetric, n_threads, memory, &text);
    uint32_t n = c.corpus.vocabulary.n_words;
    double *table = calloc((size_t)n * n, sizeof *table);
    for (uint64_t at = 0; at < c.corpus.n_ids; at++) {
        for (uint64_t d = 1; d <= window && d <= at; d++) {
            uint32_t right = c.corpus.ids[at], left = c.corpus.ids[at - d];
            if (right == CORPUS_LINE || left == CORPUS_LINE) {
                break;
            }
            table[(size_t)left * n + right] += 1.0 / (double)d;
            if (symmetric) {
                table[(size_t)right * n + left] += 1.0 / (double)d;
            }
        }
    }
    for (uint64_t i = 0; i < c.counts.n; i++) {
        const struct cooccurrence *pair = &c.counts.records[i];
        double *expected = &table[(size_t)pair->row * n + pair->column];
        double found = (double)pair->weight * COOCCURRENCE_UNIT;
        cr_assert(*expected > 0 && fabs(found - *expected) < 1e-6 * *expected, "%u %u: %g %g",
                  pair->row, pair->column, found, *expected);
        *expected = 0; /* each pair is given once */
        if (symmetric) {
            cr_assert(pair->row >= pair->column);
            table[(size_t)pair->column * n + pair->row] = 0;
        }
    }
    for (size_t i = 0; i < (size_t)n * n; i++) {
        cr_assert(table[i] == 0, "a pair is missing");
    }
    free(table);
    finish(&c, text);
}

Test(cooccurrence, symmetric, .fini = test_folder_remove)
{
    against_naive(1, 10, true, 1, 1 << 28);
    against_naive(1, 10, true, 2, 1 << 28);
}

Test(cooccurrence, left, .fini = test_folder_remove)
{
    against_naive(1, 4, false, 1, 1 << 28);
    against_naive(2, 255, false, 3, 1 << 28);
}

/* So little memory that the counts go to the disk again and again. */
Test(cooccurrence, spills, .fini = test_folder_remove)
{
    against_naive(1, 10, true, 1, 1 << 16);
    against_naive(1, 10, false, 2, 1 << 17);
}

static void against_golden(const char *name, uint32_t window, bool symmetric)
{
    struct counted c;
    char *text, *golden = test_golden(name, NULL), *at = golden;
    count_excerpt(&c, 2, window, symmetric, 2, 1 << 28, &text);
    uint32_t n = c.corpus.vocabulary.n_words;
    float *table = calloc((size_t)n * n, sizeof *table);
    double sum = 0;
    unsigned long pairs = 0;
    for (uint64_t i = 0; i < c.counts.n; i++) {
        const struct cooccurrence *pair = &c.counts.records[i];
        double count = (double)pair->weight * COOCCURRENCE_UNIT;
        bool both = symmetric && pair->row != pair->column;
        table[(size_t)pair->row * n + pair->column] = (float)count;
        if (both) {
            table[(size_t)pair->column * n + pair->row] = (float)count;
        }
        sum += both ? 2 * count : count;
        pairs += both ? 2 : 1;
    }
    cr_assert_eq(strtoul(at, &at, 10), pairs);
    cr_assert(fabs(strtod(at, &at) - sum) < 1e-3);
    unsigned rows = 0;
    for (; at[0] == '\n' && at[1]; rows++) {
        unsigned long row = strtoul(at, &at, 10), column = strtoul(at, &at, 10);
        double expected = strtod(at, &at), found = (double)table[row * n + column];
        cr_assert(fabs(expected - found) < 1e-6 * expected, "%lu %lu: %g, expected %g", row, column,
                  found, expected);
    }
    cr_assert(rows > 400);
    free(table);
    free(golden);
    finish(&c, text);
}

Test(cooccurrence, golden, .fini = test_folder_remove)
{
    against_golden("cooccurrences.txt", 10, true);
    against_golden("left.txt", 4, false);
}

/* Each record is in the tile of its words, once, with its logarithm and weight. */
Test(tiles, hold_every_pair_both_ways, .fini = test_folder_remove)
{
    struct counted c;
    char *text;
    count_excerpt(&c, 2, 10, true, 2, 1 << 28, &text);
    uint32_t n = c.corpus.vocabulary.n_words;
    float *table = calloc((size_t)n * n, sizeof *table);
    for (uint64_t i = 0; i < c.counts.n; i++) {
        const struct cooccurrence *pair = &c.counts.records[i];
        float count = (float)((double)pair->weight * COOCCURRENCE_UNIT);
        table[(size_t)pair->row * n + pair->column] = count;
        table[(size_t)pair->column * n + pair->row] = count;
    }
    struct tiles tiles;
    struct tiles_weighting weighting = {10, 0.75};
    cr_assert_eq(tiles_make(&tiles, &c.job, &c.counts, n, 896, true, &weighting), EMB_OK);
    for (uint32_t tile = 0; tile < tiles.n_blocks * tiles.n_blocks; tile++) {
        for (uint64_t i = tiles.begin[tile]; i < tiles.begin[tile + 1]; i++) {
            const struct glove_record *record = &tiles.records[i];
            uint32_t row = record->row * tiles.n_blocks + tile / tiles.n_blocks;
            uint32_t column = record->column * tiles.n_blocks + tile % tiles.n_blocks;
            float count = table[(size_t)row * n + column];
            cr_assert(count > 0, "%u %u", row, column);
            cr_assert(fabsf(record->log_count - logf(count)) < 1e-6f);
            float weight = count < 10 ? powf(count / 10, 0.75f) : 1;
            cr_assert(fabsf(record->weight - weight) < 1e-6f);
            table[(size_t)row * n + column] = 0;
        }
    }
    for (size_t i = 0; i < (size_t)n * n; i++) {
        cr_assert(table[i] == 0);
    }
    /* With little memory the same tiles come from a file, byte for byte. */
    struct tiles small;
    c.job.memory_bytes = 1 << 18;
    cr_assert_eq(tiles_make(&small, &c.job, &c.counts, n, 896, true, &weighting), EMB_OK);
    cr_assert_neq(small.spool.fd, -1);
    cr_assert_eq(small.n, tiles.n);
    cr_assert_eq(memcmp(small.records, tiles.records, tiles.n * sizeof *tiles.records), 0);
    tiles_finish(&small);
    tiles_finish(&tiles);
    free(table);
    finish(&c, text);
}
