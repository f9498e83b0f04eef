/*
 * digest.h - SHA-256, and the digests that servers tell; the one door to libcrypto.
 */
#ifndef DATA_DIGEST_H
#define DATA_DIGEST_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DIGEST_TEXT_BYTES 65 /* 64 lower-case hexadecimal digits and a NUL */

struct digest; /* a hash in the making; one thread at a time */

struct digest *digest_create(void);
void digest_add(struct digest *digest, const void *bytes, size_t n);
/* The hash of all that was added; frees. */
void digest_finish(struct digest *digest, char ret_hex[DIGEST_TEXT_BYTES]);

/* Of one buffer. */
void digest_of(const void *bytes, size_t n, char ret_hex[DIGEST_TEXT_BYTES]);

/* Of a file's bytes, *ret_bytes of them. Any thread. */
int digest_file(const char *path, char ret_hex[DIGEST_TEXT_BYTES], uint64_t *ret_bytes);

/* Of a file, or of a folder: there the hash of one line "HEX  PATH\n" for each regular file below
 * it, sorted by path relative to the folder (what `sha256sum` prints). *ret_bytes is the sum of the
 * sizes. Links are followed; folders more than 8 deep are refused. */
int digest_path(const char *path, char ret_hex[DIGEST_TEXT_BYTES], uint64_t *ret_bytes);
/* Likewise, but ends with ERR_FAILED soon after another thread has set *stop. */
int digest_path_unless(const char *path, const atomic_bool *stop, char ret_hex[DIGEST_TEXT_BYTES],
                       uint64_t *ret_bytes);

/* The others are for checking what a server says of its files, never for naming them. */
enum digest_kind { DIGEST_SHA256, DIGEST_SHA512, DIGEST_SHA1, DIGEST_MD5 };
#define DIGEST_LONGEST_TEXT_BYTES 129

/* The digest of `before` [n bytes] and, behind it, of a file's bytes: git puts "blob SIZE\0" before
 * them. Any thread. ERR_MACHINE where libcrypto is set up not to offer this kind. */
int digest_file_as(enum digest_kind kind, const char *before, size_t n, const char *path,
                   char ret_hex[DIGEST_LONGEST_TEXT_BYTES]);

#endif /* DATA_DIGEST_H */
