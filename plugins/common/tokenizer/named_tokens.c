/* Added and special tokens that stand in files beside the vocabulary. */
#include "tokenizer/classes.h"

#include "base/try.h"
#include "embedder_util.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_NEW 16384 /* special tokens beside the decoder's: each is sought among the others */

struct naming {
    struct tokenizer *tokenizer;
    const struct settings *settings;
    const struct tokenizer_class *class;
    struct vocab known; /* spellings of the first n_known added tokens; ids: their places */
    uint32_t n_known;
    bool is_indexed;                   /* what came with the vocabulary */
    struct added_token roles[N_ROLES]; /* n_bytes 0: there is none */
    bool role_has_flags[N_ROLES];
};

/* Make `known` hold all added tokens. One spelling twice among the new ones is an error. */
static emb_status index_tokens(struct naming *naming)
{
    const struct added *added = &naming->tokenizer->added;
    uint32_t n_old = naming->n_known;
    vocab_finish(&naming->known);
    vocab_init(&naming->known, naming->tokenizer->host);
    emb_status status = EMB_OK;
    for (uint32_t i = 0; i < added->n && status == EMB_OK; i++) {
        status = vocab_add(&naming->known, added->items[i].text, added->items[i].n_bytes, i);
    }
    status = status ? status : vocab_seal(&naming->known);
    for (uint32_t i = n_old; i < added->n && status == EMB_OK && naming->is_indexed; i++) {
        const struct added_token *token = &added->items[i];
        uint32_t last = i;
        vocab_find(&naming->known, token->text, token->n_bytes, &last);
        if (added->items[last].id != token->id) {
            status = emb_failf(naming->tokenizer->host, EMB_E_FORMAT,
                               "%s: \"%s\" is given the ids %u and %u", naming->settings->folder,
                               token->text, token->id, added->items[last].id);
        }
    }
    naming->n_known = added->n;
    naming->is_indexed = true;
    return status;
}

/* The added token of the files, or of those that came with the vocabulary. */
static struct added_token *find_known(const struct naming *naming, const char *text,
                                      uint32_t n_bytes)
{
    uint32_t found;
    return vocab_find(&naming->known, text, n_bytes, &found)
               ? &naming->tokenizer->added.items[found]
               : NULL;
}

/* The same, with the few that were added since. */
static struct added_token *find_added(const struct naming *naming, const char *text,
                                      uint32_t n_bytes)
{
    const struct added *added = &naming->tokenizer->added;
    struct added_token *known = find_known(naming, text, n_bytes);
    for (uint32_t i = naming->n_known; i < added->n && !known; i++) {
        if (added->items[i].n_bytes == n_bytes &&
            memcmp(added->items[i].text, text, n_bytes) == 0) {
            known = &added->items[i];
        }
    }
    return known;
}

/* The token under the id that a file gives it, unless the vocabulary says otherwise. */
static emb_status add_with_id(struct naming *naming, const struct json *place,
                              const struct added_token *token, bool flags_count)
{
    const struct vocab *vocab = &naming->tokenizer->model.vocab;
    struct added_token *old = find_known(naming, token->text, token->n_bytes);
    uint32_t n = 0;
    uint32_t id = token->id;
    if (!old && !vocab_find(vocab, token->text, token->n_bytes, &id)) {
        id = token->id;
    }
    id = old ? old->id : id;
    if (id != token->id) {
        return json_fail(place, "found id %u for \"%s\", which is number %u in %s", token->id,
                         token->text, id, naming->tokenizer->name);
    }
    const char *text = old ? NULL : vocab_text(vocab, token->id, &n);
    if (text && (n != token->n_bytes || memcmp(text, token->text, n) != 0)) {
        return json_fail(place, "found \"%s\", but number %u is \"%s\" in %s", token->text,
                         token->id, text, naming->tokenizer->name);
    }
    if (old && flags_count) {
        const char *spelling = old->text;
        *old = *token;
        old->text = spelling;
    }
    return old ? EMB_OK : add_token(naming->tokenizer, *token);
}

/* "30522": {"content": "covid19", "special": false, …} */
static emb_status add_decoder(struct naming *naming)
{
    struct json root = json_root(naming->settings->config);
    struct json decoder;
    struct json member;
    void *iterator = NULL;
    TRY(json_get_object(&root, "added_tokens_decoder", &decoder));
    while (json_next(&decoder, &iterator, &member)) {
        struct added_token token = {0};
        char *end;
        unsigned long id = strtoul(member.key, &end, 10);
        if (member.key[0] < '0' || member.key[0] > '9' || *end || id > VOCAB_MAX_ID) {
            return json_fail(&member, "expected an id from 0 to %u as its name", VOCAB_MAX_ID);
        }
        token.id = (uint32_t)id;
        TRY(read_token_flags(&member, &token));
        if (token.n_bytes) {
            TRY(add_with_id(naming, &member, &token, true));
        }
    }
    return EMB_OK;
}

static bool is_special(const struct naming *naming, const char *text, uint64_t n_bytes,
                       bool *ret_is_mask)
{
    for (int role = 0; role < N_ROLES; role++) {
        const struct added_token *token = &naming->roles[role];
        if (token->n_bytes && token->n_bytes == n_bytes &&
            memcmp(token->text, text, n_bytes) == 0) {
            *ret_is_mask = role == ROLE_MASK;
            return true;
        }
    }
    return false;
}

/* Whether a list of special tokens names it. */
static emb_status is_in_list(struct json_file *file, const char *key, const char *text,
                             bool *ret_is_in)
{
    struct json root;
    struct json list;
    if (!file || (root = json_root(file), !json_has(&root, key, &list))) {
        return EMB_OK;
    }
    for (uint64_t i = 0; i < json_length(&list) && !*ret_is_in; i++) {
        if (json_kind(&list) != JSON_KIND_ARRAY) {
            return EMB_OK;
        }
        struct json element = json_element(&list, i);
        struct added_token token = {0};
        TRY(json_kind(&element) == JSON_KIND_OBJECT ? read_token_flags(&element, &token)
                                                    : json_as_text(&element, &token.text, NULL));
        *ret_is_in = strcmp(token.text, text) == 0;
    }
    return EMB_OK;
}

/* {"covid19": 30522}: special where it is one of the special tokens, else found in the normalised
 * text. */
static emb_status add_added_tokens(struct naming *naming)
{
    struct json root = json_root(naming->settings->added);
    struct json member;
    void *iterator = NULL;
    while (json_next(&root, &iterator, &member)) {
        char text[UINT16_MAX];
        uint64_t id = 0;
        bool is_mask = false;
        if (strlen(member.key) >= sizeof text) {
            return json_fail(&root, "found a token of %zu bytes, expected at most %d",
                             strlen(member.key), UINT16_MAX);
        }
        uint64_t n = json_key(&member, text);
        text[n] = '\0';
        TRY(json_as_uint(&member, VOCAB_MAX_ID, &id));
        struct added_token token = {.text = text, .n_bytes = (uint32_t)n, .id = (uint32_t)id};
        token.special = is_special(naming, text, n, &is_mask);
        static const char key[] = "additional_special_tokens";
        TRY(is_in_list(naming->settings->map, key, text, &token.special));
        TRY(is_in_list(naming->settings->config, key, text, &token.special));
        token.normalized = !token.special;
        token.lstrip = is_mask && naming->class && naming->class->mask_lstrip;
        if (n) {
            TRY(add_with_id(naming, &member, &token, false));
        }
    }
    return EMB_OK;
}

/* The number of the next piece: as many as there are, if they are numbered without gaps. */
static emb_status next_id(const struct naming *naming, const struct added_token *token,
                          uint32_t *ret_id)
{
    const struct tokenizer *tokenizer = naming->tokenizer;
    const struct vocab *vocab = &tokenizer->model.vocab;
    uint64_t n = vocab->n_ids;
    uint64_t n_there = 0;
    for (uint32_t i = 0; i < tokenizer->added.n; i++) {
        uint32_t id = tokenizer->added.items[i].id;
        n = id >= n ? (uint64_t)id + 1 : n;
        n_there += id >= vocab->n_ids;
    }
    if (n != vocab->n_ids + n_there || vocab->n < vocab->n_ids || n > VOCAB_MAX_ID) {
        return emb_failf(tokenizer->host, EMB_E_FORMAT,
                         "%s: \"%s\" is no piece of the vocabulary, no file gives its id, and the "
                         "ids that there are have gaps",
                         tokenizer->name, token->text);
    }
    *ret_id = (uint32_t)n;
    return EMB_OK;
}

/* A special token under its piece's id, else under the next one. */
static emb_status add_special(struct naming *naming, struct added_token token, uint32_t *ret_id)
{
    const struct added_token *old = find_added(naming, token.text, token.n_bytes);
    if (old) {
        *ret_id = old->id;
        return EMB_OK;
    }
    if (!vocab_find(&naming->tokenizer->model.vocab, token.text, token.n_bytes, &token.id)) {
        TRY(next_id(naming, &token, &token.id));
    }
    *ret_id = token.id;
    return add_token(naming->tokenizer, token);
}

static emb_status add_element(struct naming *naming, const struct json *element)
{
    struct added_token token = {.special = true};
    uint64_t n_bytes = 0;
    uint32_t id;
    emb_status status;
    if (json_kind(element) == JSON_KIND_OBJECT) {
        status = read_token_flags(element, &token);
        token.special = true;
    } else {
        status = json_as_text(element, &token.text, &n_bytes);
        token.n_bytes = n_bytes < UINT16_MAX ? (uint32_t)n_bytes : UINT16_MAX;
    }
    return status || !token.n_bytes ? status : add_special(naming, token, &id);
}

/* A list of special tokens, or an object that names each. */
static emb_status add_list(struct naming *naming, struct json_file *file, const char *key)
{
    struct json root;
    struct json list;
    struct json member;
    void *iterator = NULL;
    if (!file || (root = json_root(file), !json_has(&root, key, &list)) ||
        json_length(&list) == 0) {
        return EMB_OK;
    }
    if (json_length(&list) > MAX_NEW ||
        (json_kind(&list) != JSON_KIND_ARRAY && json_kind(&list) != JSON_KIND_OBJECT)) {
        return json_fail(&list, "expected an array of at most %d tokens", MAX_NEW);
    }
    for (uint64_t i = 0; json_kind(&list) == JSON_KIND_ARRAY && i < json_length(&list); i++) {
        struct json element = json_element(&list, i);
        TRY(add_element(naming, &element));
    }
    while (json_next(&list, &iterator, &member)) {
        TRY(add_element(naming, &member));
    }
    return EMB_OK;
}

static emb_status find_roles(struct naming *naming)
{
    const struct tokenizer_class *class = naming->class;
    for (int role = 0; role < N_ROLES; role++) {
        struct added_token *token = &naming->roles[role];
        bool is_named;
        bool is_null;
        TRY(settings_role(naming->settings, (enum token_role)role, token, &is_named, &is_null,
                          &naming->role_has_flags[role]));
        if (!is_named) {
            *token = (struct added_token){.special = true};
            const char *text = class && !is_null ? class->roles[role] : NULL;
            token->text = text;
            token->n_bytes = text ? (uint32_t)strlen(text) : 0;
        }
        if (role == ROLE_MASK && !naming->role_has_flags[role]) {
            token->lstrip = class && class->mask_lstrip;
        }
    }
    return EMB_OK;
}

/* What a class or a file says of a special token counts for one that is there already. */
static void set_role_flags(struct naming *naming)
{
    for (int role = 0; role < N_ROLES; role++) {
        const struct added_token *token = &naming->roles[role];
        bool says =
            naming->class || (naming->role_has_flags[role] && !naming->settings->has_decoder);
        struct added_token *old =
            token->n_bytes && says ? find_added(naming, token->text, token->n_bytes) : NULL;
        if (old) {
            const struct added_token own = *old;
            *old = *token;
            old->text = own.text;
            old->id = own.id;
        }
    }
}

static emb_status add_all(struct naming *naming, struct role_tokens *ret_roles)
{
    const struct settings *settings = naming->settings;
    TRY(index_tokens(naming));
    TRY(find_roles(naming));
    set_role_flags(naming);
    if (settings->has_decoder) {
        TRY(add_decoder(naming));
    } else if (settings->added) {
        TRY(add_added_tokens(naming));
    }
    TRY(index_tokens(naming));
    for (int role = 0; role < N_ROLES; role++) {
        if (naming->roles[role].n_bytes) {
            TRY(add_special(naming, naming->roles[role], &ret_roles->ids[role]));
        }
    }
    static const char *const keys[] = {"additional_special_tokens", "extra_special_tokens"};
    for (int i = 0; i < 2; i++) {
        TRY(add_list(naming, settings->config, keys[i]));
        if (!settings->has_decoder) {
            TRY(add_list(naming, settings->map, keys[i]));
        }
    }
    return EMB_OK;
}

emb_status add_named_tokens(struct tokenizer *tokenizer, const struct settings *settings,
                            const struct tokenizer_class *class, struct role_tokens *ret_roles)
{
    struct naming naming = {.tokenizer = tokenizer, .settings = settings, .class = class};
    vocab_init(&naming.known, tokenizer->host);
    for (int role = 0; role < N_ROLES; role++) {
        ret_roles->ids[role] = NO_ID;
    }
    emb_status status = add_all(&naming, ret_roles);
    vocab_finish(&naming.known);
    return status;
}
