/*
 * decimal.h - decimal text to the nearest float, bit for bit what strtof gives in the C locale,
 * in any locale, some twenty times as fast on the numbers of vector files.
 *
 * Method. Up to 19 digits make an integer w, and the number is w * 10^e.
 *   w < 2^24, -10 <= e <= 0: w and 10^-e are floats without error, so one float division rounds
 *       once: exact (Clinger 1990, "How to read floating point numbers accurately").
 *   else, |e| <= 64: w * 10^e in double is off by less than 3 units in its last place (one
 *       rounding each for w, the power and the product). The float next to it is right unless
 *       a midpoint of two floats lies within that error: the lower 29 bits of the double tell.
 *   else, and for subnormal results, "inf", "nan", 20 digits or more: strtof_l.
 * Eight digits at a time by multiplication: Lemire 2021, "Number parsing at a gigabyte per second".
 */
#ifndef VECTORS_DECIMAL_H
#define VECTORS_DECIMAL_H

enum { DECIMAL_SLACK = 16 }; /* readable bytes wanted beyond the end of the number */

/* Parses the number at `text` (no leading white space); *ret_value may be infinite or NaN, as
 * strtof has it. Returns the byte after the number, NULL (and leaves *ret_value alone) if none
 * begins at `text`, or a hexadecimal one, which no vector file holds on purpose. A byte that
 * continues no number, such as a blank or NUL, must follow, and DECIMAL_SLACK bytes must be
 * readable after that. */
const char *decimal_parse(const char *text, float *ret_value);

/* The slow and clear reference: strtof in the C locale, whatever the process's locale. */
const char *decimal_parse_ref(const char *text, float *ret_value);

#endif /* VECTORS_DECIMAL_H */
