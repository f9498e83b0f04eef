/* Loads a file of word vectors, from the cache or by parsing it in parallel. */
#include "embedder_util.h"
#include "vectors/cache.h"
#include "vectors/fasttext_model.h"
#include "vectors/reader.h"
#include "vectors/transform.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

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
    cache_wait(table);
    vocabulary_release(&table->builder);
    pages_release(&table->row_pages);
    if (table->map) {
        munmap(table->map, table->map_bytes);
    }
    fasttext_model_free(table->fasttext);
    table->host->free(table->host, table->change.numbers);
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

static int64_t nanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* Read the source, of which nothing has been read yet, and begin to write its cache. */
static emb_status parse(struct vector_table *table, struct byte_stream *stream,
                        const struct vector_options *options, bool cached)
{
    struct reader *reader = calloc(1, sizeof *reader);
    if (!reader) {
        return emb_failf(table->host, EMB_E_NOMEM, "%s: out of memory", table->path);
    }
    int64_t start = nanoseconds();
    reader->host = table->host;
    reader->path = table->path;
    reader->stream = stream;
    reader->table = table;
    reader->limit = options->limit;
    reader->printing = cached && options->limit == 0;
    emb_status status = reader_run(reader);
    if (status == EMB_OK && table->format != FASTTEXT_BINARY) {
        settle(table);
        struct file_identity before = byte_stream_identity(stream);
        struct file_identity after = byte_stream_identity_now(stream);
        if (reader->printing && file_identity_equal(&before, &after)) {
            cache_save(table, fingerprint_end(&reader->print), before, start);
        }
    }
    reader_finish(reader);
    free(reader);
    return status;
}

/* A fastText model is known by its first bytes, and read from them again. It has no cache: its
 * matrix is used where it lies in the file. */
static emb_status load_fasttext(struct vector_table *table)
{
    struct byte_stream *stream;
    emb_status status = byte_stream_open(table->host, table->path, &stream);
    if (status == EMB_OK) {
        status = fasttext_model_load(table, stream);
        byte_stream_close(stream);
    }
    return status;
}

/* From the cache or from the source. */
static emb_status load(struct vector_table *table, const struct vector_options *options)
{
    struct byte_stream *stream;
    emb_status status = byte_stream_open(table->host, table->path, &stream);
    if (status != EMB_OK) {
        return status;
    }
    bool cached = options->cache && cache_allowed();
    bool stream_read = false;
    if (cached && cache_load(table, stream, options->verify, &stream_read)) {
        byte_stream_close(stream);
        return EMB_OK;
    }
    if (stream_read) {
        byte_stream_close(stream);
        status = byte_stream_open(table->host, table->path, &stream);
    }
    if (status == EMB_OK) {
        table->packing = byte_stream_packing(stream);
        status = parse(table, stream, options, cached);
        byte_stream_close(stream);
    }
    if (status == EMB_OK && table->format == FASTTEXT_BINARY) {
        status = load_fasttext(table);
    }
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
    emb_status status = load(table, options);
    if (status == EMB_OK && transform_wanted(options)) {
        cache_wait(table);
    }
    if (status == EMB_OK) {
        status = transform_apply(table, options);
    }
    if (status != EMB_OK) {
        vectors_free(table);
        return status;
    }
    report_oddities(table);
    *ret_table = table;
    return EMB_OK;
}
