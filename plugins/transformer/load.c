/*
 * load.c - weights by name from the model file: checked, converted and packed for the kernels.
 *
 * The look-up table (and an output head) stays in the file's map, in the file's type; everything
 * else becomes float32, matrices in panels (kernels.h).
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "load.h"
#include "model.h"

#include "base/try.h"
#include "embedder_util.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const char *file_of(const struct emb_model *model)
{
    return model->path;
}

void load_spell(char name[NAME_BYTES], const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(name, NAME_BYTES, format, args);
    va_end(args);
}

const struct tensor *load_seek(const struct emb_model *model, const char *name)
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

emb_status load_missing(const struct emb_model *model, const char *name)
{
    return emb_failf(model->host, EMB_E_FORMAT,
                     "%s: the weights of a %s model lack the tensor '%s%s'", file_of(model),
                     model->arch.family, model->names->prefixes[0], name);
}

emb_status load_want_shape(const struct emb_model *model, const struct tensor *tensor,
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

emb_status load_convert(const struct emb_model *model, const struct tensor *tensor, uint64_t first,
                        uint64_t n, float *ret_values)
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
 * them back (they are read again when used). */
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

emb_status load_plain(struct emb_model *model, const struct tensor *tensor, uint64_t rows,
                      uint64_t columns, const float **ret_values)
{
    TRY(load_want_shape(model, tensor, rows, columns));
    uint64_t n = rows * (columns ? columns : 1);
    /* rounded up: kernels read whole panels of a vector */
    float *values = memory_take(&model->memory, (n + 31) / 32 * 32, sizeof *values);
    if (!values) {
        return no_memory(model->host, tensor->name);
    }
    TRY(load_convert(model, tensor, 0, n, values));
    release(tensor);
    *ret_values = values;
    struct emb_tensor entry = {tensor->name,    values,          n * sizeof *values,
                               {rows, columns}, columns ? 2 : 1, EMB_TYPE_F32};
    return weights_list(model, &entry);
}

emb_status load_norm(struct emb_model *model, const char *base, uint32_t dim, bool bias,
                     struct norm *ret_norm)
{
    static const char *const suffixes[2][2] = {{".weight", ".gamma"}, {".bias", ".beta"}};
    const float **to[2] = {&ret_norm->weight, &ret_norm->bias};
    for (int part = 0; part < (bias ? 2 : 1); part++) {
        char name[NAME_BYTES];
        const struct tensor *tensor = NULL;
        for (int i = 1; i >= 0 && !tensor; i--) {
            load_spell(name, "%s%s", base, suffixes[part][i]);
            tensor = load_seek(model, name);
        }
        if (!tensor) {
            return load_missing(model, name);
        }
        TRY(load_plain(model, tensor, dim, 0, to[part]));
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
        TRY(load_convert(model, tensor, row * n_in, n_in, strip));
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
        TRY(load_convert(model, tensor, (uint64_t)k * rows->n_total, rows->n_total, strip));
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
    load_spell(name, "%s.bias", base);
    const struct tensor *tensor = load_seek(model, name);
    if (!tensor) {
        return load_missing(model, name);
    }
    TRY(load_want_shape(model, tensor, rows->n_total, 0));
    float *all = memory_take(&model->memory, rows->n_total, sizeof *all);
    float *bias = memory_take(&model->memory, (n_out + 31) / 32 * 32, sizeof *bias);
    char *label = memory_take(&model->memory, strlen(tensor->name) + strlen(rows->part) + 1, 1);
    if (!all || !bias || !label) {
        return no_memory(model->host, tensor->name);
    }
    TRY(load_convert(model, tensor, 0, rows->n_total, all));
    for (uint32_t j = 0; j < n_out; j++) {
        bias[j] = all[source_row(rows, j)];
    }
    memory_give(&model->memory, all);
    strcat(strcpy(label, tensor->name), rows->part);
    matrix->bias = bias;
    struct emb_tensor entry = {label, bias, n_out * sizeof *bias, {n_out}, 1, EMB_TYPE_F32};
    return weights_list(model, &entry);
}

emb_status load_matrix(struct emb_model *model, const char *base, const struct rows *rows,
                       uint32_t n_in, uint32_t n_out, bool bias, struct matrix *ret_matrix)
{
    struct rows all = {0, n_out, 0, n_out, "", 0};
    rows = rows ? rows : &all;
    char name[NAME_BYTES];
    load_spell(name, "%s.weight", base);
    const struct tensor *tensor = load_seek(model, name);
    if (!tensor) {
        return load_missing(model, name);
    }
    bool columns = model->names->transposed;
    emb_status status = columns ? load_want_shape(model, tensor, n_in, rows->n_total)
                                : load_want_shape(model, tensor, rows->n_total, n_in);
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

void table_row(const struct emb_model *model, uint32_t id, float *ret_row)
{
    uint32_t dim = model->arch.table_dim;
    if (model->weights.own_table) {
        memcpy(ret_row, model->weights.own_table + (size_t)id * dim, dim * sizeof *ret_row);
    } else {
        tensor_to_f32(model->weights.table, (uint64_t)id * dim, dim, ret_row);
    }
}
