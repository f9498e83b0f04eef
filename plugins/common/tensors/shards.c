/* Opens the files that the index of a model in several parts names. */
#include "shards.h"

#include "base/try.h"
#include "embedder_util.h"
#include "json_pull.h"

#include <stdlib.h>
#include <string.h>

struct weight {
    const char *tensor, *file; /* arena */
    uint64_t at;               /* byte of the index behind its entry */
};

struct weights {
    struct weight *items; /* [capacity], host->alloc */
    uint64_t n, capacity;
};

static emb_status append(struct tensor_file *file, const struct tensor_map *index,
                         struct weights *weights, struct weight weight)
{
    if (weights->n == weights->capacity) {
        uint64_t capacity = weights->capacity ? 2 * weights->capacity : 256;
        struct weight *grown = file->host->alloc(file->host, capacity * sizeof *grown);
        if (!grown) {
            return tensor_file_no_memory(file, index->path);
        }
        if (weights->n) {
            memcpy(grown, weights->items, weights->n * sizeof *grown);
        }
        file->host->free(file->host, weights->items);
        weights->items = grown;
        weights->capacity = capacity;
    }
    weights->items[weights->n++] = weight;
    return EMB_OK;
}

static emb_status read_weight_map(struct json_pull *pull, struct weights *weights)
{
    emb_status status = json_pull_expect(pull, '{');
    uint64_t n = 0;
    for (struct weight weight = {0}; status == EMB_OK;) {
        status = json_pull_member(pull, &n, &weight.tensor);
        if (status != EMB_OK || !weight.tensor) {
            break;
        }
        uint64_t at = pull->at;
        status = json_pull_text(pull, &weight.file);
        if (status != EMB_OK) {
            break;
        }
        weight.at = pull->at;
        if (weight.file[0] == '\0' || weight.file[0] == '.' || strchr(weight.file, '/')) {
            return json_pull_fail(pull, at, "the name of a file in this folder");
        }
        status = append(pull->file, pull->map, weights, weight);
    }
    return status;
}

static emb_status read_index(struct json_pull *pull, struct weights *weights)
{
    emb_status status = json_pull_expect(pull, '{');
    bool found = false;
    uint64_t n = 0;
    for (const char *key = NULL; status == EMB_OK;) {
        uint64_t at = pull->at;
        status = json_pull_member(pull, &n, &key);
        if (status != EMB_OK || !key) {
            break;
        }
        if (strcmp(key, "weight_map") != 0) {
            status = json_pull_skip(pull);
        } else if (found) {
            return json_pull_fail(pull, at, "weight_map once");
        } else {
            found = true;
            status = read_weight_map(pull, weights);
        }
    }
    if (status == EMB_OK && weights->n == 0) {
        return json_pull_fail(pull, pull->at, "a weight_map of at least one tensor");
    }
    return status == EMB_OK ? json_pull_finish(pull) : status;
}

static int by_file_and_tensor(const void *left, const void *right)
{
    const struct weight *a = left, *b = right;
    int order = strcmp(a->file, b->file);
    return order ? order : strcmp(a->tensor, b->tensor);
}

static int tensor_by_name(const void *left, const void *right)
{
    return strcmp(((const struct tensor *)left)->name, ((const struct tensor *)right)->name);
}

/* Compare the wanted names with those of the shard, both sorted: a merge. */
static emb_status match(struct tensor_file *file, const struct tensor_map *index,
                        const struct tensor_map *shard, const struct weight *wanted, uint64_t n,
                        uint32_t first)
{
    char shown[120];
    qsort(file->tensors + first, file->n_tensors - first, sizeof *file->tensors, tensor_by_name);
    uint32_t t = first;
    for (uint64_t w = 0; w < n; w++) {
        int order = 1;
        while (t < file->n_tensors &&
               (order = strcmp(wanted[w].tensor, file->tensors[t].name)) > 0) {
            char line[512];
            const char *extra = file->tensors[t++].name;
            snprintf(line, sizeof line, "%s: tensor '%s' is not in %s", shard->path,
                     tensor_shown(shown, sizeof shown, extra, strlen(extra)), index->path);
            file->host->log(file->host, EMB_LOG_WARN, line);
        }
        if (order != 0) {
            const char *name = wanted[w].tensor;
            bool twice = w > 0 && strcmp(wanted[w - 1].tensor, name) == 0;
            return emb_failf(
                file->host, EMB_E_FORMAT, "%s: byte %llu: found tensor '%s'%s, expected %s %s",
                index->path, (unsigned long long)wanted[w].at,
                tensor_shown(shown, sizeof shown, name, strlen(name)), twice ? " twice" : "",
                twice ? "it once in" : "it to be in", shard->path);
        }
        t++;
    }
    return EMB_OK;
}

static emb_status read_shard(struct tensor_file *file, const struct tensor_map *index,
                             const struct weight *wanted, uint64_t n)
{
    const char *slash = strrchr(index->path, '/');
    size_t n_folder = slash ? (size_t)(slash + 1 - index->path) : 0;
    size_t n_name = strlen(wanted->file);
    char *path = tensor_file_alloc(file, n_folder + n_name + 1);
    if (!path) {
        return tensor_file_no_memory(file, index->path);
    }
    memcpy(path, index->path, n_folder);
    memcpy(path + n_folder, wanted->file, n_name);
    const struct tensor_map *shard = NULL;
    uint32_t first = file->n_tensors;
    TRY(tensor_map_open(file, path, &shard));
    TRY(tensor_file_read(file, shard));
    return match(file, index, shard, wanted, n, first);
}

emb_status shards_read(struct tensor_file *file, const struct tensor_map *index)
{
    struct json_pull pull = {.file = file, .map = index, .at = 0, .end = index->n_bytes};
    struct weights weights = {0};
    emb_status status = read_index(&pull, &weights);
    if (status == EMB_OK) {
        qsort(weights.items, weights.n, sizeof *weights.items, by_file_and_tensor);
    }
    for (uint64_t begin = 0, end; status == EMB_OK && begin < weights.n; begin = end) {
        end = begin + 1;
        while (end < weights.n && strcmp(weights.items[end].file, weights.items[begin].file) == 0) {
            end++;
        }
        status = read_shard(file, index, weights.items + begin, end - begin);
    }
    file->host->free(file->host, weights.items);
    return status;
}
