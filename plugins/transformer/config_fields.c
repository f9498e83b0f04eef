/* config_fields.c - single keys of a config.json. */
#include "config.h"

#include <string.h>

emb_status config_count(const struct config *config, const char *key, uint32_t *ret_value)
{
    uint64_t value;
    TRY(json_get_uint(&config->root, key, 1u << 28, &value));
    if (value == 0) {
        return json_fail(&config->root, "%s: found 0, expected at least 1", key);
    }
    *ret_value = (uint32_t)value;
    return EMB_OK;
}

emb_status config_count_as(const struct config *config, const char *key, const char *other,
                           uint32_t *ret_value)
{
    struct json place;
    uint32_t value = 0;
    if (!json_has(&config->root, other, &place)) {
        return config_count(config, key, ret_value);
    }
    TRY(config_count(config, other, &value));
    *ret_value = value;
    if (!json_has(&config->root, key, &place)) {
        return EMB_OK;
    }
    TRY(config_count(config, key, ret_value));
    return value == *ret_value
               ? EMB_OK
               : json_fail(&config->root, "%s is %u and %s, which means the same, %u", key,
                           *ret_value, other, value);
}

emb_status config_uint(const struct config *config, const char *key, uint32_t *ret_value)
{
    uint64_t value = *ret_value;
    emb_status status = json_opt_uint(&config->root, key, UINT32_MAX, &value);
    *ret_value = (uint32_t)value;
    return status;
}

emb_status config_float(const struct config *config, const char *key, float *ret_value)
{
    double value = (double)*ret_value;
    emb_status status = json_opt_real(&config->root, key, &value);
    *ret_value = (float)value;
    return status;
}

emb_status config_flag(const struct config *config, const char *key, bool *ret_value)
{
    return json_opt_bool(&config->root, key, ret_value);
}

emb_status config_only_flag(const struct config *config, const char *key, bool wanted)
{
    bool value = wanted;
    emb_status status = json_opt_bool(&config->root, key, &value);
    if (status == EMB_OK && value != wanted) {
        json_fail(&config->root, "%s=%s is not supported for %s models (only %s)", key,
                  value ? "true" : "false", config->family, wanted ? "true" : "false");
        return EMB_E_UNSUPPORTED;
    }
    return status;
}

emb_status config_only_text(const struct config *config, const char *key, const char *wanted)
{
    const char *value = wanted;
    emb_status status = json_opt_text(&config->root, key, &value, NULL);
    if (status == EMB_OK && strcmp(value, wanted) != 0) {
        json_fail(&config->root, "%s=\"%s\" is not supported for %s models (only \"%s\")", key,
                  value, config->family, wanted);
        return EMB_E_UNSUPPORTED;
    }
    return status;
}

emb_status config_activation(const struct config *config, const char *key, const char *fallback,
                             enum activation *ret_act)
{
    static const struct {
        const char *name;
        enum activation act;
    } known[] = {{"gelu", ACT_GELU},        {"gelu_new", ACT_GELU_TANH},
                 {"gelu_python", ACT_GELU}, {"gelu_pytorch_tanh", ACT_GELU_TANH},
                 {"relu", ACT_RELU},        {"silu", ACT_SILU},
                 {"swish", ACT_SILU},       {"gelu_fast", ACT_GELU_TANH}};
    const char *name = fallback;
    TRY(json_opt_text(&config->root, key, &name, NULL));
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(name, known[i].name) == 0) {
            *ret_act = known[i].act;
            return EMB_OK;
        }
    }
    json_fail(&config->root, "%s=\"%s\": unknown activation", key, name);
    return EMB_E_UNSUPPORTED;
}
