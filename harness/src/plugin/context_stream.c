/* Sends derived texts to a model and puts its rows back into the order of sentences. */
#include "plugin/context_stream.h"

#include "base/error.h"
#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct waiting {
    uint64_t tag;
    uint32_t n_targets, n_texts;
};

static int deliver_first(struct context_stream *contexts)
{
    const struct waiting *waiting = &contexts->waiting[contexts->first++];
    const struct embedded embedded = {
        .tag = waiting->tag,
        .vectors = contexts->rows,
        .status = contexts->status,
        .n_targets = waiting->n_targets,
    };
    contexts->n_arrived = 0;
    contexts->done++;
    return contexts->take(contexts->ctx, &embedded);
}

/* Sentences whose texts have all arrived; one without targets has none to wait for. */
static int deliver_complete(struct context_stream *contexts)
{
    while (contexts->first < contexts->n_waiting &&
           contexts->n_arrived == contexts->waiting[contexts->first].n_texts) {
        TRY(deliver_first(contexts));
    }
    return 0;
}

static void add_waiting(struct context_stream *contexts, const struct waiting *waiting)
{
    if (contexts->first > contexts->n_waiting / 2) { /* what was delivered makes room */
        contexts->n_waiting -= contexts->first;
        memmove(contexts->waiting, contexts->waiting + contexts->first,
                contexts->n_waiting * sizeof *contexts->waiting);
        contexts->first = 0;
    }
    MEM_GROW(contexts->waiting, contexts->waiting_capacity, contexts->n_waiting + 1);
    contexts->waiting[contexts->n_waiting++] = *waiting;
}

int context_stream_push(struct context_stream *contexts, struct embed_stream *stream,
                        push_text push, uint64_t tag, const struct emb_sentence *sentence)
{
    uint32_t n_texts = word_view_n_texts(contexts->word_view, sentence);
    struct derived *derived = &contexts->derived;
    add_waiting(contexts, &(struct waiting){tag, sentence->n_targets, n_texts});
    for (uint32_t i = 0; i < n_texts; i++) {
        word_view_derive(contexts->word_view, sentence, i, derived);
        const struct emb_sentence text = {
            .text = str_text(&derived->text),
            .words = derived->words,
            .targets = derived->targets,
            .n_bytes = (uint32_t)derived->text.n,
            .n_words = derived->n_words,
            .n_targets = derived->n_targets,
        };
        TRY(push(stream, i, &text));
    }
    return deliver_complete(contexts);
}

int context_stream_take(void *ctx, const struct embedded *embedded)
{
    struct context_stream *contexts = ctx;
    assert(contexts->first < contexts->n_waiting);
    const struct waiting *waiting = &contexts->waiting[contexts->first];
    size_t row = contexts->row_floats, at = embedded->tag; /* the text's number; one text: 0 */
    assert(at + embedded->n_targets <= waiting->n_targets);
    MEM_GROW(contexts->rows, contexts->rows_capacity, waiting->n_targets * row);
    MEM_GROW(contexts->status, contexts->status_capacity, waiting->n_targets);
    memcpy(contexts->rows + at * row, embedded->vectors,
           embedded->n_targets * row * sizeof *contexts->rows);
    memcpy(contexts->status + at, embedded->status, embedded->n_targets);
    contexts->n_arrived++;
    return deliver_complete(contexts);
}

void context_stream_finish(struct context_stream *contexts)
{
    derived_finish(&contexts->derived);
    free(contexts->waiting);
    free(contexts->rows);
    free(contexts->status);
    *contexts = (struct context_stream){0};
}
