/* Parses rows of word-vector files in parallel, block by block. */
#include "vectors/reader.h"
#include "base/try.h"
#include "embedder_util.h"
#include "vectors/decimal.h"

#include <stdio.h>
#include <string.h>

static emb_status out_of_memory(const struct reader *reader)
{
    return emb_failf(reader->host, EMB_E_NOMEM, "%s: out of memory at %llu rows of %u numbers",
                     reader->path, (unsigned long long)reader->table->n_words, reader->table->dim);
}

static bool set_capacity(const struct emb_host *host, struct block *block, size_t capacity)
{
    char *data = host->alloc(host, capacity + DECIMAL_SLACK);
    if (!data) {
        return false;
    }
    if (block->data) {
        memcpy(data, block->data, block->n);
        host->free(host, block->data);
    }
    block->data = data;
    block->capacity = capacity;
    return true;
}

/* Read until the block is full or the stream ends. [any thread] */
static emb_status fill(struct reader *reader, struct block *block)
{
    size_t got;
    TRY(byte_stream_read(reader->stream, block->data + block->n, block->capacity - block->n, &got));
    if (reader->printing) {
        fingerprint_add(&reader->print, block->data + block->n, got);
    }
    block->n += got;
    block->last = block->n < block->capacity;
    memset(block->data + block->n, 0, DECIMAL_SLACK);
    return EMB_OK;
}

static void cut(struct reader *reader, struct block *block)
{
    uint64_t max_rows = reader->n_declared - reader->rows_cut;
    if (reader->table->format == WORD2VEC_BINARY) {
        binary_cut(block, max_rows, reader->table->dim);
    } else {
        text_cut(block, max_rows);
    }
    reader->rows_cut += block->n_rows;
}

/* Cut; while not one row is whole, read more of it. */
static emb_status cut_or_grow(struct reader *reader, struct block *block)
{
    for (;;) {
        cut(reader, block);
        if (block->used > block->begin || block->last || reader->rows_cut == reader->n_declared) {
            return EMB_OK;
        }
        block->too_long = block->capacity >= VECTORS_MAX_ROW;
        if (block->too_long) {
            return EMB_OK;
        }
        if (!set_capacity(reader->host, block, block->capacity * 2)) {
            return EMB_E_NOMEM;
        }
        TRY(fill(reader, block));
    }
}

/* The next block: what `now` left over, then the stream. [any thread] */
static void fill_next(struct reader *reader, const struct block *now, struct block *next)
{
    size_t carried = now->n - now->used;
    next->begin = next->n = next->used = 0;
    next->n_rows = next->n_lines = next->n_chunks = 0;
    next->offset = now->offset + now->used;
    next->last = next->too_long = false;
    if (next->capacity < now->capacity && !set_capacity(reader->host, next, now->capacity)) {
        next->status = EMB_E_NOMEM;
        return;
    }
    memcpy(next->data, now->data + now->used, carried);
    next->n = carried;
    next->status = fill(reader, next);
    if (next->status == EMB_OK) {
        next->status = cut_or_grow(reader, next);
    }
}

struct turn {
    struct reader *reader;
    struct block *now, *next;
    float *rows; /* of now's first row */
};

/* Work item 0 fills the next block, item i parses chunk i - 1 of this one. */
static void take_turn(void *arg, uint32_t i, uint32_t worker)
{
    (void)worker;
    struct turn *turn = arg;
    if (i == 0) {
        fill_next(turn->reader, turn->now, turn->next);
        return;
    }
    const struct vector_table *table = turn->reader->table;
    struct chunk *chunk = &turn->now->chunks[i - 1];
    float *rows = turn->rows + (uint64_t)chunk->first_row * table->dim;
    if (table->format == WORD2VEC_BINARY) {
        binary_parse(turn->now, chunk, rows, table->dim);
    } else {
        text_parse(turn->now, chunk, rows, table->dim);
    }
}

static emb_status row_failure(const struct reader *reader, const struct block *block,
                              const struct chunk *chunk)
{
    unsigned long long row = reader->lines_read + chunk->bad_line + 1;
    unsigned long long line = row + reader->n_header_lines;
    unsigned long long found = chunk->found;
    uint32_t dim = reader->table->dim;
    const struct emb_host *host = reader->host;
    switch (chunk->fault) {
    case ROW_NARROW:
        return emb_failf(host, EMB_E_FORMAT,
                         "%s: line %llu ('%s'): found %llu numbers, expected %u%s", reader->path,
                         line, chunk->text, found, dim,
                         block->last && block->n_lines == chunk->bad_line + 1
                             ? " (the last line: is the file cut short?)"
                             : "");
    case ROW_WIDE:
        return emb_failf(host, EMB_E_FORMAT,
                         "%s: line %llu ('%s'): found %llu numbers, expected %u", reader->path,
                         line, chunk->text, found, dim);
    case ROW_NO_WORD:
        return emb_failf(host, EMB_E_FORMAT,
                         "%s: line %llu ('%s'): found %u numbers and no word before them",
                         reader->path, line, chunk->text, dim);
    case ROW_NOT_NUMBER:
        return emb_failf(host, EMB_E_FORMAT,
                         "%s: line %llu: number %llu of %u: found '%s', expected a decimal number",
                         reader->path, line, found, dim, chunk->text);
    case ROW_NOT_FINITE:
        if (reader->table->format == WORD2VEC_BINARY) {
            return emb_failf(
                host, EMB_E_FORMAT,
                "%s: byte %llu (row %llu, number %llu): found NaN or infinity, "
                "expected a finite number",
                reader->path,
                (unsigned long long)(block->offset + (uint64_t)(chunk->at - block->data)), row,
                found);
        }
        return emb_failf(host, EMB_E_FORMAT,
                         "%s: line %llu: number %llu of %u: found '%s', expected a finite number",
                         reader->path, line, found, dim, chunk->text);
    case ROW_LONG_WORD:
        return emb_failf(host, EMB_E_FORMAT,
                         "%s: line %llu: found a word of %llu bytes, expected at most %d",
                         reader->path, line, found, VECTORS_MAX_WORD);
    case ROW_FINE:
    default:
        return EMB_OK;
    }
}

static emb_status first_failure(const struct reader *reader, const struct block *block)
{
    for (uint32_t c = 0; c < block->n_chunks; c++) {
        TRY(row_failure(reader, block, &block->chunks[c]));
    }
    return EMB_OK;
}

/* Add the block's words; move its rows up over those left out. */
static emb_status append(struct reader *reader, const struct block *block, float *rows)
{
    struct vector_table *table = reader->table;
    size_t row_bytes = table->dim * sizeof *rows;
    uint64_t kept = 0;
    for (uint32_t i = 0; i < block->n_rows; i++) {
        const struct row_record *record = &block->records[i];
        if (reader->limit > 0 && table->n_words == reader->limit) {
            break;
        }
        int added = vocabulary_add(&table->builder, record->word, record->n_bytes, record->print);
        if (added < 0) {
            return out_of_memory(reader);
        }
        if (added == 0) {
            table->n_duplicates++;
            continue;
        }
        if (kept < i) {
            memmove(rows + kept * table->dim, rows + (uint64_t)i * table->dim, row_bytes);
        }
        kept++;
        table->n_words++;
        table->n_not_utf8 += record->not_utf8;
    }
    return EMB_OK;
}

static bool reserve_records(const struct emb_host *host, struct block *block)
{
    if (block->n_rows <= block->n_records) {
        return true;
    }
    uint32_t n = block->n_rows < READER_MAX_ROWS / 2 ? 2 * block->n_rows : READER_MAX_ROWS;
    host->free(host, block->records);
    block->records = host->alloc(host, n * sizeof *block->records);
    block->n_records = block->records ? n : 0;
    return block->records != NULL;
}

/* Parse `now` and fill `next` meanwhile. */
static emb_status run_turn(struct reader *reader, struct block *now, struct block *next)
{
    struct vector_table *table = reader->table;
    const struct emb_host *host = reader->host;
    size_t wanted = (table->n_words + now->n_rows) * table->dim * sizeof(float);
    if (!pages_reserve(&table->row_pages, wanted) || !reserve_records(host, now)) {
        return out_of_memory(reader);
    }
    float *rows = (float *)table->row_pages.base + table->n_words * table->dim;
    struct turn turn = {reader, now, next, rows};
    next->status = EMB_OK;
    host->parallel_for(host, 1 + now->n_chunks, take_turn, &turn);
    emb_status status = first_failure(reader, now);
    if (status == EMB_OK) {
        status = append(reader, now, rows);
    }
    if (status == EMB_OK && next->status != EMB_OK) {
        status = next->status == EMB_E_NOMEM ? out_of_memory(reader)
                                             : byte_stream_failure(reader->stream);
    }
    reader->lines_read += now->n_lines;
    if (status == EMB_OK) {
        status = host->progress(host, now->offset + now->used, byte_stream_size(reader->stream));
    }
    return status;
}

/* Only white space may follow the rows that the header promised. */
static bool is_white(const struct block *block)
{
    for (size_t i = block->used; i < block->n; i++) {
        if (!memchr(" \t\r\n", block->data[i], 4)) {
            return false;
        }
    }
    return true;
}

static emb_status no_binary_row(const struct reader *reader, const struct block *block)
{
    const char *word, *blank;
    uint64_t rows_left = reader->n_declared - reader->rows_cut;
    unsigned dim = reader->table->dim;
    char why[128];
    switch (binary_row(block, block->data + block->used, rows_left, dim, &word, &blank)) {
    case CUT_SHIFTED:
        snprintf(why, sizeof why,
                 "found nothing that can be a word with rows of %u numbers after it", dim);
        break;
    case CUT_AMBIGUOUS:
        snprintf(why, sizeof why, "found a word with blanks that may end at more than one of them");
        break;
    default:
        snprintf(why, sizeof why, "found no word, blank and %u numbers in the %llu bytes left", dim,
                 (unsigned long long)(block->n - block->used));
    }
    return emb_failf(reader->host, EMB_E_FORMAT, "%s: byte %llu (row %llu of %llu): %s",
                     reader->path, (unsigned long long)(block->offset + block->used),
                     (unsigned long long)reader->rows_cut + 1,
                     (unsigned long long)reader->n_declared, why);
}

static emb_status no_row(const struct reader *reader, const struct block *block)
{
    unsigned long long at = block->offset + block->used;
    if (reader->rows_cut == reader->n_declared) {
        return emb_failf(reader->host, EMB_E_FORMAT,
                         "%s: byte %llu: found more than the %llu rows of %u numbers that the "
                         "header promises",
                         reader->path, at, (unsigned long long)reader->n_declared,
                         reader->table->dim);
    }
    if (reader->table->format == WORD2VEC_BINARY) {
        return no_binary_row(reader, block);
    }
    return emb_failf(reader->host, EMB_E_FORMAT,
                     "%s: line %llu: found a line longer than %d bytes, expected a word and %u "
                     "numbers",
                     reader->path,
                     (unsigned long long)(reader->lines_read + reader->n_header_lines + 1),
                     VECTORS_MAX_ROW, reader->table->dim);
}

/* The stream has ended, or cannot go on: is everything as it should be? */
static emb_status check_end(const struct reader *reader, const struct block *block)
{
    if (block->too_long || !is_white(block)) {
        return no_row(reader, block);
    }
    if (!block->last) {
        return no_row(reader, block);
    }
    uint64_t rows = reader->table->n_words + reader->table->n_duplicates;
    if (reader->n_declared != UINT64_MAX && rows < reader->n_declared) {
        return emb_failf(reader->host, EMB_E_FORMAT,
                         "%s: line 1: header says %llu rows, found %llu", reader->path,
                         (unsigned long long)reader->n_declared, (unsigned long long)rows);
    }
    return EMB_OK;
}

/* All rows after the head, until the end or the limit. */
static emb_status read_rows(struct reader *reader)
{
    struct block *now = &reader->blocks[0], *next = &reader->blocks[1];
    emb_status status = cut_or_grow(reader, now);
    if (status != EMB_OK) {
        return status == EMB_E_NOMEM ? out_of_memory(reader) : byte_stream_failure(reader->stream);
    }
    while (now->used > now->begin) {
        TRY(run_turn(reader, now, next));
        if (reader->limit > 0 && reader->table->n_words >= reader->limit) {
            return EMB_OK;
        }
        struct block *swap = now;
        now = next;
        next = swap;
    }
    return check_end(reader, now);
}

/* Rooms for the words that may come, so that the hash table seldom grows. A guess. */
static bool reserve_words(struct reader *reader)
{
    uint64_t size = byte_stream_size(reader->stream);
    uint64_t row_bytes = reader->table->dim * (reader->table->format == WORD2VEC_BINARY ? 4 : 7);
    uint64_t n = size > 0 ? size / (row_bytes + 8) + 16 : 1024;
    n = n < reader->n_declared ? n : reader->n_declared;
    n = reader->limit > 0 && reader->limit < n ? reader->limit : n;
    return vocabulary_reserve(&reader->table->builder, n, 8 * n);
}

static emb_status start(struct reader *reader)
{
    const struct emb_host *host = reader->host;
    uint64_t size = byte_stream_size(reader->stream);
    /* Packed, a file may hold 64 times its size and more: then blocks follow each other. */
    uint64_t guess = size > 0 ? size + 1 : 64 * byte_stream_identity(reader->stream).size + 65536;
    size_t capacity = guess < READER_BLOCK ? (size_t)guess : READER_BLOCK;
    fingerprint_begin(&reader->print);
    if (!set_capacity(host, &reader->blocks[0], capacity)) {
        return out_of_memory(reader);
    }
    emb_status status = fill(reader, &reader->blocks[0]);
    return status == EMB_OK ? EMB_OK : byte_stream_failure(reader->stream);
}

emb_status reader_run(struct reader *reader)
{
    emb_status status = start(reader);
    struct block *head = &reader->blocks[0];
    if (status == EMB_OK) {
        status = reader_recognise(reader, head, &head->begin);
    }
    if (status != EMB_OK || reader->table->format == FASTTEXT_BINARY) {
        return status;
    }
    if (!reserve_words(reader)) {
        return out_of_memory(reader);
    }
    status = read_rows(reader);
    if (status == EMB_OK && reader->table->n_words == 0) {
        status = emb_failf(reader->host, EMB_E_FORMAT, "%s: found 0 rows, expected word vectors",
                           reader->path);
    }
    return status;
}

void reader_finish(struct reader *reader)
{
    for (int b = 0; b < 2; b++) {
        reader->host->free(reader->host, reader->blocks[b].data);
        reader->host->free(reader->host, reader->blocks[b].records);
        reader->blocks[b].data = NULL;
        reader->blocks[b].records = NULL;
    }
}
