/* Writes and reads each kind of frame, rows and items by their field tables. */
#include "worker/message.h"

#include "base/mem.h"
#include "plugin/certify.h"
#include "plugin/limits.h"
#include "worker/members_wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Items may hold sentences and definitions of whatever length; the rest is short. */
const uint32_t message_limits[MESSAGE_KINDS] = {
    [MESSAGE_LOG] = 16u << 10,  [MESSAGE_PROGRESS] = 16u << 10, [MESSAGE_PHASE] = 16u << 10,
    [MESSAGE_ROW] = 256u << 10, [MESSAGE_ITEM] = 64u << 20,     [MESSAGE_SUITE] = 64,
    [MESSAGE_FACTS] = 4u << 20, [MESSAGE_FAILED] = 64u << 10,   [MESSAGE_DONE] = 64,
    [MESSAGE_TASK] = 64};

const char *message_name(uint8_t kind)
{
    static const char *const names[MESSAGE_KINDS] = {
        [MESSAGE_LOG] = "log line", [MESSAGE_PROGRESS] = "progress",
        [MESSAGE_PHASE] = "phase",  [MESSAGE_ROW] = "row",
        [MESSAGE_ITEM] = "item",    [MESSAGE_SUITE] = "end of suite",
        [MESSAGE_FACTS] = "facts",  [MESSAGE_FAILED] = "failure",
        [MESSAGE_DONE] = "end",     [MESSAGE_TASK] = "task"};
    return kind < MESSAGE_KINDS && names[kind] ? names[kind] : "frame";
}

static void write_stage(struct str *out, const struct stage *stage)
{
    wire_text(out, stage->name);
    wire_number(out, (uint64_t)(int64_t)stage->block);
    wire_number(out, stage->part);
}

static void write_protocol(struct str *out, const struct protocol *protocol)
{
    uint32_t n = protocol ? protocol->n : 0;
    wire_number(out, n);
    for (uint32_t i = 0; i < n; i++) {
        wire_number(out, protocol->terms[i].key);
        wire_text(out, protocol->terms[i].value);
    }
}

/* Values in the message itself. A key that no suite has makes the values bad. */
static void take_protocol(struct wire *wire, struct protocol *ret_protocol)
{
    ret_protocol->n = wire_take_count(wire);
    MEM_GROW(ret_protocol->terms, ret_protocol->capacity, (size_t)ret_protocol->n + 1);
    for (uint32_t i = 0; i < ret_protocol->n; i++) {
        uint64_t key = wire_take_number(wire);
        const char *value = wire_take_text(wire);
        wire->bad = wire->bad || key >= PROTOCOL_N_KEYS || !value;
        ret_protocol->terms[i] =
            (struct protocol_term){.key = (enum protocol_key)(wire->bad ? 0 : key), .value = value};
    }
}

/* A number that is no block or part makes the values bad. */
static struct stage take_stage(struct wire *wire)
{
    const char *name = wire_take_text(wire);
    int64_t block = (int64_t)wire_take_number(wire);
    uint64_t part = wire_take_number(wire);
    bool is_part = part < STAGE_N_PARTS && (part == STAGE_NONE) == !name;
    if (!is_part || block < STAGE_NO_BLOCK || block > INT32_MAX) {
        wire->bad = true;
        return (struct stage){0};
    }
    return (struct stage){name, (int32_t)block, (enum stage_part)part};
}

static void write_split(struct str *out, const struct split *split)
{
    wire_text(out, split->axis);
    wire_text(out, split->value);
}

static struct split take_split(struct wire *wire)
{
    const char *axis = wire_take_text(wire);
    return (struct split){.axis = axis, .value = wire_take_text(wire)};
}

static void write_stages(struct str *out, const struct stage *stages, uint32_t n)
{
    wire_number(out, n);
    for (uint32_t i = 0; i < n; i++) {
        write_stage(out, &stages[i]);
    }
}

/* *ret_n: what the message says; of more than MESSAGE_MOST_STAGES no more are read. */
static struct stage *take_stages(struct wire *wire, uint32_t *ret_n)
{
    uint32_t n = *ret_n = wire_take_count(wire);
    n = n < MESSAGE_MOST_STAGES ? n : MESSAGE_MOST_STAGES;
    struct stage *stages = mem_array(n, sizeof *stages);
    for (uint32_t i = 0; i < n; i++) {
        stages[i] = take_stage(wire);
    }
    struct stage *copies = stages_copy(stages, n);
    free(stages);
    return copies;
}

static void write_attributes(struct str *out, const struct result_attribute *attributes, uint32_t n)
{
    wire_number(out, n);
    for (uint32_t i = 0; i < n; i++) {
        wire_text(out, attributes[i].name);
        wire_text(out, attributes[i].value);
    }
}

static uint32_t take_attributes(struct wire *wire, struct result_attribute **attributes,
                                size_t *capacity)
{
    uint32_t n = wire_take_count(wire);
    MEM_GROW(*attributes, *capacity, n);
    for (uint32_t i = 0; i < n; i++) {
        (*attributes)[i].name = wire_take_text(wire);
        (*attributes)[i].value = wire_take_text(wire);
    }
    return n;
}

/* Members of the types that only these lists have, and what of a list travels. */
/* clang-format off */
#define WRITE_NAMES(member) wire_text(out, from->member);
#define WRITE_STAGE(member) write_stage(out, &from->member);
#define WRITE_SPLIT(member) write_split(out, &from->member);
#define WRITE_PROTOCOL(member) write_protocol(out, from->member);
#define WRITE_ATTRIBUTES(member) write_attributes(out, from->member, from->n_##member);
#define WRITE_STAGES(member) write_stages(out, from->member, from->n_##member);

#define TAKE_NAMES(member) to->member = wire_take_text(wire);
#define TAKE_STAGE(member) to->member = take_stage(wire);
#define TAKE_SPLIT(member) to->member = take_split(wire);
#define TAKE_PROTOCOL(member) take_protocol(wire, protocol); to->member = protocol;
#define TAKE_ATTRIBUTES(member) \
    to->n_##member = take_attributes(wire, attributes, capacity); to->member = *attributes;
#define TAKE_STAGES(member) to->member = take_stages(wire, &to->n_##member);

#define WRITE_SENT(type, member, name, needed, travel) WRITE_IF_##travel(type, member)
#define WRITE_IF_SENT(type, member) WRITE_##type(member)
#define WRITE_IF_ONCE(type, member) WRITE_##type(member)
#define WRITE_IF_KEPT(type, member)
#define TAKE_SENT(type, member, name, needed, travel) TAKE_IF_##travel(type, member)
#define TAKE_IF_SENT(type, member) TAKE_##type(member)
#define TAKE_IF_ONCE(type, member) TAKE_##type(member)
#define TAKE_IF_KEPT(type, member)
/* clang-format on */

void message_write_row(struct str *out, const struct figure *from)
{
    size_t begun = wire_begin(out, MESSAGE_ROW);
    FIGURE_MEMBERS(WRITE_SENT)
    wire_end(out, begun);
}

bool message_read_row(struct wire *wire, struct protocol *protocol, struct figure *ret_row)
{
    struct figure row = {0}, *to = &row;
    FIGURE_MEMBERS(TAKE_SENT)
    if (wire->bad || wire->at != wire->end) {
        return false;
    }
    *ret_row = row;
    return true;
}

void message_write_item(struct str *out, const struct result_item *from)
{
    size_t begun = wire_begin(out, MESSAGE_ITEM);
    RESULT_ITEM_MEMBERS(WRITE)
    wire_end(out, begun);
}

bool message_read_item(struct wire *wire, struct result_attribute **attributes, size_t *capacity,
                       struct result_item *ret_item)
{
    struct result_item item = {0}, *to = &item;
    RESULT_ITEM_MEMBERS(TAKE)
    if (wire->bad || wire->at != wire->end) {
        return false;
    }
    *ret_item = item;
    return true;
}

void message_write_facts(struct str *out, const struct embedder_facts *from)
{
    size_t begun = wire_begin(out, MESSAGE_FACTS);
    EMBEDDER_FACTS_MEMBERS(WRITE_SENT)
    wire_end(out, begun);
}

static void take_facts(struct wire *wire, struct embedder_facts *to)
{
    EMBEDDER_FACTS_MEMBERS(TAKE_SENT)
}

static const char *flaw_of_facts(const struct wire *wire, const struct embedder_facts *known,
                                 const struct embedder_facts *said)
{
    static _Thread_local char flaw[160];
    if (said->dim > MESSAGE_MOST_DIM || said->n_stages > MESSAGE_MOST_STAGES) {
        snprintf(flaw, sizeof flaw,
                 "found %u stages, expected at most %u, and at most %u dimensions", said->n_stages,
                 MESSAGE_MOST_STAGES, MESSAGE_MOST_DIM);
        return flaw;
    }
    if (wire->bad || wire->at != wire->end) {
        return "its values are no facts";
    }
    if ((said->dim == 0) != (said->n_stages == 0)) {
        return "found dimensions or stages, expected both or neither";
    }
    if (known->n_stages > 0 && (said->n_stages != known->n_stages || said->dim != known->dim)) {
        snprintf(flaw, sizeof flaw, "found %u stages of %u dimensions after %u of %u",
                 said->n_stages, said->dim, known->n_stages, known->dim);
        return flaw;
    }
    for (uint32_t i = 0; i < said->n_stages; i++) {
        if (!said->stages[i].name || !said->stages[i].name[0]) {
            return "found a stage without a name";
        }
        if (known->n_stages > 0 && !stage_same(&said->stages[i], &known->stages[i])) {
            return "found stages of other names than before";
        }
    }
    const struct {
        const char *what, *line;
    } about[] = {{"the model's name", said->model_name},
                 {"the model's version", said->model_version},
                 {"the model's citation", said->model_citation}};
    for (size_t i = 0; i < sizeof about / sizeof *about; i++) {
        char *why = limits_flaw_of_about(about[i].what, about[i].line);
        if (why) {
            snprintf(flaw, sizeof flaw, "%s", why);
            free(why);
            return flaw;
        }
    }
    int verdict = 0;
    while (said->claim && verdict < CERTIFY_N_VERDICTS &&
           strcmp(said->claim, certify_verdict_names[verdict]) != 0) {
        verdict++;
    }
    return verdict < CERTIFY_N_VERDICTS
               ? NULL
               : "found a claim that is not inconclusive, verified or violated";
}

/* clang-format off */
#define MERGE(type, member, name, needed, travel) MERGE_IF_##travel(type, member)
#define MERGE_IF_SENT(type, member) MERGE_##type(member)
#define MERGE_IF_ONCE(type, member) if (first) { MERGE_##type(member) }
#define MERGE_IF_KEPT(type, member)
#define MERGE_OWN_TEXT(member) move_text(&said->member, &facts->member);
#define MERGE_REAL(member) facts->member = said->member;
#define MERGE_WHOLE(member) facts->member = said->member;
#define MERGE_WHOLE32(member) facts->member = said->member;
#define MERGE_STAGES(member) \
    facts->member = said->member; said->member = NULL; \
    facts->n_##member = said->n_##member;
/* clang-format on */

static void move_text(char **from, char **to)
{
    if (*from) {
        free(*to);
        *to = *from;
        *from = NULL;
    }
}

/* Moves what is to be kept from `said`. */
static void merge_facts(struct embedder_facts *facts, struct embedder_facts *said)
{
    bool first = facts->n_stages == 0 && said->n_stages > 0;
    EMBEDDER_FACTS_MEMBERS(MERGE)
}

const char *message_read_facts(struct wire *wire, struct embedder_facts *facts)
{
    struct embedder_facts said = {0};
    take_facts(wire, &said);
    const char *flaw = flaw_of_facts(wire, facts, &said);
    if (!flaw) {
        merge_facts(facts, &said);
    }
    embedder_facts_finish(&said);
    return flaw;
}
