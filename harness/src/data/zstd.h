/*
 * zstd.h - the host's one door to libzstd: packed streams (RFC 8878), written and read with their
 * checksums.
 *
 * Written is one frame, or several one behind the other, each with the checksum of its content.
 * Read are frames of whatever options; the checksum of one that has it must be right, a frame must
 * be whole, and behind the last there may be nothing. Skippable frames are passed over.
 *
 * What unpacks to more than its limit is refused where that shows, before the next byte is given:
 * ZSTD_MOST_TIMES the packed bytes and ZSTD_MOST_SPARE more (a run's records are packed to about a
 * tenth; only what is made for it comes near a thousandth). What is held meanwhile is one window,
 * at most 2^ZSTD_MOST_WINDOW bytes, which is what the program zstd allows as well.
 */
#ifndef DATA_ZSTD_H
#define DATA_ZSTD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { ZSTD_MOST_TIMES = 1000, ZSTD_MOST_SPARE = 64 << 20, ZSTD_MOST_WINDOW = 27 };

/* Writing: what is packed goes to a stream of the caller's, whose ferror() tells of a full disk, as
 * with fwrite(). The same bytes give the same packed bytes, in whatever portions they come. */
struct zstd_out;

struct zstd_out *zstd_out_create(FILE *to);
void zstd_out_write(struct zstd_out *out, const void *bytes, size_t n);
/* Ends the frame: what was written so far can be unpacked; more goes into a frame of its own.
 * ERR_MACHINE: something since the last end was not packed. */
int zstd_out_end(struct zstd_out *out);
void zstd_out_free(struct zstd_out *out); /* NULL is fine; drops a frame that was not ended */

/* Does a file that begins with these bytes look packed by zstd? Four are enough to tell. */
bool zstd_is(const void *bytes, size_t n);

/* Reading, as in gunzip.h. */
struct unzstd;

struct unzstd *unzstd_create(void);
void unzstd_free(struct unzstd *unzstd); /* NULL is fine */

/* The next packed bytes, which must stay as they are until unzstd_hungry(); n 0: there are no more
 * of them. */
void unzstd_feed(struct unzstd *unzstd, const void *packed, size_t n);
/* Has all that was fed been taken in? */
bool unzstd_hungry(const struct unzstd *unzstd);

/* Up to `capacity` unpacked bytes. *ret_n 0: hungry, or, once it knows that there are no more
 * bytes, at the end. False: damaged, for the reason that unzstd_why() gives. */
bool unzstd_read(struct unzstd *unzstd, void *bytes, size_t capacity, size_t *ret_n);
const char *unzstd_why(const struct unzstd *unzstd);
/* Packed bytes taken in: where the damage is, or a block behind it. */
uint64_t unzstd_at(const struct unzstd *unzstd);

#endif /* DATA_ZSTD_H */
