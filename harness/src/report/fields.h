/*
 * fields.h - what a report says, field by field: the one list that both writers (JSON, XML) and
 * both readers go by, so that the two formats stay twins. The fields are made of the lists that
 * define the structs (report/figure.h, report/embedder_facts.h, report/run_facts.h). A new fact is
 * a line there, one in each schema (harness/schema/; a test compares them) and one in
 * harness/doc/REPORT.md.
 *
 * In JSON a field is a member, in XML an attribute of the same name; objects and lists are child
 * elements. What is not known (a NULL text, a number that is not finite) is null in JSON and no
 * attribute in XML.
 */
#ifndef REPORT_FIELDS_H
#define REPORT_FIELDS_H

#include "report/tree.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum field_type {
    FIELD_TEXT,  /* char * or const char * */
    FIELD_REAL,  /* double */
    FIELD_WHOLE, /* uint64_t; above INT64_MAX a text of digits in JSON, which few readers could hold
                  */
    FIELD_WHOLE32, /* uint32_t */
    FIELD_BOOL,    /* bool */
    FIELD_BLOCK,   /* of a struct stage: its block; null: no stage, or none that is known */
    FIELD_PART,    /* enum stage_part, as its name */
    FIELD_STAGES,  /* struct stage, [count]; written even where there are none */
    FIELD_OBJECT,  /* a part of the same struct: its fields' offsets count from the same start */
    FIELD_OBJECTS, /* a pointer to structs, [count]; left out where there are none */
};

struct field {
    const char *name; /* NULL ends a list of fields */
    enum field_type type;
    size_t offset;              /* in the struct */
    bool needed;                /* a report without it is refused */
    uint32_t since;             /* version of the schema that brought it; 0: all have it */
    size_t count;               /* lists: offset of the uint32_t number of elements */
    const char *element;        /* lists: what one element is called in XML */
    const struct field *fields; /* of an object, or of one of the objects */
    size_t size;                /* lists: of one element */
};

extern const struct field fields_of_run[];      /* of struct run_facts */
extern const struct field fields_of_embedder[]; /* of struct embedder_facts */
extern const struct field fields_of_row[];      /* of struct figure */
extern const struct field fields_of_stage[];    /* of struct stage */

/* Is the value a text: FIELD_TEXT, FIELD_PART? */
bool field_is_text(const struct field *field);
/* Is it something measured or counted: FIELD_REAL, FIELD_WHOLE, FIELD_WHOLE32? */
bool field_is_quantity(const struct field *field);

/* Values of fields that are of the type that the name says. */
const char *field_text(const struct field *field, const void *object); /* and FIELD_PART */
double field_real(const struct field *field, const void *object);
uint64_t field_whole(const struct field *field,
                     const void *object);                           /* FIELD_WHOLE, FIELD_WHOLE32 */
int32_t field_block(const struct field *field, const void *object); /* or STAGE_NO_BLOCK */
/* A quantity or a block; NAN: null. */
double field_number(const struct field *field, const void *object);
bool field_bool(const struct field *field, const void *object);
/* Of a list: its first element, and how many there are. */
const void *field_list(const struct field *field, const void *object, uint32_t *ret_n);

/* The field of that name, or NULL. */
const struct field *field_find(const struct field *fields, const char *name);

#endif /* REPORT_FIELDS_H */
