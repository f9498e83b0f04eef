/* Protocols put together term by term. */
#include "report/protocol.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name, *what;
    enum protocol_form form;
    enum protocol_role role;
} keys[PROTOCOL_N_KEYS] = {
#define PROTOCOL_KEY(key_, name_, form_, role_, what_)                                             \
    [PROTOCOL_##key_] = {name_, what_, PROTOCOL_##form_, PROTOCOL_OF_##role_},
    PROTOCOL_KEYS(PROTOCOL_KEY)
#undef PROTOCOL_KEY
};

const char *protocol_key_name(enum protocol_key key)
{
    return key < PROTOCOL_N_KEYS ? keys[key].name : NULL;
}

const char *protocol_key_meaning(enum protocol_key key)
{
    return keys[key].what;
}

enum protocol_key protocol_key_of(const char *name, size_t n)
{
    int key = 0;
    while (key < PROTOCOL_N_KEYS &&
           (strncmp(keys[key].name, name, n) != 0 || keys[key].name[n] != '\0')) {
        key++;
    }
    return (enum protocol_key)key;
}

enum protocol_form protocol_key_form(enum protocol_key key)
{
    return key < PROTOCOL_N_KEYS ? keys[key].form : PROTOCOL_KEYED;
}

enum protocol_role protocol_term_role(const struct protocol_term *term)
{
    return term->key < PROTOCOL_N_KEYS ? keys[term->key].role : term->role;
}

static const char *const role_names[PROTOCOL_N_ROLES] = {
    [PROTOCOL_OF_EXPERIMENT] = "experiment", [PROTOCOL_OF_SYSTEM] = "system",
    [PROTOCOL_OF_EMBEDDER] = "embedder",     [PROTOCOL_OF_WRITING] = "writing",
    [PROTOCOL_OF_METHOD] = "method",         [PROTOCOL_OF_INFORMATION] = "information",
};

const char *protocol_role_name(enum protocol_role role)
{
    return role_names[role];
}

enum protocol_role protocol_role_of(const char *name)
{
    int role = 0;
    while (role < PROTOCOL_N_ROLES && strcmp(role_names[role], name) != 0) {
        role++;
    }
    return (enum protocol_role)role;
}

static struct protocol_term keep_term(struct arena *arena, const struct protocol_term *term)
{
    struct protocol_term kept = *term;
    kept.name = arena_keep(arena, term->name);
    kept.value = arena_keep(arena, term->value);
    return kept;
}

void protocol_add_term(struct protocol *protocol, const struct protocol_term *term)
{
    MEM_GROW(protocol->terms, protocol->capacity, (size_t)protocol->n + 1);
    protocol->terms[protocol->n++] = keep_term(&protocol->texts, term);
}

void protocol_add(struct protocol *protocol, enum protocol_key key, const char *value)
{
    protocol_add_term(protocol, &(struct protocol_term){.key = key, .value = value});
}

void protocol_add_number(struct protocol *protocol, enum protocol_key key, uint64_t value)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%llu", (unsigned long long)value);
    protocol_add(protocol, key, digits);
}

void protocol_format(struct protocol *protocol, enum protocol_key key, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int n = vsnprintf(NULL, 0, format, again);
    va_end(again);
    char *value = mem_alloc((size_t)(n > 0 ? n : 0) + 1);
    vsnprintf(value, (size_t)n + 1, format, arguments);
    va_end(arguments);
    protocol_add(protocol, key, value);
    free(value);
}

void protocol_begin(struct protocol *protocol, const char *suite, const char *dataset, uint64_t n)
{
    protocol_add(protocol, PROTOCOL_SUITE, suite);
    protocol_add(protocol, PROTOCOL_DATASET, dataset);
    protocol_add_number(protocol, PROTOCOL_ITEMS, n);
}

void protocol_append(struct protocol *protocol, const struct protocol *more,
                     enum protocol_key without)
{
    for (uint32_t i = 0; i < more->n; i++) {
        if (without == PROTOCOL_OTHER || more->terms[i].key != without) {
            protocol_add_term(protocol, &more->terms[i]);
        }
    }
}

void protocol_insert(struct protocol *protocol, enum protocol_key key, const char *value)
{
    protocol_add(protocol, key, value);
    if (protocol->n > 1) {
        struct protocol_term last = protocol->terms[protocol->n - 2];
        protocol->terms[protocol->n - 2] = protocol->terms[protocol->n - 1];
        protocol->terms[protocol->n - 1] = last;
    }
}

void protocol_finish(struct protocol *protocol)
{
    free(protocol->terms);
    arena_finish(&protocol->texts);
    *protocol = (struct protocol){0};
}

const struct protocol *protocol_copy(struct arena *arena, const struct protocol *protocol)
{
    if (!protocol) {
        return NULL;
    }
    struct protocol *copy = arena_alloc(arena, sizeof *copy);
    copy->terms = arena_alloc(arena, protocol->n * sizeof *copy->terms);
    for (; copy->n < protocol->n; copy->n++) {
        copy->terms[copy->n] = keep_term(arena, &protocol->terms[copy->n]);
    }
    return copy;
}

const char *const protocol_unit_attributes[PROTOCOL_N_UNITS] = {NULL, "document", "lemma"};

/* "documents(26)" */
enum protocol_unit protocol_unit_of(const struct protocol *protocol)
{
    const char *interval = protocol_get(protocol, PROTOCOL_INTERVAL);
    return !interval                                  ? PROTOCOL_BY_ITEM
           : strncmp(interval, "documents(", 10) == 0 ? PROTOCOL_BY_DOCUMENT
           : strncmp(interval, "lemmas(", 7) == 0     ? PROTOCOL_BY_LEMMA
                                                      : PROTOCOL_BY_ITEM;
}

const char *protocol_get(const struct protocol *protocol, enum protocol_key key)
{
    for (uint32_t i = 0; protocol && i < protocol->n; i++) {
        if (protocol->terms[i].key == key) {
            return protocol->terms[i].value;
        }
    }
    return NULL;
}
