/* SHA-256, MD5 and the like of bytes and files, by libcrypto. */
#include "data/digest.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"

#include <openssl/evp.h>

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define READ_BYTES (1u << 20)
#define MAX_DEPTH 8

struct digest {
    EVP_MD_CTX *context;
};

/* Hashing cannot fail but when out of memory, which ends a harness process (base/mem.h). */
static void must(int ok)
{
    if (ok != 1) {
        fputs("harness: SHA-256 is not available from libcrypto\n", stderr);
        _Exit(3);
    }
}

struct digest *digest_create(void)
{
    struct digest *digest = mem_alloc(sizeof *digest);
    digest->context = EVP_MD_CTX_new();
    must(digest->context != NULL);
    must(EVP_DigestInit_ex(digest->context, EVP_sha256(), NULL));
    return digest;
}

void digest_add(struct digest *digest, const void *bytes, size_t n)
{
    must(EVP_DigestUpdate(digest->context, bytes, n));
}

/* Lower-case hexadecimal digits and a NUL. */
static void write_hex(const unsigned char *raw, unsigned int n, char *hex)
{
    for (unsigned int i = 0; i < n; i++) {
        snprintf(hex + 2 * i, 3, "%02x", raw[i]);
    }
}

void digest_finish(struct digest *digest, char ret_hex[DIGEST_TEXT_BYTES])
{
    unsigned char raw[EVP_MAX_MD_SIZE];
    unsigned int n = 0;
    must(EVP_DigestFinal_ex(digest->context, raw, &n));
    assert(n * 2 + 1 == DIGEST_TEXT_BYTES);
    write_hex(raw, n, ret_hex);
    EVP_MD_CTX_free(digest->context);
    free(digest);
}

void digest_of(const void *bytes, size_t n, char ret_hex[DIGEST_TEXT_BYTES])
{
    struct digest *digest = digest_create();
    digest_add(digest, bytes, n);
    digest_finish(digest, ret_hex);
}

static const atomic_bool never;

static int hash_file(const char *path, const atomic_bool *stop, char ret_hex[DIGEST_TEXT_BYTES],
                     uint64_t *ret_bytes)
{
    TRY(file_refuse_fifo(path));
    FILE *stream = fopen(path, "rbe");
    if (!stream) {
        return error_set(ERR_REQUEST, "%s: %s", path, strerror(errno));
    }
    char hex[DIGEST_TEXT_BYTES];
    char *buffer = mem_alloc(READ_BYTES);
    struct digest *digest = digest_create();
    struct stat info;
    bool regular = fstat(fileno(stream), &info) == 0 && S_ISREG(info.st_mode);
    uint64_t total = 0,
             most = regular ? UINT64_MAX : FILE_MOST_STREAM_BYTES; /* a device has no end */
    size_t n;
    while (total <= most && !atomic_load(stop) && (n = fread(buffer, 1, READ_BYTES, stream)) > 0) {
        digest_add(digest, buffer, n);
        total += n;
    }
    int why = ferror(stream) ? errno : 0;
    fclose(stream);
    free(buffer);
    digest_finish(digest, hex);
    if (atomic_load(stop)) {
        return error_set(ERR_FAILED, "%s: hashing was stopped", path);
    }
    if (why) {
        return error_set(ERR_REQUEST, "%s: %s", path, strerror(why));
    }
    if (total > most) {
        return file_too_large(path);
    }
    memcpy(ret_hex, hex, sizeof hex);
    *ret_bytes = total;
    return 0;
}

int digest_file(const char *path, char ret_hex[DIGEST_TEXT_BYTES], uint64_t *ret_bytes)
{
    return hash_file(path, &never, ret_hex, ret_bytes);
}

/* Adds "HEX  PREFIX/NAME\n" for each file below folder to digest. */
static int add_folder(struct digest *digest, const char *folder, const char *prefix, int depth,
                      const atomic_bool *stop, uint64_t *bytes)
{
    if (depth > MAX_DEPTH) {
        return error_set(ERR_REQUEST, "%s: folders are nested more than %d deep", folder,
                         MAX_DEPTH);
    }
    struct file_list list;
    int status = file_list_folder(folder, &list);
    if (status) {
        return status;
    }
    for (uint32_t i = 0; i < list.n && !status; i++) {
        char *path = file_join(folder, list.names[i]);
        char *name = mem_format("%s%s", prefix, list.names[i]);
        if (file_is_folder(path)) {
            char *inner = mem_format("%s/", name);
            status = add_folder(digest, path, inner, depth + 1, stop, bytes);
            free(inner);
        } else {
            char hex[DIGEST_TEXT_BYTES];
            uint64_t n = 0;
            status = hash_file(path, stop, hex, &n);
            if (!status) {
                char *line = mem_format("%s  %s\n", hex, name);
                digest_add(digest, line, strlen(line));
                free(line);
                *bytes += n;
            }
        }
        free(name);
        free(path);
    }
    file_list_finish(&list);
    return status;
}

int digest_path(const char *path, char ret_hex[DIGEST_TEXT_BYTES], uint64_t *ret_bytes)
{
    return digest_path_unless(path, &never, ret_hex, ret_bytes);
}

int digest_path_unless(const char *path, const atomic_bool *stop, char ret_hex[DIGEST_TEXT_BYTES],
                       uint64_t *ret_bytes)
{
    if (!file_is_folder(path)) {
        return hash_file(path, stop, ret_hex, ret_bytes);
    }
    char hex[DIGEST_TEXT_BYTES];
    uint64_t bytes = 0;
    struct digest *digest = digest_create();
    int status = add_folder(digest, path, "", 0, stop, &bytes);
    digest_finish(digest, hex);
    if (status) {
        return status;
    }
    memcpy(ret_hex, hex, sizeof hex);
    *ret_bytes = bytes;
    return 0;
}

static const EVP_MD *algorithm(enum digest_kind kind)
{
    switch (kind) {
    case DIGEST_SHA512:
        return EVP_sha512();
    case DIGEST_SHA1:
        return EVP_sha1();
    case DIGEST_MD5:
        return EVP_md5();
    case DIGEST_SHA256:
        break;
    }
    return EVP_sha256();
}

int digest_file_as(enum digest_kind kind, const char *before, size_t n, const char *path,
                   char ret_hex[DIGEST_LONGEST_TEXT_BYTES])
{
    TRY(file_refuse_fifo(path));
    FILE *stream = fopen(path, "rbe");
    if (!stream) {
        return error_set(ERR_REQUEST, "%s: %s", path, strerror(errno));
    }
    unsigned char raw[EVP_MAX_MD_SIZE];
    unsigned int n_raw = 0;
    char *buffer = mem_alloc(READ_BYTES);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool offered = context && EVP_DigestInit_ex(context, algorithm(kind), NULL) == 1 &&
                   EVP_DigestUpdate(context, before, n) == 1;
    for (size_t got; offered && (got = fread(buffer, 1, READ_BYTES, stream)) > 0;) {
        offered = EVP_DigestUpdate(context, buffer, got) == 1;
    }
    int why = ferror(stream) ? errno : 0;
    offered = offered && EVP_DigestFinal_ex(context, raw, &n_raw) == 1;
    EVP_MD_CTX_free(context);
    free(buffer);
    fclose(stream);
    if (why) {
        return error_set(ERR_REQUEST, "%s: %s", path, strerror(why));
    }
    if (!offered) {
        return error_set(ERR_MACHINE, "%s: libcrypto does not offer this digest", path);
    }
    write_hex(raw, n_raw, ret_hex);
    return 0;
}
