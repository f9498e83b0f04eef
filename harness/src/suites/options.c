/* options.c - the settings of a suite: its table parsed by the one parser, and the values read
 * back. */
#include "suites/options.h"

#include "base/error.h"
#include "base/mem.h"
#include "suites/suite.h"

#include <stdlib.h>
#include <string.h>

struct suite_settings {
    struct arena table; /* what `values` refers to */
    struct emb_options *values;
};

uint32_t suite_n_options(const struct suite *suite)
{
    uint32_t n = 0;
    while (suite->options && suite->options[n].typed.name) {
        n++;
    }
    return n;
}

const struct suite_option *suite_find_option(const struct suite *suite, const char *name, size_t n)
{
    for (uint32_t i = 0; i < suite_n_options(suite); i++) {
        if (slice_is((struct slice){name, n}, suite->options[i].typed.name)) {
            return &suite->options[i];
        }
    }
    return NULL;
}

struct option_table suite_table(const struct suite *suite, struct arena *arena)
{
    uint32_t n = suite_n_options(suite);
    struct emb_option *options = arena_alloc(arena, n * sizeof *options);
    const char **words = arena_alloc(arena, n * sizeof *words);
    for (uint32_t i = 0; i < n; i++) {
        options[i] = suite->options[i].typed;
        words[i] = suite->options[i].words;
    }
    return (struct option_table){options, words, n};
}

int suite_settle(const struct suite *suite, struct suite_request *request)
{
    suite_unsettle(request);
    struct suite_settings *settings = mem_alloc(sizeof *settings);
    uint32_t n = request->n_options;
    struct option_pair *pairs = mem_array(n + 1u, sizeof *pairs);
    for (uint32_t i = 0; i < n; i++) {
        size_t end = strcspn(request->options[i], "=");
        pairs[i].name = mem_text_n(request->options[i], end);
        pairs[i].value = mem_text(request->options[i] + end + (request->options[i][end] == '='));
    }
    char *owner = mem_format("suite %s", suite->id);
    struct option_table table = suite_table(suite, &settings->table);
    int status = options_create_from(&table, pairs, n, owner, &settings->values);
    request->settings = settings;
    for (uint32_t i = 0; i < n; i++) {
        free(pairs[i].name);
        free(pairs[i].value);
    }
    free(pairs);
    free(owner);
    if (status) {
        suite_unsettle(request);
    }
    return status;
}

void suite_unsettle(struct suite_request *request)
{
    if (request->settings) {
        options_destroy(request->settings->values);
        arena_finish(&request->settings->table);
        free(request->settings);
        request->settings = NULL;
    }
}

int suite_open(const struct suite *suite, struct suite_request *request,
               struct suite_state **ret_state)
{
    int status = suite_settle(suite, request);
    status = status ? status : suite->prepare(request, ret_state);
    if (status) {
        suite_unsettle(request);
    }
    return status;
}

static const struct option_value *value_of(const struct suite_request *request, const char *name)
{
    const struct emb_options *values = request->settings ? request->settings->values : NULL;
    for (uint32_t i = 0; values && i < values->n; i++) {
        if (strcmp(values->options[i].name, name) == 0) {
            return &values->values[i];
        }
    }
    return NULL;
}

const char *suite_text(const struct suite_request *request, const char *name)
{
    const struct option_value *value = value_of(request, name);
    return value && value->text[0] ? value->text : NULL;
}

bool suite_says(const struct suite_request *request, const char *name, const char *word)
{
    const struct option_value *value = value_of(request, name);
    return value && strcmp(value->text, word) == 0;
}

uint64_t suite_whole(const struct suite_request *request, const char *name)
{
    const struct option_value *value = value_of(request, name);
    return value && value->integer > 0 ? (uint64_t)value->integer : 0;
}

double suite_real(const struct suite_request *request, const char *name)
{
    const struct option_value *value = value_of(request, name);
    return value ? value->real : 0;
}

bool suite_is_set(const struct suite_request *request, const char *name)
{
    size_t n = strlen(name);
    for (uint32_t i = 0; i < request->n_options; i++) {
        if (strncmp(request->options[i], name, n) == 0 && request->options[i][n] == '=') {
            return true;
        }
    }
    return false;
}
