/*
 * vectors.h - the few operations on float32 rows that scores are made of, accumulated in double.
 *
 * The product of two floats is exact in double, and every kernel adds in the same order: 16 lanes,
 * lane l taking the elements i with i mod 16 = l, then the lanes pairwise. So a result has the same
 * bits on every processor, whichever kernel the run-time dispatch picks, and vectors_ref.c (one
 * plain loop) is not an approximation of the fast path but equal to it.
 */
#ifndef MATH_VECTORS_H
#define MATH_VECTORS_H

#include <stddef.h>
#include <stdint.h>

#define VECTORS_LANES 16

double vec_dot(const float *a, const float *b, size_t n);
double vec_norm(const float *a, size_t n); /* Euclidean length */
/* 0 where either row is all zero. Rounded only once: dot / (|a| |b|). Within [-1, 1]. */
double vec_cosine(const float *a, const float *b, size_t n);
/* The same for rows whose lengths are known. */
double vec_cosine_normed(const float *a, double a_norm, const float *b, double b_norm, size_t n);
void vec_axpy(double scale, const float *x, double *y, size_t n); /* y += scale x */
double vec_dot_double(const double *a, const double *b, size_t n);
double vec_cosine_double(const double *a, const double *b, size_t n);
/* out = x / |x| as float; all zero stays all zero. Returns |x|. out may be x. */
double vec_unit(const float *x, float *out, size_t n);

/* The plain reference of the kernels (vectors_ref.c). */
double vec_dot_ref(const float *a, const float *b, size_t n);
double vec_dot_double_ref(const double *a, const double *b, size_t n);
void vec_axpy_ref(double scale, const float *x, double *y, size_t n);

#endif /* MATH_VECTORS_H */
