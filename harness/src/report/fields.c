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
#define TEXTS(struct_, name_, member_, n_, element_)                                               \
    {                                                                                              \
        .name = name_, .type = FIELD_TEXTS, .offset = offsetof(struct struct_, member_),           \
        .count = offsetof(struct struct_, n_), .element = element_,                                \
        .size = sizeof *(struct struct_){0}.member_                                                \
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

const struct field fields_of_embedder[] = {
    NEEDED_TEXT(embedder_facts, "name", name),
    TEXT(embedder_facts, "plugin", plugin),
    TEXT(embedder_facts, "plugin_path", plugin_path),
    TEXT(embedder_facts, "plugin_version", plugin_version),
    TEXT(embedder_facts, "plugin_sha256", plugin_sha256),
    TEXT(embedder_facts, "citation", citation),
    TEXT(embedder_facts, "model_name", model_name),
    TEXT(embedder_facts, "model_version", model_version),
    TEXT(embedder_facts, "model_citation", model_citation),
    TEXT(embedder_facts, "licence", licence),
    TEXT(embedder_facts, "kind", kind),
    TEXT(embedder_facts, "options", options),
    WHOLE(embedder_facts, "dim", dim),
    WHOLE(embedder_facts, "vocabulary", n_words),
    TEXTS(embedder_facts, "stages", stages, n_stages, "stage"),
    TEXT(embedder_facts, "model_path", model_path),
    WHOLE(embedder_facts, "model_bytes", model_bytes),
    TEXT(embedder_facts, "model_sha256", model_sha256),
    TEXT(embedder_facts, "weights_sha256_before", weights_before),
    TEXT(embedder_facts, "weights_sha256_after", weights_after),
    TEXT(embedder_facts, "series", series),
    REAL(embedder_facts, "series_tokens", series_tokens),
    REAL(embedder_facts, "held_out_loss", held_out_loss),
    NEEDED_TEXT(embedder_facts, "status", status),
    TEXT(embedder_facts, "error", error),
    REAL(embedder_facts, "load_seconds", load_seconds),
    REAL(embedder_facts, "seconds", seconds),
    WHOLE(embedder_facts, "allocated_bytes", allocated_bytes),
    WHOLE(embedder_facts, "peak_rss_bytes", peak_rss_bytes),
    REAL(embedder_facts, "tokens_per_second", tokens_per_second),
    TEXT(embedder_facts, "claim", claim),
    TEXT(embedder_facts, "claim_statement", claim_statement),
    WHOLE(embedder_facts, "claim_words", claim_words),
    WHOLE(embedder_facts, "claim_comparisons", claim_comparisons),
    WHOLE(embedder_facts, "claim_moves", claim_moves),
    WHOLE(embedder_facts, "claim_moved", claim_moved),
    {0},
};

const struct field fields_of_row[] = {
    NEEDED_TEXT(result_row, "suite", suite),
    NEEDED_TEXT(result_row, "dataset", dataset),
    NEEDED_TEXT(result_row, "embedder", embedder),
    NEEDED_TEXT(result_row, "kind", kind),
    TEXT(result_row, "stage", stage.name),
    NEEDED_TEXT(result_row, "method", method),
    NEEDED_TEXT(result_row, "metric", metric),
    REAL(result_row, "value", value),
    REAL(result_row, "low", low),
    REAL(result_row, "high", high),
    WHOLE(result_row, "n", n),
    WHOLE(result_row, "answered", answered),
    REAL(result_row, "coverage", coverage),
    NEEDED_TEXT(result_row, "split", split.text),
    TEXT(result_row, "policy", policy),
    NEEDED_TEXT(result_row, "signature", signature),
    TEXT(result_row, "reason", reason),
    TEXT(result_row, "seeds", seeds),
    REAL(result_row, "sd", sd),
    {0},
};

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
