/* Cuts a line of a text file into a word and its numbers. */
#include "vectors/decimal.h"
#include "vectors/reader.h"

#include <string.h>

static inline bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static inline const char *skip_blanks(const char *p, const char *end)
{
    while (p < end && is_blank(*p)) {
        p++;
    }
    return p;
}

/* Without blanks and a carriage return at the end. */
static const char *trimmed_end(const char *begin, const char *end)
{
    while (end > begin && (is_blank(end[-1]) || end[-1] == '\r')) {
        end--;
    }
    return end;
}

static bool is_blank_line(const char *begin, const char *end)
{
    return begin == end || (*begin <= ' ' && trimmed_end(begin, end) == begin);
}

void text_cut(struct block *block, uint64_t max_rows)
{
    const char *p = block->data + block->begin;
    const char *end = block->data + block->n;
    struct chunk *chunk = NULL;
    size_t chunk_bytes = block->n / (READER_MAX_CHUNKS - 1) + 1;
    chunk_bytes = chunk_bytes > READER_CHUNK ? chunk_bytes : READER_CHUNK;
    max_rows = max_rows < READER_MAX_ROWS ? max_rows : READER_MAX_ROWS;
    block->n_rows = block->n_lines = block->n_chunks = 0;
    while (p < end && block->n_rows < max_rows) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        if (!newline && !block->last) {
            break;
        }
        if (!chunk || (size_t)(p - chunk->begin) >= chunk_bytes) {
            chunk = &block->chunks[block->n_chunks++];
            *chunk = (struct chunk){
                .begin = p, .first_row = block->n_rows, .first_line = block->n_lines};
        }
        bool row = !is_blank_line(p, newline ? newline : end);
        p = newline ? newline + 1 : end;
        chunk->end = p;
        chunk->n_rows += row;
        chunk->n_lines++;
        block->n_rows += row;
        block->n_lines++;
    }
    block->used = (size_t)(p - block->data);
}

/* A field as a whole is one number. `end` is not part of it and ends it. */
static bool is_number(const char *begin, const char *end)
{
    float value;
    return begin < end && decimal_parse(begin, &value) == end;
}

static const char *skip_digits(const char *p, const char *end)
{
    while (p < end && *p >= '0' && *p <= '9') {
        p++;
    }
    return p;
}

static bool is_hex_digit(char c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/* Behind a letter of an exponent: a sign, if any, and digits to the end. */
static bool is_exponent(const char *p, const char *end)
{
    p += p < end && (*p == '-' || *p == '+');
    return p < end && skip_digits(p, end) == end;
}

/* "0x1p3", "0x1F": behind "0x". */
static bool is_hexadecimal(const char *p, const char *end, bool *ret_whole)
{
    uint32_t n_digits = 0;
    bool point = false;
    for (; p < end && (is_hex_digit(*p) || (*p == '.' && !point)); p++) {
        point = point || *p == '.';
        n_digits += *p != '.';
    }
    *ret_whole = p == end && !point;
    return n_digits > 0 && (p == end || ((*p | 0x20) == 'p' && is_exponent(p + 1, end)));
}

/* A number as other programs write them: hexadecimal ("0x1p3"), with a decimal comma ("0,5"),
 * Fortran's exponent ("1.5D-3"), a true minus sign, "-1.#IND". *ret_whole: it may be a whole one
 * ("0x1F", "1,000"), which stands in words, too. */
static bool is_other_notation(const char *begin, const char *end, bool *ret_whole)
{
    const char *p = begin;
    bool minus = end - p > 3 && memcmp(p, "\xe2\x88\x92", 3) == 0; /* U+2212 */
    p += minus ? 3 : p < end && (*p == '-' || *p == '+');
    *ret_whole = false;
    if (end - p > 2 && p[0] == '0' && (p[1] | 0x20) == 'x') {
        return is_hexadecimal(p + 2, end, ret_whole);
    }
    const char *integer = p;
    p = skip_digits(p, end);
    size_t n_digits = (size_t)(p - integer);
    if (n_digits > 0 && end - p > 2 && p[0] == '.' && p[1] == '#') {
        return p[2] == 'I' || p[2] == 'Q' || p[2] == 'S'; /* 1.#INF, 1.#IND, 1.#QNAN, 1.#SNAN */
    }
    bool comma = p < end && *p == ',';
    bool broken = p < end && (comma || *p == '.');
    if (broken) {
        const char *fraction = p + 1;
        p = skip_digits(fraction, end);
        n_digits += (size_t)(p - fraction);
        *ret_whole = comma && p == end && fraction - integer > 1 && p - fraction == 3;
    }
    bool fortran = broken && p < end && (*p | 0x20) == 'd';
    if (p < end && !((fortran || (*p | 0x20) == 'e') && is_exponent(p + 1, end))) {
        return false;
    }
    return n_digits > 0 && (minus || comma || fortran);
}

uint32_t text_trailing_numbers(const char *begin, const char *end, uint32_t *ret_n_fields)
{
    uint32_t n_numbers = 0, n_fields = 0;
    bool unbroken = true;
    end = trimmed_end(begin, end);
    while (end > begin) {
        const char *field = end;
        while (field > begin && !is_blank(field[-1])) {
            field--;
        }
        n_fields++;
        bool whole;
        unbroken = unbroken && (is_number(field, end) || is_other_notation(field, end, &whole));
        n_numbers += unbroken;
        end = field;
        while (end > begin && is_blank(end[-1])) {
            end--;
        }
    }
    *ret_n_fields = n_fields;
    return n_numbers;
}

static void set_fault(struct chunk *chunk, enum row_fault fault, uint64_t found, const char *at,
                      const char *end)
{
    size_t n =
        (size_t)(end - at) < sizeof chunk->text - 1 ? (size_t)(end - at) : sizeof chunk->text - 1;
    chunk->fault = fault;
    chunk->found = found;
    chunk->at = at;
    memcpy(chunk->text, at, n);
    chunk->text[n] = '\0';
}

/* Whole numbers may belong to the word ("route 66"); those with a point or an exponent do not. */
static bool is_fraction(const char *field, const char *end)
{
    size_t n = (size_t)(end - field);
    bool whole;
    if (is_number(field, end)) {
        return memchr(field, '.', n) || memchr(field, 'e', n) || memchr(field, 'E', n);
    }
    return is_other_notation(field, end, &whole) && !whole;
}

/* Fractions at the end of the word: the row is too wide. */
static uint32_t surplus_numbers(const char *begin, const char *end)
{
    uint32_t surplus = 0;
    for (;;) {
        end = trimmed_end(begin, end);
        const char *field = end;
        while (field > begin && !is_blank(field[-1])) {
            field--;
        }
        if (field == begin || !is_fraction(field, end)) {
            return surplus;
        }
        surplus++;
        end = field;
    }
}

/* Where the last n fields of the line begin; NULL if nothing would be left for a word. */
static const char *last_fields(const char *begin, const char *end, uint32_t n)
{
    const char *p = end;
    for (uint32_t i = 0; i < n; i++) {
        while (p > begin && is_blank(p[-1])) {
            p--;
        }
        while (p > begin && !is_blank(p[-1])) {
            p--;
        }
    }
    return p > begin ? p : NULL;
}

static void set_short(struct chunk *chunk, const char *begin, const char *end, uint32_t dim)
{
    uint32_t n_fields;
    uint32_t n_numbers = text_trailing_numbers(begin, end, &n_fields);
    bool numbers_alone = n_numbers == n_fields && n_fields == dim;
    set_fault(chunk, numbers_alone ? ROW_NO_WORD : ROW_NARROW, n_fields - 1, begin, end);
}

/* The numbers from p on, which reach to `end`. */
static bool parse_numbers(struct chunk *chunk, const char *p, const char *end, float *row,
                          uint32_t dim)
{
    for (uint32_t d = 0; d < dim; d++) {
        p = skip_blanks(p, end);
        const char *after = decimal_parse(p, &row[d]);
        if (!after || (after < end && !is_blank(*after))) {
            const char *field_end = p;
            while (field_end < end && !is_blank(*field_end)) {
                field_end++;
            }
            set_fault(chunk, ROW_NOT_NUMBER, d + 1, p, field_end);
            return false;
        }
        p = after;
    }
    return true;
}

/* Any row: the last dim fields are the numbers, what stands before them is the word. */
static bool parse_slowly(struct chunk *chunk, const char *begin, const char *end, float *row,
                         uint32_t dim, struct row_record *record)
{
    end = trimmed_end(begin, end);
    const char *numbers = last_fields(begin, end, dim);
    if (!numbers) {
        set_short(chunk, begin, end, dim);
        return false;
    }
    if (!parse_numbers(chunk, numbers, end, row, dim)) {
        return false;
    }
    const char *word_end = trimmed_end(begin, numbers);
    uint32_t surplus = surplus_numbers(begin, word_end);
    if (surplus > 0) {
        set_fault(chunk, ROW_WIDE, (uint64_t)dim + surplus, begin, word_end);
        return false;
    }
    if (word_end == begin) {
        word_end = numbers - 1; /* the word is empty, or blanks but for the separator */
    }
    record->word = begin;
    record->n_bytes = (uint32_t)(word_end - begin);
    return true;
}

/* The usual row: a word without blanks, dim numbers, nothing more. False: look closer. */
static inline bool parse_fast(const char *begin, const char *end, float *row, uint32_t dim,
                              struct row_record *record)
{
    const char *p = begin;
    while (p < end && !is_blank(*p)) {
        p++;
    }
    if (p == begin) {
        return false;
    }
    record->word = begin;
    record->n_bytes = (uint32_t)(p - begin);
    for (uint32_t d = 0; d < dim; d++) {
        if (p >= end || !is_blank(*p)) {
            return false;
        }
        p++;
        const char *after = decimal_parse(p, &row[d]);
        if (!after) {
            return false;
        }
        p = after;
    }
    return p == end || (p < end && trimmed_end(p, end) == p);
}

static bool parse_line(struct chunk *chunk, const char *begin, const char *end, float *row,
                       uint32_t dim, struct row_record *record)
{
    if (!parse_fast(begin, end, row, dim, record) &&
        !parse_slowly(chunk, begin, end, row, dim, record)) {
        return false;
    }
    uint32_t bad = first_not_finite(row, dim);
    if (bad < dim) {
        const char *p = last_fields(begin, trimmed_end(begin, end), dim - bad);
        set_fault(chunk, ROW_NOT_FINITE, bad + 1, p, p + strcspn(p, " \t\r\n"));
        return false;
    }
    if (record->n_bytes > VECTORS_MAX_WORD) {
        set_fault(chunk, ROW_LONG_WORD, record->n_bytes, begin, end);
        return false;
    }
    record->print = fingerprint_of(record->word, record->n_bytes);
    record->not_utf8 = !is_utf8(record->word, record->n_bytes);
    return true;
}

void text_parse(struct block *block, struct chunk *chunk, float *rows, uint32_t dim)
{
    const char *p = chunk->begin;
    struct row_record *record = block->records + chunk->first_row;
    for (uint32_t i = 0; i < chunk->n_lines; i++) {
        const char *newline = memchr(p, '\n', (size_t)(chunk->end - p));
        const char *end = newline ? newline : chunk->end;
        if (!is_blank_line(p, end)) {
            if (!parse_line(chunk, p, end, rows, dim, record)) {
                chunk->bad_line = chunk->first_line + i;
                return;
            }
            rows += dim;
            record++;
        }
        p = end + 1;
    }
}
