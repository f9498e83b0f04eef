#include "vectors/reader.h"

#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "vectors are copied as they are");

/* The word at p, after the newline that may end the row before. *ret_begin is its first byte;
 * returns its end (a blank), NULL if none is in sight. */
static const char *find_word(const char *p, const char *end, const char **ret_begin)
{
    while (p < end && (*p == '\n' || *p == '\r')) {
        p++;
    }
    *ret_begin = p;
    size_t n = (size_t)(end - p);
    return memchr(p, ' ', n < VECTORS_MAX_WORD ? n : VECTORS_MAX_WORD);
}

void binary_cut(struct block *block, uint64_t max_rows, uint32_t dim)
{
    const char *p = block->data + block->begin;
    const char *end = block->data + block->n;
    struct chunk *chunk = NULL;
    max_rows = max_rows < READER_MAX_ROWS ? max_rows : READER_MAX_ROWS;
    block->n_rows = block->n_lines = block->n_chunks = 0;
    size_t chunk_bytes = block->n / (READER_MAX_CHUNKS - 1) + 1;
    chunk_bytes = chunk_bytes > READER_CHUNK ? chunk_bytes : READER_CHUNK;
    while (block->n_rows < max_rows) {
        const char *word;
        const char *blank = find_word(p, end, &word);
        if (!blank || (size_t)(end - blank - 1) < (size_t)dim * sizeof(float)) {
            break;
        }
        if (!chunk || (size_t)(p - chunk->begin) >= chunk_bytes) {
            chunk = &block->chunks[block->n_chunks++];
            *chunk =
                (struct chunk){.begin = p, .first_row = block->n_rows, .first_line = block->n_rows};
        }
        p = blank + 1 + (size_t)dim * sizeof(float);
        chunk->end = p;
        chunk->n_rows++;
        block->n_rows++;
        block->n_lines++;
    }
    block->used = (size_t)(p - block->data);
}

void binary_parse(struct block *block, struct chunk *chunk, float *rows, uint32_t dim)
{
    const char *p = chunk->begin;
    for (uint32_t i = 0; i < chunk->n_rows; i++) {
        const char *word;
        const char *blank = find_word(p, chunk->end, &word);
        float *row = rows + (uint64_t)i * dim;
        memcpy(row, blank + 1, dim * sizeof *row);
        uint32_t bad = first_not_finite(row, dim);
        if (bad < dim) {
            chunk->fault = ROW_NOT_FINITE;
            chunk->bad_line = chunk->first_line + i;
            chunk->found = bad + 1;
            chunk->at = blank + 1 + bad * sizeof *row;
            return;
        }
        size_t n = (size_t)(blank - word);
        block->records[chunk->first_row + i] = (struct row_record){
            .word = word,
            .print = fingerprint_of(word, n),
            .n_bytes = (uint32_t)n,
            .not_utf8 = !is_utf8(word, n),
        };
        p = blank + 1 + dim * sizeof *row;
    }
}
