/*
 * load.h - reading one named tensor into the layout of the kernels; shared by load.c and
 * load_parts.c.
 */
#ifndef TRANSFORMER_LOAD_H
#define TRANSFORMER_LOAD_H

#include "model.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NAME_BYTES = 256 };

/* Where a matrix's output rows lie in a tensor: row r at first + r / group * stride + r % group. */
struct rows {
    uint32_t first, group, stride;
    uint32_t n_total; /* output rows of the tensor */
    const char *part; /* "[q]" of a fused tensor, "" */
    uint32_t paired;  /* rows of a head, i and i + paired / 2 standing together; 0: in order */
};

/* The name of a tensor; cut where it is too long, so that it is not found. */
void load_spell(char name[NAME_BYTES], const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A tensor under any of the family's prefixes; NULL where there is none. */
const struct tensor *load_seek(const struct emb_model *model, const char *name);

/* The refusal of a file that has no such tensor. */
emb_status load_missing(const struct emb_model *model, const char *name);

/* Is the tensor [rows, columns], or [rows] where columns is 0? */
emb_status load_want_shape(const struct emb_model *model, const struct tensor *tensor,
                           uint64_t rows, uint64_t columns);

/* n values from number `first` on, as float32. */
emb_status load_convert(const struct emb_model *model, const struct tensor *tensor, uint64_t first,
                        uint64_t n, float *ret_values);

/* A vector or a small table, whole, as float32. */
emb_status load_plain(struct emb_model *model, const struct tensor *tensor, uint64_t rows,
                      uint64_t columns, const float **ret_values);

/* Weight and, with `bias`, bias of a norm over dim values. */
emb_status load_norm(struct emb_model *model, const char *base, uint32_t dim, bool bias,
                     struct norm *ret_norm);

/* A matrix n_in -> n_out, all of tensor `base` (rows NULL) or a part of it. */
emb_status load_matrix(struct emb_model *model, const char *base, const struct rows *rows,
                       uint32_t n_in, uint32_t n_out, bool bias, struct matrix *ret_matrix);

#endif /* TRANSFORMER_LOAD_H */
