/* config_rope.c - rotary positions: rope_theta and its like, rope_scaling, rope_parameters. */
#include "config.h"

#include <stdio.h>
#include <string.h>

/* The number that every one of these keys holds that is there: of the file's root by `keys`, of
 * `object` (NULL: none) by `inner`. *ret_value keeps its default where none is. */
static emb_status one_number(const struct config *config, const char *const *keys,
                             const struct json *object, const char *inner, double *ret_value)
{
    struct json first = {0};
    for (size_t i = 0; i == 0 || keys[i - 1]; i++) {
        struct json place;
        bool in_object = !keys[i];
        if (in_object ? !(object && json_has(object, inner, &place))
                      : !json_has(&config->root, keys[i], &place)) {
            continue;
        }
        double value;
        TRY(json_as_real(&place, &value));
        if (first.file && value != *ret_value) {
            char where[256];
            json_where(&first, where, sizeof where);
            return json_fail(&place, "found %.9g, but %.9g in %s, which means the same", value,
                             *ret_value, where);
        }
        first = place;
        *ret_value = value;
    }
    return EMB_OK;
}

static const char *const plain_keys[] = {"rope_theta", "rope_type", "type", "partial_rotary_factor",
                                         NULL};

static emb_status read_llama3(const struct json *scaling, struct rope *rope)
{
    rope->scaling = ROPE_LLAMA3;
    TRY(json_get_real(scaling, "low_freq_factor", &rope->low_freq));
    TRY(json_get_real(scaling, "high_freq_factor", &rope->high_freq));
    return json_get_real(scaling, "original_max_position_embeddings", &rope->original);
}

static emb_status read_yarn(const struct json *scaling, struct rope *rope)
{
    rope->scaling = ROPE_YARN;
    rope->beta_fast = 32;
    rope->beta_slow = 1;
    rope->truncate = true;
    TRY(json_opt_real(scaling, "beta_fast", &rope->beta_fast));
    TRY(json_opt_real(scaling, "beta_slow", &rope->beta_slow));
    TRY(json_opt_real(scaling, "attention_factor", &rope->attention_factor));
    TRY(json_opt_real(scaling, "mscale", &rope->mscale));
    TRY(json_opt_real(scaling, "mscale_all_dim", &rope->mscale_all));
    TRY(json_opt_bool(scaling, "truncate", &rope->truncate));
    return json_opt_real(scaling, "original_max_position_embeddings", &rope->original);
}

static bool listed(const char *const *list, const char *key)
{
    while (*list && strcmp(*list, key) != 0) {
        list++;
    }
    return *list != NULL;
}

static emb_status refuse_others(const struct json *scaling, const char *kind,
                                const char *const *keys)
{
    void *at = NULL;
    for (struct json member; json_next(scaling, &at, &member);) {
        if (json_kind(&member) != JSON_KIND_NULL && !listed(plain_keys, member.key) &&
            !listed(keys, member.key)) {
            json_fail(&member, "not known for rotary scaling \"%s\"", kind);
            return EMB_E_UNSUPPORTED;
        }
    }
    return EMB_OK;
}

/* What an object says of scaling; its own theta and share are read by one_number. */
static emb_status read_scaling(const struct json *scaling, struct rope *rope)
{
    static const char *const none[] = {NULL};
    static const char *const linear[] = {"factor", NULL};
    static const char *const llama3[] = {"factor", "low_freq_factor", "high_freq_factor",
                                         "original_max_position_embeddings", NULL};
    static const char *const yarn[] = {
        "factor", "beta_fast",      "beta_slow", "attention_factor",
        "mscale", "mscale_all_dim", "truncate",  "original_max_position_embeddings",
        NULL};
    const char *kind = "default", *const *keys = none;
    TRY(json_opt_text(scaling, "type", &kind, NULL));
    TRY(json_opt_text(scaling, "rope_type", &kind, NULL));
    if (strcmp(kind, "linear") == 0) {
        rope->scaling = ROPE_LINEAR;
        keys = linear;
    } else if (strcmp(kind, "llama3") == 0) {
        keys = llama3;
        TRY(read_llama3(scaling, rope));
    } else if (strcmp(kind, "yarn") == 0) {
        keys = yarn;
        TRY(read_yarn(scaling, rope));
    } else if (strcmp(kind, "dynamic") == 0) {
        keys = linear; /* only sequences beyond max_position_embeddings differ: there are none */
    } else if (strcmp(kind, "default") != 0) {
        json_fail(scaling, "rotary scaling \"%s\" is not known", kind);
        return EMB_E_UNSUPPORTED;
    }
    if (rope->scaling != ROPE_PLAIN) {
        TRY(json_get_real(scaling, "factor", &rope->factor));
        if (!(rope->factor > 0)) {
            return json_fail(scaling, "factor: found %g, expected more than 0", rope->factor);
        }
    }
    return refuse_others(scaling, kind, keys);
}

/* One kind of block: what stands at the root, and in `object` (NULL: nothing). */
static emb_status read_rope(const struct config *config, const char *const *theta_keys,
                            double theta, const struct rope_keys *keys, const struct json *object,
                            const struct arch *arch, struct rope *ret_rope)
{
    struct rope rope = {.theta = theta};
    double part = keys->part_default;
    TRY(one_number(config, theta_keys, object, "rope_theta", &rope.theta));
    TRY(one_number(config, keys->part, object, "partial_rotary_factor", &part));
    if (object) {
        TRY(read_scaling(object, &rope));
    }
    if (!(rope.theta > 0) || !(part > 0) || part > 1) {
        return json_fail(object ? object : &config->root,
                         "rotary base %g and share %g: expected more than 0, share <= 1",
                         rope.theta, part);
    }
    rope.dims = (uint32_t)((double)arch->head_dim * part) / 2 * 2;
    if (rope.original <= 0) {
        rope.original = arch->max_positions;
    }
    *ret_rope = rope;
    return EMB_OK;
}

static bool same_rope(const struct rope *a, const struct rope *b)
{
    return a->dims == b->dims && a->scaling == b->scaling && a->theta == b->theta &&
           a->factor == b->factor && a->low_freq == b->low_freq && a->high_freq == b->high_freq &&
           a->original == b->original && a->beta_fast == b->beta_fast &&
           a->beta_slow == b->beta_slow && a->attention_factor == b->attention_factor &&
           a->mscale == b->mscale && a->mscale_all == b->mscale_all && a->truncate == b->truncate;
}

/* The objects of the two types of block; *ret_nested false: `object` itself is that of both. */
static emb_status split(const struct json *object, struct json parts[2], bool there[2],
                        bool *ret_nested)
{
    static const char *const types[2] = {"full_attention", "sliding_attention"};
    struct json place;
    *ret_nested = json_member(object, types[0], &place) || json_member(object, types[1], &place);
    for (int t = 0; *ret_nested && t < 2; t++) {
        there[t] = json_has(object, types[t], &parts[t]);
        if (there[t]) {
            TRY(json_get_object(object, types[t], &parts[t]));
        }
    }
    void *at = NULL;
    for (struct json member; *ret_nested && json_next(object, &at, &member);) {
        if (strcmp(member.key, types[0]) != 0 && strcmp(member.key, types[1]) != 0) {
            json_fail(&member, "found beside \"%s\" and \"%s\", expected nothing else", types[0],
                      types[1]);
            return EMB_E_UNSUPPORTED;
        }
    }
    return EMB_OK;
}

/* Both types of block by one object (NULL: by the root alone). */
static emb_status read_both(const struct config *config, const struct rope_keys *keys,
                            const struct json *object, const struct arch *arch, struct rope ret[2])
{
    struct json parts[2];
    bool there[2] = {object != NULL, object != NULL}, nested = false;
    if (object) {
        parts[0] = parts[1] = *object;
        TRY(split(object, parts, there, &nested));
    }
    bool two = keys->local_theta[0] != NULL;
    if (two && object && !nested) {
        json_fail(object, "expected an object for each of full_attention and sliding_attention");
        return EMB_E_UNSUPPORTED;
    }
    TRY(read_rope(config, keys->theta, keys->theta_default, keys, there[0] ? &parts[0] : NULL, arch,
                  &ret[0]));
    return read_rope(config, two ? keys->local_theta : keys->theta,
                     two ? keys->local_theta_default : keys->theta_default, keys,
                     there[1] ? &parts[1] : NULL, arch, &ret[1]);
}

emb_status config_rope(const struct config *config, const struct rope_keys *keys, struct arch *arch)
{
    static const char *const places[] = {"rope_scaling", "rope_parameters"};
    struct rope found[2][2] = {0};
    struct json object;
    int n = 0;
    for (int i = 0; i < 2; i++) {
        if (json_has(&config->root, places[i], &object)) {
            TRY(json_get_object(&config->root, places[i], &object));
            TRY(read_both(config, keys, &object, arch, found[n++]));
        }
    }
    if (n == 0) {
        TRY(read_both(config, keys, NULL, arch, found[0]));
    }
    if (n == 2 &&
        !(same_rope(&found[0][0], &found[1][0]) && same_rope(&found[0][1], &found[1][1]))) {
        return json_fail(&config->root, "rope_scaling and rope_parameters do not say the same");
    }
    if (found[0][0].dims != found[0][1].dims) {
        json_fail(&config->root, "other shares of a head are rotated in blocks with a window");
        return EMB_E_UNSUPPORTED;
    }
    arch->rope = found[0][0];
    arch->rope_local = found[0][1];
    return EMB_OK;
}
