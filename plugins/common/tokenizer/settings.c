/* Reads tokenizer_config.json, special_tokens_map.json and added tokens. */
#include "tokenizer/settings.h"

#include "base/try.h"
#include "embedder_util.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

char *settings_file(const char *folder, const char *name)
{
    char *path = NULL;
    struct stat about;
    if (asprintf(&path, "%s/%s", folder, name) < 0) {
        return NULL;
    }
    if (stat(path, &about) != 0 || S_ISDIR(about.st_mode)) {
        free(path);
        return NULL;
    }
    return path;
}

static emb_status load(const struct settings *settings, const char *name,
                       struct json_file **ret_file)
{
    char *path = settings_file(settings->folder, name);
    if (!path) {
        return EMB_OK;
    }
    emb_status status = json_load(settings->host, path, ret_file);
    free(path);
    if (status == EMB_OK) {
        struct json root = json_root(*ret_file);
        if (json_kind(&root) != JSON_KIND_OBJECT) {
            return json_fail(&root, "expected an object");
        }
    }
    return status;
}

/* The names under which sentence-transformers has kept these settings, in its order. */
static emb_status load_sentence_config(struct settings *settings)
{
    static const char *const names[] = {
        "sentence_bert_config.json",       "sentence_roberta_config.json",
        "sentence_distilbert_config.json", "sentence_camembert_config.json",
        "sentence_albert_config.json",     "sentence_xlm-roberta_config.json",
        "sentence_xlnet_config.json"};
    emb_status status = EMB_OK;
    for (size_t i = 0; i < sizeof names / sizeof *names && !settings->sentence && !status; i++) {
        status = load(settings, names[i], &settings->sentence);
    }
    char *modules = settings_file(settings->folder, "modules.json");
    settings->is_sentence_model = settings->sentence || modules;
    free(modules);
    return status;
}

static emb_status find_class_name(struct settings *settings)
{
    if (settings->config) {
        struct json root = json_root(settings->config);
        struct json decoder;
        settings->has_decoder = json_has(&root, "added_tokens_decoder", &decoder);
        settings->class_file = "tokenizer_config.json";
        TRY(json_opt_text(&root, "tokenizer_class", &settings->class_name, NULL));
    }
    if (settings->model) {
        struct json root = json_root(settings->model);
        TRY(json_opt_text(&root, "model_type", &settings->model_type, NULL));
        if (!settings->class_name) {
            settings->class_file = "config.json";
            TRY(json_opt_text(&root, "tokenizer_class", &settings->class_name, NULL));
        }
    }
    return EMB_OK;
}

emb_status settings_load(const struct emb_host *host, const char *folder,
                         struct settings *ret_settings)
{
    *ret_settings = (struct settings){.host = host, .folder = strdup(folder)};
    if (!ret_settings->folder) {
        return emb_failf(host, EMB_E_NOMEM, "%s: out of memory", folder);
    }
    TRY(load(ret_settings, "tokenizer_config.json", &ret_settings->config));
    TRY(load(ret_settings, "special_tokens_map.json", &ret_settings->map));
    TRY(load(ret_settings, "added_tokens.json", &ret_settings->added));
    TRY(load(ret_settings, "config.json", &ret_settings->model));
    TRY(load_sentence_config(ret_settings));
    return find_class_name(ret_settings);
}

void settings_finish(struct settings *settings)
{
    free(settings->folder);
    json_free(settings->config);
    json_free(settings->map);
    json_free(settings->added);
    json_free(settings->model);
    json_free(settings->sentence);
    *settings = (struct settings){0};
}

emb_status settings_flag(const struct settings *settings, const char *key, enum flag *ret_flag)
{
    *ret_flag = FLAG_ABSENT;
    if (!settings->config) {
        return EMB_OK;
    }
    struct json root = json_root(settings->config);
    struct json member;
    if (!json_member(&root, key, &member)) {
        return EMB_OK;
    }
    if (json_kind(&member) == JSON_KIND_NULL) {
        *ret_flag = FLAG_NULL;
        return EMB_OK;
    }
    bool value = false;
    emb_status status = json_as_bool(&member, &value);
    *ret_flag = value ? FLAG_TRUE : FLAG_FALSE;
    return status;
}

emb_status settings_bool(const struct settings *settings, const char *key, bool *value)
{
    enum flag flag;
    emb_status status = settings_flag(settings, key, &flag);
    if (status == EMB_OK && flag >= FLAG_FALSE) {
        *value = flag == FLAG_TRUE;
    }
    return status;
}

const char *role_key(enum token_role role)
{
    static const char *const keys[N_ROLES] = {"bos_token", "eos_token", "unk_token", "sep_token",
                                              "pad_token", "cls_token", "mask_token"};
    return keys[role];
}

emb_status read_token_flags(const struct json *place, struct added_token *token)
{
    uint64_t n_bytes = 0;
    struct json normalized;
    TRY(json_get_text(place, "content", &token->text, &n_bytes));
    TRY(json_opt_bool(place, "special", &token->special));
    token->normalized = !token->special; /* unless it says so itself */
    TRY(json_opt_bool(place, "single_word", &token->single_word));
    TRY(json_opt_bool(place, "lstrip", &token->lstrip));
    TRY(json_opt_bool(place, "rstrip", &token->rstrip));
    if (json_has(place, "normalized", &normalized)) {
        TRY(json_as_bool(&normalized, &token->normalized));
    }
    if (n_bytes > UINT16_MAX) {
        return json_fail(place, "found a token of %llu bytes, expected at most %d",
                         (unsigned long long)n_bytes, UINT16_MAX);
    }
    token->n_bytes = (uint32_t)n_bytes;
    return EMB_OK;
}

emb_status settings_role(const struct settings *settings, enum token_role role,
                         struct added_token *ret_token, bool *ret_named, bool *ret_is_null,
                         bool *ret_with_flags)
{
    struct json_file *files[] = {settings->has_decoder ? NULL : settings->map, settings->config};
    *ret_named = *ret_is_null = *ret_with_flags = false;
    for (size_t i = 0; i < 2; i++) {
        struct json root;
        struct json member;
        if (!files[i] ||
            (root = json_root(files[i]), !json_member(&root, role_key(role), &member))) {
            continue;
        }
        if (json_kind(&member) == JSON_KIND_NULL) {
            *ret_is_null = true;
            continue;
        }
        *ret_token = (struct added_token){.special = true};
        if (json_kind(&member) == JSON_KIND_OBJECT) {
            *ret_with_flags = true;
            TRY(read_token_flags(&member, ret_token));
            ret_token->special = true;
        } else {
            uint64_t n_bytes = 0;
            TRY(json_as_text(&member, &ret_token->text, &n_bytes));
            ret_token->n_bytes = n_bytes < UINT16_MAX ? (uint32_t)n_bytes : UINT16_MAX;
        }
        *ret_named = ret_token->n_bytes > 0;
        return EMB_OK;
    }
    return EMB_OK;
}

/* A whole number above 0 that fits; model_max_length of "no limit" (1e30) counts as none. */
static emb_status read_length(struct json_file *file, const char *key, uint32_t *ret_length)
{
    struct json root;
    struct json member;
    double value = 0;
    if (!file || (root = json_root(file), !json_has(&root, key, &member))) {
        return EMB_OK;
    }
    emb_status status = json_as_real(&member, &value);
    if (status == EMB_OK && !(value >= 1)) {
        status = json_fail(&member, "found %g, expected 1 or more", value);
    }
    *ret_length = status == EMB_OK && value <= 1u << 24 ? (uint32_t)value : 0;
    return status;
}

emb_status settings_max_pieces(const struct settings *settings, uint32_t *ret_max)
{
    *ret_max = 0;
    TRY(read_length(settings->sentence, "max_seq_length", ret_max));
    if (*ret_max == 0 && settings->is_sentence_model) {
        TRY(read_length(settings->config, "model_max_length", ret_max));
    }
    return EMB_OK;
}

emb_status settings_lowers_text(const struct settings *settings, bool *ret_lowers)
{
    *ret_lowers = false;
    if (!settings->sentence) {
        return EMB_OK;
    }
    struct json root = json_root(settings->sentence);
    struct json args;
    if (json_has(&root, "tokenizer_args", &args) && json_length(&args) > 0) {
        json_fail(&args, "options of the tokenizer given here are not supported");
        return EMB_E_UNSUPPORTED;
    }
    return json_opt_bool(&root, "do_lower_case", ret_lowers);
}
