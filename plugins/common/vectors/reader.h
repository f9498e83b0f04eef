/*
 * reader.h - from a stream of bytes to rows of floats, in parallel. Private to this folder.
 *
 * Two blocks of some megabytes take turns. While the workers parse the rows of one, another fills
 * the next from the stream (reading or unpacking) and cuts it: finds its last whole row and shares
 * the rows out in chunks. A chunk knows the number of its first row, so its rows go straight to
 * their place in the table. The words of a block are added to the vocabulary in order, when all its
 * chunks are done: so the result does not depend on the number of workers.
 */
#ifndef VECTORS_READER_H
#define VECTORS_READER_H

#include "base/archive.h"
#include "vectors/fingerprint.h"
#include "vectors/vectors.h"

enum {
    READER_BLOCK = 4 * 1024 * 1024, /* bytes; grows up to VECTORS_MAX_ROW for longer rows */
    READER_CHUNK = 128 * 1024,
    READER_MAX_CHUNKS = 64,
    READER_MAX_ROWS = 64 * 1024 /* in a block */
};

struct row_record {
    const char *word; /* in the block */
    uint64_t print;   /* fingerprint_of(word) */
    uint32_t n_bytes;
    bool not_utf8;
};

enum row_fault {
    ROW_FINE,
    ROW_NARROW,     /* `found` fields after the word */
    ROW_WIDE,       /* `found` numbers */
    ROW_NO_WORD,    /* numbers alone */
    ROW_NOT_NUMBER, /* field `found` (from 1, after the word) is `text` */
    ROW_NOT_FINITE, /* likewise */
    ROW_LONG_WORD,  /* of `found` bytes */
};

struct chunk {
    const char *begin, *end;
    uint32_t first_row, n_rows;   /* in the block */
    uint32_t first_line, n_lines; /* in the block: the rows, and blank lines between them */
    enum row_fault fault;
    uint32_t bad_line; /* in the block */
    uint64_t found;
    const char *at; /* the fault's place in the block */
    char text[48];
};

struct block {
    char *data;
    size_t capacity;
    size_t begin, n, used; /* data[begin, used) are whole rows, data[used, n) the rest */
    uint64_t offset;       /* of data[0] in the stream, unpacked */
    uint32_t n_rows, n_lines, n_chunks;
    uint64_t rows_left; /* binary: rows that the header promises from data[begin) on */
    struct chunk chunks[READER_MAX_CHUNKS];
    struct row_record *records; /* [n_records] */
    uint32_t n_records;
    bool last;         /* nothing follows data[n] in the stream */
    bool too_long;     /* data holds no whole row and may not grow */
    emb_status status; /* of filling it */
};

struct reader {
    const struct emb_host *host;
    const char *path;
    struct byte_stream *stream;
    struct vector_table *table;
    uint64_t limit;
    /* Recognised from the head of the file. */
    uint64_t n_declared; /* rows by the header; UINT64_MAX without one */
    uint32_t n_header_lines;
    /* Under way. */
    uint64_t rows_cut;        /* rows (lines) handed to blocks so far */
    uint64_t lines_read;      /* lines before the current block, the header's not counted */
    struct fingerprint print; /* of all bytes so far */
    bool printing;
    struct block blocks[2];
};

/* Read the head, recognise the format, read all rows into reader->table. A fastText model is only
 * recognised. Tells host->fail. */
emb_status reader_run(struct reader *reader);
void reader_finish(struct reader *reader);

/* Format, dim, n_declared and the header's length in bytes from the first block. */
emb_status reader_recognise(struct reader *reader, const struct block *head, size_t *ret_n_bytes);

/* Find the whole rows of block->data[begin, n): sets used, n_rows, n_lines, chunks; at most
 * `max_rows`. Never fails: what it cannot make out stays unused. */
void text_cut(struct block *block, uint64_t max_rows);
void binary_cut(struct block *block, uint64_t max_rows, uint32_t dim);

enum row_cut {
    CUT_FOUND,
    CUT_UNKNOWN,   /* more data must be at hand */
    CUT_NONE,      /* no word, blank and numbers up to the end of the file */
    CUT_SHIFTED,   /* nothing that can be a word, or no cut after which rows follow */
    CUT_AMBIGUOUS, /* more than one such cut */
};

/* The row of word2vec's binary layout at p, one of rows_left > 0 that the header promises: its word
 * and the blank behind it. */
enum row_cut binary_row(const struct block *block, const char *p, uint64_t rows_left, uint32_t dim,
                        const char **ret_word, const char **ret_blank);

/* Parse the chunk's rows to `rows` ([n_rows, dim], the chunk's first) and block->records; stops at
 * the first fault, leaving it in the chunk. */
void text_parse(struct block *block, struct chunk *chunk, float *rows, uint32_t dim);
void binary_parse(struct block *block, struct chunk *chunk, float *rows, uint32_t dim);

/* Fields that are meant as numbers, be it in a notation that no row is read in ("0x1p3"), counted
 * from the end of the line, at most all. */
uint32_t text_trailing_numbers(const char *begin, const char *end, uint32_t *ret_n_fields);

/* The first NaN or infinity, n if none. */
uint32_t first_not_finite(const float *values, uint32_t n);
bool is_utf8(const char *text, size_t n_bytes);

#endif /* VECTORS_READER_H */
