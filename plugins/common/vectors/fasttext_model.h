/*
 * fasttext_model.h - fastText's binary models: a word is the mean of its row and its n-grams' rows.
 *
 * Little-endian, no padding, as fastText 0.9 writes them (older ones down to version 11 too):
 *
 *   int32 magic 793712314, int32 version (11 or 12)
 *   int32 dim, ws, epoch, minCount, neg, wordNgrams, loss, model (3 = supervised), bucket, minn,
 *         maxn, lrUpdateRate;  float64 t
 *   int32 n_entries, n_words, n_labels;  int64 n_tokens, n_pruned (-1 = not pruned)
 *   n_entries times: spelling, NUL, int64 count, int8 type (0 word, 1 label); words come first
 *   n_pruned times: int32, int32
 *   uint8 quantised;  int64 m, n (= dim);  float32 input[m][n], m = n_words + bucket
 *   uint8 quantised;  int64 m, n;  float32 output[m][n]   (checked for length, not used)
 *
 * The n-grams of a word are the runs of minn to maxn UTF-8 characters of "<word>", but for "<" and
 * ">" alone; n-gram g has row n_words + (FNV-1a of its bytes, sign-extended) mod bucket. The vector
 * is the sum in float, the word's own row first, then n-grams by start and length, times 1/number:
 * so it equals what `fasttext print-word-vectors` computes, bit for bit (Bojanowski et al. 2017).
 *
 * The matrix stays where it is: in the mapped file, or in memory if it was packed.
 */
#ifndef VECTORS_FASTTEXT_MODEL_H
#define VECTORS_FASTTEXT_MODEL_H

#include "base/archive.h"
#include "vectors/vectors.h"

#include <pthread.h>

struct fasttext_model {
    const char *input; /* [n_rows, dim] float32, not necessarily aligned */
    uint64_t n_rows;
    uint64_t n_words; /* in the file: rows of the n-grams follow */
    uint32_t dim, bucket;
    int32_t minn, maxn; /* maxn 0: no n-grams */
    void *map;          /* the file, or NULL */
    size_t map_bytes;
    struct pages unpacked;
    pthread_mutex_t lock;
    struct pages rows; /* of all words, made when first wanted; guarded by lock */
};

/* Read the model from a newly opened stream into the table: words, dim, table->fasttext. */
emb_status fasttext_model_load(struct vector_table *table, struct byte_stream *stream);
void fasttext_model_free(struct fasttext_model *model); /* NULL is fine */

/* The vector of word number i of the file (spelled `word`), or with VOCABULARY_NONE of a word that
 * is not in it. Number of rows that it is the mean of; 0: no n-grams, ret_vector is zeros. */
uint32_t fasttext_model_vector(const struct fasttext_model *model, uint64_t i, const char *word,
                               size_t n_bytes, float *ret_vector);

/* Vectors of the table's words, [n_words, dim], made at the first call. NULL: out of memory. [any]
 */
float *fasttext_model_rows(const struct vector_table *table);

#endif /* VECTORS_FASTTEXT_MODEL_H */
