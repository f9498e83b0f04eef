/*
 * npy.h - the header of NumPy's array files, version 1.0 of the format (NEP 1): the bytes of the
 * array in C order follow it. It always takes NPY_HEADER bytes, so that a shape that is known only
 * at the end can be written over the first one.
 */
#ifndef DATA_NPY_H
#define DATA_NPY_H

#include <stdint.h>

enum { NPY_HEADER = 128 }; /* a multiple of 64, as the format asks for; no NUL behind */

/* type: "f4", "u8", "U12", of this machine's byte order. shape[n_dims], 1 to 3 of them. */
void npy_header(char header[NPY_HEADER], const char *type, const uint64_t *shape, uint32_t n_dims);

#endif /* DATA_NPY_H */
