/* The loss of a word against its candidates' definitions, and the gradients of it. */
#include "learn/sense_loss.h"

#include <math.h>
#include <stddef.h>

static double dot(const float *a, const float *b, uint32_t dim)
{
    double sum = 0;
    for (uint32_t d = 0; d < dim; d++) {
        sum += (double)a[d] * b[d];
    }
    return sum;
}

/* into += weight * d cosine / d a = weight (b / |a||b| - cosine a / |a|^2) */
static void add_slope(const float *a, const float *b, uint32_t dim, double weight, double squares_a,
                      double squares_b, double cosine, float *into)
{
    double of_b = weight / sqrt(squares_a * squares_b), of_a = weight * cosine / squares_a;
    for (uint32_t d = 0; d < dim; d++) {
        into[d] += (float)(of_b * b[d] - of_a * a[d]);
    }
}

double sense_loss(const float *word, const float *vectors, const uint8_t *right, uint32_t n,
                  uint32_t dim, double scale, double weight, double *scores, float *d_word,
                  float *d_vectors)
{
    double squares = dot(word, word, dim), most = -INFINITY, sum = 0, sum_right = 0;
    for (uint32_t c = 0; c < n; c++) {
        const float *vector = vectors + (size_t)c * dim;
        double product = dot(word, vector, dim), norms = sqrt(squares * dot(vector, vector, dim));
        scores[c] = norms > 0 ? product / norms : 0;
        most = scores[c] > most ? scores[c] : most;
    }
    for (uint32_t c = 0; c < n; c++) {
        double e = exp(scale * (scores[c] - most));
        sum += e;
        sum_right += right[c] ? e : 0;
    }
    for (uint32_t c = 0; c < n && d_word; c++) {
        const float *vector = vectors + (size_t)c * dim;
        double e = exp(scale * (scores[c] - most)), other = dot(vector, vector, dim);
        double slope = weight * scale * (e / sum - (right[c] ? e / sum_right : 0));
        if (squares > 0 && other > 0) {
            add_slope(word, vector, dim, slope, squares, other, scores[c], d_word);
            add_slope(vector, word, dim, slope, other, squares, scores[c],
                      d_vectors + (size_t)c * dim);
        }
    }
    return log(sum) - log(sum_right);
}
