/* embed_npy.c - NumPy's array file, with a table of what the rows are beside it. */
#include "commands/vectors/embed_out.h"

#include "base/error.h"
#include "base/mem.h"
#include "data/npy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct npy {
    const struct embed_shape *shape;
    FILE *stream, *words; /* words may be NULL */
    uint64_t n_rows;
};

static void put_header(const struct npy *npy)
{
    char header[NPY_HEADER];
    const uint64_t shape[3] = {npy->n_rows, npy->shape->n_stages, npy->shape->dim};
    npy_header(header, "f4", shape, 3);
    fwrite(header, 1, sizeof header, npy->stream);
}

static void *create(const struct embed_shape *shape, FILE *stream, FILE *words)
{
    struct npy *npy = mem_alloc(sizeof *npy);
    *npy = (struct npy){shape, stream, words, 0};
    put_header(npy);
    if (words) {
        embed_tsv_heading(shape, words);
        fputc('\n', words);
    }
    return npy;
}

static int row(void *state, const struct embed_row *row)
{
    struct npy *npy = state;
    fwrite(row->vectors, sizeof *row->vectors, (size_t)npy->shape->n_stages * npy->shape->dim,
           npy->stream);
    if (npy->words) {
        embed_tsv_columns(npy->shape, row, npy->words);
        fputc('\n', npy->words);
    }
    npy->n_rows++;
    return 0;
}

/* The number of rows is known now. */
static int end(void *state)
{
    struct npy *npy = state;
    if (fseeko(npy->stream, 0, SEEK_SET) != 0) {
        return error_set(ERR_MACHINE, "cannot go back to the header: %s", strerror(errno));
    }
    put_header(npy);
    return fseeko(npy->stream, 0, SEEK_END) == 0
               ? 0
               : error_set(ERR_MACHINE, "cannot go to the end: %s", strerror(errno));
}

const struct embed_format embed_npy = {
    "npy", "array [rows, stages, dimensions] of float32, and a table of the rows beside it",
    true,  create,
    row,   end,
    free};
