/*
 * args_config.c - the options of a command as a JSON object, there and back: --config,
 * --print-config, the echo in the report, and what an interrupted run was asked for.
 *
 *     {"suite": "wsd", "embedder": ["minilm", "glove"], "limit": 100, "no-items": true}
 */
#include "commands/args_own.h"
#include "commands/help_suites.h"

#include "base/error.h"
#include "base/file.h"
#include "base/json_write.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/str.h"
#include "data/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What says where options come from, and what only prints, is no part of an experiment. */
static const char *const not_an_experiment[] = {"config", "print-config", "resume", "cite"};

bool args_in_experiment(const char *option)
{
    for (size_t i = 0; i < sizeof not_an_experiment / sizeof *not_an_experiment; i++) {
        if (strcmp(option, not_an_experiment[i]) == 0) {
            return false;
        }
    }
    return true;
}

bool args_is_of(const struct command *command, const char *option)
{
    return args_find_option(command, option, strlen(option)) != NULL;
}

struct config {
    struct args *args;
    const char *path;
    struct slice text; /* of the whole document */
};

/* The line on which a member of the outermost object stands; 1 if it is spelled with escapes. */
static unsigned long line_of(const struct config *config, const char *key)
{
    unsigned long line = 1;
    size_t n = strlen(key);
    int depth = 0;
    const char *at = config->text.text, *end = at + config->text.n;
    for (; at < end; at++) {
        line += *at == '\n';
        depth += (*at == '{' || *at == '[') - (*at == '}' || *at == ']');
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
        if (depth == 1 && next < end && *next == ':' && (size_t)(at - begin) == n &&
            memcmp(begin, key, n) == 0) {
            return line;
        }
    }
    return 1;
}

static int bad_value(const struct config *config, const struct option_help *option)
{
    return error_set(ERR_REQUEST, "%s:%lu: \"%s\": expected %s", config->path,
                     line_of(config, option->name), option->name,
                     !option->value            ? "true or false"
                     : option->value[0] == '[' ? "a text, or true"
                                               : "a text, a number or a list of them");
}

static int take_value(struct config *config, const struct option_help *option, const json *value)
{
    char number[NUM_TEXT_MAX];
    const char *text = jsonr_as_text(value);
    double real = jsonr_as_real(value, NAN);
    uint64_t whole;
    bool plain = !text && isnan(real) && !jsonr_is_array(value) && !jsonr_is_object(value);
    if (jsonr_as_uint(value, &whole)) { /* beyond 2^53 a double would round it */
        snprintf(number, sizeof number, "%llu", (unsigned long long)whole);
        text = number;
    } else if (!text && !isnan(real)) {
        text = num_text(real, number);
    }
    if (option->value && text) {
        args_add(config->args, option, args_keep(config->args, mem_text(text)), FROM_CONFIG);
        return 0;
    }
    bool is_true = plain && jsonr_as_bool(value, false);
    bool is_false = plain && !jsonr_as_bool(value, true);
    if (option->value || (!is_true && !is_false)) {
        return bad_value(config, option);
    }
    if (is_true) {
        args_add(config->args, option, NULL, FROM_CONFIG);
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
    return error_set(ERR_REQUEST, "%s:%lu: \"%s\": no such option%s%s%s; see harness %s --help",
                     config->path, line_of(config, key), key, nearest ? "; did you mean \"" : "",
                     nearest ? nearest : "", nearest ? "\"" : "", command->name);
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
        return error_set(ERR_REQUEST, "%s:%lu: \"%s\": not an option of an experiment file",
                         config->path, line_of(config, key), key);
    }
    if (!jsonr_is_array(value)) {
        return take_value(config, option, value);
    }
    if (!option->value) {
        return bad_value(config, option);
    }
    for (size_t i = 0; i < jsonr_length(value); i++) {
        TRY(take_value(config, option, jsonr_at(value, i)));
    }
    return 0;
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

/* A number where a text would be read back as the same digits. */
static void write_value(struct json_writer *w, const char *text)
{
    uint64_t whole;
    char digits[24];
    if (num_uint(slice_of(text), &whole) && whole <= INT64_MAX) {
        snprintf(digits, sizeof digits, "%llu", (unsigned long long)whole);
        if (strcmp(digits, text) == 0) {
            jsonw_uint(w, whole);
            return;
        }
    }
    jsonw_text(w, text);
}

static void write_option(struct json_writer *w, const struct args *args,
                         const struct option_help *option)
{
    uint32_t n;
    if (!option->value) {
        jsonw_put_bool(w, option->name, true);
        return;
    }
    const char **values = args_values(args, option->name, false, &n);
    jsonw_key(w, option->name);
    if (n == 1) {
        write_value(w, values[0]);
    } else {
        jsonw_open(w, '[');
        for (uint32_t i = 0; i < n; i++) {
            write_value(w, values[i]);
        }
        jsonw_close(w, ']');
    }
    free(values);
}

void args_write_config(const struct args *args, int indent, struct str *out)
{
    struct json_writer w = jsonw_create(out, indent);
    jsonw_open(&w, '{');
    for (const struct option_help *option = args->command->options; option && option->name;
         option++) {
        if (args_in_experiment(option->name) && args_last(args, option->name)) {
            write_option(&w, args, option);
        }
    }
    jsonw_close(&w, '}');
}

/* What texts must look like, of settings. */
static void write_pattern(struct json_writer *w, bool setting)
{
    if (setting) {
        struct str pattern = {0};
        help_suites_pattern(&pattern);
        jsonw_put_text(w, "pattern", str_text(&pattern));
        str_finish(&pattern);
    }
}

void args_write_schema(const struct command *command, struct str *out)
{
    struct json_writer w = jsonw_create(out, 2);
    jsonw_open(&w, '{');
    jsonw_put_text(&w, "$schema", "http://json-schema.org/draft-07/schema#");
    jsonw_put_text(&w, "title", "harness experiment file");
    jsonw_put_text(&w, "description",
                   "What harness --config FILE.json reads: the options of a run. A flag of the "
                   "same name is stronger, an environment variable weaker.");
    jsonw_put_text(&w, "type", "object");
    jsonw_put_bool(&w, "additionalProperties", false);
    jsonw_key(&w, "properties");
    jsonw_open(&w, '{');
    jsonw_key(&w, "$schema");
    jsonw_open(&w, '{');
    jsonw_put_text(&w, "type", "string");
    jsonw_close(&w, '}');
    for (const struct option_help *option = command->options; option->name; option++) {
        if (!args_in_experiment(option->name)) {
            continue;
        }
        jsonw_key(&w, option->name);
        jsonw_open(&w, '{');
        jsonw_put_text(&w, "description", option->help);
        if (option->value) {
            bool setting = strcmp(option->name, "set") == 0;
            jsonw_put_text(&w, "$comment", option->value);
            write_pattern(&w, setting);
            jsonw_key(&w, "type");
            jsonw_open(&w, '[');
            jsonw_text(&w, "string");
            jsonw_text(&w, "number");
            jsonw_text(&w, "array");
            jsonw_close(&w, ']');
            jsonw_key(&w, "items");
            jsonw_open(&w, '{');
            jsonw_key(&w, "type");
            jsonw_open(&w, '[');
            jsonw_text(&w, "string");
            jsonw_text(&w, "number");
            jsonw_close(&w, ']');
            write_pattern(&w, setting);
            jsonw_close(&w, '}');
        } else {
            jsonw_put_text(&w, "type", "boolean");
        }
        jsonw_close(&w, '}');
    }
    jsonw_close(&w, '}');
    jsonw_close(&w, '}');
    str_add_char(out, '\n');
}

/* The values of one option, for comparison. */
static char *describe(const struct args *args, const char *option)
{
    struct str text = {0};
    uint32_t n = 0;
    const char **values = args_values(args, option, false, &n);
    for (uint32_t i = 0; i < n; i++) {
        str_format(&text, "%s%s", i ? ", " : "", values[i]);
    }
    if (args_last(args, option) && n == 0) {
        str_add(&text, "set");
    }
    free(values);
    return text.n ? text.data : mem_text("not given");
}

bool args_same(const struct args *args, const struct args *other, const char *option,
               char **ret_value, char **ret_other)
{
    char *value = describe(args, option), *second = describe(other, option);
    bool same = strcmp(value, second) == 0;
    if (same) {
        free(value);
        free(second);
    } else {
        *ret_value = value;
        *ret_other = second;
    }
    return same;
}

struct args *args_from_config(const struct command *command, const char *config, const char *line)
{
    struct args *args = mem_alloc(sizeof *args);
    args->command = command;
    args->line = mem_text(line);
    args->program = realpath("/proc/self/exe", NULL);
    if (args_read_config_text(args, config, strlen(config), "options") != 0) {
        args_destroy(args);
        return NULL;
    }
    return args;
}

void args_forget(struct args *args, const char *option)
{
    size_t kept = 0;
    for (size_t i = 0; i < args->n_given; i++) {
        if (strcmp(args->given[i].option->name, option) != 0) {
            args->given[kept++] = args->given[i];
        }
    }
    args->n_given = kept;
}

void args_take_over(struct args *args, const struct args *from, const char *option)
{
    for (size_t i = 0; i < from->n_given; i++) {
        const struct given *given = &from->given[i];
        if (strcmp(given->option->name, option) == 0) {
            const char *value = given->value;
            args_add(args, given->option, value ? args_keep(args, mem_text(value)) : NULL,
                     FROM_FLAG);
        }
    }
}
