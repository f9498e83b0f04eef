/* The weights of each part of a model: embedding, blocks, relative positions, head. */
#include "load.h"

#include "base/try.h"
#include "embedder_util.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static emb_status load_attention(struct emb_model *model, const char *prefix, struct block *block)
{
    const struct arch *arch = &model->arch;
    const struct names *names = model->names;
    uint32_t n_out[3] = {arch->n_heads * arch->head_dim, arch->n_kv_heads * arch->head_dim,
                         arch->n_kv_heads * arch->head_dim};
    const char *const apart[3] = {names->q, names->k, names->v};
    static const char *const part[3] = {"[q]", "[k]", "[v]"};
    struct matrix *to[3] = {&block->q, &block->k, &block->v};
    uint32_t total = n_out[0] + n_out[1] + n_out[2];
    uint32_t first = 0;
    char base[NAME_BYTES];
    for (int i = 0; i < 3; i++) {
        struct rows rows = {first, n_out[i], 0, total, part[i], 0};
        if (names->layout == QKV_PER_HEAD) {
            rows = (struct rows){(uint32_t)i * arch->head_dim,
                                 arch->head_dim,
                                 3 * arch->head_dim,
                                 total,
                                 part[i],
                                 0};
        }
        bool fused = names->layout != QKV_APART;
        bool paired = !fused && i < 2 && arch->paired_rows;
        if (paired) {
            rows = (struct rows){0, n_out[i], 0, n_out[i], "", arch->head_dim};
        }
        load_spell(base, "%s%s", prefix, fused ? names->qkv : apart[i]);
        TRY(load_matrix(model, base, fused || paired ? &rows : NULL, arch->dim, n_out[i],
                        arch->qkv_bias, to[i]));
        first += n_out[i];
    }
    load_spell(base, "%s%s", prefix, names->o);
    return load_matrix(model, base, NULL, n_out[0], arch->dim, arch->o_bias, &block->o);
}

static emb_status load_feed_forward(struct emb_model *model, const char *prefix,
                                    struct block *block)
{
    const struct arch *arch = &model->arch;
    const struct names *names = model->names;
    char base[NAME_BYTES];
    if (arch->gated && names->gate_up) {
        struct rows low = {0, arch->inner, 0, 2 * arch->inner, "[first half]", 0};
        struct rows high = {arch->inner, arch->inner, 0, 2 * arch->inner, "[second half]", 0};
        load_spell(base, "%s%s", prefix, names->gate_up);
        TRY(load_matrix(model, base, names->gate_second ? &high : &low, arch->dim, arch->inner,
                        arch->ff_bias, &block->gate));
        TRY(load_matrix(model, base, names->gate_second ? &low : &high, arch->dim, arch->inner,
                        arch->ff_bias, &block->up));
    } else {
        if (arch->gated) {
            load_spell(base, "%s%s", prefix, names->gate);
            TRY(load_matrix(model, base, NULL, arch->dim, arch->inner, arch->ff_bias,
                            &block->gate));
        }
        load_spell(base, "%s%s", prefix, names->up);
        TRY(load_matrix(model, base, NULL, arch->dim, arch->inner, arch->ff_bias, &block->up));
    }
    load_spell(base, "%s%s", prefix, names->down);
    return load_matrix(model, base, NULL, arch->inner, arch->dim, arch->ff_bias, &block->down);
}

static emb_status load_block(struct emb_model *model, uint32_t i, struct block *block)
{
    const struct arch *arch = &model->arch;
    const struct names *names = model->names;
    char prefix[NAME_BYTES], base[2 * NAME_BYTES];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(prefix, sizeof prefix, names->block, i);
#pragma GCC diagnostic pop
    const struct {
        const char *name;
        uint32_t dim;
        bool there, bias;
        struct norm *to;
    } norms[] = {
        {names->attn_norm, arch->dim, !(i == 0 && arch->first_norm_absent), arch->norm_bias,
         &block->attn_norm},
        {names->ff_norm, arch->dim, true, arch->norm_bias, &block->ff_norm},
        {names->q_norm, arch->head_dim, arch->qk_norm, false, &block->q_norm},
        {names->k_norm, arch->head_dim, arch->qk_norm, false, &block->k_norm},
    };
    for (size_t n = 0; n < sizeof norms / sizeof *norms; n++) {
        if (norms[n].there) {
            snprintf(base, sizeof base, "%s%s", prefix, norms[n].name);
            TRY(load_norm(model, base, norms[n].dim, norms[n].bias, norms[n].to));
        }
    }
    TRY(load_attention(model, prefix, block));
    return load_feed_forward(model, prefix, block);
}

static emb_status load_rows(struct emb_model *model, const char *base, uint32_t n_rows,
                            const float **ret_rows)
{
    char name[NAME_BYTES];
    load_spell(name, "%s.weight", base);
    const struct tensor *tensor = load_seek(model, name);
    if (!tensor) {
        return load_missing(model, name);
    }
    return load_plain(model, tensor, n_rows, model->arch.table_dim, ret_rows);
}

static emb_status list_mapped(struct emb_model *model, const struct tensor *tensor)
{
    int32_t type = tensor->type == TENSOR_F32    ? EMB_TYPE_F32
                   : tensor->type == TENSOR_F16  ? EMB_TYPE_F16
                   : tensor->type == TENSOR_BF16 ? EMB_TYPE_BF16
                                                 : EMB_TYPE_OTHER;
    struct emb_tensor entry = {tensor->name, tensor->data,   tensor->n_bytes,
                               {0},          tensor->n_dims, type};
    memcpy(entry.shape, tensor->shape, sizeof entry.shape);
    return weights_list(model, &entry);
}

static emb_status load_embedding(struct emb_model *model)
{
    const struct arch *arch = &model->arch;
    const struct names *names = model->names;
    struct weights *w = &model->weights;
    char name[NAME_BYTES];
    load_spell(name, "%s.weight", names->word);
    w->table = load_seek(model, name);
    if (!w->table) {
        return load_missing(model, name);
    }
    emb_status status = load_want_shape(model, w->table, arch->n_vocab, arch->table_dim);
    if (status != EMB_OK) {
        return status;
    }
    float *row = memory_take(&model->memory, arch->table_dim, sizeof *row);
    if (!row) {
        return no_memory(model->host, w->table->name);
    }
    status =
        load_convert(model, w->table, 0, arch->table_dim, row); /* table_row cannot fail later */
    memory_give(&model->memory, row);
    if (status != EMB_OK) {
        return status;
    }
    model->table_listed = model->n_listed;
    status = list_mapped(model, w->table);
    if (status == EMB_OK && arch->n_positions) {
        status = load_rows(model, names->position, arch->n_positions, &w->position);
    }
    if (status == EMB_OK && arch->n_types) {
        status = load_rows(model, names->type, arch->n_types, &w->type);
    }
    if (status == EMB_OK && arch->embed_norm) {
        status =
            load_norm(model, names->embed_norm, arch->table_dim, arch->norm_bias, &w->embed_norm);
    }
    if (status == EMB_OK && arch->table_dim != arch->dim) {
        status = load_matrix(model, names->embed_project, NULL, arch->table_dim, arch->dim, true,
                             &w->embed_project);
    }
    return status;
}

/* T5's buckets of a distance (Raffel et al. 2020, as MPNet uses them: both directions, 128 far). */
static uint32_t bucket_of(int64_t distance, uint32_t n_buckets)
{
    uint32_t half = n_buckets / 2, exact = half / 2;
    uint32_t base = distance > 0 ? half : 0; /* the key stands to the right */
    uint64_t n = (uint64_t)(distance < 0 ? -distance : distance);
    if (n < exact) {
        return base + (uint32_t)n;
    }
    float step = logf((float)n / (float)exact) / logf(128.0f / (float)exact);
    uint32_t far = exact + (uint32_t)(step * (float)(half - exact));
    return base + (far < half - 1 ? far : half - 1);
}

static emb_status load_relative_bias(struct emb_model *model)
{
    const struct arch *arch = &model->arch;
    char name[NAME_BYTES];
    load_spell(name, "%s.weight", model->names->rel_bias);
    const struct tensor *tensor = load_seek(model, name);
    if (!tensor) {
        return load_missing(model, name);
    }
    const float *buckets; /* [rel_buckets, n_heads] */
    TRY(load_plain(model, tensor, arch->rel_buckets, arch->n_heads, &buckets));
    uint32_t reach = model->max_tokens - 1;
    uint64_t width = 2 * (uint64_t)reach + 1;
    float *bias = memory_take(&model->memory, width * arch->n_heads, sizeof *bias);
    if (!bias) {
        return no_memory(model->host, tensor->name);
    }
    for (uint32_t h = 0; h < arch->n_heads; h++) {
        for (uint64_t d = 0; d < width; d++) {
            uint32_t bucket = bucket_of((int64_t)d - reach, arch->rel_buckets);
            bias[h * width + d] = buckets[(size_t)bucket * arch->n_heads + h];
        }
    }
    model->weights.rel_bias = bias;
    return EMB_OK;
}

/* The head of a masked language model: dense, activation, norm, before the decoder. */
static emb_status load_head_transform(struct emb_model *model)
{
    const struct names *names = model->names;
    char name[NAME_BYTES];
    load_spell(name, "%s.weight", names->head_dense);
    const struct tensor *dense = tensor_file_find(model->file, name);
    if (!dense) {
        return EMB_OK; /* a checkpoint without a head */
    }
    load_spell(name, "%s.bias", names->head_dense);
    emb_status status =
        load_matrix(model, names->head_dense, NULL, model->arch.dim, model->arch.table_dim,
                    tensor_file_find(model->file, name) != NULL, &model->weights.head_dense);
    if (status == EMB_OK) {
        status = load_norm(model, names->head_norm, model->arch.table_dim, model->arch.norm_bias,
                           &model->weights.head_norm);
    }
    model->weights.head_is_there = status == EMB_OK;
    return status;
}

static emb_status load_head(struct emb_model *model)
{
    struct weights *w = &model->weights;
    const struct names *names = model->names;
    char name[NAME_BYTES];
    if (names->head_dense) {
        emb_status status = load_head_transform(model);
        if (status != EMB_OK || !w->head_is_there) {
            return status;
        }
    } else {
        w->head_is_there = model->arch.tied;
    }
    if (names->decoder) {
        load_spell(name, "%s.weight", names->decoder);
        w->decoder = tensor_file_find(model->file, name);
        w->head_is_there = w->head_is_there || w->decoder;
    }
    if (model->arch.tied) {
        w->decoder = w->table;
    } else if (w->decoder) {
        uint32_t dim = names->head_dense ? model->arch.table_dim : model->arch.dim;
        TRY(load_want_shape(model, w->decoder, model->arch.n_vocab, dim));
        TRY(list_mapped(model, w->decoder));
    }
    w->head_is_there = w->head_is_there && w->decoder;
    if (names->decoder_bias && w->head_is_there) {
        const struct tensor *bias = tensor_file_find(model->file, names->decoder_bias);
        return bias ? load_plain(model, bias, model->arch.n_vocab, 0, &w->decoder_bias) : EMB_OK;
    }
    return EMB_OK;
}

emb_status load_weights(struct emb_model *model)
{
    const struct arch *arch = &model->arch;
    struct weights *w = &model->weights;
    TRY(load_embedding(model));
    if (arch->rel_buckets) {
        TRY(load_relative_bias(model));
    }
    w->blocks = memory_take(&model->memory, arch->n_weight_sets, sizeof *w->blocks);
    if (!w->blocks) {
        return no_memory(model->host, "the blocks");
    }
    for (uint32_t i = 0; i < arch->n_weight_sets; i++) {
        TRY(load_block(model, i, &w->blocks[i]));
        TRY(model->host->progress(model->host, i + 1, arch->n_weight_sets));
    }
    if (arch->final_norm) {
        TRY(load_norm(model, model->names->final_norm, arch->dim, arch->norm_bias, &w->final_norm));
    }
    return load_head(model);
}
