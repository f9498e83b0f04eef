/*
 * sequence.c - one sentence on its own through the blocks, remembered: the questions of emb.lm/1
 * and emb.attention/1 come piece by piece and block by block, about the same sentence.
 */
#include "model.h"

#include "base/try.h"
#include "embedder_util.h"

#include <string.h>

emb_status sequence_of_sentence(struct emb_model *model, const struct emb_sentence *sentence,
                                struct token_list *list, uint32_t **ret_ids)
{
    TRY(plan_cut_kept(model, sentence, list));
    if (list->n > model->max_tokens) {
        return emb_failf(model->host, EMB_E_UNSUPPORTED,
                         "transformer: %u pieces; with long=window nothing is said about single "
                         "pieces of sentences beyond %u",
                         list->n, model->max_tokens);
    }
    uint32_t *ids = memory_take(&model->memory, (uint64_t)list->n + 1, sizeof *ids);
    if (!ids) {
        return no_memory(model->host, "a sentence");
    }
    for (uint32_t i = 0; i < list->n; i++) {
        ids[i] = list->items[i].id;
    }
    *ret_ids = ids;
    return EMB_OK;
}

void sequence_forget(struct emb_model *model)
{
    model->seen.n = 0;
}

/* Whether the states that are there answer for row `row` of these ids: causal rows do not change
 * with what follows them. */
static bool is_remembered(const struct emb_model *model, const uint32_t *ids, uint32_t n,
                          uint32_t last_stage, uint32_t row)
{
    const struct seen *seen = &model->seen;
    uint32_t needed = model->causal ? row + 1 : n;
    return seen->last_stage == last_stage && needed <= seen->n && (model->causal || seen->n == n) &&
           memcmp(seen->ids, ids, needed * sizeof *ids) == 0;
}

emb_status sequence_run(struct emb_model *model, const uint32_t *ids, uint32_t n,
                        uint32_t last_stage, uint32_t row)
{
    struct seen *seen = &model->seen;
    if (is_remembered(model, ids, n, last_stage, row)) {
        return EMB_OK;
    }
    sequence_forget(model);
    plan_clear(&model->plan);
    TRY(plan_add_ids(model, ids, n));
    TRY(forward_prepare(model, 1));
    TRY(memory_grow(&model->memory, &seen->ids, &seen->capacity, n, sizeof *seen->ids));
    forward_group(model, &model->plan.groups[0], last_stage, NULL, model->host->n_workers > 1, 0);
    memcpy(seen->ids, ids, n * sizeof *ids);
    seen->n = n;
    seen->last_stage = last_stage;
    return EMB_OK;
}
