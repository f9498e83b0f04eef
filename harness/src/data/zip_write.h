/*
 * zip_write.h - zip archives out, member by member, nothing packed, of any size: every member has
 * the 64-bit fields of APPNOTE 4.5.3, so that neither a member nor the archive must be known to be
 * short. Times are 1980-01-01, so that equal members give equal archives.
 *
 * A member may begin with a head that is known only when its body is (the shape of an array).
 */
#ifndef DATA_ZIP_WRITE_H
#define DATA_ZIP_WRITE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct zip_write;

/* stream: the caller's, at its beginning, and one that can be positioned. What could not be
 * written the stream remembers, and its owner tells. */
struct zip_write *zip_write_create(FILE *stream);
void zip_write_free(struct zip_write *zip); /* NULL is fine */

/* name: ASCII. n_head: bytes left free for zip_write_end. */
void zip_write_begin(struct zip_write *zip, const char *name, size_t n_head);
void zip_write_bytes(struct zip_write *zip, const void *bytes, size_t n);
/* ERR_MACHINE: the stream cannot be positioned. head: [n_head] of zip_write_begin. */
int zip_write_end(struct zip_write *zip, const void *head);
/* The directory behind the last member. */
void zip_write_directory(struct zip_write *zip);

#endif /* DATA_ZIP_WRITE_H */
