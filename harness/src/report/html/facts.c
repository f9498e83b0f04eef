/*
 * Provenance: every field of the run and of each embedder, as fields.h lists them; what all
 * embedders share stands once.
 */
#include "report/html/page.h"

#include "base/mem.h"
#include "base/num.h"
#include "report/fields.h"

#include <math.h>
#include <stdlib.h>
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

static void begin_table(FILE *out, const char *title)
{
    fputs("<table class=\"facts\">\n<caption class=\"hidden\">", out);
    html_text(out, title);
    fputs("</caption>\n<tbody>\n", out);
}

static void end_table(FILE *out)
{
    fputs("</tbody></table>\n", out);
}

/* A field's row as text; "" if there is none. free() it. */
static char *field_row(const struct field *field, const struct embedder_facts *facts)
{
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    if (out) {
        if (!is_empty_list(field, facts)) {
            write_field(out, field, facts, "");
        }
        fclose(out);
    }
    return text ? text : mem_text("");
}

/* Is it the same of several embedders, all of them? Such facts stand once, not with each. */
static bool is_shared(const struct result_tree *tree, const struct field *field)
{
    bool shared = tree->n_embedders > 1;
    char *first = field_row(field, &tree->embedders[0]);
    for (uint32_t i = 1; i < tree->n_embedders && shared; i++) {
        char *other = field_row(field, &tree->embedders[i]);
        shared = strcmp(first, other) == 0;
        free(other);
    }
    free(first);
    return shared;
}

/* The fields that all embedders share, or of one embedder those that they do not. */
static void write_embedder(FILE *out, const struct embedder_facts *facts, const bool *shared,
                           bool wanted, const char *title)
{
    fputs("<details class=\"card\">\n<summary>", out);
    html_name(out, title);
    fputs("</summary>\n", out);
    begin_table(out, title);
    for (uint32_t f = 0; fields_of_embedder[f].name; f++) {
        if (shared[f] == wanted && !is_empty_list(&fields_of_embedder[f], facts)) {
            write_field(out, &fields_of_embedder[f], facts, "");
        }
    }
    end_table(out);
    fputs("</details>\n", out);
}

static void write_embedders(FILE *out, const struct result_tree *tree)
{
    uint32_t n = 0, n_shared = 0;
    while (fields_of_embedder[n].name) {
        n++;
    }
    bool *shared = mem_array(n + 1u, sizeof *shared);
    for (uint32_t f = 0; f < n && tree->n_embedders > 0; f++) {
        shared[f] = is_shared(tree, &fields_of_embedder[f]);
        n_shared += shared[f];
    }
    if (n_shared > 0) {
        write_embedder(out, &tree->embedders[0], shared, true, "What all embedders share");
    }
    for (uint32_t i = 0; i < tree->n_embedders; i++) {
        write_embedder(out, &tree->embedders[i], shared, false, tree->embedders[i].name);
    }
    free(shared);
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
    begin_table(out, "The run");
    write_fields(out, fields_of_run, &page->tree->run, "");
    end_table(out);
    fputs("</details>\n", out);
    write_embedders(out, page->tree);
    fputs("</section>\n", out);
}
