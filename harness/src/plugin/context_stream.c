#include "plugin/context_stream.h"

#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct waiting {
    uint64_t tag;
    uint32_t n_targets, n_texts;
};

int context_stream_push(struct context_stream *contexts, struct embed_stream *stream,
                        push_text push, uint64_t tag, const struct emb_sentence *sentence)
{
    uint32_t n_texts = reading_n_texts(contexts->reading, sentence);
    if (contexts->first == contexts->n_waiting) {
        contexts->first = contexts->n_waiting = 0;
    }
    MEM_GROW(contexts->waiting, contexts->waiting_capacity, contexts->n_waiting + 1);
    contexts->waiting[contexts->n_waiting++] =
        (struct waiting){.tag = tag, .n_targets = sentence->n_targets, .n_texts = n_texts};
    struct derived *derived = &contexts->derived;
    int status = 0;
    for (uint32_t i = 0; i < n_texts && !status; i++) {
        reading_derive(contexts->reading, sentence, i, derived);
        const struct emb_sentence text = {
            .text = str_text(&derived->text),
            .words = derived->words,
            .targets = derived->targets,
            .n_bytes = (uint32_t)derived->text.n,
            .n_words = derived->n_words,
            .n_targets = derived->n_targets,
        };
        status = push(stream, i, &text);
    }
    return status;
}

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

int context_stream_take(void *ctx, const struct embedded *embedded)
{
    struct context_stream *contexts = ctx;
    assert(contexts->first < contexts->n_waiting);
    const struct waiting *waiting = &contexts->waiting[contexts->first];
    size_t row = contexts->row_floats, at = embedded->tag; /* the text's number; one text: 0 */
    MEM_GROW(contexts->rows, contexts->rows_capacity, waiting->n_targets * row + 1);
    MEM_GROW(contexts->status, contexts->status_capacity, waiting->n_targets + 1u);
    assert(at + embedded->n_targets <= waiting->n_targets);
    if (embedded->n_targets > 0) {
        memcpy(contexts->rows + at * row, embedded->vectors,
               embedded->n_targets * row * sizeof *contexts->rows);
        memcpy(contexts->status + at, embedded->status, embedded->n_targets);
    }
    return ++contexts->n_arrived == waiting->n_texts ? deliver_first(contexts) : 0;
}

void context_stream_finish(struct context_stream *contexts)
{
    derived_finish(&contexts->derived);
    free(contexts->waiting);
    free(contexts->rows);
    free(contexts->status);
    *contexts = (struct context_stream){0};
}
