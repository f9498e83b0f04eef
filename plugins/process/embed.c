/*
 * embed.c - a batch: asked in as many questions as the program's largest batch wants, read out of
 * the shared memory, looked through.
 */
#include "model.h"

#include "base/try.h"
#include "embedder_util.h"
#include "protocol.h"
#include "sentence.h"

#include <string.h>

/* Sentences [first, first + n) of a batch, as one question. */
struct part {
    const struct emb_batch *batch;
    uint32_t first, n;
    uint64_t first_row, n_rows;
    uint64_t row_floats;            /* n_stages * dim: rows are tight in the shared memory */
    uint64_t vectors_at, status_at; /* bytes */
};

static void write_question(struct emb_model *model, const struct part *part)
{
    static const char *const poolings[] = {"mean", "first", "last"};
    const struct emb_batch *batch = part->batch;
    struct text *question = &model->question;
    struct places places = {0};
    text_say(question, ",\"rows\":");
    text_number(question, part->n_rows);
    text_say(question, ",\"stages\":[");
    for (uint32_t s = 0; s < batch->n_stages; s++) {
        text_say(question, s ? "," : "");
        text_number(question, batch->stages[s]);
    }
    text_say(question, "],\"pooling\":\"");
    text_say(question, poolings[batch->pooling]);
    text_say(question, "\",\"vectors\":{\"at\":");
    text_number(question, part->vectors_at);
    text_say(question, ",\"row_stride\":");
    text_number(question, part->row_floats);
    text_say(question, ",\"stage_stride\":");
    text_number(question, model->ready.dim);
    text_say(question, "},\"status\":{\"at\":");
    text_number(question, part->status_at);
    text_say(question, "},\"sentences\":[");
    for (uint32_t i = 0; i < part->n; i++) {
        text_say(question, i ? "," : "");
        sentence_write(question, &batch->sentences[part->first + i], &places);
    }
    text_say(question, "]");
    places_finish(&places);
}

/* Fill what the program is to write with what shows that it did not. */
static void fill(struct emb_model *model, const struct part *part)
{
    uint32_t *floats = (uint32_t *)(void *)(model->shared.bytes + part->vectors_at);
    for (uint64_t i = 0; i < part->n_rows * part->row_floats; i++) {
        floats[i] = PROTOCOL_UNWRITTEN;
    }
    memset(model->shared.bytes + part->status_at, PROTOCOL_STATUS_NONE, part->n_rows);
}

/* True if no float of the row has all bits of its exponent set, as NaN and infinity have. */
static bool is_finite(const float *row, uint32_t n)
{
    const uint32_t exponent = 0x7F800000u;
    uint32_t bad = 0;
    for (uint32_t d = 0; d < n; d++) {
        uint32_t bits;
        memcpy(&bits, &row[d], sizeof bits);
        bad |= (bits & exponent) == exponent;
    }
    return !bad;
}

/* Where a row is wrong: in words, with the target that it belongs to. */
static emb_status tell_place(struct emb_model *model, const struct part *part, uint64_t row,
                             uint32_t s, const float *values, unsigned status)
{
    const struct emb_batch *batch = part->batch;
    uint32_t i = part->first;
    uint64_t left = row;
    while (left >= batch->sentences[i].n_targets) {
        left -= batch->sentences[i++].n_targets;
    }
    const struct emb_sentence *sentence = &batch->sentences[i];
    struct emb_span span = sentence->targets[left];
    char word[81], what[96];
    text_harmless(sentence->text + span.begin, span.end - span.begin, word, sizeof word - 1);
    if (!values) {
        snprintf(what, sizeof what,
                 status == PROTOCOL_STATUS_NONE ? "no status was written"
                                                : "status %u, expected 0 to 3",
                 status);
    } else {
        uint32_t d = 0, bits;
        while (is_finite(values + d, 1)) {
            d++;
        }
        memcpy(&bits, &values[d], sizeof bits);
        const char *name = model->ready.stages[batch->stages[s]].name;
        if (bits == PROTOCOL_UNWRITTEN) {
            snprintf(what, sizeof what, "stage %.40s: float %u was not written", name, d);
        } else {
            snprintf(what, sizeof what, "stage %.40s: float %u is %g", name, d, (double)values[d]);
        }
    }
    return emb_failf(
        model->host, EMB_E_INTERNAL,
        "the program's row %llu, \"%s\" (sentence %u of the batch, bytes %u to %u): %s",
        (unsigned long long)(part->first_row + row), word, i, span.begin, span.end, what);
}

/* Copies a row first and looks at the copy: the program can still write into the shared memory. */
static emb_status take_row(struct emb_model *model, const struct part *part, uint64_t row)
{
    const struct emb_batch *batch = part->batch;
    uint32_t dim = model->ready.dim;
    unsigned status = ((volatile unsigned char *)model->shared.bytes)[part->status_at + row];
    const float *from = (const float *)(void *)(model->shared.bytes + part->vectors_at);
    bool has_vector = status == EMB_WORD_OK || status == EMB_WORD_BACKOFF;
    if (status > EMB_WORD_BACKOFF) {
        return tell_place(model, part, row, 0, NULL, status);
    }
    for (uint32_t s = 0; s < batch->n_stages; s++) {
        float *to = emb_row(batch, part->first_row + row, s);
        if (!has_vector) {
            memset(to, 0, dim * sizeof *to);
            continue;
        }
        memcpy(to, from + row * part->row_floats + (uint64_t)s * dim, dim * sizeof *to);
        if (!is_finite(to, dim)) {
            return tell_place(model, part, row, s, to, status);
        }
    }
    batch->word_status[part->first_row + row] = (uint8_t)status;
    return EMB_OK;
}

/* Vectors, then states, each from a multiple of 64 bytes on. */
static emb_status lay_out(struct emb_model *model, struct part *part)
{
    const uint64_t most = UINT64_MAX >> 4;
    part->row_floats = (uint64_t)part->batch->n_stages * model->ready.dim; /* < 2^32 */
    if (part->n_rows > most / (part->row_floats * sizeof(float) + 1)) {
        return emb_failf(model->host, EMB_E_NOMEM, "process: a batch of %llu rows is too large",
                         (unsigned long long)part->n_rows);
    }
    part->status_at = (part->n_rows * part->row_floats * sizeof(float) + 63) / 64 * 64;
    return talk_share(model, part->status_at + part->n_rows + 64);
}

static emb_status embed_part(struct emb_model *model, struct part *part)
{
    TRY(lay_out(model, part));
    fill(model, part);
    uint64_t id = talk_begin(model, "embed");
    write_question(model, part);
    TRY(talk_ask(model, id, NULL));
    for (uint64_t row = 0; row < part->n_rows; row++) {
        TRY(take_row(model, part, row));
    }
    return EMB_OK;
}

static emb_status check_batch(const struct emb_model *model, const struct emb_batch *batch)
{
    bool sound = batch->n_stages > 0 && batch->stages && batch->pooling >= EMB_POOL_MEAN &&
                 batch->pooling <= EMB_POOL_LAST;
    for (uint32_t s = 0; s < batch->n_stages && sound; s++) {
        sound = batch->stages[s] < model->ready.n_stages &&
                (s == 0 || batch->stages[s] > batch->stages[s - 1]);
    }
    return sound ? EMB_OK
                 : emb_failf(model->host, EMB_E_INVAL,
                             "process: stages must ascend below %u, and pooling be 0 to 2",
                             model->ready.n_stages);
}

emb_status model_embed(struct emb_model *model, const struct emb_batch *batch)
{
    emb_status status = check_batch(model, batch);
    if (status || batch->n_sentences == 0) {
        return status;
    }
    uint32_t largest = model->ready.max_sentences ? model->ready.max_sentences : UINT32_MAX;
    struct part part = {.batch = batch};
    pthread_mutex_lock(&model->lock);
    for (uint32_t first = 0; first < batch->n_sentences && !status; first += part.n) {
        part.first = first;
        part.n = batch->n_sentences - first < largest ? batch->n_sentences - first : largest;
        part.first_row += part.n_rows;
        part.n_rows = 0;
        for (uint32_t i = 0; i < part.n; i++) {
            part.n_rows += batch->sentences[first + i].n_targets;
        }
        status = part.n_rows > 0 ? embed_part(model, &part) : EMB_OK;
    }
    pthread_mutex_unlock(&model->lock);
    return status;
}
