/* The field tables of rows, items, runs and embedders. */
#include "report/fields.h"

#include <string.h>

#define TEXT(struct_, name_, member_)                                                              \
    {                                                                                              \
        .name = name_, .type = FIELD_TEXT, .offset = offsetof(struct struct_, member_)             \
    }
#define NEEDED_TEXT(struct_, name_, member_)                                                       \
    {                                                                                              \
        .name = name_, .type = FIELD_TEXT, .offset = offsetof(struct struct_, member_),            \
        .needed = true                                                                             \
    }
#define REAL(struct_, name_, member_)                                                              \
    {                                                                                              \
        .name = name_, .type = FIELD_REAL, .offset = offsetof(struct struct_, member_)             \
    }
#define WHOLE(struct_, name_, member_)                                                             \
    {                                                                                              \
        .name = name_, .offset = offsetof(struct struct_, member_),                                \
        .type =                                                                                    \
            sizeof((struct struct_){0}.member_) == sizeof(uint64_t) ? FIELD_WHOLE : FIELD_WHOLE32  \
    }
#define OBJECT(name_, fields_)                                                                     \
    {                                                                                              \
        .name = name_, .type = FIELD_OBJECT, .needed = true, .fields = fields_                     \
    }
#define OBJECTS(struct_, name_, member_, n_, element_, fields_)                                    \
    {                                                                                              \
        .name = name_, .type = FIELD_OBJECTS, .offset = offsetof(struct struct_, member_),         \
        .count = offsetof(struct struct_, n_), .element = element_, .fields = fields_,             \
        .size = sizeof *(struct struct_){0}.member_                                                \
    }

static const struct field harness_fields[] = {
    NEEDED_TEXT(run_facts, "version", version),
    TEXT(run_facts, "build", build),
    {0},
};

static const struct field machine_fields[] = {
    TEXT(run_facts, "processor", processor), TEXT(run_facts, "system", system),
    WHOLE(run_facts, "threads", n_threads),  WHOLE(run_facts, "memory_bytes", memory_bytes),
    TEXT(run_facts, "blas", blas),           {0},
};

static const struct field data_fields[] = {
    NEEDED_TEXT(data_facts, "path", path),
    WHOLE(data_facts, "bytes", bytes),
    TEXT(data_facts, "sha256", sha256),
    TEXT(data_facts, "name", name),
    TEXT(data_facts, "licence", licence),
    TEXT(data_facts, "citation", citation),
    {0},
};

static const struct field run_fields[] = {
    NEEDED_TEXT(run_facts, "command", command),
    WHOLE(run_facts, "seed", seed),
    NEEDED_TEXT(run_facts, "start", started),
    REAL(run_facts, "seconds", seconds),
    TEXT(run_facts, "config", config),
    OBJECT("machine", machine_fields),
    OBJECTS(run_facts, "data", data, n_data, "data", data_fields),
    {0},
};

static const struct field source_fields[] = {
    NEEDED_TEXT(run_facts, "report", report),
    OBJECT("harness", harness_fields),
    OBJECT("run", run_fields),
    TEXT(run_facts, "items", items),
    TEXT(run_facts, "keys", keys),
    {0},
};

const struct field fields_of_run[] = {
    OBJECT("harness", harness_fields),
    OBJECT("run", run_fields),
    TEXT(run_facts, "items", items),
    TEXT(run_facts, "keys", keys),
    OBJECTS(run_facts, "sources", sources, n_sources, "source", source_fields),
    {0},
};

/* Of lists of members (report/members.h). */
#define FIELD_NEEDED(struct_, type_, member_, name_)                                               \
    {.name = name_, .needed = true, FIELD_OF_##type_(struct_, member_)},
#define FIELD_OPTIONAL(struct_, type_, member_, name_)                                             \
    {.name = name_, FIELD_OF_##type_(struct_, member_)},
#define FIELD_UNSAID(struct_, type_, member_, name_)
#define FIELD_OF_TEXT(struct_, member_)                                                            \
    .type = FIELD_TEXT, .offset = offsetof(struct struct_, member_)
#define FIELD_OF_OWN_TEXT(struct_, member_) FIELD_OF_TEXT(struct_, member_)
#define FIELD_OF_MADE_TEXT(struct_, member_) FIELD_OF_TEXT(struct_, member_)
#define FIELD_OF_STAGE(struct_, member_) FIELD_OF_TEXT(struct_, member_.name)
#define FIELD_OF_SPLIT(struct_, member_) FIELD_OF_TEXT(struct_, member_.text)
#define FIELD_OF_REAL(struct_, member_)                                                            \
    .type = FIELD_REAL, .offset = offsetof(struct struct_, member_)
#define FIELD_OF_WHOLE(struct_, member_)                                                           \
    .type = FIELD_WHOLE, .offset = offsetof(struct struct_, member_)
#define FIELD_OF_WHOLE32(struct_, member_)                                                         \
    .type = FIELD_WHOLE32, .offset = offsetof(struct struct_, member_)
#define FIELD_OF_STAGES(struct_, member_)                                                          \
    .type = FIELD_TEXTS, .offset = offsetof(struct struct_, member_),                              \
    .count = offsetof(struct struct_, n_##member_), .element = "stage",                            \
    .size = sizeof(struct stage)

#define FACT_FIELD(type_, member_, name_, needed_, travel_)                                        \
    FIELD_##needed_(embedder_facts, type_, member_, name_)
#define ROW_FIELD(type_, member_, name_, needed_, travel_)                                         \
    FIELD_##needed_(result_row, type_, member_, name_)

const struct field fields_of_embedder[] = {EMBEDDER_FACTS_MEMBERS(FACT_FIELD){0}};
const struct field fields_of_row[] = {RESULT_ROW_MEMBERS(ROW_FIELD){0}};

/* Pointers differ in what they point to (char *, const char *, char **), so they are copied as the
 * bytes that they are. */
static const void *pointer(const struct field *field, const void *object)
{
    const void *value;
    memcpy(&value, (const char *)object + field->offset, sizeof value);
    return value;
}

const char *field_text(const struct field *field, const void *object)
{
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
