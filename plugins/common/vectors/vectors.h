/*
 * vectors.h - word vectors from a file: one table, whatever the layout and the packing.
 *
 * Distinguished by content, never by name:
 *
 *   GloVe text        one row a line: WORD, then dim decimal numbers, separated by blanks or tabs.
 *                     No header. The last dim fields are the numbers, so a word may hold blanks.
 *   word2vec text     the same after a first line "ROWS DIM"; fastText's .vec is this.
 *   word2vec binary   "ROWS DIM\n", then ROWS times: WORD, one blank, dim little-endian float32,
 *                     with or without "\n" after them. A word may hold blanks where only one of
 *                     them lets rows follow up to the end, see binary.c.
 *   fastText binary   see fasttext_model.h; quantised models (.ftz) are refused.
 *
 * each plain or packed as base/archive.h unpacks it. What no reader can repair is an error that
 * names the line or byte. What it can is counted and logged once:
 *   a word seen before        the first row wins, later ones are left out
 *   a word not in UTF-8       kept as the bytes it is (word2vec cuts words at 100 bytes)
 *   blank lines               skipped
 */
#ifndef VECTORS_H
#define VECTORS_H

#include "embedder.h"
#include "vectors/vocabulary.h"

#include <stdbool.h>

enum vector_format { GLOVE_TEXT, WORD2VEC_TEXT, WORD2VEC_BINARY, FASTTEXT_BINARY };

enum {
    VECTORS_MAX_DIM = 250000,
    VECTORS_MAX_ROW = 16 * 1024 * 1024, /* bytes of one row in the file */
    VECTORS_MAX_WORD = 65536            /* bytes of a word */
};

struct vector_options {
    uint64_t limit; /* keep the first `limit` different words; 0 = all */
    bool lowercase; /* lower-case the vocabulary; of words that fall together the first wins */
    bool centre;    /* subtract the mean row */
    uint32_t abtt;  /* all but the top: subtract the mean and the first D principal components */
    bool normalise; /* rows of length 1, after all else; zero rows stay */
    bool cache;     /* use and make a cache file, see cache.h; HARNESS_NO_CACHE=1 overrides */
    bool verify;    /* believe a cache only after reading the whole source again */
};

struct fasttext_model;

/* What happens to a row after it was read; empty if mean is NULL and normalise false. */
struct row_change {
    double *numbers;          /* owns the two below */
    const double *mean;       /* [dim], subtracted; NULL = none */
    const double *components; /* [n_components, dim], orthonormal, projected out */
    uint32_t n_components;
    bool normalise; /* at last */
};

struct vector_table {
    const struct emb_host *host;
    char *path;
    const char *packing; /* "plain", "gzip", ... */
    enum vector_format format;
    uint32_t dim;
    uint64_t n_words;
    uint64_t row_stride; /* floats from row to row; equal to dim */
    const float *rows;   /* [n_words, dim]; NULL for an unchanged fastText model */
    struct vocabulary words;
    uint64_t n_duplicates, n_not_utf8; /* rows left out; words kept */
    bool from_cache;
    /* What holds the above. */
    struct vocabulary_builder builder;
    struct pages row_pages;
    void *map; /* a cache file */
    size_t map_bytes;
    struct fasttext_model *fasttext; /* NULL for the other formats */
    struct row_change change;        /* applied to rows; to be applied to subword vectors */
    struct cache_writer *writer;     /* still writing the cache file, or NULL */
};

/* Load `path`. The caller frees *ret_table with vectors_free(), which may wait for the cache file
 * to be written. On failure host->fail knows file, place, found and expected. [any] */
emb_status vectors_load(const struct emb_host *host, const char *path,
                        const struct vector_options *options, struct vector_table **ret_table);
void vectors_free(struct vector_table *table); /* NULL is fine */

/* Row of the word by its exact bytes, VOCABULARY_NONE if there is none. [any] */
uint64_t vectors_find(const struct vector_table *table, const char *word, size_t n_bytes);

/* "GloVe text", ... */
const char *vector_format_name(enum vector_format format);

#endif /* VECTORS_H */
