/* Asks a program for its weights' digests and checks their form. */
#include "weights.h"

#include "base/try.h"
#include "embedder_util.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static emb_status open_file(const struct emb_host *host, const char *path, struct weights *weights)
{
    struct emb_tensor *tensor = &weights->tensors[weights->n_files];
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        emb_status status =
            emb_failf(host, EMB_E_IO, "%s, which the program names as a model file: %s", path,
                      fd < 0 ? strerror(errno) : "not a regular file");
        if (fd >= 0) {
            close(fd);
        }
        return status;
    }
    uint64_t n = (uint64_t)info.st_size;
    void *bytes = n > 0 ? mmap(NULL, n, PROT_READ, MAP_PRIVATE, fd, 0) : NULL;
    char *name = NULL;
    close(fd);
    if (bytes == MAP_FAILED || asprintf(&name, "file %s", path) < 0) {
        return emb_failf(host, EMB_E_IO, "%s: cannot be mapped: %s", path, strerror(errno));
    }
    *tensor = (struct emb_tensor){.name = name,
                                  .data = bytes,
                                  .n_bytes = n,
                                  .shape = {n},
                                  .n_dims = 1,
                                  .type = EMB_TYPE_OTHER};
    weights->file_names[weights->n_files++] = name;
    weights->n = weights->n_files;
    return EMB_OK;
}

emb_status weights_open(const struct emb_host *host, const struct ready *ready,
                        struct weights *ret_weights)
{
    uint32_t n = ready->n_files;
    *ret_weights = (struct weights){.tensors = calloc(n + 1u, sizeof(struct emb_tensor)),
                                    .file_names = calloc(n + 1u, sizeof(char *))};
    if (!ret_weights->tensors || !ret_weights->file_names) {
        return emb_failf(host, EMB_E_NOMEM, "process: no memory for a list of files");
    }
    for (uint32_t i = 0; i < n; i++) {
        TRY(open_file(host, ready->files[i], ret_weights));
    }
    return EMB_OK;
}

/* 64 hexadecimal digits. */
static bool read_hash(const char *hex, unsigned char ret_hash[WEIGHTS_HASH_BYTES])
{
    if (strlen(hex) != 2 * WEIGHTS_HASH_BYTES ||
        strspn(hex, "0123456789abcdef") != 2 * WEIGHTS_HASH_BYTES) {
        return false;
    }
    for (unsigned i = 0; i < WEIGHTS_HASH_BYTES; i++) {
        unsigned byte;
        sscanf(hex + 2 * (size_t)i, "%2x", &byte);
        ret_hash[i] = (unsigned char)byte;
    }
    return true;
}

static emb_status read_tensor(const struct json *place, struct emb_tensor *ret_tensor,
                              unsigned char ret_hash[WEIGHTS_HASH_BYTES])
{
    struct emb_tensor tensor = {
        .data = ret_hash, .n_bytes = WEIGHTS_HASH_BYTES, .type = EMB_TYPE_OTHER};
    struct json shape;
    const char *hex;
    TRY(json_get_text(place, "name", &tensor.name, NULL));
    TRY(json_get_array(place, "shape", &shape));
    TRY(json_get_text(place, "sha256", &hex, NULL));
    if (json_length(&shape) > 4) {
        return json_fail(&shape, "at most 4 dimensions");
    }
    tensor.n_dims = (uint32_t)json_length(&shape);
    for (uint32_t d = 0; d < tensor.n_dims; d++) {
        struct json extent = json_element(&shape, d);
        TRY(json_as_uint(&extent, UINT64_MAX >> 1, &tensor.shape[d]));
    }
    if (!read_hash(hex, ret_hash)) {
        return json_fail(place, "sha256: expected 64 digits of 0-9a-f");
    }
    *ret_tensor = tensor;
    return EMB_OK;
}

emb_status weights_take(const struct emb_host *host, struct json_file *said,
                        struct weights *weights)
{
    struct json root = json_root(said), list;
    json_free(weights->said);
    weights->said = said;
    weights->n = weights->n_files;
    emb_status status = json_get_array(&root, "tensors", &list);
    uint64_t n = status ? 0 : json_length(&list);
    if (status || n > 1u << 24) {
        return status ? status : json_fail(&list, "too many tensors");
    }
    free(weights->hashes);
    weights->hashes = calloc(n + 1, sizeof *weights->hashes);
    struct emb_tensor *grown =
        realloc(weights->tensors, (weights->n_files + n + 1) * sizeof *weights->tensors);
    weights->tensors = grown ? grown : weights->tensors;
    if (!grown || !weights->hashes) {
        return emb_failf(host, EMB_E_NOMEM, "process: no memory for %llu tensors",
                         (unsigned long long)n);
    }
    for (uint64_t i = 0; i < n && !status; i++) {
        struct json place = json_element(&list, i);
        status = read_tensor(&place, &weights->tensors[weights->n], weights->hashes[i]);
        weights->n += !status;
    }
    return status;
}

void weights_finish(struct weights *weights)
{
    for (uint32_t i = 0; i < weights->n_files; i++) {
        if (weights->tensors[i].n_bytes > 0) {
            munmap((void *)(uintptr_t)weights->tensors[i].data, weights->tensors[i].n_bytes);
        }
        free(weights->file_names[i]);
    }
    free(weights->tensors);
    free(weights->file_names);
    free(weights->hashes);
    json_free(weights->said);
    *weights = (struct weights){0};
}
