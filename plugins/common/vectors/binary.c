/*
 * binary.c - rows of word2vec's binary layout: a word, a blank, dim floats.
 *
 * The word ends at its first blank, nearly always. Where a program has written phrases ("new
 * york"), the layout does not say which blank ends one, and a wrong cut shifts every row that
 * follows. So a word is taken at its only possible cut; where text goes on behind its first blank,
 * as in a phrase, or in one row in a hundred because the floats begin like text, the cut is the one
 * after which rows follow (LOOK_AHEAD of them, or all up to the end of the file) and, of several,
 * the one that leaves floats of ordinary size. What no cut or more than one cut explains is left,
 * and the reader names the byte.
 */
#include "base/unicode.h"
#include "vectors/reader.h"

#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "vectors are copied as they are");

enum {
    LOOK_AHEAD = 8,    /* rows; of shifted ones, three in a hundred look like a row */
    MAX_CUTS = 32,     /* blanks of a word that are tried */
    MAX_VISITS = 20000 /* rows that are tried before a word is given up */
};

/* Where a word may end. */
struct cuts {
    const char *word;         /* its first byte, after the newline that may end the row before */
    const char *at[MAX_CUTS]; /* blanks; the first alone if is_text is false */
    uint32_t n;
    bool is_text;  /* no control byte before the first blank, and something stands there */
    bool is_whole; /* all are known, whatever follows the data at hand */
};

/* What follows a cut, worst first. */
enum following {
    ROWS_NONE,
    ROWS_MISCOUNTED, /* rows up to the end of the file, but not as many as the header promises */
    ROWS_UNKNOWN,    /* rows, as far as the data at hand go */
    ROWS_FOLLOW,
};

struct view {
    const char *end; /* of the data at hand */
    bool last;       /* nothing follows it in the file */
    uint32_t dim;
    uint32_t visits; /* left */
};

static bool is_control(char c)
{
    return (unsigned char)c < 0x20 || c == 0x7F;
}

static const char *skip_newlines(const char *p, const char *end)
{
    while (p < end && (*p == '\n' || *p == '\r')) {
        p++;
    }
    return p;
}

/* Bytes of the code point at p, 0 if it is no part of a text; a word may end in the middle of one
 * (word2vec cuts them at 100 bytes) or have another encoding, so *ret_is_utf8 is distinguished. */
static size_t letter(const char *p, const char *end, bool *ret_is_utf8)
{
    uint32_t c;
    *ret_is_utf8 = true;
    return is_control(*p) ? 0 : utf8_read(p, (size_t)(end - p), &c, ret_is_utf8);
}

/* The word's possible ends: its first blank, and those that follow in valid UTF-8. */
static struct cuts find_cuts(const struct view *view, const char *p)
{
    struct cuts cuts = {.word = skip_newlines(p, view->end)};
    const char *end = view->end;
    if (end - cuts.word > VECTORS_MAX_WORD) {
        end = cuts.word + VECTORS_MAX_WORD;
    }
    bool all_utf8 = true;
    p = cuts.word;
    while (p < end && cuts.n < MAX_CUTS && !(p == cuts.word && *p == ' ')) {
        bool valid;
        size_t n = letter(p, end, &valid);
        all_utf8 = all_utf8 && valid;
        if (n == 0 || (cuts.n > 0 && !all_utf8)) {
            break;
        }
        if (*p == ' ' && p[-1] != ' ') {
            cuts.at[cuts.n++] = p;
        }
        p += n;
    }
    cuts.is_text = cuts.n > 0;
    cuts.is_whole = view->end - p >= 4 || end < view->end || view->last;
    if (!cuts.is_text) {
        cuts.at[0] = memchr(cuts.word, ' ', (size_t)(end - cuts.word));
        cuts.n = cuts.at[0] != NULL;
    }
    return cuts;
}

static const char *row_end(const struct view *view, const char *blank)
{
    size_t n = (size_t)view->dim * sizeof(float);
    return (size_t)(view->end - blank - 1) < n ? NULL : blank + 1 + n;
}

static enum following rows_from(struct view *view, const char *p, uint64_t rows_left,
                                uint32_t depth);

static enum following after_cut(struct view *view, const char *blank, uint64_t rows_left,
                                uint32_t depth)
{
    const char *next = row_end(view, blank);
    if (!next) {
        return view->last ? ROWS_MISCOUNTED : ROWS_UNKNOWN;
    }
    return rows_from(view, next, rows_left - 1, depth);
}

/* Nothing but white space is left, or what else. */
static enum following after_all(const struct view *view, const char *p)
{
    while (p < view->end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r')) {
        p++;
    }
    return p < view->end ? ROWS_MISCOUNTED : view->last ? ROWS_FOLLOW : ROWS_UNKNOWN;
}

/* Whether `depth` rows begin at p, each cut in any way that lets the others follow. */
static enum following rows_from(struct view *view, const char *p, uint64_t rows_left,
                                uint32_t depth)
{
    if (rows_left == 0) {
        return after_all(view, p);
    }
    if (depth == 0) {
        return ROWS_FOLLOW;
    }
    if (skip_newlines(p, view->end) == view->end) {
        return view->last ? ROWS_MISCOUNTED : ROWS_UNKNOWN;
    }
    struct cuts cuts = find_cuts(view, p);
    if (!cuts.is_text) {
        return cuts.is_whole ? ROWS_NONE : ROWS_UNKNOWN;
    }
    enum following best = cuts.is_whole ? ROWS_NONE : ROWS_UNKNOWN;
    for (uint32_t i = 0; i < cuts.n && best != ROWS_FOLLOW && view->visits > 0; i++) {
        view->visits--;
        enum following found = after_cut(view, cuts.at[i], rows_left, depth - 1);
        best = found > best ? found : best;
    }
    return best;
}

/* A vector's numbers are 0 or lie between 2^-60 and 2^20. Bytes of floats that are shifted against
 * them have any exponent; a blank as a float's last byte, where a word was cut too early by a
 * multiple of four, makes it one of 2^-63 to 2^-61. */
static bool is_ordinary(const char *blank, uint32_t dim)
{
    for (uint32_t d = 0; d < dim; d++) {
        uint32_t bits;
        memcpy(&bits, blank + 1 + d * sizeof bits, sizeof bits);
        uint32_t exponent = bits >> 23 & 0xFF;
        if (bits << 1 != 0 && (exponent < 127 - 60 || exponent >= 127 + 20)) {
            return false;
        }
    }
    return true;
}

/* The one cut of several, or of a strange word, after which `depth` rows follow. */
static enum row_cut choose(struct view *view, const struct cuts *cuts, uint64_t rows_left,
                           uint32_t depth, const char **ret_blank)
{
    enum following best = ROWS_NONE;
    bool best_is_ordinary = false, cut_short = false; /* of one of the ways, the row itself */
    uint32_t n_best = 0;
    for (uint32_t i = 0; i < cuts->n; i++) {
        view->visits = MAX_VISITS;
        enum following found = after_cut(view, cuts->at[i], rows_left, depth);
        if (found == ROWS_UNKNOWN) {
            return CUT_UNKNOWN;
        }
        if (view->visits == 0) {
            return CUT_AMBIGUOUS;
        }
        bool whole = row_end(view, cuts->at[i]) != NULL;
        bool ordinary = whole && is_ordinary(cuts->at[i], view->dim);
        cut_short = cut_short || !whole;
        if (found > best || (found == best && ordinary && !best_is_ordinary)) {
            best = found;
            best_is_ordinary = ordinary;
            n_best = 0;
            *ret_blank = cuts->at[i];
        }
        n_best += found == best && ordinary == best_is_ordinary;
    }
    if (best == ROWS_NONE || (best == ROWS_MISCOUNTED && !cuts->is_text)) {
        return CUT_SHIFTED;
    }
    if (n_best == 1 && !row_end(view, *ret_blank)) {
        return CUT_NONE;
    }
    return n_best == 1 && (best_is_ordinary || !cut_short) ? CUT_FOUND : CUT_AMBIGUOUS;
}

enum row_cut binary_row(const struct block *block, const char *p, uint64_t rows_left, uint32_t dim,
                        const char **ret_word, const char **ret_blank)
{
    struct view view = {.end = block->data + block->n, .last = block->last, .dim = dim};
    struct cuts cuts = find_cuts(&view, p);
    *ret_word = cuts.word;
    if (cuts.n == 0) {
        return cuts.is_whole ? CUT_NONE : CUT_UNKNOWN;
    }
    *ret_blank = cuts.at[0];
    if (!row_end(&view, cuts.at[0])) {
        return view.last ? CUT_NONE : CUT_UNKNOWN;
    }
    if (!cuts.is_whole) {
        return CUT_UNKNOWN;
    }
    if (cuts.n == 1 && cuts.is_text) {
        return CUT_FOUND;
    }
    /* Where no cut lets that many rows follow, a later one is at fault, or is a strange word. */
    enum row_cut found = CUT_SHIFTED;
    for (uint32_t depth = LOOK_AHEAD; depth > 0 && found == CUT_SHIFTED; depth /= 2) {
        found = choose(&view, &cuts, rows_left, depth, ret_blank);
    }
    return found;
}

void binary_cut(struct block *block, uint64_t max_rows, uint32_t dim)
{
    const char *p = block->data + block->begin;
    struct chunk *chunk = NULL;
    block->rows_left = max_rows;
    max_rows = max_rows < READER_MAX_ROWS ? max_rows : READER_MAX_ROWS;
    block->n_rows = block->n_lines = block->n_chunks = 0;
    size_t chunk_bytes = block->n / (READER_MAX_CHUNKS - 1) + 1;
    chunk_bytes = chunk_bytes > READER_CHUNK ? chunk_bytes : READER_CHUNK;
    while (block->n_rows < max_rows) {
        const char *word, *blank;
        if (binary_row(block, p, block->rows_left - block->n_rows, dim, &word, &blank) !=
            CUT_FOUND) {
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
        const char *word, *blank;
        uint64_t rows_left = block->rows_left - chunk->first_row - i;
        binary_row(block, p, rows_left, dim, &word, &blank); /* as it was found before */
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
