/* tensors_test.c - see tensors_test.h */
#include "tensors_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

const char *golden_path(const char *name)
{
    static char path[4096];
    const char *root = getenv("HARNESS_SOURCE_ROOT");
    cr_assert(root, "HARNESS_SOURCE_ROOT is not set");
    snprintf(path, sizeof path, "%s/tests/golden/tensors/%s", root, name);
    return path;
}

uint8_t *read_whole(const char *path, size_t *ret_n)
{
    FILE *file = fopen(path, "rb");
    cr_assert(file, "%s cannot be read", path);
    fseek(file, 0, SEEK_END);
    size_t n = (size_t)ftell(file);
    rewind(file);
    uint8_t *bytes = malloc(n ? n : 1);
    cr_assert(bytes && fread(bytes, 1, n, file) == n);
    fclose(file);
    *ret_n = n;
    return bytes;
}

struct tensor_file *open_good(const char *path)
{
    struct tensor_file *file = NULL;
    emb_status status = tensor_file_open(mini_host(1), path, &file);
    cr_assert(status == EMB_OK, "%d: %s", status, mini_host_failure());
    return file;
}

/* The reader of .expected files */

struct cursor {
    const uint8_t *at, *end;
};

static uint64_t take_uint(struct cursor *cursor, size_t n)
{
    uint64_t value = 0;
    cr_assert((size_t)(cursor->end - cursor->at) >= n, "a golden file is cut short");
    memcpy(&value, cursor->at, n);
    cursor->at += n;
    return value;
}

static void take_text(struct cursor *cursor, char *text, size_t capacity)
{
    size_t n = (size_t)take_uint(cursor, 4);
    cr_assert(n < capacity && (size_t)(cursor->end - cursor->at) >= n);
    memcpy(text, cursor->at, n);
    text[n] = '\0';
    cursor->at += n;
}

static void check_values(const struct tensor *tensor, struct cursor *cursor)
{
    uint64_t n = tensor_elements(tensor);
    float *found = malloc((n + 1) * sizeof *found);
    found[n] = 123.0f; /* nothing is written behind */
    cr_assert(tensor_to_f32(tensor, 0, n, found), "%s", tensor->name);
    cr_assert((uint64_t)(cursor->end - cursor->at) >= 4 * n);
    for (uint64_t i = 0; i < n; i++) {
        float expected;
        memcpy(&expected, cursor->at + 4 * i, sizeof expected);
        cr_assert(memcmp(&expected, &found[i], sizeof expected) == 0,
                  "%s: element %llu: found %.9g, expected %.9g", tensor->name,
                  (unsigned long long)i, (double)found[i], (double)expected);
    }
    cr_assert(found[n] == 123.0f, "%s: wrote behind its values", tensor->name);
    cursor->at += 4 * n;
    free(found);
}

void check_expected(const struct tensor_file *file, const char *name)
{
    char path[256], text[512];
    size_t n_bytes = 0;
    uint32_t n_tensors = 0;
    snprintf(path, sizeof path, "%s.expected", name);
    uint8_t *bytes = read_whole(golden_path(path), &n_bytes);
    struct cursor cursor = {bytes, bytes + n_bytes};
    for (; cursor.at < cursor.end; n_tensors++) {
        take_text(&cursor, text, sizeof text);
        const struct tensor *tensor = tensor_file_find(file, text);
        cr_assert(tensor, "no tensor '%s'", text);
        cr_assert_str_eq(tensor->name, text);
        take_text(&cursor, text, sizeof text);
        cr_assert_str_eq(tensor_type_name(tensor->type), text, "%s", tensor->name);
        cr_assert_eq(tensor->n_dims, take_uint(&cursor, 4), "%s", tensor->name);
        for (uint32_t i = 0; i < tensor->n_dims; i++) {
            cr_assert_eq(tensor->shape[i], take_uint(&cursor, 8), "%s", tensor->name);
        }
        cr_assert_eq(tensor->n_bytes, tensor_type_bytes(tensor->type, tensor_elements(tensor)));
        if (take_uint(&cursor, 1)) {
            check_values(tensor, &cursor);
        } else {
            float none;
            cr_assert(!tensor_to_f32(tensor, 0, 1, &none), "%s is no number", tensor->name);
        }
    }
    cr_assert_eq(n_tensors, tensor_file_count(file));
    free(bytes);
}

/* Refusals */

const char *path_of_bytes(const void *bytes, size_t n)
{
    static int descriptor = -1;
    static char path[64];
    if (descriptor >= 0) {
        close(descriptor);
    }
    descriptor = memfd_create("test", 0);
    cr_assert(descriptor >= 0 && write(descriptor, bytes, n) == (ssize_t)n);
    snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    return path;
}

void check_path_refused(const char *path, emb_status status, const char *const *parts)
{
    struct tensor_file *file = NULL;
    emb_status found = tensor_file_open(mini_host(1), path, &file);
    cr_assert(found != EMB_OK, "opened, expected a message with '%s'", parts[0]);
    cr_assert(found == status, "found status %d, expected %d: %s", found, status,
              mini_host_failure());
    cr_assert_null(file, "a failed open has written its output");
    cr_assert_eq(mini_host_bytes(), 0, "%zu bytes left behind", mini_host_bytes());
    for (; *parts; parts++) {
        cr_assert(strstr(mini_host_failure(), *parts), "found message\n  %s\nexpected '%s' in it",
                  mini_host_failure(), *parts);
    }
}

void check_refused(const void *bytes, size_t n, emb_status status, const char *const *parts)
{
    check_path_refused(path_of_bytes(bytes, n), status, parts);
}

void put(struct buffer *buffer, const void *bytes, size_t n)
{
    cr_assert(n <= sizeof buffer->bytes - buffer->n);
    memcpy(buffer->bytes + buffer->n, bytes, n);
    buffer->n += n;
}

void put_text(struct buffer *buffer, const char *text)
{
    put(buffer, text, strlen(text));
}

void put_uint(struct buffer *buffer, uint64_t value, size_t n)
{
    cr_assert(n <= sizeof value);
    put(buffer, &value, n);
}
