/* Finds words in a model's table and says how they were found. */
#include "commands/vectors/lookup.h"

#include "base/arena.h"
#include "base/mem.h"
#include "commands/embedders.h"
#include "data/unicode.h"
#include "math/blas.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int lookup_each(const struct args *args, const char *stages, bool as_json,
                int (*body)(void *ctx, struct embedder *embedder, struct json_writer *w), void *ctx)
{
    struct embedders embedders;
    int status = embedders_from_args(args, &embedders);
    if (status != 0) {
        return status;
    }
    embedders_confine(&embedders);
    blas_use_one_thread();
    struct pool *pool = pool_create(0);
    struct str out = {0};
    struct json_writer w = jsonw_create(&out, 1);
    jsonw_open(&w, '[');
    for (uint32_t i = 0; status == 0 && i < embedders.n; i++) {
        struct embedder *embedder;
        status = embedder_open(&embedders.specs[i], stages, pool, &embedder);
        if (status == 0) {
            status = body(ctx, embedder, &w);
            embedder_close(embedder);
        }
    }
    jsonw_close(&w, ']');
    if (status == 0 && as_json) {
        printf("%s\n", str_text(&out));
    }
    str_finish(&out);
    pool_destroy(pool);
    embedders_finish(&embedders);
    return status;
}

const char *lookup_status(uint8_t status)
{
    return status == EMB_WORD_OK        ? "ok"
           : status == EMB_WORD_BACKOFF ? "backoff"
           : status == EMB_WORD_CUT     ? "cut"
                                        : "oov";
}

/* A text that was pushed and has not come back yet. */
struct pending {
    struct arena arena; /* of all that text points to */
    struct lookup_text text;
};

struct embedding {
    struct embed_stream *stream;
    lookup_take_word take;
    void *ctx;
    size_t row_floats;
    struct pending *pending; /* [n] from first on */
    size_t first, n, capacity;
    uint64_t n_texts;
};

static const void *copied(struct arena *arena, const void *from, size_t n)
{
    return n ? memcpy(arena_alloc(arena, n), from, n) : NULL;
}

static const char *const *copied_texts(struct arena *arena, const char *const *from, uint32_t n)
{
    const char **texts = from ? arena_alloc(arena, (n + 1) * sizeof *texts) : NULL;
    for (uint32_t i = 0; from && i < n; i++) {
        texts[i] = arena_keep(arena, from[i]);
    }
    return texts;
}

static int push(void *ctx, const struct lookup_text *text)
{
    struct embedding *embedding = ctx;
    embedding->n_texts = text->number;
    if (text->n_targets == 0) {
        return 0;
    }
    if (embedding->first > 256 && embedding->first * 2 > embedding->n) { /* mostly done with */
        embedding->n -= embedding->first;
        memmove(embedding->pending, embedding->pending + embedding->first,
                embedding->n * sizeof *embedding->pending);
        embedding->first = 0;
    }
    MEM_GROW(embedding->pending, embedding->capacity, embedding->n + 1);
    struct pending *pending = &embedding->pending[embedding->n++];
    *pending = (struct pending){.text = *text};
    struct arena *arena = &pending->arena;
    pending->text.text = arena_text(arena, text->text, text->n_bytes);
    pending->text.targets = copied(arena, text->targets, text->n_targets * sizeof *text->targets);
    pending->text.words = NULL; /* the model alone needs them */
    pending->text.n_words = 0;
    pending->text.ids = copied_texts(arena, text->ids, text->n_targets);
    pending->text.labels = copied_texts(arena, text->labels, text->n_targets);
    return embed_stream_push(embedding->stream, text->number, text->text, text->n_bytes,
                             text->words, text->n_words, text->targets, text->n_targets);
}

/* Code points from byte *at on to byte `to`. */
static uint32_t pass(const struct lookup_text *text, uint32_t *at, uint32_t to)
{
    uint32_t n = 0;
    for (size_t bytes; *at < to; *at += (uint32_t)bytes, n++) {
        unicode_next(text->text + *at, text->n_bytes - *at, &bytes);
    }
    return n;
}

static int take(void *ctx, const struct embedded *embedded)
{
    struct embedding *embedding = ctx;
    struct pending *pending = &embedding->pending[embedding->first++];
    const struct lookup_text *text = &pending->text;
    uint32_t at = 0, points = 0;
    int status = 0;
    for (uint32_t t = 0; status == 0 && t < text->n_targets; t++) {
        points += pass(text, &at, text->targets[t].begin);
        uint32_t within = text->targets[t].begin;
        const struct lookup_word word = {
            .text = text,
            .target = t,
            .begin = points,
            .end = points + pass(text, &within, text->targets[t].end),
            .status = embedded->status[t],
            .vectors = embedded->vectors + t * embedding->row_floats,
        };
        status = embedding->take(embedding->ctx, &word);
    }
    arena_finish(&pending->arena);
    return status;
}

int lookup_embed(struct embedder *embedder, const struct lookup_texts *texts, const char *label,
                 lookup_take_word take_word, void *ctx, uint64_t *ret_n_texts)
{
    struct embedding embedding = {.take = take_word,
                                  .ctx = ctx,
                                  .row_floats =
                                      (size_t)embedder_n_stages(embedder) * embedder_dim(embedder)};
    embedding.stream = embed_stream_create(embedder, EMB_POOL_MEAN, take, &embedding, label, 0);
    int status = lookup_texts_each(texts, push, &embedding);
    status = embed_stream_end(embedding.stream, status);
    for (size_t i = embedding.first; i < embedding.n; i++) {
        arena_finish(&embedding.pending[i].arena);
    }
    free(embedding.pending);
    if (status == 0) {
        *ret_n_texts = embedding.n_texts;
    }
    return status;
}
