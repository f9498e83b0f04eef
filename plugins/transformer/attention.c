/*
 * attention.c - emb.attention/1: the softmax of one query, written out.
 *
 * The blocks run as ever up to the attention of the one that is asked about; what its kernel read
 * (queries and keys with their positions in them, mask, bias) lies there, and the weights, which
 * the kernel never holds as a whole, are computed from it once more, in double.
 */
#include "model.h"

#include "base/try.h"
#include "embedder_util.h"

#include <math.h>
#include <string.h>

static uint32_t n_blocks(struct emb_model *model)
{
    return model->arch.n_blocks;
}

static uint32_t n_heads(struct emb_model *model, uint32_t block)
{
    return block >= 1 && block <= model->arch.n_blocks ? model->arch.n_heads : 0;
}

/* Weights of `head` for row i of the sequence over its rows; keys: row 0's, head 0 at column 0. */
static void head_weights(const struct attention *job, const float *keys, uint32_t head, uint32_t i,
                         float *ret_weights)
{
    uint32_t dim = job->head_dim, key_head = head / (job->n_heads / job->n_kv_heads);
    uint32_t low = i > job->left ? i - job->left : 0;
    uint32_t high = job->right < job->n - i ? i + job->right + 1 : job->n; /* as the kernel masks */
    high = high < job->n ? high : job->n;
    const float *query = job->queries + i * job->ld + (size_t)head * dim;
    const float *bias =
        job->bias ? job->bias + (size_t)head * (2 * job->bias_reach + 1) + job->bias_reach : NULL;
    double most = -INFINITY, sum = 0;
    memset(ret_weights, 0, job->n * sizeof *ret_weights);
    for (uint32_t j = low; j < high; j++) {
        const float *key = keys + j * job->ld + (size_t)key_head * dim;
        double score = 0;
        for (uint32_t c = 0; c < dim; c++) {
            score += (double)query[c] * (double)key[c];
        }
        score *= (double)job->scale;
        score += bias ? (double)bias[(int64_t)j - (int64_t)i] : 0;
        ret_weights[j] = (float)score;
        most = fmax(most, score);
    }
    for (uint32_t j = low; j < high; j++) {
        sum += exp((double)ret_weights[j] - most);
    }
    for (uint32_t j = low; j < high; j++) {
        ret_weights[j] = (float)(exp((double)ret_weights[j] - most) / sum);
    }
}

static emb_status weights_of(struct emb_model *model, const uint32_t *ids, uint32_t n,
                             uint32_t block, uint32_t piece, float *ret_weights)
{
    if (piece >= n) {
        return emb_failf(model->host, EMB_E_INVAL, "transformer: piece %u of a sentence of %u",
                         piece, n);
    }
    TRY(sequence_run(model, ids, n, stage_of_block(block - 1) - 1, n - 1));
    const struct sequence whole = {.n = n};
    const struct attention job = attention_of(model, block - 1, &whole, &model->states[0]);
    for (uint32_t h = 0; h < job.n_heads; h++) {
        head_weights(&job, job.queries + model->key_column, h, piece, ret_weights + (size_t)h * n);
    }
    return EMB_OK;
}

static emb_status weights(struct emb_model *model, const struct emb_sentence *sentence,
                          uint32_t block, uint32_t piece, float *ret_weights)
{
    if (n_heads(model, block) == 0) {
        return emb_failf(model->host, EMB_E_INVAL, "transformer: block %u of 1 to %u", block,
                         model->arch.n_blocks);
    }
    struct token_list list = {0};
    uint32_t *ids = NULL;
    emb_status status = sequence_of_sentence(model, sentence, &list, &ids);
    if (status == EMB_OK) {
        status = weights_of(model, ids, list.n, block, piece, ret_weights);
    }
    memory_give(&model->memory, ids);
    token_list_finish(&list);
    return status;
}

const struct emb_ext_attention attention_extension = {n_blocks, n_heads, weights};
