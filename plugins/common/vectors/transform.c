/* Centres, normalises or cuts components out of a loaded table. */
#include "base/try.h"
#include "base/unicode.h"
#include "vectors/transform.h"
#include "embedder_util.h"
#include "vectors/fasttext_model.h"
#include "vectors/fingerprint.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { BLOCK_ROWS = 1024 };

bool transform_wanted(const struct vector_options *options)
{
    return options->lowercase || options->centre || options->abtt > 0 || options->normalise;
}

static emb_status out_of_memory(const struct vector_table *table, const char *doing)
{
    return emb_failf(table->host, EMB_E_NOMEM, "%s: out of memory while %s", table->path, doing);
}

/* The rows as memory of our own: pages of a mapped cache are copied when written to. */
static emb_status writable_rows(struct vector_table *table, float **ret_rows)
{
    if (table->fasttext) {
        *ret_rows = fasttext_model_rows(table);
        table->rows = *ret_rows;
        return *ret_rows ? EMB_OK : out_of_memory(table, "making the table of words");
    }
    if (!table->map) {
        *ret_rows = table->row_pages.base;
        return EMB_OK;
    }
    if (mprotect(table->map, table->map_bytes, PROT_READ | PROT_WRITE) != 0) {
        return out_of_memory(table, "copying the table");
    }
    *ret_rows = (float *)((char *)table->map + ((const char *)table->rows - (char *)table->map));
    return EMB_OK;
}

/* Lower-case the words into a new vocabulary; close up the rows. */
static emb_status lower_words(struct vector_table *table, float *rows)
{
    struct vocabulary_builder builder = {0};
    size_t row_bytes = table->dim * sizeof *rows;
    char *lower = malloc(EMB_LOWER_ROOM(VECTORS_MAX_WORD));
    int added =
        lower && vocabulary_reserve(&builder, table->n_words, table->words.n_bytes) ? 1 : -1;
    for (uint64_t i = 0; i < table->n_words && added >= 0; i++) {
        uint32_t n_bytes;
        const char *word = vocabulary_word(&table->words, i, &n_bytes);
        size_t n = utf8_lower(word, n_bytes, lower);
        uint64_t to = builder.words.n_words;
        added = vocabulary_add(&builder, lower, n, fingerprint_of(lower, n));
        if (added == 1 && to < i) {
            memcpy(rows + to * table->dim, rows + i * table->dim, row_bytes);
        }
    }
    free(lower);
    if (added < 0) {
        vocabulary_release(&builder);
        return out_of_memory(table, "lower-casing the vocabulary");
    }
    vocabulary_release(&table->builder);
    table->builder = builder;
    table->words = builder.words;
    table->n_words = builder.words.n_words;
    return EMB_OK;
}

/* x - mean - sum_k <x - mean, u_k> u_k (Mu & Viswanath 2018, algorithm 1) */
void row_change_apply(const struct row_change *change, uint32_t dim, float *row)
{
    for (uint32_t d = 0; d < dim && change->mean; d++) {
        row[d] = (float)((double)row[d] - change->mean[d]);
    }
    for (uint32_t k = 0; k < change->n_components; k++) {
        const double *u = change->components + (size_t)k * dim;
        double along = 0;
        for (uint32_t d = 0; d < dim; d++) {
            along += (double)row[d] * u[d];
        }
        for (uint32_t d = 0; d < dim; d++) {
            row[d] = (float)((double)row[d] - along * u[d]);
        }
    }
    if (change->normalise) {
        double sum = 0;
        for (uint32_t d = 0; d < dim; d++) {
            sum += (double)row[d] * (double)row[d];
        }
        double length = sqrt(sum);
        for (uint32_t d = 0; d < dim && length > 0; d++) {
            row[d] = (float)((double)row[d] / length);
        }
    }
}

struct row_job {
    const struct vector_table *table;
    float *rows;
};

static void change_block(void *arg, uint32_t i, uint32_t worker)
{
    (void)worker;
    const struct row_job *job = arg;
    const struct vector_table *table = job->table;
    uint64_t begin = (uint64_t)i * BLOCK_ROWS;
    uint64_t end = begin + BLOCK_ROWS < table->n_words ? begin + BLOCK_ROWS : table->n_words;
    for (uint64_t r = begin; r < end; r++) {
        row_change_apply(&table->change, table->dim, job->rows + r * table->dim);
    }
}

static emb_status change_rows(struct vector_table *table, const struct vector_options *options,
                              float *rows)
{
    const struct emb_host *host = table->host;
    struct row_change *change = &table->change;
    uint32_t dim = table->dim;
    uint32_t D = options->abtt;
    change->normalise = options->normalise;
    change->numbers = host->alloc(host, ((size_t)D + 1) * dim * sizeof *change->numbers);
    bool enough = change->numbers != NULL;
    if (enough && (options->centre || D > 0)) {
        enough = table_mean(host, rows, table->n_words, dim, change->numbers);
        change->mean = change->numbers;
    }
    if (enough && D > 0) {
        enough = principal_components(host, rows, table->n_words, dim, change->mean, D,
                                      change->numbers + dim);
        change->components = change->numbers + dim;
        change->n_components = D;
    }
    if (!enough) {
        return out_of_memory(table, "centring the table");
    }
    struct row_job job = {table, rows};
    host->parallel_for(host, (uint32_t)((table->n_words + BLOCK_ROWS - 1) / BLOCK_ROWS),
                       change_block, &job);
    return EMB_OK;
}

emb_status transform_apply(struct vector_table *table, const struct vector_options *options)
{
    if (options->limit > 0 && options->limit < table->n_words) {
        table->n_words = options->limit;
    }
    if (!transform_wanted(options)) {
        return EMB_OK;
    }
    if (options->abtt >= table->dim) {
        return emb_failf(table->host, EMB_E_OPTION,
                         "%s: abtt=%u of vectors of %u numbers, expected less", table->path,
                         options->abtt, table->dim);
    }
    float *rows = NULL;
    TRY(writable_rows(table, &rows));
    if (options->lowercase) {
        TRY(lower_words(table, rows));
    }
    if (options->centre || options->abtt > 0 || options->normalise) {
        TRY(change_rows(table, options, rows));
    }
    return EMB_OK;
}
