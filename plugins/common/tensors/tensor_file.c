/* tensor_file.c - finding, mapping and recognising model files; the index of names. */
#include "tensor_file.h"

#include "base/try.h"
#include "embedder_util.h"
#include "utf8.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* The arena */

enum { CHUNK_BYTES = 64 * 1024 };

struct tensor_chunk {
    struct tensor_chunk *next;
    uint64_t used, size; /* bytes, this header included */
};

_Static_assert(sizeof(struct tensor_chunk) <= 32, "the header must leave the alignment");

void *tensor_file_alloc(struct tensor_file *file, uint64_t bytes)
{
    if (bytes > SIZE_MAX / 2) {
        return NULL;
    }
    bytes = (bytes + 15) / 16 * 16;
    struct tensor_chunk *chunk = file->chunks;
    if (!chunk || chunk->size - chunk->used < bytes) {
        uint64_t size = 32 + bytes > CHUNK_BYTES ? 32 + bytes : CHUNK_BYTES;
        chunk = file->host->alloc(file->host, size);
        if (!chunk) {
            return NULL;
        }
        *chunk = (struct tensor_chunk){file->chunks, 32, size};
        file->chunks = chunk;
    }
    void *block = (uint8_t *)chunk + chunk->used;
    chunk->used += bytes;
    return block;
}

/* A NUL-terminated copy in the arena, NULL if out of memory. */
static char *keep_text(struct tensor_file *file, const char *text, uint64_t n_bytes)
{
    char *copy = tensor_file_alloc(file, n_bytes + 1);
    if (copy) {
        memcpy(copy, text, n_bytes);
    }
    return copy;
}

emb_status tensor_file_no_memory(const struct tensor_file *file, const char *path)
{
    return emb_failf(file->host, EMB_E_NOMEM, "%s: out of memory", path);
}

/* Maps */

static emb_status map_descriptor(struct tensor_file *file, const char *path, int descriptor,
                                 struct tensor_map *map)
{
    struct stat status;
    if (fstat(descriptor, &status) != 0) {
        return emb_failf(file->host, EMB_E_IO, "%s: %s", path, strerror(errno));
    }
    if (!S_ISREG(status.st_mode)) {
        return emb_failf(file->host, EMB_E_IO, "%s: not a regular file", path);
    }
    if (status.st_size == 0) {
        return emb_failf(file->host, EMB_E_FORMAT, "%s: empty file, expected tensors", path);
    }
    void *bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (bytes == MAP_FAILED) {
        return emb_failf(file->host, EMB_E_IO, "%s: cannot map %llu bytes: %s", path,
                         (unsigned long long)status.st_size, strerror(errno));
    }
    map->bytes = bytes;
    map->n_bytes = (uint64_t)status.st_size;
    map->next = file->maps;
    file->maps = map;
    return EMB_OK;
}

emb_status tensor_map_open(struct tensor_file *file, const char *path,
                           const struct tensor_map **ret_map)
{
    struct tensor_map *map = tensor_file_alloc(file, sizeof *map);
    const char *kept = keep_text(file, path, strlen(path));
    if (!map || !kept) {
        return tensor_file_no_memory(file, path);
    }
    map->path = kept;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) {
        return emb_failf(file->host, EMB_E_IO, "%s: %s", path, strerror(errno));
    }
    emb_status status = map_descriptor(file, path, descriptor, map);
    close(descriptor);
    if (status == EMB_OK) {
        *ret_map = map;
    }
    return status;
}

/* Tensors and their index */

emb_status tensor_file_name(struct tensor_file *file, const struct tensor_map *map,
                            const char *text, uint64_t n_bytes, const char **ret_name)
{
    bool well_formed = n_bytes > 0;
    for (uint64_t i = 0, n; i < n_bytes && well_formed; i += n) {
        n = utf8_length((const uint8_t *)text + i, n_bytes - i);
        well_formed = n > 0 && text[i] != '\0';
    }
    if (!well_formed) {
        char shown[120];
        return emb_failf(file->host, EMB_E_FORMAT,
                         "%s: byte %llu: found the tensor name '%s', expected UTF-8 without NUL",
                         map->path, (unsigned long long)((const uint8_t *)text - map->bytes),
                         tensor_shown(shown, sizeof shown, text, n_bytes));
    }
    char *name = keep_text(file, text, n_bytes);
    if (!name) {
        return tensor_file_no_memory(file, map->path);
    }
    *ret_name = name;
    return EMB_OK;
}

emb_status tensor_file_add(struct tensor_file *file, const struct tensor_map *map,
                           const struct tensor *tensor)
{
    const struct emb_host *host = file->host;
    if (file->n_tensors == file->capacity) {
        if (file->capacity > UINT32_MAX / 2) {
            return emb_failf(host, EMB_E_FORMAT, "%s: more than 2^31 tensors", map->path);
        }
        uint32_t capacity = file->capacity ? file->capacity * 2 : 256;
        struct tensor *grown = host->alloc(host, capacity * sizeof *grown);
        if (!grown) {
            return tensor_file_no_memory(file, map->path);
        }
        if (file->n_tensors) {
            memcpy(grown, file->tensors, file->n_tensors * sizeof *grown);
        }
        host->free(host, file->tensors);
        file->tensors = grown;
        file->capacity = capacity;
    }
    file->tensors[file->n_tensors++] = *tensor;
    return EMB_OK;
}

static int by_name(const void *left, const void *right, void *tensors_)
{
    const struct tensor *tensors = tensors_;
    return strcmp(tensors[*(const uint32_t *)left].name, tensors[*(const uint32_t *)right].name);
}

static const struct tensor_map *map_of(const struct tensor_file *file, const struct tensor *tensor)
{
    for (const struct tensor_map *map = file->maps; map; map = map->next) {
        uintptr_t begin = (uintptr_t)map->bytes, at = (uintptr_t)tensor->data;
        if (at >= begin && at - begin <= map->n_bytes) {
            return map;
        }
    }
    return NULL;
}

static emb_status build_index(struct tensor_file *file, const char *path)
{
    if (file->n_tensors == 0) {
        return emb_failf(file->host, EMB_E_FORMAT, "%s: found 0 tensors, expected at least 1",
                         path);
    }
    file->by_name = tensor_file_alloc(file, file->n_tensors * sizeof *file->by_name);
    if (!file->by_name) {
        return tensor_file_no_memory(file, path);
    }
    for (uint32_t i = 0; i < file->n_tensors; i++) {
        file->by_name[i] = i;
    }
    qsort_r(file->by_name, file->n_tensors, sizeof *file->by_name, by_name, file->tensors);
    for (uint32_t i = 1; i < file->n_tensors; i++) {
        const struct tensor *a = &file->tensors[file->by_name[i - 1]];
        const struct tensor *b = &file->tensors[file->by_name[i]];
        if (strcmp(a->name, b->name) == 0) {
            char shown[120];
            const struct tensor_map *in_a = map_of(file, a), *in_b = map_of(file, b);
            return emb_failf(file->host, EMB_E_FORMAT,
                             "%s: tensor '%s' found twice (in %s and %s), expected each name once",
                             path, tensor_shown(shown, sizeof shown, a->name, strlen(a->name)),
                             in_a ? in_a->path : path, in_b ? in_b->path : path);
        }
    }
    return EMB_OK;
}

/* Recognition */

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), n_end = strlen(end);
    return n >= n_end && strcmp(text + n - n_end, end) == 0;
}

static bool starts_with(const struct tensor_map *map, const char *bytes, size_t n)
{
    return map->n_bytes >= n && memcmp(map->bytes, bytes, n) == 0;
}

/* Files that people have and that are refused by their own name; NULL for any other. */
static const char *foreign_format(const struct tensor_map *map)
{
    static const struct {
        const char *magic;
        uint32_t n;
        const char *name;
    } known[] = {
        {"lmgg", 4, "a GGML file (before GGUF); convert it to GGUF"},
        {"fmgg", 4, "a GGMF file (before GGUF); convert it to GGUF"},
        {"tjgg", 4, "a GGJT file (before GGUF); convert it to GGUF"},
        {"\x89HDF", 4, "an HDF5 file (Keras); convert it to safetensors"},
        {"\x1f\x8b", 2, "a gzip file; unpack it first"},
        {"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 14,
         "a legacy PyTorch file (before version 1.6, a bare pickle); save it again with a current "
         "PyTorch or convert it to safetensors"},
        {"\x80", 1, "a bare pickle; a PyTorch file is a zip archive since version 1.6"},
        {"version https://git-lfs", 23, "a Git LFS pointer, not the model itself"},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (starts_with(map, known[i].magic, known[i].n)) {
            /* A safetensors file may begin with any byte: its header's length. */
            return map->n_bytes > 8 && map->bytes[8] == '{' ? NULL : known[i].name;
        }
    }
    return NULL;
}

emb_status tensor_file_read(struct tensor_file *file, const struct tensor_map *map)
{
    const char *format;
    emb_status (*read)(struct tensor_file *, const struct tensor_map *);
    const char *foreign = foreign_format(map);
    if (starts_with(map, "GGUF", 4)) {
        format = "gguf", read = gguf_read;
    } else if (starts_with(map, "PK\003\004", 4)) {
        format = "pytorch", read = pytorch_read;
    } else if (foreign) {
        return emb_failf(file->host, EMB_E_FORMAT, "%s: byte 0: found %s", map->path, foreign);
    } else if ((map->n_bytes > 8 && map->bytes[8] == '{') || ends_with(map->path, ".safetensors")) {
        format = "safetensors", read = safetensors_read;
    } else {
        char shown[24];
        return emb_failf(
            file->host, EMB_E_FORMAT,
            "%s: byte 0: found '%s', expected a safetensors, PyTorch (zip) or GGUF file", map->path,
            tensor_shown(shown, sizeof shown, (const char *)map->bytes,
                         map->n_bytes < 8 ? map->n_bytes : 8));
    }
    if (file->format && strcmp(file->format, format) != 0) {
        return emb_failf(file->host, EMB_E_FORMAT,
                         "%s: found a %s file, expected %s as the shards before it", map->path,
                         format, file->format);
    }
    file->format = format;
    return read(file, map);
}

static emb_status read_path(struct tensor_file *file, const char *path)
{
    const struct tensor_map *map = NULL;
    TRY(tensor_map_open(file, path, &map));
    return ends_with(path, ".index.json") ? shards_read(file, map) : tensor_file_read(file, map);
}

/* Folders */

/* The candidates in order of preference; '*' stands for any beginning. */
static const char *const candidates[] = {
    "model.safetensors.index.json",
    "*.safetensors",
    "pytorch_model.bin.index.json",
    "pytorch_model.bin",
    "*.gguf",
};
enum { N_CANDIDATES = sizeof candidates / sizeof candidates[0] };

struct choice {
    char name[256];   /* the first in the alphabet */
    char second[256]; /* the next, "" if none */
    uint32_t n;
};

static void consider(struct choice *choices, const char *name)
{
    for (size_t i = 0; i < N_CANDIDATES; i++) {
        const char *wanted = candidates[i];
        struct choice *choice = &choices[i];
        if (wanted[0] == '*' ? !ends_with(name, wanted + 1) : strcmp(name, wanted) != 0) {
            continue;
        }
        if (choice->n++ == 0 || strcmp(name, choice->name) < 0) {
            memcpy(choice->second, choice->name, sizeof choice->second);
            snprintf(choice->name, sizeof choice->name, "%s", name);
        } else if (choice->n == 2 || strcmp(name, choice->second) < 0) {
            snprintf(choice->second, sizeof choice->second, "%s", name);
        }
    }
}

static emb_status read_folder(struct tensor_file *file, const char *path, DIR *folder)
{
    struct choice choices[N_CANDIDATES];
    memset(choices, 0, sizeof choices);
    for (struct dirent *entry; (entry = readdir(folder));) {
        consider(choices, entry->d_name);
    }
    for (size_t i = 0; i < N_CANDIDATES; i++) {
        const struct choice *choice = &choices[i];
        if (choice->n > 1) {
            return emb_failf(
                file->host, EMB_E_FORMAT,
                "%s: found %u files %s (%s, %s%s) and no index, expected one: name the file", path,
                choice->n, candidates[i], choice->name, choice->second,
                choice->n > 2 ? ", ..." : "");
        }
        if (choice->n == 1) {
            uint64_t n_bytes = strlen(path) + 1 + strlen(choice->name) + 1;
            char *joined = tensor_file_alloc(file, n_bytes);
            if (!joined) {
                return tensor_file_no_memory(file, path);
            }
            snprintf(joined, n_bytes, "%s/%s", path, choice->name);
            return read_path(file, joined);
        }
    }
    return emb_failf(file->host, EMB_E_IO,
                     "%s: no model file in this folder, expected model.safetensors.index.json, "
                     "*.safetensors, pytorch_model.bin.index.json, pytorch_model.bin or *.gguf",
                     path);
}

/* Public */

emb_status tensor_file_open(const struct emb_host *host, const char *path,
                            struct tensor_file **ret_file)
{
    struct tensor_file *file = host->alloc(host, sizeof *file);
    if (!file) {
        return emb_failf(host, EMB_E_NOMEM, "%s: out of memory", path);
    }
    file->host = host;
    emb_status status;
    DIR *folder = opendir(path);
    if (folder) {
        status = read_folder(file, path, folder);
        closedir(folder);
    } else {
        status = read_path(file, path);
    }
    if (status == EMB_OK) {
        status = build_index(file, path);
    }
    if (status != EMB_OK) {
        tensor_file_close(file);
        return status;
    }
    *ret_file = file;
    return EMB_OK;
}

void tensor_file_close(struct tensor_file *file)
{
    if (!file) {
        return;
    }
    const struct emb_host *host = file->host;
    for (const struct tensor_map *map = file->maps; map; map = map->next) {
        munmap((void *)(uintptr_t)map->bytes, map->n_bytes);
    }
    for (struct tensor_chunk *chunk = file->chunks, *next; chunk; chunk = next) {
        next = chunk->next;
        host->free(host, chunk);
    }
    host->free(host, file->tensors);
    host->free(host, file);
}

uint32_t tensor_file_count(const struct tensor_file *file)
{
    return file->n_tensors;
}

const struct tensor *tensor_file_at(const struct tensor_file *file, uint32_t i)
{
    return i < file->n_tensors ? &file->tensors[i] : NULL;
}

const struct tensor *tensor_file_find(const struct tensor_file *file, const char *name)
{
    uint32_t low = 0, high = file->n_tensors;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct tensor *tensor = &file->tensors[file->by_name[middle]];
        int order = strcmp(name, tensor->name);
        if (order == 0) {
            return tensor;
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}

const char *tensor_file_format(const struct tensor_file *file)
{
    return file->format;
}

const struct gguf *tensor_file_gguf(const struct tensor_file *file)
{
    return file->gguf;
}
