#include "embedder_util.h"
#include "vectors/reader.h"

#include <stdlib.h>
#include <string.h>

const char *vector_format_name(enum vector_format format)
{
    static const char *const names[] = {"GloVe text", "word2vec text", "word2vec binary",
                                        "fastText binary"};
    return names[format];
}

uint64_t vectors_find(const struct vector_table *table, const char *word, size_t n_bytes)
{
    uint64_t i = vocabulary_find(&table->words, word, n_bytes);
    return i < table->n_words ? i : VOCABULARY_NONE;
}

void vectors_free(struct vector_table *table)
{
    if (!table) {
        return;
    }
    vocabulary_release(&table->builder);
    pages_release(&table->row_pages);
    free(table->path);
    free(table);
}

/* Adopt what the reader has built. */
static void settle(struct vector_table *table)
{
    vocabulary_cut(&table->builder, table->n_words);
    pages_trim(&table->row_pages, table->n_words * table->dim * sizeof(float));
    table->words = table->builder.words;
    table->rows = table->row_pages.base;
    table->row_stride = table->dim;
}

static emb_status parse(struct vector_table *table, const struct vector_options *options)
{
    struct reader *reader = calloc(1, sizeof *reader);
    if (!reader) {
        return emb_failf(table->host, EMB_E_NOMEM, "%s: out of memory", table->path);
    }
    reader->host = table->host;
    reader->path = table->path;
    reader->table = table;
    reader->limit = options->limit;
    emb_status status = byte_stream_open(table->host, table->path, &reader->stream);
    if (status == EMB_OK) {
        table->packing = byte_stream_packing(reader->stream);
        status = reader_run(reader);
    }
    if (status == EMB_OK) {
        settle(table);
    }
    reader_finish(reader);
    byte_stream_close(reader->stream);
    free(reader);
    return status;
}

static void report_oddities(const struct vector_table *table)
{
    char line[512];
    if (table->n_duplicates > 0) {
        snprintf(line, sizeof line, "%s: %llu rows left out whose word came before", table->path,
                 (unsigned long long)table->n_duplicates);
        table->host->log(table->host, EMB_LOG_WARN, line);
    }
    if (table->n_not_utf8 > 0) {
        snprintf(line, sizeof line, "%s: %llu words are not UTF-8; kept as the bytes they are",
                 table->path, (unsigned long long)table->n_not_utf8);
        table->host->log(table->host, EMB_LOG_WARN, line);
    }
}

emb_status vectors_load(const struct emb_host *host, const char *path,
                        const struct vector_options *options, struct vector_table **ret_table)
{
    struct vector_table *table = calloc(1, sizeof *table);
    if (!table || !(table->path = strdup(path))) {
        free(table);
        return emb_failf(host, EMB_E_NOMEM, "%s: out of memory", path);
    }
    table->host = host;
    emb_status status = parse(table, options);
    if (status != EMB_OK) {
        vectors_free(table);
        return status;
    }
    report_oddities(table);
    *ret_table = table;
    return EMB_OK;
}
