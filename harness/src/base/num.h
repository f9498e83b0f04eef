/*
 * num.h - numbers as text, whatever the locale.
 */
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

/* The whole slice must be the number. Reals: finite decimal; no hexadecimal, no nan, no inf. */
bool num_real(struct slice slice, double *ret_value);
bool num_int(struct slice slice, int64_t *ret_value);
bool num_uint(struct slice slice, uint64_t *ret_value);
/* "4G", "512M", "64k", "1000": bytes, powers of 1024. */
bool num_bytes(struct slice slice, uint64_t *ret_bytes);

/* Shortest decimal that reads back as the same double; "null" if it is not finite. */
#define NUM_TEXT_MAX 32
const char *num_text(double value, char buffer[NUM_TEXT_MAX]);
/* The shortest of 6 to 9 digits that reads back as the same float; "nan", "inf" if it is none. */
const char *num_text_float(float value, char buffer[NUM_TEXT_MAX]);

#endif /* BASE_NUM_H */
