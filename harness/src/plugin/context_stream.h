/*
 * context_stream.h - sentences go in, the texts derived from them (context.h) go to the model, and
 * rows come out sentence by sentence as if nothing had been derived. For stream.c alone.
 *
 * A derived text is a sentence of a batch like any other, so that the rule of batching, free of the
 * core count, holds for it too.
 */
#ifndef PLUGIN_CONTEXT_STREAM_H
#define PLUGIN_CONTEXT_STREAM_H

#include "plugin/context.h"
#include "plugin/embed.h"

struct context_stream {
    const struct word_view *word_view; /* the embedder's */
    embed_take take;                   /* the caller's, and its ctx */
    void *ctx;
    size_t row_floats;       /* n_stages * dim */
    struct derived derived;  /* scratch */
    struct waiting *waiting; /* [n_waiting] sentences not delivered yet, from first on */
    size_t first, n_waiting, waiting_capacity;
    float *rows;     /* [n_targets, row_floats] of the first */
    uint8_t *status; /* [n_targets] of the first */
    size_t rows_capacity, status_capacity;
    uint32_t n_arrived; /* texts of the first */
    uint64_t done;      /* sentences delivered */
};

/* Pushes one derived text; what embed_stream_push does without contexts. */
typedef int (*push_text)(struct embed_stream *stream, uint64_t tag,
                         const struct emb_sentence *sentence);

/* Every text of a sentence; 0 or the first error of push. */
int context_stream_push(struct context_stream *contexts, struct embed_stream *stream,
                        push_text push, uint64_t tag, const struct emb_sentence *sentence);

/* An embed_take for the derived texts, in the order of the pushes; ctx is the context_stream. */
int context_stream_take(void *ctx, const struct embedded *embedded);

void context_stream_finish(struct context_stream *contexts);

#endif /* PLUGIN_CONTEXT_STREAM_H */
