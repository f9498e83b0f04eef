/* embed_text.c - vectors as text: a table by tabs, and word2vec's format. */
#include "commands/vectors/embed_out.h"

#include "base/few.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

static void put_float(FILE *stream, char separator, float value)
{
    char text[NUM_TEXT_MAX];
    fputc(separator, stream);
    fputs(num_text_float(value, text), stream);
}

static void put_field(FILE *stream, const char *text, size_t n)
{
    static const char special[] = "\\\t\r\n", letters[] = "\\trn";
    for (size_t i = 0; i < n; i++) {
        const char *at = text[i] ? strchr(special, text[i]) : NULL;
        if (at) {
            fputc('\\', stream);
        }
        fputc(at ? letters[at - special] : text[i], stream);
    }
}

void embed_tsv_heading(const struct embed_shape *shape, FILE *stream)
{
    fputs("sentence\tbegin\tend\tstatus\tword", stream);
    fputs(shape->has_ids ? "\tid" : "", stream);
    fputs(shape->has_labels ? "\tlabel" : "", stream);
}

void embed_tsv_columns(const struct embed_shape *shape, const struct embed_row *row, FILE *stream)
{
    fprintf(stream, "%llu\t%u\t%u\t%s\t", (unsigned long long)row->sentence, row->begin, row->end,
            row->status);
    put_field(stream, row->word, row->n_bytes);
    if (shape->has_ids) {
        fputc('\t', stream);
        put_field(stream, row->id ? row->id : "", row->id ? strlen(row->id) : 0);
    }
    if (shape->has_labels) {
        fputc('\t', stream);
        put_field(stream, row->label ? row->label : "", row->label ? strlen(row->label) : 0);
    }
}

struct tsv {
    const struct embed_shape *shape;
    FILE *stream;
};

static void *tsv_create(const struct embed_shape *shape, FILE *stream, FILE *words)
{
    struct tsv *tsv = mem_alloc(sizeof *tsv);
    (void)words;
    *tsv = (struct tsv){shape, stream};
    embed_tsv_heading(shape, stream);
    fputs("\tstage", stream);
    for (uint32_t d = 0; d < shape->dim; d++) {
        fprintf(stream, "\td%u", d);
    }
    fputc('\n', stream);
    return tsv;
}

static int tsv_row(void *state, const struct embed_row *row)
{
    const struct tsv *tsv = state;
    for (uint32_t s = 0; s < tsv->shape->n_stages; s++) {
        embed_tsv_columns(tsv->shape, row, tsv->stream);
        fprintf(tsv->stream, "\t%s", tsv->shape->stages[s]);
        for (uint32_t d = 0; d < tsv->shape->dim; d++) {
            put_float(tsv->stream, '\t', row->vectors[(size_t)s * tsv->shape->dim + d]);
        }
        fputc('\n', tsv->stream);
    }
    return 0;
}

static int tsv_end(void *state)
{
    (void)state;
    return 0;
}

const struct embed_format embed_tsv = {
    "tsv", "a line per row and stage", false, tsv_create, tsv_row, tsv_end, free};

struct vec {
    const struct embed_shape *shape;
    FILE *stream;
    struct map words;
    double *sums; /* [words.n, dim] */
    uint64_t *counts;
    size_t sums_capacity, counts_capacity;
    uint64_t n_lacking; /* rows without a vector */
    struct few blank_words;
    struct str word;
    uint64_t n_blanks;
};

static void *vec_create(const struct embed_shape *shape, FILE *stream, FILE *words)
{
    struct vec *vec = mem_alloc(sizeof *vec);
    (void)words;
    vec->shape = shape;
    vec->stream = stream;
    return vec;
}

static int vec_row(void *state, const struct embed_row *row)
{
    struct vec *vec = state;
    size_t dim = vec->shape->dim;
    if (!row->has_vector) {
        vec->n_lacking++;
        return 0;
    }
    str_clear(&vec->word);
    bool blanks = false;
    for (size_t i = 0; i < row->n_bytes; i++) { /* the format has no way to write a blank */
        bool blank = strchr(" \t\r\n", row->word[i]) && row->word[i];
        str_add_char(&vec->word, blank ? '_' : row->word[i]);
        blanks |= blank;
    }
    vec->n_blanks += blanks;
    if (blanks) {
        few_add(&vec->blank_words, row->word, row->n_bytes);
    }
    uint32_t known = vec->words.n;
    uint32_t number = map_put(&vec->words, str_text(&vec->word), vec->word.n);
    MEM_GROW(vec->sums, vec->sums_capacity, (number + 1) * dim);
    MEM_GROW(vec->counts, vec->counts_capacity, (size_t)number + 1);
    if (number == known) {
        memset(vec->sums + number * dim, 0, dim * sizeof *vec->sums);
        vec->counts[number] = 0;
    }
    for (size_t d = 0; d < dim; d++) {
        vec->sums[number * dim + d] += (double)row->vectors[d];
    }
    vec->counts[number]++;
    return 0;
}

static int vec_end(void *state)
{
    const struct vec *vec = state;
    size_t dim = vec->shape->dim;
    fprintf(vec->stream, "%u %zu\n", vec->words.n, dim);
    for (uint32_t i = 0; i < vec->words.n; i++) {
        fputs(map_key(&vec->words, i), vec->stream);
        for (size_t d = 0; d < dim; d++) {
            put_float(vec->stream, ' ', (float)(vec->sums[i * dim + d] / (double)vec->counts[i]));
        }
        fputc('\n', vec->stream);
    }
    if (vec->n_lacking > 0) {
        log_warn("%llu occurrences have no vector and are left out",
                 (unsigned long long)vec->n_lacking);
    }
    if (vec->n_blanks > 0) {
        char *words = few_text(&vec->blank_words);
        log_warn("%llu word%s blanks, which this format does not allow; written as '_': %s",
                 (unsigned long long)vec->n_blanks, vec->n_blanks == 1 ? " has" : "s have", words);
        free(words);
    }
    return 0;
}

static void vec_destroy(void *state)
{
    struct vec *vec = state;
    map_finish(&vec->words);
    str_finish(&vec->word);
    few_finish(&vec->blank_words);
    free(vec->sums);
    free(vec->counts);
    free(vec);
}

const struct embed_format embed_vec = {
    "vec",      "word2vec's text: a line per distinct word, one stage",
    false,      vec_create,
    vec_row,    vec_end,
    vec_destroy};
