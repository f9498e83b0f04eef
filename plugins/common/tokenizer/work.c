/* Grows and frees the memory of one call, and emits pieces. */
#include "tokenizer/work.h"

#include "base/regex.h"
#include "base/try.h"
#include "embedder_util.h"

#include <stdlib.h>

void work_init(struct work *work, const struct emb_host *host, const char *name,
               struct token_list *list)
{
    *work = (struct work){
        .host = host, .name = name, .at_start = true, .at_boundary = true, .list = list};
}

void work_finish(struct work *work)
{
    text_finish(&work->text);
    text_finish(&work->next);
    free(work->splits.items);
    free(work->next_splits.items);
    free(work->ranges.items);
    regex_match_free(work->match);
    free(work->states);
    free(work->symbols);
    free(work->heap);
    free(work->nodes);
    free(work->spelling);
    free(work->word);
    free(work->parts);
}

emb_status work_no_memory(const struct work *work)
{
    return emb_failf(work->host, EMB_E_NOMEM, "%s: out of memory while cutting a text", work->name);
}

emb_status split_push(struct work *work, struct split_list *list, uint32_t begin, uint32_t end,
                      uint32_t id)
{
    if (!grow_items(&list->items, &list->capacity, (uint64_t)list->n + 1, sizeof *list->items)) {
        return work_no_memory(work);
    }
    list->items[list->n++] = (struct split){begin, end, id};
    return EMB_OK;
}

emb_status range_push(struct work *work, uint32_t begin, uint32_t end, bool is_match)
{
    struct range_list *list = &work->ranges;
    if (!grow_items(&list->items, &list->capacity, (uint64_t)list->n + 1, sizeof *list->items)) {
        return work_no_memory(work);
    }
    list->items[list->n++] = (struct range){begin, end, is_match};
    return EMB_OK;
}

emb_status token_push(const struct work *work, struct token_list *list, struct emb_piece piece)
{
    if (!grow_items(&list->items, &list->capacity, (uint64_t)list->n + 1, sizeof *list->items)) {
        return work_no_memory(work);
    }
    list->items[list->n++] = piece;
    return EMB_OK;
}

emb_status work_emit(struct work *work, uint32_t id, uint32_t begin, uint32_t end)
{
    struct emb_span origin = text_origin_range(&work->text, begin, end);
    return token_push(work, work->list,
                      (struct emb_piece){origin.begin, origin.end, id, EMB_NO_WORD});
}

emb_status work_rewrite(struct work *work, rewrite_body *body, const void *arg)
{
    struct text *out = &work->next;
    out->n = 0;
    out->n_given = work->text.n_given;
    out->mapped = true;
    for (uint32_t i = 0; i < work->splits.n; i++) {
        struct split *split = &work->splits.items[i];
        struct rewrite rewrite = {
            .old = &work->text,
            .out = out,
            .begin = split->begin,
            .at = split->begin,
            .end = split->end,
        };
        uint32_t begin = out->n;
        if (split->id == NO_ID) {
            TRY(body(work, &rewrite, arg));
        } else {
            rewrite_keep(&rewrite, split->end - split->begin);
        }
        if (rewrite.too_long) {
            return emb_failf(work->host, EMB_E_FORMAT,
                             "%s: its normalizer makes more than %u bytes of a text of %u, "
                             "expected at most %u times as many and %u more",
                             work->name, out->n, work->text.n_given, TEXT_MOST_TIMES,
                             TEXT_MOST_MORE);
        } else if (rewrite.failed) {
            return work_no_memory(work);
        }
        split->begin = begin;
        split->end = out->n;
    }
    struct text old = work->text;
    work->text = work->next;
    work->next = old;
    return EMB_OK;
}
