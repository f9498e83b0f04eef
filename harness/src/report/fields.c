/* The field tables of rows, items, runs and embedders. */
#include "report/fields.h"

#include <math.h>
#include <string.h>

const struct field fields_of_stage[] = {
    {.name = "name", .type = FIELD_TEXT, .offset = offsetof(struct stage, name), .needed = true},
    {.name = "block", .type = FIELD_BLOCK, .since = 2},
    {.name = "part",
     .type = FIELD_PART,
     .offset = offsetof(struct stage, part),
     .needed = true,
     .since = 2},
    {0},
};

/* Of lists of members (base/members.h): what a member is in a report, one field or several. A
 * stage and a split are flat there, so that each column of results[] holds one value. */
/* clang-format off */
#define FIELD_NEEDED(struct_, type_, member_, name_) FIELD_OF_##type_(struct_, member_, name_, true)
#define FIELD_OPTIONAL(struct_, type_, member_, name_) \
    FIELD_OF_##type_(struct_, member_, name_, false)
#define FIELD_UNSAID(struct_, type_, member_, name_)
#define FIELD_OF(type_, struct_, member_, name_, needed_, ...) \
    {.name = name_, .type = type_, .offset = offsetof(struct struct_, member_), \
     .needed = needed_, __VA_ARGS__},
#define FIELD_OF_TEXT(...) FIELD_OF(FIELD_TEXT, __VA_ARGS__, )
#define FIELD_OF_OWN_TEXT(...) FIELD_OF_TEXT(__VA_ARGS__)
#define FIELD_OF_MADE_TEXT(...) FIELD_OF_TEXT(__VA_ARGS__)
#define FIELD_OF_REAL(...) FIELD_OF(FIELD_REAL, __VA_ARGS__, )
#define FIELD_OF_WHOLE(...) FIELD_OF(FIELD_WHOLE, __VA_ARGS__, )
#define FIELD_OF_WHOLE32(...) FIELD_OF(FIELD_WHOLE32, __VA_ARGS__, )
#define FIELD_OF_STAGE(struct_, member_, name_, needed_) \
    FIELD_OF(FIELD_TEXT, struct_, member_.name, name_, needed_, ) \
    FIELD_OF(FIELD_BLOCK, struct_, member_, name_ "_block", false, .since = 2) \
    FIELD_OF(FIELD_PART, struct_, member_.part, name_ "_part", false, .since = 2)
#define FIELD_OF_SPLIT(struct_, member_, name_, needed_) \
    FIELD_OF(FIELD_TEXT, struct_, member_.text, name_, needed_, ) \
    FIELD_OF(FIELD_TEXT, struct_, member_.axis, name_ "_axis", false, .since = 2) \
    FIELD_OF(FIELD_TEXT, struct_, member_.value, name_ "_value", false, .since = 2)
#define FIELD_OF_STAGES(struct_, member_, name_, needed_) \
    FIELD_OF(FIELD_STAGES, struct_, member_, name_, needed_, \
             .count = offsetof(struct struct_, n_##member_), .element = "stage", \
             .fields = fields_of_stage, .size = sizeof(struct stage))

#define FIELD_OF_DATA(...) FIELD_OF_OBJECTS(__VA_ARGS__, "data", fields_of_data)
#define FIELD_OF_NODES(...) FIELD_OF_OBJECTS(__VA_ARGS__, "node", fields_of_node)
#define FIELD_OF_SOURCES(...) FIELD_OF_OBJECTS(__VA_ARGS__, "source", fields_of_source)
#define FIELD_OF_OBJECTS(struct_, member_, name_, needed_, element_, fields_) \
    FIELD_OF(FIELD_OBJECTS, struct_, member_, name_, needed_, \
             .count = offsetof(struct struct_, n_##member_), .element = element_, \
             .fields = fields_, .size = sizeof *(struct struct_){0}.member_)
#define OBJECT(name_, fields_) \
    {.name = name_, .type = FIELD_OBJECT, .needed = true, .fields = fields_},

#define DATA_FIELD(type_, member_, name_, needed_) \
    FIELD_##needed_(data_facts, type_, member_, name_)
#define NODE_FIELD(type_, member_, name_, needed_) \
    FIELD_##needed_(node_facts, type_, member_, name_)
#define RUN_FIELD(type_, member_, name_, needed_) \
    FIELD_##needed_(run_facts, type_, member_, name_)
#define FACT_FIELD(type_, member_, name_, needed_, travel_) \
    FIELD_##needed_(embedder_facts, type_, member_, name_)
#define ROW_FIELD(type_, member_, name_, needed_, travel_) \
    FIELD_##needed_(figure, type_, member_, name_)
static const struct field fields_of_data[] = {DATA_FACTS_MEMBERS(DATA_FIELD) {0}};
static const struct field fields_of_node[] = {NODE_FACTS_MEMBERS(NODE_FIELD) {0}};
static const struct field harness_fields[] = {RUN_FACTS_OF_HARNESS(RUN_FIELD) {0}};
static const struct field machine_fields[] = {RUN_FACTS_OF_MACHINE(RUN_FIELD) {0}};
static const struct field run_fields[] = {
    RUN_FACTS_OF_RUN(RUN_FIELD)
    OBJECT("machine", machine_fields)
    RUN_FACTS_OF_NODES(RUN_FIELD)
    RUN_FACTS_OF_DATA(RUN_FIELD)
    {0}};
static const struct field fields_of_source[] = {
    RUN_FACTS_OF_SOURCE(RUN_FIELD)
    OBJECT("harness", harness_fields)
    OBJECT("run", run_fields)
    RUN_FACTS_OF_FILES(RUN_FIELD)
    {0}};
const struct field fields_of_run[] = {
    OBJECT("harness", harness_fields)
    OBJECT("run", run_fields)
    RUN_FACTS_OF_FILES(RUN_FIELD)
    RUN_FACTS_OF_REPORT(RUN_FIELD)
    {0}};
/* clang-format on */

const struct field fields_of_embedder[] = {EMBEDDER_FACTS_MEMBERS(FACT_FIELD){0}};
const struct field fields_of_row[] = {FIGURE_MEMBERS(ROW_FIELD){0}};

/* The reader of XML keeps a bit for each. */
_Static_assert(sizeof fields_of_run <= 64 * sizeof *fields_of_run, "fewer than 64 fields");
_Static_assert(sizeof fields_of_embedder <= 64 * sizeof *fields_of_embedder,
               "fewer than 64 fields");
_Static_assert(sizeof fields_of_row <= 64 * sizeof *fields_of_row, "fewer than 64 fields");

/* Pointers differ in what they point to (char *, const char *, char **), so they are copied as the
 * bytes that they are. */
static const void *pointer(const struct field *field, const void *object)
{
    const void *value;
    memcpy(&value, (const char *)object + field->offset, sizeof value);
    return value;
}

bool field_is_text(const struct field *field)
{
    return field->type == FIELD_TEXT || field->type == FIELD_PART;
}

bool field_is_quantity(const struct field *field)
{
    return field->type == FIELD_REAL || field->type == FIELD_WHOLE || field->type == FIELD_WHOLE32;
}

const char *field_text(const struct field *field, const void *object)
{
    if (field->type == FIELD_PART) {
        enum stage_part part;
        memcpy(&part, (const char *)object + field->offset, sizeof part);
        return stage_part_name(part);
    }
    return pointer(field, object);
}

double field_real(const struct field *field, const void *object)
{
    double value;
    memcpy(&value, (const char *)object + field->offset, sizeof value);
    return value;
}

uint64_t field_whole(const struct field *field, const void *object)
{
    uint64_t value;
    uint32_t small;
    if (field->type == FIELD_WHOLE32) {
        memcpy(&small, (const char *)object + field->offset, sizeof small);
        return small;
    }
    memcpy(&value, (const char *)object + field->offset, sizeof value);
    return value;
}

int32_t field_block(const struct field *field, const void *object)
{
    struct stage stage;
    memcpy(&stage, (const char *)object + field->offset, sizeof stage);
    return stage.part == STAGE_NONE ? STAGE_NO_BLOCK : stage.block;
}

double field_number(const struct field *field, const void *object)
{
    if (field->type == FIELD_REAL) {
        return field_real(field, object);
    }
    if (field->type == FIELD_BLOCK) {
        int32_t block = field_block(field, object);
        return block == STAGE_NO_BLOCK ? (double)NAN : (double)block;
    }
    return (double)field_whole(field, object);
}

bool field_bool(const struct field *field, const void *object)
{
    bool value;
    memcpy(&value, (const char *)object + field->offset, sizeof value);
    return value;
}

const void *field_list(const struct field *field, const void *object, uint32_t *ret_n)
{
    memcpy(ret_n, (const char *)object + field->count, sizeof *ret_n);
    return pointer(field, object);
}

const struct field *field_find(const struct field *fields, const char *name)
{
    for (const struct field *field = fields; field->name; field++) {
        if (strcmp(field->name, name) == 0) {
            return field;
        }
    }
    return NULL;
}
