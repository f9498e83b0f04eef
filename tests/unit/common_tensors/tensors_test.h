/* tensors_test.h - what the tests of model files share. */
#ifndef TENSORS_TEST_H
#define TENSORS_TEST_H

#include "mini_host.h"
#include "tensors.h"

#include <criterion/criterion.h>

/* tests/golden/tensors/NAME; the result is good until the next call. */
const char *golden_path(const char *name);

/* A whole file, in a block of its own; *ret_n bytes. Free it. */
uint8_t *read_whole(const char *path, size_t *ret_n);

/* Open a file that must be good. */
struct tensor_file *open_good(const char *path);

/* Every tensor of NAME.expected is in the file with its type, shape and, bit for bit, its values,
 * and the file holds no other. */
void check_expected(const struct tensor_file *file, const char *name);

/* Bytes as a file without a name; the path is good until the next call. */
const char *path_of_bytes(const void *bytes, size_t n);

/* Opening these bytes fails with this status and a message that holds each of `parts` (a list that
 * ends in NULL), and leaves no memory behind. */
void check_refused(const void *bytes, size_t n, emb_status status, const char *const *parts);
void check_path_refused(const char *path, emb_status status, const char *const *parts);
#define PARTS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* Bytes under construction. */
struct buffer {
    uint8_t bytes[1 << 17];
    size_t n;
};
void put(struct buffer *buffer, const void *bytes, size_t n);
void put_text(struct buffer *buffer, const char *text); /* without its NUL */
void put_uint(struct buffer *buffer, uint64_t value, size_t n);

#endif /* TENSORS_TEST_H */
