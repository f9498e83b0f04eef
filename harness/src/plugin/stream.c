/* Gathers sentences into batches and hands each row to the caller that asked for it. */
#include "plugin/embed.h"

#include "plugin/batch.h"
#include "plugin/context_stream.h"
#include "plugin/guarded.h"
#include "plugin/opened.h"

#include "base/mem.h"
#include "base/progress.h"
#include "base/str.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* The grouping decides the last bits of a vector (a GEMM's kernel depends on its shape), so these
 * are part of the protocol: never a function of the machine. */
#define BATCH_SENTENCES 256u
#define BATCH_TEXT_BYTES (48u << 10)
#define BATCH_ROWS 2048u

/* A sentence as pushed: offsets, since the arrays move while they grow. */
struct pushed {
    uint64_t tag;
    size_t text, words, targets;
    uint32_t n_bytes, n_words, n_targets;
};

struct embed_stream {
    struct embedder *embedder;
    embed_take take;
    void *ctx;
    int32_t pooling;
    int failed;                     /* the error that ended the stream */
    struct context_stream contexts; /* between the caller and what follows; idle if all is read */
    bool derives;                   /* it is not */

    struct str text;
    struct emb_span *words, *targets;
    size_t n_words, words_capacity, n_targets, targets_capacity;
    struct pushed *pushed;          /* [n] */
    struct emb_sentence *sentences; /* [n] for the plugin */
    size_t n, pushed_capacity, sentences_capacity;

    struct guarded out;
    float *delivered; /* [n_targets, n_stages, dim] of one sentence */
    size_t delivered_capacity;
    double *scratch; /* [dim] of post-processing; NULL until there is any */
    uint64_t done;   /* sentences */
};

struct embed_stream *embed_stream_create(struct embedder *embedder, int32_t pooling,
                                         embed_take take, void *ctx, const char *label,
                                         uint64_t total)
{
    struct embed_stream *stream = mem_alloc(sizeof *stream);
    stream->embedder = embedder;
    const struct word_view *word_view = &embedder->word_view;
    stream->pooling = word_view->pooling == EMB_POOL_MEAN ? pooling : word_view->pooling;
    stream->take = take;
    stream->ctx = ctx;
    if (word_view->context != CONTEXT_BOTH) {
        size_t row_floats = (size_t)embedder->choice.n * embedder->info.dim;
        stream->derives = true;
        stream->contexts = (struct context_stream){
            .word_view = word_view, .take = take, .ctx = ctx, .row_floats = row_floats};
        stream->take = context_stream_take;
        stream->ctx = &stream->contexts;
    }
    guarded_init(&stream->out, embedder->choice.n_asked, embedder->info.dim, 0);
    char *title = mem_format("%s: %s", embedder->name, label ? label : "embedding");
    progress_begin(title, "sentences", total);
    free(title);
    return stream;
}

void embed_stream_cancel(struct embed_stream *stream)
{
    if (!stream) {
        return;
    }
    progress_end();
    context_stream_finish(&stream->contexts);
    guarded_finish(&stream->out);
    str_finish(&stream->text);
    free(stream->words);
    free(stream->targets);
    free(stream->pushed);
    free(stream->sentences);
    free(stream->delivered);
    free(stream->scratch);
    free(stream);
}

/* One stage of one row as it is delivered. */
static void pick_stage(const struct embed_stream *stream, const struct stage_pick *pick,
                       const float *row, float *out)
{
    uint32_t dim = stream->out.dim;
    memcpy(out, row + pick->parts[0] * stream->out.stage_stride, dim * sizeof *out);
    for (uint32_t p = 1; p < pick->n_parts; p++) {
        const float *part = row + pick->parts[p] * stream->out.stage_stride;
        for (uint32_t d = 0; d < dim; d++) {
            out[d] += part[d];
        }
    }
    if (pick->is_mean) {
        float n = (float)pick->n_parts;
        for (uint32_t d = 0; d < dim; d++) {
            out[d] /= n;
        }
    }
}

/* All stages of one delivered row, in place. */
static void postprocess_row(struct embed_stream *stream, float *row)
{
    const struct embedder *embedder = stream->embedder;
    uint32_t dim = stream->out.dim;
    if (!stream->scratch) {
        stream->scratch = mem_array(dim, sizeof *stream->scratch);
    }
    for (uint32_t s = 0; s < embedder->choice.n; s++) {
        float *vector = row + (size_t)s * dim;
        postprocess_apply(embedder->postprocess, s, vector, stream->scratch, vector);
    }
}

static int deliver(struct embed_stream *stream, const struct pushed *pushed, uint64_t first_row)
{
    const struct stage_choice *choice = &stream->embedder->choice;
    size_t row_floats = (size_t)choice->n * stream->out.dim;
    MEM_GROW(stream->delivered, stream->delivered_capacity, pushed->n_targets * row_floats + 1);
    for (uint32_t t = 0; t < pushed->n_targets; t++) {
        const float *row = stream->out.vectors + (first_row + t) * stream->out.row_stride;
        for (uint32_t s = 0; s < choice->n; s++) {
            pick_stage(stream, &choice->picks[s], row,
                       stream->delivered + t * row_floats + (size_t)s * stream->out.dim);
        }
        if (stream->embedder->postprocess && word_has_vector(stream->out.status[first_row + t])) {
            postprocess_row(stream, stream->delivered + t * row_floats);
        }
    }
    const struct embedded embedded = {
        .tag = pushed->tag,
        .vectors = stream->delivered,
        .status = stream->out.status ? stream->out.status + first_row : NULL,
        .n_targets = pushed->n_targets,
    };
    return stream->take(stream->ctx, &embedded);
}

/* Offsets become pointers now that nothing grows any more; returns the rows. */
static uint64_t point_sentences(struct embed_stream *stream)
{
    MEM_GROW(stream->sentences, stream->sentences_capacity, stream->n);
    uint64_t rows = 0;
    for (size_t i = 0; i < stream->n; i++) {
        const struct pushed *pushed = &stream->pushed[i];
        stream->sentences[i] = (struct emb_sentence){
            .text = str_text(&stream->text) + pushed->text,
            .words = pushed->n_words ? stream->words + pushed->words : NULL,
            .targets = pushed->n_targets ? stream->targets + pushed->targets : NULL,
            .n_bytes = pushed->n_bytes,
            .n_words = pushed->n_words,
            .n_targets = pushed->n_targets,
        };
        rows += pushed->n_targets;
    }
    return rows;
}

static int flush(struct embed_stream *stream)
{
    uint64_t rows = point_sentences(stream);
    int status = 0;
    if (rows > 0) {
        const struct embed_batch batch = {
            .embedder = stream->embedder,
            .sentences = stream->sentences,
            .n = stream->n,
            .pooling = stream->pooling,
            .out = &stream->out,
        };
        guarded_prepare(&stream->out, rows);
        status = embed_batch(&batch);
    }
    uint64_t row = 0;
    for (size_t i = 0; i < stream->n && !status; i++) {
        status = deliver(stream, &stream->pushed[i], row);
        row += stream->pushed[i].n_targets;
    }
    stream->done += stream->n;
    progress_to(stream->derives ? stream->contexts.done : stream->done);
    str_clear(&stream->text);
    stream->n = stream->n_words = stream->n_targets = 0;
    return status;
}

/* Would the batch be too large with this sentence? One alone always fits. */
static bool is_full_for(const struct embed_stream *stream, uint32_t n_bytes, uint32_t n_targets)
{
    return stream->n > 0 &&
           (stream->n == BATCH_SENTENCES || stream->text.n + n_bytes > BATCH_TEXT_BYTES ||
            stream->n_targets + n_targets > BATCH_ROWS);
}

static void append_spans(struct emb_span **spans, size_t *n, size_t *capacity,
                         const struct emb_span *more, uint32_t n_more, uint32_t n_bytes)
{
    MEM_GROW(*spans, *capacity, *n + n_more);
    for (uint32_t i = 0; i < n_more; i++) {
        assert(more[i].begin < more[i].end && more[i].end <= n_bytes);
        assert(i == 0 || more[i - 1].begin <= more[i].begin);
        (*spans)[*n + i] = more[i];
    }
    *n += n_more;
}

/* One text for the model. */
static int append(struct embed_stream *stream, uint64_t tag, const struct emb_sentence *sentence)
{
    if (!stream->failed && is_full_for(stream, sentence->n_bytes, sentence->n_targets)) {
        stream->failed = flush(stream);
    }
    if (stream->failed) {
        return stream->failed;
    }
    MEM_GROW(stream->pushed, stream->pushed_capacity, stream->n + 1);
    stream->pushed[stream->n++] = (struct pushed){
        .tag = tag,
        .text = stream->text.n,
        .words = stream->n_words,
        .targets = stream->n_targets,
        .n_bytes = sentence->n_bytes,
        .n_words = sentence->n_words,
        .n_targets = sentence->n_targets,
    };
    str_append(&stream->text, sentence->text, sentence->n_bytes);
    append_spans(&stream->words, &stream->n_words, &stream->words_capacity, sentence->words,
                 sentence->n_words, sentence->n_bytes);
    append_spans(&stream->targets, &stream->n_targets, &stream->targets_capacity, sentence->targets,
                 sentence->n_targets, sentence->n_bytes);
    return 0;
}

int embed_stream_push(struct embed_stream *stream, uint64_t tag, const char *text, uint32_t n_bytes,
                      const struct emb_span *words, uint32_t n_words,
                      const struct emb_span *targets, uint32_t n_targets)
{
    const struct emb_sentence sentence = {.text = text,
                                          .words = words,
                                          .targets = targets,
                                          .n_bytes = n_bytes,
                                          .n_words = n_words,
                                          .n_targets = n_targets};
    if (stream->failed) {
        return stream->failed;
    }
    if (!stream->derives) {
        return append(stream, tag, &sentence);
    }
    stream->failed = context_stream_push(&stream->contexts, stream, append, tag, &sentence);
    return stream->failed;
}

int embed_stream_finish(struct embed_stream *stream)
{
    if (!stream) {
        return 0;
    }
    int status = stream->failed;
    if (!status && stream->n > 0) {
        status = flush(stream);
    }
    embed_stream_cancel(stream);
    return status;
}

int embed_stream_end(struct embed_stream *stream, int status)
{
    if (status) {
        embed_stream_cancel(stream);
        return status;
    }
    return embed_stream_finish(stream);
}
