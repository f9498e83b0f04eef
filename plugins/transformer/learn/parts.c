/*
 * parts.c - parameters as files keep them. GPT-2's stand there as they do here; Llama's and BERT's
 * matrices are [out, in] each, where this engine has [in, out], queries, keys and values side by
 * side, and gate and value.
 */
#include "learn/learn.h"

#include <stdio.h>
#include <string.h>

static const char *const llama_parts[LEARN_PER_BLOCK][3] = {
    [LEARN_NORM1_GAIN] = {"input_layernorm"},
    [LEARN_QKV] = {"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"},
    [LEARN_PROJECTION] = {"self_attn.o_proj"},
    [LEARN_NORM2_GAIN] = {"post_attention_layernorm"},
    [LEARN_UP] = {"mlp.gate_proj", "mlp.up_proj"},
    [LEARN_DOWN] = {"mlp.down_proj"},
};

static void llama_part(const struct learn_model *model, uint32_t t, uint32_t piece,
                       struct learn_part *ret_part)
{
    const struct learn_tensor *tensor = &model->tensors[t];
    if (t < LEARN_PER_MODEL) {
        ret_part->n_pieces = 1;
        snprintf(ret_part->name, sizeof ret_part->name, "model.%s", tensor->name);
        return;
    }
    uint32_t block = (t - LEARN_PER_MODEL) / LEARN_PER_BLOCK;
    const char *const *names = llama_parts[(t - LEARN_PER_MODEL) % LEARN_PER_BLOCK];
    ret_part->n_pieces = names[1] == NULL ? 1 : names[2] == NULL ? 2 : 3;
    ret_part->n_columns = tensor->columns / ret_part->n_pieces;
    ret_part->first_column = piece * ret_part->n_columns;
    ret_part->transposed = tensor->decays;
    snprintf(ret_part->name, sizeof ret_part->name, "model.layers.%u.%s.weight", block,
             names[piece]);
}

static const char *const bert_model[LEARN_PER_MODEL] = {
    [LEARN_TABLE] = "bert.embeddings.word_embeddings.weight",
    [LEARN_POSITIONS] = "bert.embeddings.position_embeddings.weight",
    [LEARN_PIECE_TYPES] = "bert.embeddings.token_type_embeddings.weight",
    [LEARN_INPUT_GAIN] = "bert.embeddings.LayerNorm.weight",
    [LEARN_INPUT_BIAS] = "bert.embeddings.LayerNorm.bias",
    [LEARN_HEAD_DENSE] = "cls.predictions.transform.dense.weight",
    [LEARN_HEAD_DENSE_BIAS] = "cls.predictions.transform.dense.bias",
    [LEARN_HEAD_GAIN] = "cls.predictions.transform.LayerNorm.weight",
    [LEARN_HEAD_NORM_BIAS] = "cls.predictions.transform.LayerNorm.bias",
    [LEARN_HEAD_BIAS] = "cls.predictions.bias",
};
static const char *const bert_parts[LEARN_PER_BLOCK][3] = {
    [LEARN_NORM1_GAIN] = {"attention.output.LayerNorm"},
    [LEARN_QKV] = {"attention.self.query", "attention.self.key", "attention.self.value"},
    [LEARN_PROJECTION] = {"attention.output.dense"},
    [LEARN_NORM2_GAIN] = {"output.LayerNorm"},
    [LEARN_UP] = {"intermediate.dense"},
    [LEARN_DOWN] = {"output.dense"},
};

/* A weight and its bias follow each other: the name is the weight's. */
static void bert_part(const struct learn_model *model, uint32_t t, uint32_t piece,
                      struct learn_part *ret_part)
{
    const struct learn_tensor *tensor = &model->tensors[t];
    if (t < LEARN_PER_MODEL) { /* without a head, names have no prefix, as BertModel saves them */
        const char *name = bert_model[t] + (model->shape.headless ? strlen("bert.") : 0);
        ret_part->transposed = t == LEARN_HEAD_DENSE;
        snprintf(ret_part->name, sizeof ret_part->name, "%s", name);
        return;
    }
    uint32_t block = (t - LEARN_PER_MODEL) / LEARN_PER_BLOCK;
    uint32_t which = (t - LEARN_PER_MODEL) % LEARN_PER_BLOCK;
    bool is_bias = bert_parts[which][0] == NULL;
    const char *const *names = bert_parts[which - is_bias];
    ret_part->n_pieces = names[1] == NULL ? 1 : 3;
    ret_part->n_columns = tensor->columns / ret_part->n_pieces;
    ret_part->first_column = piece * ret_part->n_columns;
    ret_part->transposed = tensor->decays;
    snprintf(ret_part->name, sizeof ret_part->name, "%sencoder.layer.%u.%s.%s",
             model->shape.headless ? "" : "bert.", block, names[piece],
             is_bias ? "bias" : "weight");
}

bool learn_part(const struct learn_model *model, uint32_t *tensor, uint32_t *piece,
                struct learn_part *ret_part)
{
    while (*tensor < model->n_tensors && model->tensors[*tensor].rows == 0) {
        ++*tensor;
    }
    if (*tensor == model->n_tensors) {
        return false;
    }
    const struct learn_tensor *of = &model->tensors[*tensor];
    *ret_part = (struct learn_part){.of = of, .n_columns = of->columns, .n_pieces = 1};
    if (model->shape.arch == LEARN_LLAMA) {
        llama_part(model, *tensor, *piece, ret_part);
    } else if (model->shape.arch == LEARN_BERT) {
        bert_part(model, *tensor, *piece, ret_part);
    } else {
        snprintf(ret_part->name, sizeof ret_part->name, "transformer.%s", of->name);
    }
    if (++*piece == ret_part->n_pieces) {
        *piece = 0;
        ++*tensor;
    }
    return true;
}
