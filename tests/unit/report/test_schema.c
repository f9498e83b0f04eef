/* The schemas say what the lists of fields say: the same names, the same types, null where a
 * report writes null. */
#include "temporary.h"

#include "base/error.h"
#include "base/map.h"
#include "base/str.h"
#include "data/json.h"
#include "data/xml.h"
#include "report/fields.h"
#include "report/stored/protocols.h"

#include <criterion/criterion.h>

/* What a place of a JSON document may hold. */
enum { TEXT = 1, NUMBER = 2, WHOLE = 4, BOOLEAN = 8, LIST = 16, OBJECT = 32, NOTHING = 64 };

static char *schema_path(const char *name)
{
    static char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/harness/schema/%s", getenv("HARNESS_SOURCE_ROOT"), name);
    return path;
}

/* "#/definitions/row" */
static const json *resolve(const json *schema, const json *node)
{
    const char *reference = jsonr_get_text(node, "$ref", NULL);
    return reference ? jsonr_get(jsonr_get(schema, "definitions"), strrchr(reference, '/') + 1)
                     : node;
}

static unsigned type_of_name(const char *name)
{
    static const struct {
        const char *name;
        unsigned type;
    } types[] = {{"string", TEXT},    {"number", NUMBER}, {"integer", WHOLE}, {"boolean", BOOLEAN},
                 {"array", LIST},     {"object", OBJECT}, {"null", NOTHING}};
    for (size_t i = 0; name && i < sizeof types / sizeof *types; i++) {
        if (strcmp(types[i].name, name) == 0) {
            return types[i].type;
        }
    }
    return 0;
}

static unsigned holds(const json *schema, const json *node)
{
    node = resolve(schema, node);
    const json *type = jsonr_get(node, "type"), *one_of = jsonr_get(node, "oneOf");
    const json *values = jsonr_get(node, "enum");
    unsigned held = type_of_name(jsonr_as_text(type));
    for (size_t i = 0; jsonr_is_array(type) && i < jsonr_length(type); i++) {
        held |= type_of_name(jsonr_as_text(jsonr_at(type, i)));
    }
    for (size_t i = 0; i < jsonr_length(one_of); i++) {
        held |= holds(schema, jsonr_at(one_of, i));
    }
    for (size_t i = 0; i < jsonr_length(values); i++) {
        held |= jsonr_as_text(jsonr_at(values, i)) ? TEXT : NOTHING;
    }
    return held;
}

static unsigned expected_of(const struct field *field)
{
    switch (field->type) {
    case FIELD_TEXT:
    case FIELD_PART:
        return field->needed ? TEXT : TEXT | NOTHING;
    case FIELD_REAL:
        return NUMBER | NOTHING;
    case FIELD_WHOLE:
    case FIELD_WHOLE32:
        return WHOLE | TEXT; /* beyond 2^63 - 1 */
    case FIELD_BOOL:
        return BOOLEAN;
    case FIELD_BLOCK:
        return WHOLE | NOTHING;
    case FIELD_OBJECT:
        return OBJECT;
    case FIELD_STAGES:
    case FIELD_OBJECTS:
        return LIST;
    }
    return 0;
}

static bool is_required(const json *node, const char *name)
{
    const json *required = jsonr_get(node, "required");
    for (size_t i = 0; i < jsonr_length(required); i++) {
        if (strcmp(jsonr_as_text(jsonr_at(required, i)), name) == 0) {
            return true;
        }
    }
    return false;
}

/* more: properties that stand beside the fields. */
static void check_json(const json *schema, const json *node, const struct field *fields,
                       const char *where, size_t more)
{
    node = resolve(schema, node);
    const json *properties = jsonr_get(node, "properties");
    size_t n = more, required = more;
    for (const struct field *field = fields; field->name; field++, n++) {
        const json *property = jsonr_get(properties, field->name);
        cr_assert_not_null(property, "%s.%s is not in the schema", where, field->name);
        unsigned held = holds(schema, property);
        bool of_a_run = field->type == FIELD_REAL && held == NUMBER; /* seconds: always known */
        cr_expect(held == expected_of(field) || of_a_run, "%s.%s: the schema admits %u, not %u",
                  where, field->name, held, expected_of(field));
        bool always = field->type != FIELD_OBJECTS;
        required += always;
        cr_expect_eq(is_required(node, field->name), always, "%s.%s", where, field->name);
        if (field->type == FIELD_OBJECT) {
            check_json(schema, property, field->fields, field->name, 0);
        } else if (field->fields) {
            check_json(schema, jsonr_get(property, "items"), field->fields, field->name, 0);
        }
    }
    cr_expect_eq(jsonr_length(properties), n, "%s: %zu properties of %zu fields", where,
                 jsonr_length(properties), n);
    cr_expect_eq(jsonr_length(jsonr_get(node, "required")), required, "%s: required", where);
    cr_expect_not(jsonr_get_bool(node, "additionalProperties", true), "%s", where);
}

Test(schema, json)
{
    json *schema;
    cr_assert_eq(jsonr_read_file(schema_path("report.schema.json"), &schema), 0, "%s",
                 error_message());
    const json *definitions = jsonr_get(schema, "definitions");
    check_json(schema, schema, fields_of_run, "report", 4);
    check_json(schema, jsonr_get(definitions, "embedder"), fields_of_embedder, "embedder", 0);
    check_json(schema, jsonr_get(definitions, "protocol"), fields_of_protocol, "protocol", 0);
    check_json(schema, jsonr_get(definitions, "row"), fields_of_row, "row", 0);
    jsonr_free(schema);
}

/* RELAX NG: of each element its attributes, "embedder.dim"; those that may be missing
 * "embedder.error?". */
static void gather(struct xml_reader *xml, struct map *attributes)
{
    char elements[16][32] = {""};
    unsigned optional[16] = {0}, depth = 0, loose = 0; /* loose: open <optional>, <zeroOrMore> */
    bool named = false;                                /* within <attribute> by <name> */
    enum xml_event event;
    while (xml_reader_next(xml, &event) == 0 && event != XML_DONE) {
        const char *tag = event == XML_TEXT ? "" : xml_reader_name(xml);
        const char *name = event == XML_START ? xml_reader_attribute(xml, "name") : NULL;
        int step = event == XML_START ? 1 : -1;
        char key[96];
        if (strcmp(tag, "element") == 0 && event == XML_START) {
            optional[depth] = loose;
            loose = 0;
            snprintf(elements[++depth], sizeof elements[0], "%s", name);
        } else if (strcmp(tag, "element") == 0) {
            loose = optional[--depth];
        } else if (strcmp(tag, "optional") == 0 || strcmp(tag, "zeroOrMore") == 0) {
            loose += (unsigned)step;
        } else if (strcmp(tag, "attribute") == 0 && event == XML_START && name) {
            snprintf(key, sizeof key, "%s.%s%s", elements[depth], name, loose ? "?" : "");
            map_put_text(attributes, key);
        } else if (strcmp(tag, "name") == 0) {
            named = event == XML_START;
        } else if (event == XML_TEXT && named) {
            snprintf(key, sizeof key, "%s.%s?", elements[depth], xml_reader_text(xml));
            map_put_text(attributes, key);
        }
    }
}

static void check_xml(const struct map *attributes, const struct field *fields, const char *element,
                      struct map *expected)
{
    for (const struct field *field = fields; field->name; field++) {
        if (field->fields) {
            check_xml(attributes, field->fields,
                      field->type == FIELD_OBJECT ? field->name : field->element, expected);
            continue;
        }
        bool counted = field->type == FIELD_WHOLE || field->type == FIELD_WHOLE32;
        bool always = counted || field->type == FIELD_BOOL || field->needed;
        char key[96];
        snprintf(key, sizeof key, "%s.%s", element, field->name);
        if (field->type == FIELD_REAL && map_find_text(attributes, key) != MAP_NONE) {
            always = true; /* the seconds of a run: always known */
        }
        snprintf(key, sizeof key, "%s.%s%s", element, field->name, always ? "" : "?");
        cr_expect(map_find_text(attributes, key) != MAP_NONE, "%s is not in report.rng, or not so",
                  key);
        map_put_text(expected, key);
    }
}

Test(schema, xml)
{
    struct xml_reader *xml;
    struct map attributes = {0}, expected = {0};
    cr_assert_eq(xml_reader_open(schema_path("report.rng"), &xml), 0, "%s", error_message());
    gather(xml, &attributes);
    xml_reader_close(xml);
    map_put_text(&expected, "report.schema");
    map_put_text(&expected, ".escaped?"); /* of a pattern that all elements have */
    check_xml(&attributes, fields_of_run, "report", &expected);
    check_xml(&attributes, fields_of_embedder, "embedder", &expected);
    check_xml(&attributes, fields_of_protocol, "protocol", &expected);
    check_xml(&attributes, fields_of_row, "result", &expected);
    for (uint32_t i = 0; i < attributes.n; i++) {
        cr_expect(map_find_text(&expected, map_key(&attributes, i)) != MAP_NONE,
                  "%s of report.rng is no field", map_key(&attributes, i));
    }
    map_finish(&attributes);
    map_finish(&expected);
}
