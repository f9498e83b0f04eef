/*
 * Provenance: every field of the run and of each embedder, as fields.h lists them.
 */
#include "report/html/page.h"

#include "base/num.h"
#include "report/fields.h"

#include <math.h>
#include <string.h>

static void write_fields(FILE *out, const struct field *fields, const void *object, const char *of);

static void write_value(FILE *out, const struct field *field, const void *object)
{
    char number[NUM_TEXT_MAX];
    double real;
    uint32_t n;
    const char *text, *list;
    switch (field->type) {
    case FIELD_TEXT:
        text = field_text(field, object);
        fputs(text ? "<code>" : "–", out);
        html_name(out, text);
        fputs(text ? "</code>" : "", out);
        break;
    case FIELD_REAL:
        real = field_real(field, object);
        fputs(isfinite(real) ? num_text(real, number) : "–", out);
        break;
    case FIELD_WHOLE:
    case FIELD_WHOLE32:
        html_count(out, field_whole(field, object));
        break;
    case FIELD_BOOL:
        fputs(field_bool(field, object) ? "yes" : "no", out);
        break;
    case FIELD_STAGES:
        list = field_list(field, object, &n);
        for (uint32_t i = 0; i < n; i++) {
            fputs(i ? ", " : "", out);
            html_name(out, field_text(fields_of_stage, list + i * field->size));
        }
        break;
    case FIELD_PART: /* of stages, which stand here by name */
    case FIELD_BLOCK:
    case FIELD_OBJECT:
    case FIELD_OBJECTS:
        break; /* their fields have rows of their own */
    }
}

/* "machine: memory bytes" */
static void write_label(FILE *out, const char *of, const char *name)
{
    fputs(of, out);
    fputs(*of ? ": " : "", out);
    for (const char *at = name; *at; at++) {
        fputc(*at == '_' ? ' ' : *at, out);
    }
}

static bool is_empty_list(const struct field *field, const void *object)
{
    uint32_t n = 1;
    if (field->type == FIELD_STAGES || field->type == FIELD_OBJECTS) {
        field_list(field, object, &n);
    }
    return n == 0;
}

static void write_field(FILE *out, const struct field *field, const void *object, const char *of)
{
    if (field->type == FIELD_OBJECT) {
        write_fields(out, field->fields, object, field->name);
    } else if (field->type == FIELD_OBJECTS) {
        uint32_t n;
        const char *first = field_list(field, object, &n);
        for (uint32_t i = 0; i < n; i++) {
            write_fields(out, field->fields, first + i * field->size, field->element);
        }
    } else {
        fputs("<tr><th scope=\"row\">", out);
        write_label(out, of, field->name);
        fputs("</th><td>", out);
        write_value(out, field, object);
        fputs("</td></tr>\n", out);
    }
}

static void write_fields(FILE *out, const struct field *fields, const void *object, const char *of)
{
    for (const struct field *field = fields; field->name; field++) {
        if (!is_empty_list(field, object)) {
            write_field(out, field, object, of);
        }
    }
}

static void write_table(FILE *out, const struct field *fields, const void *object,
                        const char *title)
{
    fputs("<table class=\"facts\">\n<caption class=\"hidden\">", out);
    html_text(out, title);
    fputs("</caption>\n<tbody>\n", out);
    write_fields(out, fields, object, "");
    fputs("</tbody></table>\n", out);
}

void write_html_facts(const struct report_page *page)
{
    FILE *out = page->out;
    fputs("<section>\n", out);
    page_heading(out, "h2", "facts", "Provenance");
    if (page->tree->run.command) {
        fputs("<p class=\"command\"><code>", out);
        html_name(out, page->tree->run.command);
        fputs("</code></p>\n", out);
    }
    fputs("<details class=\"card\">\n<summary>The run</summary>\n", out);
    write_table(out, fields_of_run, &page->tree->run, "The run");
    fputs("</details>\n", out);
    for (uint32_t i = 0; i < page->tree->n_embedders; i++) {
        fputs("<details class=\"card\">\n<summary>", out);
        html_name(out, page->tree->embedders[i].name);
        fputs("</summary>\n", out);
        write_table(out, fields_of_embedder, &page->tree->embedders[i],
                    page->tree->embedders[i].name);
        fputs("</details>\n", out);
    }
    fputs("</section>\n", out);
}
