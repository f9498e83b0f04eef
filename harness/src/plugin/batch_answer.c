/* Hashes batches, and packs the rows that a model has given for one. */
#include "plugin/batch_answer.h"

#include "base/error.h"
#include "base/map.h"
#include "base/mem.h"
#include "plugin/embed.h"

#include <stdlib.h>
#include <string.h>

static void add_number(struct digest *digest, uint64_t number)
{
    digest_add(digest, &number, sizeof number);
}

static void add_spans(struct digest *digest, const struct emb_span *spans, uint32_t n)
{
    add_number(digest, n);
    digest_add(digest, spans, n * sizeof *spans);
}

void batch_question(const struct emb_batch *batch, uint32_t dim,
                    char ret_question[DIGEST_TEXT_BYTES])
{
    struct digest *digest = digest_create();
    add_number(digest, (uint64_t)batch->pooling);
    add_number(digest, dim);
    add_number(digest, batch->n_stages);
    digest_add(digest, batch->stages, batch->n_stages * sizeof *batch->stages);
    for (uint32_t i = 0; i < batch->n_sentences; i++) {
        const struct emb_sentence *sentence = &batch->sentences[i];
        add_number(digest, sentence->n_bytes);
        digest_add(digest, sentence->text, sentence->n_bytes);
        add_spans(digest, sentence->words, sentence->n_words);
        add_spans(digest, sentence->targets, sentence->n_targets);
    }
    digest_finish(digest, ret_question);
}

/* One row without what stands between its stages. */
static void pack_row(const struct guarded *rows, uint64_t r, float *ret_vector)
{
    for (uint32_t s = 0; s < rows->n_stages; s++) {
        memcpy(ret_vector + (size_t)s * rows->dim,
               rows->vectors + r * rows->row_stride + s * rows->stage_stride,
               rows->dim * sizeof *ret_vector);
    }
}

static void append_number(struct str *out, uint32_t number)
{
    str_append(out, (const char *)&number, sizeof number);
}

void batch_answer_write(const struct guarded *rows, struct str *out)
{
    size_t row_bytes = (size_t)rows->n_stages * rows->dim * sizeof(float);
    float *vector = mem_alloc(row_bytes);
    uint32_t *which = mem_array(rows->n_rows + 1, sizeof *which), n = 0;
    struct map distinct = {0};
    for (uint64_t r = 0; r < rows->n_rows; r++) {
        if (word_has_vector(rows->status[r])) {
            pack_row(rows, r, vector);
            which[n++] = map_put(&distinct, (const char *)vector, row_bytes);
        }
    }
    append_number(out, (uint32_t)rows->n_rows);
    append_number(out, distinct.n);
    str_append(out, (const char *)rows->status, rows->n_rows);
    str_append(out, (const char *)which, n * sizeof *which);
    for (uint32_t i = 0; i < distinct.n; i++) {
        str_append(out, map_key(&distinct, i), row_bytes);
    }
    map_finish(&distinct);
    free(which);
    free(vector);
}

/* The parts of an answer, of which none may lie outside it. */
struct parts {
    const char *status, *which, *vectors;
    uint32_t n_distinct;
};

static bool find_parts(const struct split_answer *answer, const struct guarded *rows,
                       struct parts *ret_parts)
{
    const char *at = answer->bytes;
    uint32_t n_rows, n_known = 0, head[2];
    size_t row_bytes = (size_t)rows->n_stages * rows->dim * sizeof(float);
    if (answer->n < sizeof head) {
        return false;
    }
    memcpy(head, at, sizeof head);
    n_rows = head[0];
    if (n_rows != rows->n_rows || answer->n - sizeof head < n_rows) {
        return false;
    }
    *ret_parts = (struct parts){.status = at + sizeof head, .n_distinct = head[1]};
    for (uint32_t r = 0; r < n_rows; r++) {
        n_known += word_has_vector((uint8_t)ret_parts->status[r]);
    }
    ret_parts->which = ret_parts->status + n_rows;
    size_t before = sizeof head + n_rows + n_known * sizeof(uint32_t);
    ret_parts->vectors = at + before;
    return answer->n >= before && (answer->n - before) / row_bytes == head[1] &&
           (answer->n - before) % row_bytes == 0;
}

static void clear_row(struct guarded *rows, uint64_t r)
{
    for (uint32_t s = 0; s < rows->n_stages; s++) {
        memset(rows->vectors + r * rows->row_stride + s * rows->stage_stride, 0,
               rows->dim * sizeof(float));
    }
}

int batch_answer_read(const struct split_answer *answer, struct guarded *rows)
{
    struct parts parts = {0};
    bool sound = find_parts(answer, rows, &parts);
    const char *which = parts.which;
    size_t stage_bytes = rows->dim * sizeof(float);
    for (uint64_t r = 0; sound && r < rows->n_rows; r++) {
        uint32_t number = 0;
        rows->status[r] = (uint8_t)parts.status[r];
        if (!word_has_vector(rows->status[r])) {
            clear_row(rows, r);
            continue;
        }
        memcpy(&number, which, sizeof number);
        which += sizeof number;
        sound = number < parts.n_distinct;
        const char *vector = parts.vectors + number * stage_bytes * rows->n_stages;
        for (uint32_t s = 0; sound && s < rows->n_stages; s++) {
            memcpy(rows->vectors + r * rows->row_stride + s * rows->stage_stride,
                   vector + s * stage_bytes, stage_bytes);
        }
    }
    return sound ? 0
                 : error_set(ERR_FAILED,
                             "found a recorded answer that is not one to its batch of "
                             "%llu rows",
                             (unsigned long long)rows->n_rows);
}

void batch_answer_nothing(struct guarded *rows)
{
    for (uint64_t r = 0; r < rows->n_rows; r++) {
        rows->status[r] = EMB_WORD_UNKNOWN;
        clear_row(rows, r);
    }
}
