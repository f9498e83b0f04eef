/*
 * digest.h - SHA-256; the one door to libcrypto.
 */
#ifndef DATA_DIGEST_H
#define DATA_DIGEST_H

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

#endif /* DATA_DIGEST_H */
