/* From config.json to a checked architecture: which family reads it, and what no family may
 * contradict. */
#include "families.h"

#include "base/try.h"
#include "embedder_util.h"

#include <stdio.h>
#include <string.h>

static emb_status special_ids(const struct config *c, struct arch *arch)
{
    struct json bos;
    uint64_t id;
    if (json_has(&c->root, "bos_token_id", &bos) && json_kind(&bos) == JSON_KIND_INT) {
        TRY(json_as_uint(&bos, UINT32_MAX, &id));
        arch->bos = (uint32_t)id;
    }
    return EMB_OK;
}

emb_status arch_check(const struct emb_host *host, const char *path, const struct arch *arch)
{
    const struct {
        const char *what;
        uint64_t value, most;
    } limits[] = {
        {"hidden size", arch->dim, 1u << 17},
        {"embedding size", arch->table_dim, 1u << 17},
        {"blocks", arch->n_blocks, ARCH_MAX_BLOCKS},
        {"attention heads", arch->n_heads, 4096},
        {"key heads", arch->n_kv_heads, arch->n_heads},
        {"head dimension", arch->head_dim, 4096},
        {"feed-forward size", arch->inner, 1u << 20},
        {"vocabulary", arch->n_vocab, 1u << 28},
        {"positions", arch->max_positions, 1u << 24},
    };
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        if (limits[i].value == 0 || limits[i].value > limits[i].most) {
            return emb_failf(host, EMB_E_FORMAT, "%s: %s: found %llu, expected 1 to %llu", path,
                             limits[i].what, (unsigned long long)limits[i].value,
                             (unsigned long long)limits[i].most);
        }
    }
    if (arch->n_heads % arch->n_kv_heads != 0) {
        return emb_failf(host, EMB_E_FORMAT, "%s: %u attention heads do not share %u key heads",
                         path, arch->n_heads, arch->n_kv_heads);
    }
    if (arch->table_dim > arch->dim) {
        return emb_failf(host, EMB_E_UNSUPPORTED,
                         "%s: embedding size %u is larger than the hidden size %u", path,
                         arch->table_dim, arch->dim);
    }
    if (arch->rel_buckets % 4 != 0) {
        return emb_failf(host, EMB_E_FORMAT, "%s: %u relative buckets: expected a multiple of 4",
                         path, arch->rel_buckets);
    }
    return EMB_OK;
}

static emb_status read_config(struct config *c, bool allow_unknown, struct arch *arch,
                              const struct names **ret_names)
{
    TRY(json_get_text(&c->root, "model_type", &c->family, NULL));
    const struct family *family = families_find(c->family);
    if (!family) {
        return families_unknown(c);
    }
    TRY(config_refuse_unread(c, family->keys, FAMILY_KEYS, allow_unknown));
    *arch = (struct arch){
        .family = family->model_type, .window = NO_WINDOW, .bos = UINT32_MAX, .mask = UINT32_MAX};
    TRY(family->read(c, arch));
    TRY(special_ids(c, arch));
    arch->n_weight_sets = arch->n_weight_sets ? arch->n_weight_sets : arch->n_blocks;
    *ret_names = family->names;
    return EMB_OK;
}

static emb_status arch_from_file(struct json_file *file, const struct emb_host *host,
                                 const char *path, bool allow_unknown, struct arch *ret_arch,
                                 const struct names **ret_names)
{
    struct config c = {.host = host, .root = json_root(file)};
    emb_status status = read_config(&c, allow_unknown, ret_arch, ret_names);
    json_free(file);
    return status == EMB_OK ? arch_check(host, path, ret_arch) : status;
}

emb_status arch_from_config(const struct emb_host *host, const char *path, bool allow_unknown,
                            struct arch *ret_arch, const struct names **ret_names)
{
    struct json_file *file;
    TRY(json_load(host, path, &file));
    return arch_from_file(file, host, path, allow_unknown, ret_arch, ret_names);
}

emb_status arch_from_config_text(const struct emb_host *host, const char *path, const char *text,
                                 size_t n_bytes, bool allow_unknown, struct arch *ret_arch,
                                 const struct names **ret_names)
{
    struct json_file *file;
    TRY(json_load_memory(host, path, text, n_bytes, &file));
    return arch_from_file(file, host, path, allow_unknown, ret_arch, ret_names);
}
