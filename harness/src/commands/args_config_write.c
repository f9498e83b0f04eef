/*
 * args_config_write.c - the options given, as the JSON object that args_config.c reads:
 * --print-config, the echo in the report; and the schema of such objects.
 */
#include "commands/args_own.h"
#include "commands/help_suites.h"

#include "base/json_write.h"
#include "base/num.h"
#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static void write_types(struct json_writer *w, const char *const *types)
{
    jsonw_key(w, "type");
    jsonw_open(w, '[');
    for (; *types; types++) {
        jsonw_text(w, *types);
    }
    jsonw_close(w, ']');
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

/* Of an option with a value: it, a list of it, or what it is by name. */
static void write_value_schema(struct json_writer *w, const struct option_help *option,
                               bool setting)
{
    static const char *const one[] = {"string", "number", NULL};
    static const char *const some[] = {"string", "number", "array", NULL};
    static const char *const any[] = {"string", "number", "array", "object", NULL};
    write_types(w, args_is_pair(option) ? any : some);
    jsonw_key(w, "items");
    jsonw_open(w, '{');
    write_types(w, one);
    write_pattern(w, setting);
    jsonw_close(w, '}');
    if (args_is_pair(option)) {
        jsonw_key(w, "additionalProperties");
        jsonw_open(w, '{');
        write_types(w, args_is_list(option) ? some : one);
        if (args_is_list(option)) {
            jsonw_key(w, "items");
            jsonw_open(w, '{');
            write_types(w, one);
            jsonw_close(w, '}');
        }
        jsonw_close(w, '}');
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
            write_value_schema(&w, option, setting);
        } else {
            jsonw_put_text(&w, "type", "boolean");
        }
        jsonw_close(&w, '}');
    }
    jsonw_close(&w, '}');
    jsonw_close(&w, '}');
    str_add_char(out, '\n');
}
