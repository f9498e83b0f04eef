/*
 * args_config.c - the options of a command from a JSON object: --config, and what an interrupted
 * run was asked for. args_config_write.c writes such objects.
 *
 *     {"suite": "wsd", "embedder": ["minilm", "glove"], "limit": 100, "no-items": true}
 */
#include "commands/args_own.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/str.h"
#include "data/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What says where options come from, and what only prints, is no part of an experiment. */
static const char *const not_an_experiment[] = {"config", "print-config", "resume", "cite",
                                                "o",      "split"};

bool args_in_experiment(const char *option)
{
    for (size_t i = 0; i < sizeof not_an_experiment / sizeof *not_an_experiment; i++) {
        if (strcmp(option, not_an_experiment[i]) == 0) {
            return false;
        }
    }
    return true;
}

struct config {
    struct args *args;
    const char *path;
    struct slice text; /* of the whole document */
};

/* The first member of that name that is `depth` objects or lists deep, at or behind `from`; `from`
 * itself if it is spelled with escapes. */
static const char *find_key(const struct config *config, const char *from, int depth,
                            const char *key)
{
    size_t n = strlen(key);
    int at_depth = 0;
    const char *at = config->text.text, *end = at + config->text.n;
    for (; at < end; at++) {
        at_depth += (*at == '{' || *at == '[') - (*at == '}' || *at == ']');
        if (*at != '"') {
            continue;
        }
        const char *begin = ++at;
        while (at < end && *at != '"') {
            at += *at == '\\' ? 2 : 1;
        }
        const char *next = at + 1;
        while (next < end && strchr(" \t\r\n", *next)) {
            next++;
        }
        if (begin >= from && at_depth == depth && next < end && *next == ':' &&
            (size_t)(at - begin) == n && memcmp(begin, key, n) == 0) {
            return begin;
        }
    }
    return from;
}

/* "study.json:3: "grid": "dim""; inner NULL: "study.json:3: "limit"". Lives as long as the args. */
static const char *place_of(const struct config *config, const char *key, const char *inner)
{
    const char *at = find_key(config, config->text.text, 1, key);
    at = inner ? find_key(config, at, 2, inner) : at;
    unsigned long line = 1;
    for (const char *c = config->text.text; c < at; c++) {
        line += *c == '\n';
    }
    char *place = inner ? mem_format("%s:%lu: \"%s\": \"%s\"", config->path, line, key, inner)
                        : mem_format("%s:%lu: \"%s\"", config->path, line, key);
    const char *kept = arena_keep(config->args->texts, place);
    free(place);
    return kept;
}

/* What may stand where a member does. */
struct member {
    const struct option_help *option;
    const char *key;   /* in the outermost object */
    const char *inner; /* in the object that it is; NULL: it is none */
};

static const char *member_place(const struct config *config, const struct member *member)
{
    return place_of(config, member->key, member->inner);
}

bool args_is_pair(const struct option_help *option)
{
    return option->value && strchr(option->value, '=');
}

bool args_is_list(const struct option_help *option)
{
    return option->value &&
           (strcmp(option->value, "LIST") == 0 || text_ends(option->value, "=LIST"));
}

static int bad_value(const struct config *config, const struct member *member)
{
    const struct option_help *option = member->option;
    return error_set(
        ERR_REQUEST, "%s: expected %s", member_place(config, member),
        !option->value                                                   ? "true or false"
        : option->value[0] == '['                                        ? "a text, or true"
        : args_is_pair(option) && member->inner && !args_is_list(option) ? "a text or a number"
        : args_is_pair(option) && !member->inner ? "a text, a number, a list of them or an object"
                                                 : "a text, a number or a list of them");
}

/* As it would be typed; NULL: neither a text nor a number. */
static const char *text_of(const json *value, char number[NUM_TEXT_MAX])
{
    const char *text = jsonr_as_text(value);
    double real = jsonr_as_real(value, NAN);
    uint64_t whole;
    if (jsonr_as_uint(value, &whole)) { /* beyond 2^53 a double would round it */
        snprintf(number, NUM_TEXT_MAX, "%llu", (unsigned long long)whole);
        return number;
    }
    return text ? text : isnan(real) ? NULL : num_text(real, number);
}

static void add(struct config *config, const struct member *member, const char *value)
{
    args_add_at(config->args, member->option, arena_keep(config->args->texts, value), FROM_CONFIG,
                member_place(config, member));
}

static int take_value(struct config *config, const struct member *member, const json *value)
{
    const struct option_help *option = member->option;
    char number[NUM_TEXT_MAX];
    const char *text = text_of(value, number);
    bool plain = !text && !jsonr_is_array(value) && !jsonr_is_object(value);
    if (option->value && text) {
        add(config, member, text);
        return 0;
    }
    bool is_true = plain && jsonr_as_bool(value, false);
    bool is_false = plain && !jsonr_as_bool(value, true);
    if (option->value || (!is_true && !is_false)) {
        return bad_value(config, member);
    }
    if (is_true) {
        add(config, member, NULL);
    }
    return 0;
}

static int take_values(struct config *config, const struct member *member, const json *value)
{
    if (!jsonr_is_array(value)) {
        return take_value(config, member, value);
    }
    if (!member->option->value) {
        return bad_value(config, member);
    }
    for (size_t i = 0; i < jsonr_length(value); i++) {
        TRY(take_value(config, member, jsonr_at(value, i)));
    }
    return 0;
}

static int unknown_member(const struct config *config, const char *key)
{
    const struct command *command = config->args->command;
    const char *names[64];
    uint32_t n = 0;
    for (const struct option_help *option = command->options; option->name && n < 64; option++) {
        names[n++] = option->name;
    }
    const char *nearest = args_nearest(key, names, n);
    return error_set(ERR_REQUEST, "%s: no such option%s%s%s; see harness %s --help",
                     place_of(config, key, NULL), nearest ? "; did you mean \"" : "",
                     nearest ? nearest : "", nearest ? "\"" : "", command->name);
}

/* An option that is NAME=VALUE, as an object. */
struct pairs {
    struct config *config;
    const struct option_help *option;
};

/* "a,b", a comma and a backslash of a value with one before it. */
static int join(const struct config *config, const struct member *member, const json *values,
                struct str *out)
{
    for (size_t i = 0; i < jsonr_length(values); i++) {
        char number[NUM_TEXT_MAX];
        const char *text = text_of(jsonr_at(values, i), number);
        if (!text) {
            return bad_value(config, member);
        }
        str_add(out, i > 0 ? "," : "");
        for (; *text; text++) {
            str_add(out, *text == ',' || *text == '\\' ? "\\" : "");
            str_add_char(out, *text);
        }
    }
    return jsonr_length(values) > 0 ? 0 : bad_value(config, member);
}

/* Of a grid, what is an option of the command in its own right is that option: given once. */
static int take_own_option(struct config *config, const struct option_help *option,
                           const struct member *member, const json *value)
{
    const struct given *given = args_last(config->args, option->name);
    if (given && given->origin == FROM_CONFIG) {
        return error_set(ERR_REQUEST, "%s: given twice: also %s", member_place(config, member),
                         given->place);
    }
    const struct member own = {option, member->key, member->inner};
    return take_values(config, &own, value);
}

static int take_pair(void *ctx, const char *key, const json *value)
{
    const struct pairs *pairs = ctx;
    struct config *config = pairs->config;
    const struct member member = {pairs->option, pairs->option->name, key};
    const struct option_help *own = args_find_option(config->args->command, key, strlen(key));
    struct str text = {0};
    char number[NUM_TEXT_MAX];
    if (args_is_list(pairs->option) && own && args_is_list(own) && !args_is_pair(own)) {
        return take_own_option(config, own, &member, value);
    }
    str_format(&text, "%s=", key);
    const char *single = text_of(value, number);
    int status = 0;
    if (single) {
        str_add(&text, single);
    } else {
        status = args_is_list(pairs->option) && jsonr_is_array(value)
                     ? join(config, &member, value, &text)
                     : bad_value(config, &member);
    }
    if (status == 0) {
        add(config, &member, str_text(&text));
    }
    str_finish(&text);
    return status;
}

static int take_member(void *ctx, const char *key, const json *value)
{
    struct config *config = ctx;
    if (strcmp(key, "$schema") == 0) { /* for editors */
        return 0;
    }
    const struct option_help *option = args_find_option(config->args->command, key, strlen(key));
    if (!option) {
        return unknown_member(config, key);
    }
    if (!args_in_experiment(key)) {
        return error_set(ERR_REQUEST, "%s: not an option of an experiment file",
                         place_of(config, key, NULL));
    }
    const struct given *given = args_last(config->args, option->name);
    if (given && given->origin == FROM_CONFIG) { /* of a grid, or by its other name */
        return error_set(ERR_REQUEST, "%s: given twice: also %s", place_of(config, key, NULL),
                         given->place);
    }
    if (args_is_pair(option) && jsonr_is_object(value)) {
        return jsonr_each(value, take_pair, &(struct pairs){config, option});
    }
    const struct member member = {option, key, NULL};
    return take_values(config, &member, value);
}

int args_read_config_text(struct args *args, const char *text, size_t n, const char *name)
{
    json *document;
    TRY(jsonr_read_text(text, n, name, &document));
    struct config config = {args, name, {text, n}};
    int status = jsonr_is_object(document)
                     ? jsonr_each(document, take_member, &config)
                     : error_set(ERR_REQUEST, "%s: expected an object {\"option\": value}", name);
    jsonr_free(document);
    return status;
}

int args_read_config(struct args *args, const char *path)
{
    struct str text;
    int status = file_read(path, &text);
    if (status == 0) {
        status = args_read_config_text(args, text.data, text.n, path);
        str_finish(&text);
    }
    return status;
}
