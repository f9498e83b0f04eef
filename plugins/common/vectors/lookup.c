/* Finds the row of a word: as it is, in lower case, or from its subwords. */
#include "base/try.h"
#include "base/unicode.h"
#include "vectors/lookup.h"
#include "vectors/fasttext_model.h"
#include "vectors/transform.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { SHORT_WORD = 200 }; /* bytes; longer ones are lower-cased on the heap */

static bool is_white(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_joint(char c)
{
    return is_white(c) || c == '_';
}

static bool is_break(char c)
{
    return is_white(c) || (c > ' ' && c < '0') || (c > '9' && c < 'A') || (c > 'Z' && c < 'a') ||
           (c > 'z' && c < 0x7F);
}

int32_t lookup_number(const struct vector_table *table, const char *word, size_t n_bytes,
                      uint64_t *ret_i)
{
    uint64_t i = vectors_find(table, word, n_bytes);
    if (i != VOCABULARY_NONE) {
        *ret_i = i;
        return EMB_WORD_OK;
    }
    char buffer[EMB_LOWER_ROOM(SHORT_WORD)];
    char *lower = n_bytes <= SHORT_WORD ? buffer : malloc(EMB_LOWER_ROOM(n_bytes));
    if (!lower) {
        return EMB_E_NOMEM;
    }
    size_t n_lower = utf8_lower(word, n_bytes, lower);
    if (n_lower != n_bytes || memcmp(lower, word, n_bytes) != 0) {
        i = vectors_find(table, lower, n_lower);
    }
    if (lower != buffer) {
        free(lower);
    }
    if (i == VOCABULARY_NONE) {
        return EMB_WORD_UNKNOWN;
    }
    *ret_i = i;
    return EMB_WORD_BACKOFF;
}

static bool holds_white(const char *word, size_t n_bytes)
{
    for (size_t i = 0; i < n_bytes; i++) {
        if (is_white(word[i])) {
            return true;
        }
    }
    return false;
}

static void copy_row(const struct vector_table *table, uint64_t i, float *ret_vector)
{
    if (table->rows) {
        memcpy(ret_vector, table->rows + i * table->row_stride, table->dim * sizeof *ret_vector);
        return;
    }
    uint32_t n_bytes;
    const char *word = vocabulary_word(&table->words, i, &n_bytes);
    fasttext_model_vector(table->fasttext, i, word, n_bytes, ret_vector);
}

/* Rules 1 to 3. */
static int32_t find_vector(const struct vector_table *table, const char *word, size_t n_bytes,
                           float *ret_vector)
{
    uint64_t i = vectors_find(table, word, n_bytes);
    if (i != VOCABULARY_NONE) {
        copy_row(table, i, ret_vector);
        return EMB_WORD_OK;
    }
    if (table->fasttext && !holds_white(word, n_bytes) &&
        fasttext_model_vector(table->fasttext, VOCABULARY_NONE, word, n_bytes, ret_vector) > 0) {
        row_change_apply(&table->change, table->dim, ret_vector);
        return EMB_WORD_OK;
    }
    int32_t status = lookup_number(table, word, n_bytes, &i);
    if (status == EMB_WORD_BACKOFF) {
        copy_row(table, i, ret_vector);
    }
    return status;
}

/* The next part of text[*at, n) between bytes of a kind; false at the end. */
static bool next_part(const char *text, size_t n, bool (*parts)(char), size_t *at, size_t *ret_end)
{
    while (*at < n && parts(text[*at])) {
        (*at)++;
    }
    *ret_end = *at;
    while (*ret_end < n && !parts(text[*ret_end])) {
        (*ret_end)++;
    }
    return *ret_end > *at;
}

/* Rule 4. The mean in the order of the parts; ret_vector holds the sum, `part` one of them. */
static int32_t mean_of_parts(const struct vector_table *table, const char *word, size_t n_bytes,
                             float *ret_vector, float *part)
{
    uint32_t dim = table->dim;
    uint32_t n_found = 0;
    size_t end;
    memset(ret_vector, 0, dim * sizeof *ret_vector);
    for (size_t at = 0; next_part(word, n_bytes, is_joint, &at, &end); at = end) {
        int32_t status = find_vector(table, word + at, end - at, part);
        if (status < 0) {
            return status;
        }
        if (status == EMB_WORD_UNKNOWN) {
            continue;
        }
        n_found++;
        for (uint32_t d = 0; d < dim; d++) {
            ret_vector[d] += part[d];
        }
    }
    if (n_found == 0) {
        return EMB_WORD_UNKNOWN;
    }
    for (uint32_t d = 0; d < dim; d++) {
        ret_vector[d] /= (float)n_found;
    }
    return EMB_WORD_BACKOFF;
}

int32_t lookup_vector(const struct vector_table *table, const char *word, size_t n_bytes,
                      float *ret_vector)
{
    int32_t status = find_vector(table, word, n_bytes, ret_vector);
    if (status != EMB_WORD_UNKNOWN) {
        return status;
    }
    size_t joint = 0;
    while (joint < n_bytes && !is_joint(word[joint])) {
        joint++;
    }
    if (joint == n_bytes) {
        memset(ret_vector, 0, table->dim * sizeof *ret_vector);
        return EMB_WORD_UNKNOWN;
    }
    float *part = malloc(table->dim * sizeof *part);
    if (!part) {
        return EMB_E_NOMEM;
    }
    status = mean_of_parts(table, word, n_bytes, ret_vector, part);
    free(part);
    return status;
}

const float *lookup_rows(const struct vector_table *table)
{
    return table->rows ? table->rows : fasttext_model_rows(table);
}

/* One piece if text[begin, end) is in the vocabulary; *ret_found tells. */
static emb_status add_piece(struct lookup_pieces *out, const char *text, struct emb_span span,
                            uint32_t word, bool *ret_found)
{
    uint64_t i = 0;
    int32_t status = lookup_number(out->table, text + span.begin, span.end - span.begin, &i);
    *ret_found = status == EMB_WORD_OK || status == EMB_WORD_BACKOFF;
    if (*ret_found) {
        if (out->n < out->capacity) {
            out->pieces[out->n] = (struct emb_piece){span.begin, span.end, (uint32_t)i, word};
        }
        out->n++;
    }
    return status < 0 ? status : EMB_OK;
}

/* The word as a whole, or its parts. */
static emb_status cut_word(struct lookup_pieces *out, const char *text, struct emb_span span,
                           uint32_t word, bool (*parts)(char))
{
    bool found;
    TRY(add_piece(out, text, span, word, &found));
    size_t end;
    size_t n = span.end - span.begin;
    for (size_t at = 0; !found && at < n; at = end) {
        bool part_found;
        if (!next_part(text + span.begin, n, parts, &at, &end) || end - at == n) {
            break;
        }
        struct emb_span part = {span.begin + (uint32_t)at, span.begin + (uint32_t)end};
        TRY(add_piece(out, text, part, word, &part_found));
    }
    return EMB_OK;
}

emb_status lookup_cut(struct lookup_pieces *out, const struct emb_sentence *sentence)
{
    for (uint32_t w = 0; w < sentence->n_words; w++) {
        TRY(cut_word(out, sentence->text, sentence->words[w], w, is_joint));
    }
    size_t end;
    for (size_t at = 0; sentence->n_words == 0 &&
                        next_part(sentence->text, sentence->n_bytes, is_white, &at, &end);
         at = end) {
        struct emb_span span = {(uint32_t)at, (uint32_t)end};
        TRY(cut_word(out, sentence->text, span, EMB_NO_WORD, is_break));
    }
    return EMB_OK;
}
