/* Members of an object by name and type: required, or optional with a default. */
#include "base/json_own.h"
#include "base/try.h"

static emb_status required(const struct json *object, const char *key, struct json *ret_member)
{
    if (json_kind(object) != JSON_KIND_OBJECT) {
        return json_wrong_kind(object, "an object");
    }
    if (!json_member(object, key, ret_member)) {
        return json_fail(object, "no member \"%s\"", key);
    }
    return EMB_OK;
}

emb_status json_get_object(const struct json *object, const char *key, struct json *ret_member)
{
    struct json member = {0};
    TRY(required(object, key, &member));
    if (json_kind(&member) != JSON_KIND_OBJECT) {
        return json_wrong_kind(&member, "an object");
    }
    *ret_member = member;
    return EMB_OK;
}

emb_status json_get_array(const struct json *object, const char *key, struct json *ret_member)
{
    struct json member = {0};
    TRY(required(object, key, &member));
    if (json_kind(&member) != JSON_KIND_ARRAY) {
        return json_wrong_kind(&member, "an array");
    }
    *ret_member = member;
    return EMB_OK;
}

emb_status json_get_text(const struct json *object, const char *key, const char **ret_text,
                         uint64_t *ret_n_bytes)
{
    struct json member = {0};
    TRY(required(object, key, &member));
    return json_as_text(&member, ret_text, ret_n_bytes);
}

emb_status json_get_bool(const struct json *object, const char *key, bool *ret_value)
{
    struct json member = {0};
    TRY(required(object, key, &member));
    return json_as_bool(&member, ret_value);
}

emb_status json_get_uint(const struct json *object, const char *key, uint64_t max,
                         uint64_t *ret_value)
{
    struct json member = {0};
    TRY(required(object, key, &member));
    return json_as_uint(&member, max, ret_value);
}

emb_status json_get_real(const struct json *object, const char *key, double *ret_value)
{
    struct json member = {0};
    TRY(required(object, key, &member));
    return json_as_real(&member, ret_value);
}

emb_status json_opt_text(const struct json *object, const char *key, const char **ret_text,
                         uint64_t *ret_n_bytes)
{
    struct json member = {0};
    return json_has(object, key, &member) ? json_as_text(&member, ret_text, ret_n_bytes) : EMB_OK;
}

emb_status json_opt_bool(const struct json *object, const char *key, bool *ret_value)
{
    struct json member = {0};
    return json_has(object, key, &member) ? json_as_bool(&member, ret_value) : EMB_OK;
}

emb_status json_opt_uint(const struct json *object, const char *key, uint64_t max,
                         uint64_t *ret_value)
{
    struct json member = {0};
    return json_has(object, key, &member) ? json_as_uint(&member, max, ret_value) : EMB_OK;
}

emb_status json_opt_real(const struct json *object, const char *key, double *ret_value)
{
    struct json member = {0};
    return json_has(object, key, &member) ? json_as_real(&member, ret_value) : EMB_OK;
}
