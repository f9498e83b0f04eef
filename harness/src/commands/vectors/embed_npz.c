/*
 * embed_npz.c - NumPy's archive of arrays: vectors and what each row is, in one file. Members come
 * one behind the other, so that all columns but the vectors wait in files without a name.
 */
#include "commands/vectors/embed_out.h"

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "data/npy.h"
#include "data/unicode.h"
#include "data/zip_write.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Of a text column, whose entries all take the room of the longest. */
enum { TEXT_MOST = 255 };

enum { SENTENCE, BEGIN, END, STATUS, WORD, ID, LABEL, N_COLUMNS };

static const struct {
    const char *name;
    const char *type; /* NULL: text */
    uint32_t n_bytes;
} columns[N_COLUMNS] = {
    [SENTENCE] = {"sentence.npy", "u8", 8}, [BEGIN] = {"begin.npy", "u4", 4},
    [END] = {"end.npy", "u4", 4},           [STATUS] = {"status.npy", NULL, 0},
    [WORD] = {"word.npy", NULL, 0},         [ID] = {"id.npy", NULL, 0},
    [LABEL] = {"label.npy", NULL, 0},
};

/* Numbers as they are; texts as their length in 4 bytes, then code points of 4 bytes. */
struct column {
    FILE *waiting;
    uint32_t longest;
};

struct npz {
    const struct embed_shape *shape;
    struct zip_write *zip;
    struct column columns[N_COLUMNS];
    uint64_t n_rows, n_cut;
    int failed; /* errno of a file that could not be made */
};

static bool has_column(const struct npz *npz, int column)
{
    return column == ID ? npz->shape->has_ids : column == LABEL ? npz->shape->has_labels : true;
}

static void *create(const struct embed_shape *shape, FILE *stream, FILE *words)
{
    struct npz *npz = mem_alloc(sizeof *npz);
    (void)words;
    npz->shape = shape;
    npz->zip = zip_write_create(stream);
    for (int c = 0; c < N_COLUMNS; c++) {
        npz->columns[c] = (struct column){has_column(npz, c) ? file_nameless() : NULL, 1};
        if (has_column(npz, c) && !npz->columns[c].waiting) {
            npz->failed = errno;
        }
    }
    zip_write_begin(npz->zip, "vectors.npy", NPY_HEADER);
    return npz;
}

/* Code points of a text, at most TEXT_MOST. */
static uint32_t decode(const char *text, size_t n, uint32_t points[TEXT_MOST], bool *ret_cut)
{
    uint32_t n_points = 0;
    size_t at = 0, bytes;
    for (; at < n && n_points < TEXT_MOST; at += bytes) {
        int32_t point = unicode_next(text + at, n - at, &bytes);
        points[n_points++] = point < 0 ? 0xFFFD : (uint32_t)point;
    }
    *ret_cut = at < n;
    return n_points;
}

static void put_text(struct npz *npz, int number, const char *text, size_t n)
{
    struct column *column = &npz->columns[number];
    uint32_t points[TEXT_MOST];
    bool cut;
    uint32_t n_points = decode(text, n, points, &cut);
    column->longest = n_points > column->longest ? n_points : column->longest;
    npz->n_cut += cut;
    fwrite(&n_points, sizeof n_points, 1, column->waiting);
    fwrite(points, sizeof *points, n_points, column->waiting);
}

static int row(void *state, const struct embed_row *row)
{
    struct npz *npz = state;
    if (npz->failed) {
        return error_set(ERR_MACHINE, "cannot make a temporary file: %s", strerror(npz->failed));
    }
    zip_write_bytes(npz->zip, row->vectors,
                    (size_t)npz->shape->n_stages * npz->shape->dim * sizeof *row->vectors);
    fwrite(&row->sentence, sizeof row->sentence, 1, npz->columns[SENTENCE].waiting);
    fwrite(&row->begin, sizeof row->begin, 1, npz->columns[BEGIN].waiting);
    fwrite(&row->end, sizeof row->end, 1, npz->columns[END].waiting);
    put_text(npz, STATUS, row->status, strlen(row->status));
    put_text(npz, WORD, row->word, row->n_bytes);
    if (npz->shape->has_ids) {
        put_text(npz, ID, row->id ? row->id : "", row->id ? strlen(row->id) : 0);
    }
    if (npz->shape->has_labels) {
        put_text(npz, LABEL, row->label ? row->label : "", row->label ? strlen(row->label) : 0);
    }
    npz->n_rows++;
    return 0;
}

/* An array of texts: its header and, row by row, as many code points as the longest has. */
static void begin_texts(struct npz *npz, const char *name, uint64_t n, uint32_t longest)
{
    char header[NPY_HEADER], type[16];
    snprintf(type, sizeof type, "U%u", longest);
    npy_header(header, type, &n, 1);
    zip_write_begin(npz->zip, name, 0);
    zip_write_bytes(npz->zip, header, sizeof header);
}

static void add_text(struct npz *npz, uint32_t points[TEXT_MOST], uint32_t n, uint32_t longest)
{
    memset(points + n, 0, (longest - n) * sizeof *points);
    zip_write_bytes(npz->zip, points, longest * sizeof *points);
}

static int add_column(struct npz *npz, int number)
{
    struct column *column = &npz->columns[number];
    char header[NPY_HEADER];
    uint32_t points[TEXT_MOST], n;
    if (fflush(column->waiting) != 0 || ferror(column->waiting)) {
        return error_set(ERR_MACHINE, "cannot write a temporary file: %s", strerror(errno));
    }
    rewind(column->waiting);
    if (columns[number].type) {
        npy_header(header, columns[number].type, &npz->n_rows, 1);
        zip_write_begin(npz->zip, columns[number].name, 0);
        zip_write_bytes(npz->zip, header, sizeof header);
        while ((n = (uint32_t)fread(points, columns[number].n_bytes, 64, column->waiting)) > 0) {
            zip_write_bytes(npz->zip, points, (size_t)n * columns[number].n_bytes);
        }
    } else {
        begin_texts(npz, columns[number].name, npz->n_rows, column->longest);
        while (fread(&n, sizeof n, 1, column->waiting) == 1 && n <= TEXT_MOST &&
               fread(points, sizeof *points, n, column->waiting) == n) {
            add_text(npz, points, n, column->longest);
        }
    }
    return ferror(column->waiting)
               ? error_set(ERR_MACHINE, "cannot read a temporary file: %s", strerror(errno))
               : zip_write_end(npz->zip, NULL);
}

static int add_stages(struct npz *npz)
{
    uint32_t points[TEXT_MOST], longest = 1;
    bool cut;
    for (uint32_t s = 0; s < npz->shape->n_stages; s++) {
        uint32_t n = decode(npz->shape->stages[s], strlen(npz->shape->stages[s]), points, &cut);
        longest = n > longest ? n : longest;
    }
    begin_texts(npz, "stages.npy", npz->shape->n_stages, longest);
    for (uint32_t s = 0; s < npz->shape->n_stages; s++) {
        uint32_t n = decode(npz->shape->stages[s], strlen(npz->shape->stages[s]), points, &cut);
        add_text(npz, points, n, longest);
    }
    return zip_write_end(npz->zip, NULL);
}

static int end(void *state)
{
    struct npz *npz = state;
    char header[NPY_HEADER];
    const uint64_t shape[3] = {npz->n_rows, npz->shape->n_stages, npz->shape->dim};
    npy_header(header, "f4", shape, 3);
    int status = zip_write_end(npz->zip, header);
    status = status ? status : add_stages(npz);
    for (int c = 0; status == 0 && c < N_COLUMNS; c++) {
        status = has_column(npz, c) ? add_column(npz, c) : 0;
    }
    zip_write_directory(npz->zip);
    if (npz->n_cut > 0) {
        log_warn("%llu texts are longer than %d characters and are cut; begin and end refer to the "
                 "whole texts",
                 (unsigned long long)npz->n_cut, TEXT_MOST);
    }
    return status;
}

static void destroy(void *state)
{
    struct npz *npz = state;
    for (int c = 0; c < N_COLUMNS; c++) {
        if (npz->columns[c].waiting) {
            fclose(npz->columns[c].waiting);
        }
    }
    zip_write_free(npz->zip);
    free(npz);
}

const struct embed_format embed_npz = {
    "npz", "the array and what each row is, in one file", false, create, row, end, destroy};
