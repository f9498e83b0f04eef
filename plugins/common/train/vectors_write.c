/* Writes vectors as text and in word2vec's and fastText's binary formats. */
#include "train/vectors_write.h"

void vectors_write(struct output *file, enum vectors_layout layout,
                   const struct word_counts *vocabulary, uint32_t dim,
                   void (*row)(void *arg, uint32_t i, float *ret_row), void *arg, float *scratch)
{
    if (layout != VECTORS_GLOVE) {
        output_text(file, "%u %u\n", vocabulary->n_words, dim);
    }
    for (uint32_t i = 0; i < vocabulary->n_words && file->status == EMB_OK; i++) {
        row(arg, i, scratch);
        output_weights(file, scratch, dim);
        output_bytes(file, word_counts_text(vocabulary, i), vocabulary->words[i].n_bytes);
        if (layout == VECTORS_BINARY) {
            output_bytes(file, " ", 1);
            output_bytes(file, scratch, dim * sizeof(float));
        } else {
            for (uint32_t d = 0; d < dim; d++) {
                output_bytes(file, " ", 1);
                output_number(file, (double)scratch[d], layout == VECTORS_GLOVE ? 6 : 9);
            }
        }
        output_bytes(file, "\n", 1);
    }
}
