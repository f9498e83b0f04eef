/*
 * read_fields.h - what reading a report from JSON and from XML have in common: values into fields.
 */
#ifndef REPORT_STORED_READ_FIELDS_H
#define REPORT_STORED_READ_FIELDS_H

#include "report/fields.h"

struct report_reading {
    const char *path;
    struct result_tree *tree; /* its `schema` is the version that is read */
    struct map unknown;       /* "run.colour": fields that this version does not know */
};

/* A struct that is being filled. Its texts and lists live as long as the tree. */
struct reading_object {
    struct report_reading *reading;
    const struct field *fields;
    void *object;
};

/* Every field to what it is where a report says nothing: NULL, NAN, 0, no elements. */
void reading_clear(const struct reading_object *to);
void reading_set_text(const struct reading_object *to, const struct field *field, const char *text);
void reading_set_real(const struct reading_object *to, const struct field *field, double value);
/* false: the field cannot hold it. */
bool reading_set_whole(const struct reading_object *to, const struct field *field, uint64_t value);
/* false: there is no such block. */
bool reading_set_block(const struct reading_object *to, const struct field *field, uint64_t block);
/* false: no part has that name. */
bool reading_set_part(const struct reading_object *to, const struct field *field, const char *name);
void reading_set_bool(const struct reading_object *to, const struct field *field, bool value);
/* One more element at the end of a list, zeroed. */
void *reading_add(const struct reading_object *to, const struct field *field);

/* Does a report of this version have the field? */
bool reading_knows(const struct report_reading *reading, const struct field *field);

/* Copies of what was read, with its types, into the tree. ERR_REQUEST, the message begins with the
 * field: what two fields say does not agree, or a row's protocol is not in the report. */
int reading_add_row(struct report_reading *reading, struct figure *row);
void reading_add_embedder(struct report_reading *reading, const struct embedder_facts *facts);

/* What a field may hold, for messages. */
const char *reading_expected(const struct field *field);
/* Remember a field that this version does not know. */
void reading_unknown(struct report_reading *reading, const char *place, const char *name);

/* The version of a schema, 1 or 2; ERR_REQUEST: this program reads no such. NULL: none was found.
 */
int report_check_schema(const char *schema, uint32_t *ret_version);

int report_read_json(struct report_reading *reading, const char *text, size_t n);
int report_read_xml(struct report_reading *reading);

#endif /* REPORT_STORED_READ_FIELDS_H */
