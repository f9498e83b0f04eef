/*
 * load.c - weights by name from the model file: checked, converted and packed for the kernels.
 *
 * The look-up table (and an output head) stays in the file's map, in the file's type; everything
 * else becomes float32, matrices in panels (kernels.h).
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "model.h"

#include "embedder_util.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { NAME_BYTES = 256 };

/* Where a matrix's output rows lie in a tensor: row r at first + r / group * stride + r % group. */
struct rows {
    uint32_t first, group, stride;
    uint32_t n_total; /* output rows of the tensor */
    const char *part; /* "[q]" of a fused tensor, "" */
    uint32_t paired;  /* rows of a head, i and i + paired / 2 standing together; 0: in order */
};

static const char *file_of(const struct emb_model *model)
{
    return model->path;
}

static void spell(char name[NAME_BYTES], const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void spell(char name[NAME_BYTES], const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(name, NAME_BYTES, format, args);
    va_end(args);
}

/* A tensor under any of the family's prefixes; NULL where there is none. */
static const struct tensor *seek(const struct emb_model *model, const char *name)
{
    for (size_t i = 0; i < 4 && model->names->prefixes[i]; i++) {
        char full[2 * NAME_BYTES];
        snprintf(full, sizeof full, "%s%s", model->names->prefixes[i], name);
        const struct tensor *tensor = tensor_file_find(model->file, full);
        if (tensor) {
            return tensor;
        }
    }
    return NULL;
}

static emb_status missing(const struct emb_model *model, const char *name)
{
    return emb_failf(model->host, EMB_E_FORMAT,
                     "%s: the weights of a %s model lack the tensor '%s%s'", file_of(model),
                     model->arch.family, model->names->prefixes[0], name);
}

static emb_status want_shape(const struct emb_model *model, const struct tensor *tensor,
                             uint64_t rows, uint64_t columns)
{
    const uint64_t *s = tensor->shape;
    bool fits = columns == 0 ? tensor->n_dims == 1 && s[0] == rows
                             : tensor->n_dims == 2 && s[0] == rows && s[1] == columns;
    if (fits) {
        return EMB_OK;
    }
    char found[100] = "";
    for (uint32_t d = 0; d < tensor->n_dims && d < 4; d++) {
        size_t n = strlen(found);
        snprintf(found + n, sizeof found - n, "%s%llu", d ? ", " : "", (unsigned long long)s[d]);
    }
    char wanted[64];
    snprintf(wanted, sizeof wanted, columns ? "%llu, %llu" : "%llu", (unsigned long long)rows,
             (unsigned long long)columns);
    return emb_failf(model->host, EMB_E_FORMAT,
                     "%s: tensor '%s': found shape [%s], expected [%s] by the configuration",
                     file_of(model), tensor->name, found, wanted);
}

static emb_status convert(const struct emb_model *model, const struct tensor *tensor,
                          uint64_t first, uint64_t n, float *ret_values)
{
    if (!tensor_to_f32(tensor, first, n, ret_values)) {
        return emb_failf(model->host, EMB_E_FORMAT,
                         "%s: tensor '%s': found type %s, expected floating point", file_of(model),
                         tensor->name, tensor_type_name(tensor->type));
    }
    return EMB_OK;
}

emb_status weights_list(struct emb_model *model, const struct emb_tensor *entry)
{
    struct emb_tensor copy = *entry; /* which may be one of the list's own */
    uint64_t capacity = model->listed_capacity;
    emb_status status = memory_grow(&model->memory, &model->listed, &capacity,
                                    (uint64_t)model->n_listed + 1, sizeof *model->listed);
    if (status == EMB_OK) {
        model->listed_capacity = (uint32_t)capacity;
        model->listed[model->n_listed++] = copy;
    }
    return status;
}

/* The file's pages of a tensor that has been converted are of no more use: let the kernel have
 * them back (they are read again if anybody looks). */
static void release(const struct tensor *tensor)
{
#ifdef MADV_PAGEOUT
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t begin = ((uintptr_t)tensor->data + page - 1) / page * page;
    uintptr_t end = ((uintptr_t)tensor->data + tensor->n_bytes) / page * page;
    if (begin < end) {
        madvise((void *)begin, end - begin, MADV_PAGEOUT);
    }
#else
    (void)tensor;
#endif
}

/* A vector or a small table, whole, as float32. */
static emb_status load_plain(struct emb_model *model, const struct tensor *tensor, uint64_t rows,
                             uint64_t columns, const float **ret_values)
{
    emb_status status = want_shape(model, tensor, rows, columns);
    if (status != EMB_OK) {
        return status;
    }
    uint64_t n = rows * (columns ? columns : 1);
    /* rounded up: kernels read whole panels of a vector */
    float *values = memory_take(&model->memory, (n + 31) / 32 * 32, sizeof *values);
    if (!values) {
        return no_memory(model->host, tensor->name);
    }
    status = convert(model, tensor, 0, n, values);
    if (status != EMB_OK) {
        return status;
    }
    release(tensor);
    *ret_values = values;
    struct emb_tensor entry = {tensor->name,    values,          n * sizeof *values,
                               {rows, columns}, columns ? 2 : 1, EMB_TYPE_F32};
    return weights_list(model, &entry);
}

static emb_status load_norm(struct emb_model *model, const char *base, uint32_t dim, bool bias,
                            struct norm *ret_norm)
{
    static const char *const suffixes[2][2] = {{".weight", ".gamma"}, {".bias", ".beta"}};
    const float **to[2] = {&ret_norm->weight, &ret_norm->bias};
    for (int part = 0; part < (bias ? 2 : 1); part++) {
        char name[NAME_BYTES];
        const struct tensor *tensor = NULL;
        for (int i = 1; i >= 0 && !tensor; i--) {
            spell(name, "%s%s", base, suffixes[part][i]);
            tensor = seek(model, name);
        }
        if (!tensor) {
            return missing(model, name);
        }
        emb_status status = load_plain(model, tensor, dim, 0, to[part]);
        if (status != EMB_OK) {
            return status;
        }
    }
    return EMB_OK;
}

static uint64_t source_row(const struct rows *rows, uint32_t r)
{
    if (rows->paired) {
        uint32_t half = rows->paired / 2, i = r % rows->paired;
        return r - i + (i < half ? 2 * i : 2 * (i - half) + 1);
    }
    return rows->first + (uint64_t)(r / rows->group) * rows->stride + r % rows->group;
}

/* Panel p of a matrix from its [out, in] tensor: `strip` holds one row. */
static emb_status pack_rows(const struct emb_model *model, const struct tensor *tensor,
                            const struct rows *rows, uint32_t n_in, uint32_t n_out, uint32_t p,
                            float *strip, float *panel)
{
    uint32_t width = model->kernels->panel;
    for (uint32_t j = 0; j < width && p * width + j < n_out; j++) {
        uint64_t row = source_row(rows, p * width + j);
        emb_status status = convert(model, tensor, row * n_in, n_in, strip);
        if (status != EMB_OK) {
            return status;
        }
        for (uint32_t k = 0; k < n_in; k++) {
            panel[(size_t)k * width + j] = strip[k];
        }
    }
    return EMB_OK;
}

/* All panels from an [in, out] tensor: `strip` holds one of its rows. */
static emb_status pack_columns(const struct emb_model *model, const struct tensor *tensor,
                               const struct rows *rows, uint32_t n_in, uint32_t n_out, float *strip,
                               float *panels)
{
    uint32_t width = model->kernels->panel;
    for (uint32_t k = 0; k < n_in; k++) {
        emb_status status =
            convert(model, tensor, (uint64_t)k * rows->n_total, rows->n_total, strip);
        if (status != EMB_OK) {
            return status;
        }
        for (uint32_t j = 0; j < n_out; j++) {
            panels[((size_t)(j / width) * n_in + k) * width + j % width] =
                strip[source_row(rows, j)];
        }
    }
    return EMB_OK;
}

/* The matrix in the model's arithmetic instead of float32. */
static emb_status reduce(struct emb_model *model, const float *panels, struct matrix *matrix)
{
    uint32_t width = model->kernels->panel, depth = compute_depth(model->compute);
    uint32_t n_panels = (matrix->n_out + width - 1) / width;
    uint64_t n_units = (matrix->n_in + depth - 1) / depth;
    int32_t *units =
        memory_take(&model->memory, (uint64_t)n_panels * n_units, width * sizeof *units);
    float *scale = memory_take(&model->memory, (uint64_t)n_panels * width, sizeof *scale);
    int32_t *sum = memory_take(&model->memory, (uint64_t)n_panels * width, sizeof *sum);
    if (!units || !scale || !sum) {
        return no_memory(model->host, "a matrix");
    }
    for (size_t p = 0; p < n_panels; p++) {
        reduce_panel(model->compute, width, matrix->n_in, panels + p * matrix->n_in * width,
                     units + p * n_units * width, scale + p * width, sum + p * width);
    }
    matrix->panels = units;
    matrix->scale = scale;
    matrix->sum = sum;
    matrix->compute = model->compute;
    return EMB_OK;
}

static emb_status list_matrix(struct emb_model *model, const struct tensor *tensor,
                              const struct rows *rows, const struct matrix *matrix)
{
    static const int32_t types[] = {EMB_TYPE_F32, EMB_TYPE_BF16, EMB_TYPE_I8};
    uint32_t width = model->kernels->panel, depth = compute_depth(matrix->compute);
    uint64_t n_panels = (matrix->n_out + width - 1) / width;
    uint64_t n_units = (matrix->n_in + depth - 1) / depth;
    char *name = memory_take(&model->memory, strlen(tensor->name) + strlen(rows->part) + 1, 1);
    if (!name) {
        return no_memory(model->host, tensor->name);
    }
    strcat(strcpy(name, tensor->name), rows->part);
    struct emb_tensor entry = {name,
                               matrix->panels,
                               n_panels * n_units * width * 4,
                               {n_panels, n_units, width, depth},
                               depth > 1 ? 4 : 3,
                               types[matrix->compute]};
    if (depth == 1) {
        entry.shape[3] = 0;
    }
    return weights_list(model, &entry);
}

static emb_status pack(struct emb_model *model, const struct tensor *tensor,
                       const struct rows *rows, uint32_t n_in, uint32_t n_out,
                       struct matrix *ret_matrix)
{
    uint32_t width = model->kernels->panel;
    uint32_t n_panels = (n_out + width - 1) / width;
    bool columns = model->names->transposed;
    float *panels = memory_take(&model->memory, (uint64_t)n_panels * n_in, width * sizeof *panels);
    float *strip = memory_take(&model->memory, columns ? rows->n_total : n_in, sizeof *strip);
    if (!panels || !strip) {
        return no_memory(model->host, tensor->name);
    }
    emb_status status = EMB_OK;
    if (columns) {
        status = pack_columns(model, tensor, rows, n_in, n_out, strip, panels);
    }
    for (uint32_t p = 0; !columns && status == EMB_OK && p < n_panels; p++) {
        status = pack_rows(model, tensor, rows, n_in, n_out, p, strip,
                           panels + (size_t)p * n_in * width);
    }
    memory_give(&model->memory, strip);
    if (status != EMB_OK) {
        return status;
    }
    *ret_matrix = (struct matrix){.panels = panels, .n_in = n_in, .n_out = n_out};
    if (model->compute != COMPUTE_F32) {
        status = reduce(model, panels, ret_matrix);
        memory_give(&model->memory, panels);
    }
    return status == EMB_OK ? list_matrix(model, tensor, rows, ret_matrix) : status;
}

static emb_status load_bias(struct emb_model *model, const char *base, const struct rows *rows,
                            uint32_t n_out, struct matrix *matrix)
{
    char name[NAME_BYTES];
    spell(name, "%s.bias", base);
    const struct tensor *tensor = seek(model, name);
    if (!tensor) {
        return missing(model, name);
    }
    emb_status status = want_shape(model, tensor, rows->n_total, 0);
    if (status != EMB_OK) {
        return status;
    }
    float *all = memory_take(&model->memory, rows->n_total, sizeof *all);
    float *bias = memory_take(&model->memory, (n_out + 31) / 32 * 32, sizeof *bias);
    char *label = memory_take(&model->memory, strlen(tensor->name) + strlen(rows->part) + 1, 1);
    if (!all || !bias || !label) {
        return no_memory(model->host, tensor->name);
    }
    status = convert(model, tensor, 0, rows->n_total, all);
    if (status != EMB_OK) {
        return status;
    }
    for (uint32_t j = 0; j < n_out; j++) {
        bias[j] = all[source_row(rows, j)];
    }
    memory_give(&model->memory, all);
    strcat(strcpy(label, tensor->name), rows->part);
    matrix->bias = bias;
    struct emb_tensor entry = {label, bias, n_out * sizeof *bias, {n_out}, 1, EMB_TYPE_F32};
    return weights_list(model, &entry);
}

/* A matrix n_in -> n_out, all of tensor `base` (rows NULL) or a part of it. */
static emb_status load_matrix(struct emb_model *model, const char *base, const struct rows *rows,
                              uint32_t n_in, uint32_t n_out, bool bias, struct matrix *ret_matrix)
{
    struct rows all = {0, n_out, 0, n_out, "", 0};
    rows = rows ? rows : &all;
    char name[NAME_BYTES];
    spell(name, "%s.weight", base);
    const struct tensor *tensor = seek(model, name);
    if (!tensor) {
        return missing(model, name);
    }
    bool columns = model->names->transposed;
    emb_status status = columns ? want_shape(model, tensor, n_in, rows->n_total)
                                : want_shape(model, tensor, rows->n_total, n_in);
    if (status == EMB_OK) {
        status = pack(model, tensor, rows, n_in, n_out, ret_matrix);
    }
    if (status == EMB_OK && bias) {
        status = load_bias(model, base, rows, n_out, ret_matrix);
    }
    if (status == EMB_OK && rows->first + rows->group >= rows->n_total) {
        release(tensor);
    }
    return status;
}

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
        spell(base, "%s%s", prefix, fused ? names->qkv : apart[i]);
        emb_status status = load_matrix(model, base, fused || paired ? &rows : NULL, arch->dim,
                                        n_out[i], arch->qkv_bias, to[i]);
        if (status != EMB_OK) {
            return status;
        }
        first += n_out[i];
    }
    spell(base, "%s%s", prefix, names->o);
    return load_matrix(model, base, NULL, n_out[0], arch->dim, arch->o_bias, &block->o);
}

static emb_status load_feed_forward(struct emb_model *model, const char *prefix,
                                    struct block *block)
{
    const struct arch *arch = &model->arch;
    const struct names *names = model->names;
    char base[NAME_BYTES];
    emb_status status = EMB_OK;
    if (arch->gated && names->gate_up) {
        struct rows low = {0, arch->inner, 0, 2 * arch->inner, "[first half]", 0};
        struct rows high = {arch->inner, arch->inner, 0, 2 * arch->inner, "[second half]", 0};
        spell(base, "%s%s", prefix, names->gate_up);
        status = load_matrix(model, base, names->gate_second ? &high : &low, arch->dim, arch->inner,
                             arch->ff_bias, &block->gate);
        if (status == EMB_OK) {
            status = load_matrix(model, base, names->gate_second ? &low : &high, arch->dim,
                                 arch->inner, arch->ff_bias, &block->up);
        }
    } else {
        if (arch->gated) {
            spell(base, "%s%s", prefix, names->gate);
            status =
                load_matrix(model, base, NULL, arch->dim, arch->inner, arch->ff_bias, &block->gate);
        }
        if (status == EMB_OK) {
            spell(base, "%s%s", prefix, names->up);
            status =
                load_matrix(model, base, NULL, arch->dim, arch->inner, arch->ff_bias, &block->up);
        }
    }
    if (status == EMB_OK) {
        spell(base, "%s%s", prefix, names->down);
        status =
            load_matrix(model, base, NULL, arch->inner, arch->dim, arch->ff_bias, &block->down);
    }
    return status;
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
            emb_status status = load_norm(model, base, norms[n].dim, norms[n].bias, norms[n].to);
            if (status != EMB_OK) {
                return status;
            }
        }
    }
    emb_status status = load_attention(model, prefix, block);
    return status == EMB_OK ? load_feed_forward(model, prefix, block) : status;
}

static emb_status load_rows(struct emb_model *model, const char *base, uint32_t n_rows,
                            const float **ret_rows)
{
    char name[NAME_BYTES];
    spell(name, "%s.weight", base);
    const struct tensor *tensor = seek(model, name);
    if (!tensor) {
        return missing(model, name);
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
    spell(name, "%s.weight", names->word);
    w->table = seek(model, name);
    if (!w->table) {
        return missing(model, name);
    }
    emb_status status = want_shape(model, w->table, arch->n_vocab, arch->table_dim);
    if (status != EMB_OK) {
        return status;
    }
    float *row = memory_take(&model->memory, arch->table_dim, sizeof *row);
    if (!row) {
        return no_memory(model->host, w->table->name);
    }
    status = convert(model, w->table, 0, arch->table_dim, row); /* table_row cannot fail later */
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
    spell(name, "%s.weight", model->names->rel_bias);
    const struct tensor *tensor = seek(model, name);
    if (!tensor) {
        return missing(model, name);
    }
    const float *buckets; /* [rel_buckets, n_heads] */
    emb_status status = load_plain(model, tensor, arch->rel_buckets, arch->n_heads, &buckets);
    if (status != EMB_OK) {
        return status;
    }
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
    spell(name, "%s.weight", names->head_dense);
    const struct tensor *dense = tensor_file_find(model->file, name);
    if (!dense) {
        return EMB_OK; /* a checkpoint without a head */
    }
    spell(name, "%s.bias", names->head_dense);
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
        spell(name, "%s.weight", names->decoder);
        w->decoder = tensor_file_find(model->file, name);
        w->head_is_there = w->head_is_there || w->decoder;
    }
    if (model->arch.tied) {
        w->decoder = w->table;
    } else if (w->decoder) {
        uint32_t dim = names->head_dense ? model->arch.table_dim : model->arch.dim;
        emb_status status = want_shape(model, w->decoder, model->arch.n_vocab, dim);
        if (status == EMB_OK) {
            status = list_mapped(model, w->decoder);
        }
        if (status != EMB_OK) {
            return status;
        }
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
    emb_status status = load_embedding(model);
    if (status == EMB_OK && arch->rel_buckets) {
        status = load_relative_bias(model);
    }
    if (status != EMB_OK) {
        return status;
    }
    w->blocks = memory_take(&model->memory, arch->n_weight_sets, sizeof *w->blocks);
    if (!w->blocks) {
        return no_memory(model->host, "the blocks");
    }
    for (uint32_t i = 0; status == EMB_OK && i < arch->n_weight_sets; i++) {
        status = load_block(model, i, &w->blocks[i]);
        if (status == EMB_OK) {
            status = model->host->progress(model->host, i + 1, arch->n_weight_sets);
        }
    }
    if (status == EMB_OK && arch->final_norm) {
        status =
            load_norm(model, model->names->final_norm, arch->dim, arch->norm_bias, &w->final_norm);
    }
    return status == EMB_OK ? load_head(model) : status;
}

void table_row(const struct emb_model *model, uint32_t id, float *ret_row)
{
    uint32_t dim = model->arch.table_dim;
    if (model->weights.own_table) {
        memcpy(ret_row, model->weights.own_table + (size_t)id * dim, dim * sizeof *ret_row);
    } else {
        tensor_to_f32(model->weights.table, (uint64_t)id * dim, dim, ret_row);
    }
}
