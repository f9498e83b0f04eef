/*
 * config.h - reading a config.json, for the readers of the families (families.c).
 *
 *     config_fields.c  single keys             config_rope.c    rotary positions
 *     config_layers.c  which blocks see all    config_keys.c    keys that are not read
 *
 * Libraries have written one thing in several ways over the years, some of them side by side. Each
 * way is read; where two of them stand in one file and do not say the same, the file is refused and
 * both are named.
 */
#ifndef TRANSFORMER_CONFIG_H
#define TRANSFORMER_CONFIG_H

#include "arch.h"

#include "base/json.h"
#include "base/try.h"

struct config {
    const struct emb_host *host;
    struct json root;
    const char *family; /* model_type */
};

/* A required whole number of at least 1. */
emb_status config_count(const struct config *config, const char *key, uint32_t *ret_value);
/* The same under its own name, under the one that other families use, or under both. */
emb_status config_count_as(const struct config *config, const char *key, const char *other,
                           uint32_t *ret_value);
/* Optional ones: absent or null leaves *ret_value. */
emb_status config_uint(const struct config *config, const char *key, uint32_t *ret_value);
emb_status config_float(const struct config *config, const char *key, float *ret_value);
emb_status config_flag(const struct config *config, const char *key, bool *ret_value);

/* The key, if it is there, must hold this: another value is mathematics that is not built. */
emb_status config_only_flag(const struct config *config, const char *key, bool wanted);
emb_status config_only_text(const struct config *config, const char *key, const char *wanted);

/* An activation by its name; `fallback` where the key is absent. */
emb_status config_activation(const struct config *config, const char *key, const char *fallback,
                             enum activation *ret_act);

/* How a family names what its rotary positions need outside of rope_parameters; the names of an
 * array, up to NULL, mean the same. */
struct rope_keys {
    const char *theta[3];       /* base, of blocks that see all if there is `local_theta` */
    const char *local_theta[2]; /* base of blocks with a window; none: the same */
    const char *part[3];        /* rotated share of a head */
    double theta_default, local_theta_default, part_default;
};

/* arch->rope and arch->rope_local from keys of these names and from rope_scaling or
 * rope_parameters, flat or one object for each type of block. After head_dim and max_positions. */
emb_status config_rope(const struct config *config, const struct rope_keys *keys,
                       struct arch *arch);

/* Mistral's and Qwen's sliding_window; blocks from max_window_layers on where layer_types is
 * absent. */
emb_status config_window_all(const struct config *config, struct arch *arch);
emb_status config_window_from(const struct config *config, struct arch *arch);
/* ModernBERT's local_attention, every n-th block global. */
emb_status config_window_every(const struct config *config, struct arch *arch);

/* Every key is one of the family's own (`keys`, [n], up to NULL), has no effect, or is refused. One
 * that some family reads, or that is known to change what a model computes, also with
 * allow_unknown. */
emb_status config_refuse_unread(const struct config *config, const char *const *keys, size_t n,
                                bool allow_unknown);

/* families.c: whether the reader of any family reads the key. */
bool families_read(const char *key);

#endif /* TRANSFORMER_CONFIG_H */
