/*
 * gunzip.h - the plugin side's one door to zlib: gzip files (RFC 1952) with their checksums.
 *
 * libarchive reads gzip as well, but lets the CRC-32 and the length behind each member go by. Here
 * both must be right, members may follow each other, and behind the last there may be nothing but
 * zeros, as gzip itself has it.
 */
#ifndef COMMON_BASE_GUNZIP_H
#define COMMON_BASE_GUNZIP_H

#include <stdbool.h>
#include <stddef.h>

struct gunzip;

struct gunzip *gunzip_create(void);      /* NULL: out of memory */
void gunzip_free(struct gunzip *gunzip); /* NULL is fine */

/* The next packed bytes, which must stay as they are until gunzip_hungry(); n 0: there are no more
 * of them. */
void gunzip_feed(struct gunzip *gunzip, const void *packed, size_t n);
/* Has all that was fed been taken in? */
bool gunzip_hungry(const struct gunzip *gunzip);

/* Up to `capacity` unpacked bytes. *ret_n 0: hungry, or, once it knows that there are no more
 * bytes, at the end. False: damaged, for the reason that gunzip_why() gives. */
bool gunzip_read(struct gunzip *gunzip, void *bytes, size_t capacity, size_t *ret_n);
const char *gunzip_why(const struct gunzip *gunzip);

#endif /* COMMON_BASE_GUNZIP_H */
