/* config_layers.c - which blocks see everything and which a window. */
#include "config.h"

#include <string.h>

static void set_local(struct arch *arch, uint32_t block, bool local)
{
    if (block < ARCH_MAX_BLOCKS) { /* arch_check refuses more */
        uint8_t bit = (uint8_t)(1u << block % 8);
        arch->local[block / 8] = (uint8_t)((arch->local[block / 8] & ~bit) | (local ? bit : 0));
    }
}

static bool any_local(const struct arch *arch)
{
    for (size_t i = 0; i < sizeof arch->local; i++) {
        if (arch->local[i]) {
            return true;
        }
    }
    return false;
}

/* Blocks by layer_types: *ret_there whether it stands in the file, else nothing is set. */
static emb_status read_layer_types(const struct config *config, struct arch *arch, bool *ret_there)
{
    struct json types;
    *ret_there = json_has(&config->root, "layer_types", &types);
    if (!*ret_there) {
        return EMB_OK;
    }
    TRY(json_get_array(&config->root, "layer_types", &types));
    if (json_length(&types) != arch->n_blocks) {
        return json_fail(&types, "found %llu blocks, expected the %u of num_hidden_layers",
                         (unsigned long long)json_length(&types), arch->n_blocks);
    }
    for (uint32_t i = 0; i < arch->n_blocks; i++) {
        struct json type = json_element(&types, i);
        const char *text;
        uint64_t n;
        TRY(json_as_text(&type, &text, &n));
        bool local = strcmp(text, "sliding_attention") == 0;
        if (!local && strcmp(text, "full_attention") != 0) {
            json_fail(&type, "\"%s\" is not known (full_attention, sliding_attention)", text);
            return EMB_E_UNSUPPORTED;
        }
        set_local(arch, i, local);
    }
    return EMB_OK;
}

/* Two ways to name the blocks, which do not name the same ones. */
static emb_status contradiction(const struct config *config, const char *other)
{
    return json_fail(&config->root, "layer_types and %s do not name the same blocks", other);
}

/* 4096 where the key is absent, as the library has it; null is no window. *ret_window: 0 = none. */
static emb_status sliding_window(const struct config *config, uint32_t *ret_window)
{
    struct json place;
    *ret_window = 0;
    if (json_has(&config->root, "sliding_window", &place)) {
        return config_count(config, "sliding_window", ret_window);
    }
    if (!json_member(&config->root, "sliding_window", &place)) {
        *ret_window = 4096;
    }
    return EMB_OK;
}

/* All blocks, or none; the library's own reader of this family passes over layer_types, so that
 * they may say nothing else. */
emb_status config_window_all(const struct config *config, struct arch *arch)
{
    uint32_t window;
    bool there;
    TRY(sliding_window(config, &window));
    TRY(config_only_flag(config, "use_sliding_window", window > 0));
    TRY(read_layer_types(config, arch, &there));
    for (uint32_t i = 0; i < arch->n_blocks; i++) {
        if (there && arch_names_local(arch, i) != (window > 0)) {
            return contradiction(config, "sliding_window");
        }
        set_local(arch, i, window > 0);
    }
    arch->window = window > 0 ? window - 1 : NO_WINDOW; /* itself and window - 1 before it */
    return EMB_OK;
}

emb_status config_window_from(const struct config *config, struct arch *arch)
{
    uint32_t window, from = 28;
    bool used = false, there;
    TRY(sliding_window(config, &window));
    TRY(config_flag(config, "use_sliding_window", &used));
    TRY(config_uint(config, "max_window_layers", &from));
    TRY(read_layer_types(config, arch, &there));
    used = used && window > 0;
    if (there && !used && any_local(arch)) {
        return json_fail(&config->root, "layer_types names blocks with a window, but "
                                        "use_sliding_window and sliding_window set none");
    }
    for (uint32_t i = from; !there && used && i < arch->n_blocks; i++) {
        set_local(arch, i, true);
    }
    if (used) {
        arch->window = window - 1;
    }
    return EMB_OK;
}

emb_status config_window_every(const struct config *config, struct arch *arch)
{
    struct json place;
    uint32_t local = 128, half = 0, every = 3;
    bool there, every_there = json_has(&config->root, "global_attn_every_n_layers", &place);
    TRY(config_uint(config, "local_attention", &local));
    if (json_has(&config->root, "sliding_window", &place)) { /* the newer name of half of it */
        TRY(config_uint(config, "sliding_window", &half));
        if (json_has(&config->root, "local_attention", &place) && half != local / 2) {
            return json_fail(&config->root,
                             "sliding_window is %u, local_attention, which is to be twice that, %u",
                             half, local);
        }
        local = 2 * half;
    }
    if (every_there) {
        TRY(config_count(config, "global_attn_every_n_layers", &every));
    }
    TRY(read_layer_types(config, arch, &there));
    for (uint32_t i = 0; i < arch->n_blocks; i++) {
        if (there && every_there && arch_names_local(arch, i) != (i % every != 0)) {
            return contradiction(config, "global_attn_every_n_layers");
        }
        if (!there) {
            set_local(arch, i, i % every != 0);
        }
    }
    arch->window = local / 2;
    return EMB_OK;
}
