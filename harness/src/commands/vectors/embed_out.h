/*
 * embed_out.h - vectors of words into a file: .npy, .npz, .tsv or .vec. A file appears when it is
 * complete; rows are never all in memory.
 *
 *   .npy  [rows, stages, dim] float32, and beside it, NAME.words.tsv, what each row is
 *   .npz  "vectors" as above; "stages"; and a column each of the below: sentence, begin, end,
 *         status, word, id, label (the last two of data sets alone, label of labelled lines, too)
 *   .tsv  a line per row and stage: the columns, "stage", then dim values
 *   .vec  word2vec's text: a line per distinct word, the mean of its occurrences that have a vector
 *         (Bommasani, Davis & Cardie 2020); of a static embedder its own vector. One stage.
 *
 * Offsets count code points, the end exclusive, in the text without marks. A status is what items
 * of reports say: "ok", "backoff" (found in another form), "oov", "cut" (beyond the window); rows
 * of the last two are zero. In tables by tabs a backslash, tab, CR or LF of a word is written "\\",
 * "\t", "\r", "\n".
 */
#ifndef COMMANDS_VECTORS_EMBED_OUT_H
#define COMMANDS_VECTORS_EMBED_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* What rows look like. Must outlive the embed_out. */
struct embed_shape {
    const char *const *stages; /* [n_stages] */
    uint32_t n_stages, dim;
    bool has_ids, has_labels; /* they are known */
};

struct embed_row {
    uint64_t sentence; /* 1.. */
    uint32_t begin, end;
    const char *word; /* [n_bytes] */
    size_t n_bytes;
    const char *status;
    bool has_vector;
    const char *id, *label; /* NULL: none */
    const float *vectors;   /* [n_stages, dim] */
};

/* A format's own half; state is what create gave. Streams can be positioned and stand at their
 * beginning; what could not be written they remember. words: NULL unless the format needs it. */
struct embed_format {
    const char *name;  /* "npy"; of the file, the ending */
    const char *about; /* one line */
    bool needs_words;
    void *(*create)(const struct embed_shape *shape, FILE *stream, FILE *words);
    int (*row)(void *state, const struct embed_row *row);
    int (*end)(void *state); /* all that follows the last row */
    void (*destroy)(void *state);
};

/* All of them, for help and completion. */
void embed_format_each(void (*visit)(const char *word, const char *about, void *ctx), void *ctx);

/* The format of a name, or by the ending of a path where the name is NULL; ERR_REQUEST lists those
 * there are. */
int embed_format_find(const char *name, const char *path, const struct embed_format **ret_format);

struct embed_out;

/* words: the path of the table beside a .npy; NULL: NAME.words.tsv, none beside a device or "-". */
int embed_out_open(const struct embed_format *format, const struct embed_shape *shape,
                   const char *path, const char *words, struct embed_out **ret_out);
int embed_out_row(struct embed_out *out, const struct embed_row *row);
/* Where the table beside it went, or NULL. Valid until the end. */
const char *embed_out_words(const struct embed_out *out);
int embed_out_commit(struct embed_out *out);
void embed_out_abort(struct embed_out *out); /* NULL is fine */

/* The columns of a row by tabs, and their heading; no line end. */
void embed_tsv_heading(const struct embed_shape *shape, FILE *stream);
void embed_tsv_columns(const struct embed_shape *shape, const struct embed_row *row, FILE *stream);

extern const struct embed_format embed_npy, embed_npz, embed_tsv, embed_vec;

#endif /* COMMANDS_VECTORS_EMBED_OUT_H */
