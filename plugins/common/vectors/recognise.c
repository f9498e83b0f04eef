/* Tells the format and dimension of a word-vector file by its first bytes. */
#include "base/try.h"
#include "embedder_util.h"
#include "vectors/reader.h"

#include <string.h>

enum { SAMPLE_LINES = 100 };

/* Files that people have and that hold no table this folder reads. */
static const struct {
    const char *magic;
    size_t n;
    const char *what;
} foreign[] = {
    {"\x93NUMPY", 6, "a NumPy array, without words"},
    {"\x80\x02", 2, "a Python pickle (gensim's own format?); save it in word2vec format"},
    {"\x80\x03", 2, "a Python pickle (gensim's own format?); save it in word2vec format"},
    {"\x80\x04", 2, "a Python pickle (gensim's own format?); save it in word2vec format"},
    {"\x80\x05", 2, "a Python pickle (gensim's own format?); save it in word2vec format"},
    {"\x89HDF\r\n", 6, "an HDF5 file"},
    {"GGUF", 4, "a GGUF model; the plugin `transformer` reads those"},
    {"BZh", 3, "a bzip2 file; gzip, xz, zstd and zip are unpacked here"},
};

struct text_line {
    const char *begin, *end; /* without the newline */
};

/* The line at *p, which moves past it; false if none ends in the block. */
static bool next_line(const struct block *head, const char **p, struct text_line *line)
{
    const char *end = head->data + head->n;
    if (*p >= end) {
        return false;
    }
    const char *newline = memchr(*p, '\n', (size_t)(end - *p));
    if (!newline && !head->last) {
        return false;
    }
    *line = (struct text_line){*p, newline ? newline : end};
    *p = newline ? newline + 1 : end;
    return true;
}

/* Decimal digits at *p; false if there are none. UINT64_MAX stands for all that is greater. */
static bool whole_number(const char **p, const char *end, uint64_t *ret_value)
{
    uint64_t value = 0;
    const char *begin = *p;
    while (*p < end && **p >= '0' && **p <= '9') {
        uint64_t digit = (uint64_t)(*(*p)++ - '0');
        value = value > (UINT64_MAX - digit) / 10 ? UINT64_MAX : value * 10 + digit;
    }
    *ret_value = value;
    return *p > begin;
}

/* "ROWS DIM" and nothing more. */
static bool parse_header(struct text_line line, uint64_t *ret_rows, uint64_t *ret_dim)
{
    const char *p = line.begin;
    if (!whole_number(&p, line.end, ret_rows) || p == line.end || (*p != ' ' && *p != '\t')) {
        return false;
    }
    while (p < line.end && (*p == ' ' || *p == '\t')) {
        p++;
    }
    if (!whole_number(&p, line.end, ret_dim)) {
        return false;
    }
    while (p < line.end && (*p == ' ' || *p == '\t' || *p == '\r')) {
        p++;
    }
    return p == line.end;
}

/* The commonest number of fields after the word among the first lines: a row too narrow or too
 * wide, or a word with blanks in it, is outvoted. 0: these are no rows. Ties: the smaller. */
static uint32_t sample_dim(const struct block *head, const char *p)
{
    uint32_t dims[SAMPLE_LINES];
    uint32_t n = 0, best = 0, best_votes = 0;
    struct text_line line;
    while (n < SAMPLE_LINES && next_line(head, &p, &line)) {
        uint32_t n_fields;
        uint32_t n_numbers = text_trailing_numbers(line.begin, line.end, &n_fields);
        if (n_fields > 0) {
            dims[n++] = n_numbers < n_fields ? n_numbers : n_fields - 1;
        }
    }
    for (uint32_t i = 0; i < n; i++) {
        uint32_t votes = 0;
        for (uint32_t k = 0; k < n; k++) {
            votes += dims[k] == dims[i];
        }
        if (votes > best_votes || (votes == best_votes && dims[i] < best)) {
            best = dims[i];
            best_votes = votes;
        }
    }
    return best;
}

static emb_status check_header(struct reader *reader, uint64_t rows, uint64_t dim)
{
    if (rows == 0 || dim == 0 || dim > VECTORS_MAX_DIM || rows > VOCABULARY_MAX_WORDS) {
        return emb_failf(reader->host, EMB_E_FORMAT,
                         "%s: line 1: header says %llu rows of %llu numbers, expected 1 to %llu "
                         "rows of 1 to %d",
                         reader->path, (unsigned long long)rows, (unsigned long long)dim,
                         (unsigned long long)VOCABULARY_MAX_WORDS, VECTORS_MAX_DIM);
    }
    return EMB_OK;
}

/* After a header: text if the next line ends in two numbers. Bytes of floats may look like one,
 * about once in three thousand files. */
static emb_status after_header(struct reader *reader, const struct block *head, const char **p,
                               uint64_t rows, uint64_t dim)
{
    const char *first = *p;
    struct text_line line;
    uint64_t rows_again, dim_again;
    bool has_line = next_line(head, &first, &line);
    reader->n_header_lines = 1;
    if (has_line && dim > 1 && parse_header(line, &rows_again, &dim_again) && rows_again == rows &&
        dim_again == dim) {
        reader->host->log(reader->host, EMB_LOG_WARN,
                          "a word-vector file with its header line twice: the second is skipped");
        reader->n_header_lines = 2;
        *p = first;
        has_line = next_line(head, &first, &line);
    }
    uint32_t n_numbers = 0, n_fields = 0;
    while (has_line && n_fields == 0) { /* blank lines are skipped */
        n_numbers = text_trailing_numbers(line.begin, line.end, &n_fields);
        has_line = n_fields > 0 || next_line(head, &first, &line);
    }
    bool text = n_numbers >= (dim > 1 ? 2 : 1);
    reader->table->format = text ? WORD2VEC_TEXT : WORD2VEC_BINARY;
    reader->table->dim = (uint32_t)dim;
    reader->n_declared = rows;
    uint64_t size = byte_stream_size(reader->stream);
    uint64_t left = size - (uint64_t)(*p - head->data);
    uint64_t least = text ? 2 * dim : 4 * dim + 1; /* bytes of a row */
    if (size > 0 && rows > left / least + 1) {
        return emb_failf(reader->host, EMB_E_FORMAT,
                         "%s: line 1: header says %llu rows of %llu numbers, but only %llu bytes "
                         "follow: room for %llu rows of word2vec %s",
                         reader->path, (unsigned long long)rows, (unsigned long long)dim,
                         (unsigned long long)left, (unsigned long long)(left / least),
                         text ? "text" : "binary");
    }
    return EMB_OK;
}

static emb_status refuse(struct reader *reader, const struct block *head)
{
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        if (head->n >= foreign[i].n && memcmp(head->data, foreign[i].magic, foreign[i].n) == 0) {
            return emb_failf(reader->host, EMB_E_FORMAT, "%s: expected word vectors, found %s",
                             reader->path, foreign[i].what);
        }
    }
    return EMB_OK;
}

emb_status reader_recognise(struct reader *reader, const struct block *head, size_t *ret_n_bytes)
{
    const char *p = head->data;
    if (head->n == 0) {
        return emb_failf(reader->host, EMB_E_FORMAT, "%s: an empty file, expected word vectors",
                         reader->path);
    }
    if (head->n >= 4 && memcmp(p, "\xba\x16\x4f\x2f", 4) == 0) {
        reader->table->format = FASTTEXT_BINARY;
        return EMB_OK;
    }
    TRY(refuse(reader, head));
    if (head->n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) {
        p += 3; /* a byte order mark */
    }
    const char *after = p;
    struct text_line line;
    uint64_t rows, dim;
    reader->n_declared = UINT64_MAX;
    if (next_line(head, &after, &line) && parse_header(line, &rows, &dim)) {
        TRY(check_header(reader, rows, dim));
        TRY(after_header(reader, head, &after, rows, dim));
        p = after;
    } else {
        reader->table->format = GLOVE_TEXT;
        reader->table->dim = sample_dim(head, p);
        if (reader->table->dim == 0 || reader->table->dim > VECTORS_MAX_DIM) {
            return emb_failf(reader->host, EMB_E_FORMAT,
                             "%s: line 1: expected a header 'ROWS DIM' or a word and its 1 to %d "
                             "numbers, found neither: not a word-vector file",
                             reader->path, VECTORS_MAX_DIM);
        }
    }
    *ret_n_bytes = (size_t)(p - head->data);
    return EMB_OK;
}
