/* The texts of version 1 taken apart: stages, splits, signatures. */
#include "report/stored/version1.h"

#include "base/mem.h"
#include "base/num.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

/* "3" or "3.attention", or the last number of "sum:3-6". */
static bool read_block(struct slice digits, int32_t *ret_block)
{
    uint64_t block;
    bool right = num_uint(digits, &block) && block <= INT32_MAX;
    *ret_block = right ? (int32_t)block : STAGE_NO_BLOCK;
    return right;
}

struct stage version1_stage(const char *name)
{
    struct stage stage = {name, STAGE_NO_BLOCK, STAGE_OTHER};
    if (!name) {
        return (struct stage){0};
    }
    struct slice rest = slice_of(name), head;
    slice_field(&rest, '.', &head);
    if (strcmp(name, "table") == 0 || strcmp(name, "input") == 0) {
        stage.block = 0;
        stage.part = name[0] == 't' ? STAGE_TABLE : STAGE_INPUT;
    } else if (strcmp(name, "norm") == 0) {
        stage.part = STAGE_NORM;
    } else if (text_starts(name, "sum:") || text_starts(name, "mean:")) {
        const char *last = strrchr(name, '-');
        stage.part = STAGE_COMBINATION;
        read_block(slice_of(last ? last + 1 : ""), &stage.block);
    } else if (read_block(head, &stage.block)) {
        stage.part = !rest.text                    ? STAGE_FEED_FORWARD
                     : slice_is(rest, "attention") ? STAGE_ATTENTION
                                                   : STAGE_OTHER;
    }
    return stage;
}

#define OLD_AXIS "lacked-by"
#define NEW_AXIS "oov-of"

/* "lacked-by:NAME", or the axis alone. */
static bool axis_is_renamed(struct slice split)
{
    size_t n = strlen(OLD_AXIS);
    return split.n >= n && strncmp(split.text, OLD_AXIS, n) == 0 &&
           (split.n == n || split.text[n] == ':');
}

static void add(struct protocol *protocol, enum protocol_key key, struct slice name,
                struct slice value)
{
    char *name_text = name.text ? mem_text_n(name.text, name.n) : NULL;
    char *value_text = mem_text_n(value.text, value.n);
    protocol_add_term(protocol,
                      &(struct protocol_term){.key = key, .name = name_text, .value = value_text});
    free(name_text);
    free(value_text);
}

/* "ALL(7253)"; without the brackets a name alone. */
static void add_dataset(struct protocol *protocol, struct slice field)
{
    size_t open = field.n;
    while (open > 0 && field.text[open - 1] != '(') {
        open--;
    }
    if (open == 0 || field.text[field.n - 1] != ')') {
        add(protocol, PROTOCOL_DATASET, (struct slice){0}, field);
        return;
    }
    add(protocol, PROTOCOL_DATASET, (struct slice){0}, (struct slice){field.text, open - 1});
    add(protocol, PROTOCOL_ITEMS, (struct slice){0},
        (struct slice){field.text + open, field.n - open - 1});
}

/* "v1". */
static bool is_version(struct slice field)
{
    return field.n > 1 && field.text[0] == 'v' &&
           strspn(field.text + 1, "0123456789") == field.n - 1;
}

static void add_field(struct protocol *protocol, struct slice field)
{
    const struct slice none = {0};
    const char *colon = memchr(field.text, ':', field.n);
    struct slice name = {field.text, colon ? (size_t)(colon - field.text) : 0};
    enum protocol_key key = colon ? protocol_key_of(name.text, name.n) : PROTOCOL_OTHER;
    if (!colon && is_version(field)) {
        add(protocol, PROTOCOL_VERSION, none, field);
    } else if (slice_is(field, "average-linkage")) {
        add(protocol, PROTOCOL_LINKAGE, none, field);
    } else if (colon && protocol_key_form(key) == PROTOCOL_KEYED) {
        struct slice value = {colon + 1, field.n - name.n - 1};
        if (key == PROTOCOL_SPLIT && axis_is_renamed(value)) {
            char *split = mem_format(NEW_AXIS "%.*s", (int)(value.n - strlen(OLD_AXIS)),
                                     value.text + strlen(OLD_AXIS));
            protocol_add(protocol, key, split);
            free(split);
            return;
        }
        add(protocol, key, key == PROTOCOL_OTHER ? name : none, value);
    } else {
        add(protocol, PROTOCOL_OTHER, none, field);
    }
}

void version1_protocol(const char *signature, struct protocol *ret_protocol)
{
    struct slice rest = slice_of(signature), field;
    for (int i = 0; slice_field(&rest, '|', &field); i++) {
        if (i == 0) {
            add(ret_protocol, PROTOCOL_SUITE, (struct slice){0}, field);
        } else if (i == 1 && rest.text) {
            add_dataset(ret_protocol, field);
        } else {
            add_field(ret_protocol, field);
        }
    }
}

struct split version1_split(const char *text, struct arena *texts)
{
    struct slice rest = slice_of(text), axis;
    if (strcmp(text, "all") == 0) {
        return SPLIT_ALL;
    }
    slice_field(&rest, ':', &axis);
    return (struct split){
        .axis = slice_is(axis, OLD_AXIS) ? NEW_AXIS : arena_text(texts, axis.text, axis.n),
        .value = rest.text ? arena_text(texts, rest.text, rest.n) : NULL,
    };
}

void version1_embedder(struct embedder_facts *facts)
{
    static const char *const claims[][2] = {
        {"kept", "verified"}, {"broken", "violated"}, {"open", "inconclusive"}};
    for (uint32_t i = 0; i < facts->n_stages; i++) {
        facts->stages[i] = version1_stage(facts->stages[i].name);
    }
    for (size_t i = 0; facts->claim && i < sizeof claims / sizeof *claims; i++) {
        if (strcmp(facts->claim, claims[i][0]) == 0) {
            free(facts->claim);
            facts->claim = mem_text(claims[i][1]);
            break;
        }
    }
}
