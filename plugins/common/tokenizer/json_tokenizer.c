/* Reads tokenizer.json, part by part. */
#include "tokenizer/json_tokenizer.h"

#include "base/regex.h"
#include "base/try.h"
#include "tokenizer/classes.h"

#include <string.h>

static bool is_listed(const char *word, const char *list)
{
    size_t n = strlen(word);
    for (const char *at = list; n && (at = strstr(at, word)) != NULL; at += n) {
        if ((at == list || at[-1] == ' ') && (at[n] == ' ' || at[n] == '\0')) {
            return true;
        }
    }
    return false;
}

emb_status json_only(const struct json *object, const char *known)
{
    void *iterator = NULL;
    struct json member;
    while (json_next(object, &iterator, &member)) {
        if (!is_listed(member.key, known)) {
            return json_fail(&member, "found an unknown member, expected one of: %s", known);
        }
    }
    return EMB_OK;
}

emb_status read_step(struct tokenizer *tokenizer, const struct json *place,
                     const struct step_reader *readers, size_t n_readers, const char *what)
{
    const char *type;
    TRY(json_get_text(place, "type", &type, NULL));
    for (size_t i = 0; i < n_readers; i++) {
        if (strcmp(readers[i].type, type) == 0) {
            char known[256] = "type ";
            strncat(known, readers[i].members, sizeof known - strlen(known) - 1);
            TRY(json_only(place, known));
            return readers[i].read(tokenizer, place);
        }
    }
    return json_fail(place, "found %s of type \"%s\", which is not known", what, type);
}

emb_status read_pattern(struct tokenizer *tokenizer, const struct json *place,
                        const char **ret_literal, uint32_t *ret_n_literal, struct regex **ret_regex)
{
    struct json pattern;
    TRY(json_get_object(place, "pattern", &pattern));
    bool is_regex = json_has(&pattern, "Regex", &(struct json){0});
    const char *text;
    uint64_t n_bytes;
    TRY(json_get_text(&pattern, is_regex ? "Regex" : "String", &text, &n_bytes));
    TRY(json_only(&pattern, is_regex ? "Regex" : "String"));
    if (n_bytes == 0 || n_bytes > UINT32_MAX) {
        return json_fail(&pattern, "found an empty pattern, expected one that matches something");
    }
    *ret_literal = NULL;
    *ret_regex = NULL;
    if (is_regex) {
        char where[512];
        json_where(&pattern, where, sizeof where);
        return regex_compile(tokenizer->host, where, text, n_bytes, ret_regex);
    }
    *ret_literal = pool_copy(&tokenizer->pool, text, n_bytes);
    *ret_n_literal = (uint32_t)n_bytes;
    return *ret_literal ? EMB_OK : EMB_E_NOMEM;
}

emb_status read_sequence(struct tokenizer *tokenizer, const struct json *place, const char *member,
                         emb_status (*read)(struct tokenizer *, const struct json *))
{
    struct json list;
    TRY(json_get_array(place, member, &list));
    for (uint64_t i = 0; i < json_length(&list); i++) {
        struct json element = json_element(&list, i);
        TRY(read(tokenizer, &element));
    }
    return EMB_OK;
}

static emb_status read_added_token(struct tokenizer *tokenizer, const struct json *place)
{
    struct added_token token = {.normalized = true};
    uint64_t id = 0;
    uint64_t n_bytes = 0;
    emb_status status = json_only(place, "id content single_word lstrip rstrip normalized special");
    status = status ? status : json_get_uint(place, "id", VOCAB_MAX_ID, &id);
    status = status ? status : json_get_text(place, "content", &token.text, &n_bytes);
    status = status ? status : json_opt_bool(place, "single_word", &token.single_word);
    status = status ? status : json_opt_bool(place, "lstrip", &token.lstrip);
    status = status ? status : json_opt_bool(place, "rstrip", &token.rstrip);
    status = status ? status : json_opt_bool(place, "normalized", &token.normalized);
    status = status ? status : json_opt_bool(place, "special", &token.special);
    if (status || n_bytes == 0) {
        return status; /* an empty one is never found */
    }
    if (n_bytes > UINT16_MAX) {
        return json_fail(place, "found a token of %llu bytes, expected at most %d",
                         (unsigned long long)n_bytes, UINT16_MAX);
    }
    token.id = (uint32_t)id;
    token.n_bytes = (uint32_t)n_bytes;
    uint32_t model_id;
    if (vocab_find(&tokenizer->model.vocab, token.text, token.n_bytes, &model_id) &&
        model_id != token.id) {
        return json_fail(place, "found id %u for \"%s\", expected %u as in the model's vocabulary",
                         token.id, token.text, model_id);
    }
    return add_token(tokenizer, token);
}

static emb_status read_added_tokens(struct tokenizer *tokenizer, const struct json *root)
{
    struct json list;
    if (!json_has(root, "added_tokens", &list)) {
        return EMB_OK;
    }
    return read_sequence(tokenizer, root, "added_tokens", read_added_token);
}

static emb_status read_optional(struct tokenizer *tokenizer, const struct json *root,
                                const char *member,
                                emb_status (*read)(struct tokenizer *, const struct json *))
{
    struct json place;
    return json_has(root, member, &place) ? read(tokenizer, &place) : EMB_OK;
}

static emb_status read_root(struct tokenizer *tokenizer, const struct json *root)
{
    struct json model;
    TRY(json_get_object(root, "model", &model));
    TRY(json_only(root, "version truncation padding added_tokens normalizer "
                        "pre_tokenizer post_processor decoder model"));
    const char *version = "1.0";
    TRY(json_opt_text(root, "version", &version, NULL));
    if (strcmp(version, "1.0") != 0) {
        return json_fail(root, "found version \"%s\", expected \"1.0\"", version);
    }
    TRY(read_model(tokenizer, &model));
    TRY(read_added_tokens(tokenizer, root));
    TRY(read_optional(tokenizer, root, "normalizer", read_normalizer));
    TRY(read_optional(tokenizer, root, "pre_tokenizer", read_pre_tokenizer));
    return read_optional(tokenizer, root, "post_processor", read_post_processor);
}

/* What files beside it say is no matter of tokenizer.json alone (settings NULL). */
static emb_status read_beside(struct tokenizer *tokenizer, const struct settings *settings,
                              const struct tokenizer_class *class)
{
    struct role_tokens roles;
    TRY(add_named_tokens(tokenizer, settings, NULL, &roles));
    for (int role = 0; role < N_ROLES && class; role++) {
        const char *text = class->roles[role];
        if (text && roles.ids[role] == NO_ID) {
            vocab_find(&tokenizer->model.vocab, text, (uint32_t)strlen(text), &roles.ids[role]);
        }
    }
    tokenizer->mask = roles.ids[ROLE_MASK];
    return apply_settings(tokenizer, settings, class, &roles);
}

/* Takes the file over. */
static emb_status read_file(const struct emb_host *host, const char *name, struct json_file *file,
                            const struct settings *settings, const struct tokenizer_class *class,
                            struct tokenizer **ret_tokenizer)
{
    struct tokenizer *tokenizer = NULL;
    emb_status status = tokenizer_create(host, name, &tokenizer);
    if (status == EMB_OK) {
        struct json root = json_root(file);
        status = read_root(tokenizer, &root);
    }
    status = status || !settings ? status : read_beside(tokenizer, settings, class);
    status = status ? status : tokenizer_finish(tokenizer);
    json_free(file);
    if (status) {
        tokenizer_destroy(tokenizer);
        return status;
    }
    *ret_tokenizer = tokenizer;
    return EMB_OK;
}

emb_status read_tokenizer_json(const struct emb_host *host, const char *path,
                               const struct settings *settings, const struct tokenizer_class *class,
                               struct tokenizer **ret_tokenizer)
{
    struct json_file *file;
    TRY(json_load(host, path, &file));
    return read_file(host, path, file, settings, class, ret_tokenizer);
}

emb_status read_tokenizer_json_text(const struct emb_host *host, const char *name, const char *text,
                                    uint64_t n_bytes, struct tokenizer **ret_tokenizer)
{
    struct json_file *file;
    TRY(json_load_memory(host, name, text, n_bytes, &file));
    return read_file(host, name, file, NULL, NULL, ret_tokenizer);
}
