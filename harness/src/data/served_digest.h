/*
 * served_digest.h - what a server says in its headers of the bytes that it sends, as something to
 * check them against. No network in here: header lines in, a verdict out.
 *
 *   X-Linked-ETag: "64 digits"                      sha256; sent by model hubs beside a redirect
 *   Repr-Digest, Content-Digest: sha-256=:BASE64:   RFC 9530; the latter of whole answers only
 *   Digest: SHA-256=BASE64, MD5=BASE64              RFC 3230
 *   x-goog-hash: crc32c=…, md5=BASE64               object stores (crc32c is not checked)
 *   x-amz-checksum-sha256: BASE64
 *   Content-MD5: BASE64                             RFC 1864; of whole answers only
 *   ETag: "digits"                                  md5, sha256 or a git blob's sha1 with some
 *                                                   servers, anything with others (RFC 9110,
 *                                                   8.8.3): it can confirm, never refute
 */
#ifndef DATA_SERVED_DIGEST_H
#define DATA_SERVED_DIGEST_H

#include "data/digest.h"

#include <stdbool.h>
#include <stdint.h>

enum { SERVED_DIGESTS_MAX = 12 };

struct served_digest {
    enum digest_kind kind;
    bool is_git_blob;   /* of "blob SIZE\0" and the bytes */
    bool only_confirms; /* what does not match says nothing */
    bool stays;         /* said by a redirect, of what it leads to */
    const char *header; /* its name; a constant */
    char hex[DIGEST_LONGEST_TEXT_BYTES];
};

/* Zero-initialise; owns nothing. */
struct served_digests {
    struct served_digest items[SERVED_DIGESTS_MAX];
    uint32_t n;
};

/* A new answer begins: forget what the last one said, but for what it said of its target. */
void served_digests_next_answer(struct served_digests *digests);
/* One header line [n bytes], with or without its line end; partial: of an answer with status 206.
 * What is not understood is skipped. */
void served_digests_add(struct served_digests *digests, const char *line, size_t n, bool partial);
/* Is the file what they say? *ret_by: the header that says so, NULL if there is none. ERR_FAILED
 * names header, found and expected. */
int served_digests_check(const struct served_digests *digests, const char *path,
                         const char **ret_by);

#endif /* DATA_SERVED_DIGEST_H */
