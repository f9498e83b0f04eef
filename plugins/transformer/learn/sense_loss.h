/*
 * sense_loss.h - which definition a word has (Blevins & Zettlemoyer 2020): of the vector of a word
 * and those of its candidates' definitions, softmax over scale times the cosine, and the negative
 * logarithm of what the right ones get together.
 */
#ifndef TRANSFORMER_LEARN_SENSE_LOSS_H
#define TRANSFORMER_LEARN_SENSE_LOSS_H

#include <stdint.h>

/* vectors [n, dim] of the candidates, right [n] 0 or 1. Adds `weight` times the gradient to d_word
 * [dim] and d_vectors [n, dim], unless these are NULL. scores [n]: scratch; the cosines at the end.
 * A vector of zeros has cosine 0 and no gradient. */
double sense_loss(const float *word, const float *vectors, const uint8_t *right, uint32_t n,
                  uint32_t dim, double scale, double weight, double *scores, float *d_word,
                  float *d_vectors);

#endif /* TRANSFORMER_LEARN_SENSE_LOSS_H */
