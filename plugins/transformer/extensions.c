/*
 * extensions.c - emb.tokens/1, emb.weights/1, emb.table/1, and the way to the others. emb.lm/1 and
 * emb.score/1 a model has if its file holds a head and its descriptor says in which direction it
 * predicts.
 */
#include "model.h"

#include "learn/training.h"

#include "base/try.h"
#include "embedder_util.h"

#include <string.h>

static emb_status cut(struct emb_model *model, const struct emb_sentence *sentence,
                      struct emb_piece *pieces, uint32_t capacity, uint32_t *ret_n)
{
    struct token_list list = {0};
    emb_status status = plan_cut_kept(model, sentence, &list);
    if (status == EMB_OK) {
        uint32_t n = list.n < capacity ? list.n : capacity;
        if (n > 0) {
            memcpy(pieces, list.items, n * sizeof *pieces);
        }
        *ret_n = list.n;
    }
    token_list_finish(&list);
    return status;
}

static const char *spelling(struct emb_model *model, uint32_t id)
{
    return tokenizer_spelling(model->tokenizer, id);
}

static uint32_t weights_count(struct emb_model *model)
{
    return model->n_listed;
}

static emb_status weights_tensor(struct emb_model *model, uint32_t i, struct emb_tensor *ret)
{
    if (i >= model->n_listed) {
        return emb_failf(model->host, EMB_E_INVAL, "transformer: tensor %u of %u", i,
                         model->n_listed);
    }
    *ret = model->listed[i];
    return EMB_OK;
}

static uint64_t table_rows(struct emb_model *model)
{
    return model->arch.n_vocab;
}

static emb_status check_row(const struct emb_model *model, uint64_t id)
{
    if (id >= model->arch.n_vocab) {
        return emb_failf(model->host, EMB_E_INVAL, "transformer: row %llu of %u",
                         (unsigned long long)id, model->arch.n_vocab);
    }
    return EMB_OK;
}

static emb_status table_get(struct emb_model *model, uint64_t id, float *ret_row)
{
    emb_status status = check_row(model, id);
    if (status == EMB_OK) {
        memset(ret_row, 0, model->arch.dim * sizeof *ret_row);
        table_row(model, (uint32_t)id, ret_row);
    }
    return status;
}

emb_status table_own(struct emb_model *model)
{
    uint64_t rows = model->arch.n_vocab, dim = model->arch.table_dim;
    if (model->weights.own_table) {
        return EMB_OK;
    }
    bool head_stays = model->weights.decoder == model->weights.table && !model->head_follows &&
                      model->weights.head_is_there;
    emb_status status =
        head_stays ? weights_list(model, &model->listed[model->table_listed]) : EMB_OK;
    float *table = memory_take(&model->memory, rows, dim * sizeof *table);
    if (status != EMB_OK || !table) {
        return no_memory(model->host, "a table of its own");
    }
    for (uint32_t r = 0; r < rows; r++) {
        table_row(model, r, table + r * dim);
    }
    model->weights.own_table = table;
    struct emb_tensor *entry = &model->listed[model->table_listed];
    entry->data = table;
    entry->n_bytes = rows * dim * sizeof *table;
    entry->type = EMB_TYPE_F32;
    return EMB_OK;
}

static emb_status table_set(struct emb_model *model, uint64_t id, const float *row)
{
    TRY(check_row(model, id));
    TRY(table_own(model));
    uint32_t dim = model->arch.table_dim;
    sequence_forget(model);
    memcpy(model->weights.own_table + (size_t)id * dim, row, dim * sizeof *row);
    return EMB_OK;
}

static const struct emb_ext_tokens tokens_extension = {cut, spelling};
static const struct emb_ext_weights weights_extension = {weights_count, weights_tensor};
static const struct emb_ext_table table_extension = {table_rows, table_get, table_set};

const void *model_extension(struct emb_model *model, const char *id)
{
    if (!model) {
        return strcmp(id, EMB_EXT_TRAIN) == 0 ? &learn_train : NULL;
    }
    bool predicts = model->weights.head_is_there && model->arch.causal == model->claims_causal &&
                    interventions_allow_predictions(model);
    bool attends = interventions_allow_attention(model);
    return strcmp(id, EMB_EXT_TOKENS) == 0                 ? (const void *)&tokens_extension
           : strcmp(id, EMB_EXT_WEIGHTS) == 0              ? (const void *)&weights_extension
           : strcmp(id, EMB_EXT_TABLE) == 0                ? (const void *)&table_extension
           : strcmp(id, EMB_EXT_SENTENCE) == 0             ? (const void *)&sentence_extension
           : strcmp(id, EMB_EXT_ATTENTION) == 0 && attends ? (const void *)&attention_extension
           : strcmp(id, EMB_EXT_LM) == 0 && predicts       ? (const void *)&lm_extension
           : strcmp(id, EMB_EXT_SCORE) == 0 && predicts    ? (const void *)&score_extension
                                                           : NULL;
}
