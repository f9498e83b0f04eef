/*
 * tensors_fuzz.h - what the fuzz targets of model files share: the input becomes a file, the file
 * is opened, and everything that was accepted is read.
 */
#ifndef TENSORS_FUZZ_H
#define TENSORS_FUZZ_H

#include "mini_host.h"
#include "tensors.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* Every byte that a tensor claims, and its first and last elements as numbers. */
static inline void fuzz_touch(const struct tensor *tensor)
{
    enum { MOST = 1024 };
    static float values[MOST];
    const volatile uint8_t *bytes = tensor->data;
    for (uint64_t i = 0; i < tensor->n_bytes; i++) {
        (void)bytes[i];
    }
    uint64_t n = tensor_elements(tensor);
    if (tensor_type_bytes(tensor->type, n) != tensor->n_bytes) {
        abort();
    }
    if (n <= MOST) {
        tensor_to_f32(tensor, 0, n, values);
    } else {
        tensor_to_f32(tensor, 0, MOST / 2, values);
        tensor_to_f32(tensor, n / 256 * 256 - 256, 256, values);
    }
}

/* Opens the input; the caller closes. NULL if it was refused, which must have been explained. */
static inline struct tensor_file *fuzz_open(const uint8_t *data, size_t size)
{
    static int descriptor = -1;
    static char path[64];
    if (descriptor < 0) {
        descriptor = memfd_create("fuzz", MFD_CLOEXEC);
        snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    }
    if (descriptor < 0 || ftruncate(descriptor, 0) != 0 ||
        pwrite(descriptor, data, size, 0) != (ssize_t)size) {
        perror("fuzz input");
        abort();
    }
    struct tensor_file *file = NULL;
    if (tensor_file_open(mini_host(1), path, &file) != EMB_OK) {
        if (mini_host_failure()[0] == '\0' || mini_host_bytes() != 0) {
            abort();
        }
        return NULL;
    }
    for (uint32_t i = 0; i < tensor_file_count(file); i++) {
        fuzz_touch(tensor_file_at(file, i));
        if (tensor_file_find(file, tensor_file_at(file, i)->name) != tensor_file_at(file, i)) {
            abort();
        }
    }
    return file;
}

#endif /* TENSORS_FUZZ_H */
