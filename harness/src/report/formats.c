/* formats.c - the list of report formats. */
#include "report/formats.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define REPORT_FORMAT(name, file) extern const struct report_format report_format_##name;
#include "report/format_list.h"
#undef REPORT_FORMAT

#define REPORT_FORMAT(name, file) &report_format_##name,
const struct report_format *const report_formats[] = {
#include "report/format_list.h"
    NULL};
#undef REPORT_FORMAT

void report_format_names(bool (*has)(const struct report_format *format), const char *between,
                         struct str *out)
{
    size_t before = out->n;
    for (size_t i = 0; report_formats[i]; i++) {
        if (!has || has(report_formats[i])) {
            str_format(out, "%s%s", out->n > before ? between : "", report_formats[i]->name);
        }
    }
}

int report_format_find(const char *option, const char *name,
                       const struct report_format **ret_format)
{
    for (size_t i = 0; report_formats[i]; i++) {
        if (strcmp(report_formats[i]->name, name) == 0) {
            *ret_format = report_formats[i];
            return 0;
        }
    }
    struct str names = {0};
    report_format_names(NULL, ", ", &names);
    int status =
        error_set(ERR_REQUEST, "--%s: found \"%s\", expected %s", option, name, str_text(&names));
    str_finish(&names);
    return status;
}

const struct report_format *report_format_of_file(const char *path)
{
    for (size_t i = 0; report_formats[i]; i++) {
        if (report_formats[i]->ending && text_ends(path, report_formats[i]->ending)) {
            return report_formats[i];
        }
    }
    return NULL;
}

int report_format_write(const struct report_format *format, const struct result_tree *tree,
                        const struct report_look *look, const char *path)
{
    return format->write ? format->write(tree, path) : format->write_look(tree, look, path);
}

int report_formats_write_run(const struct result_tree *tree, const struct report_look *look,
                             const char *base, struct str *endings)
{
    int status = 0;
    for (size_t i = 0; status == 0 && report_formats[i]; i++) {
        const struct report_format *format = report_formats[i];
        if (!format->with_run) {
            continue;
        }
        char *path = mem_format("%s%s", base, format->ending);
        status = report_format_write(format, tree, look, path);
        free(path);
        if (endings) {
            str_format(endings, "%s%s", endings->n > 0 ? ", " : "", format->ending);
        }
    }
    return status;
}

void report_format_each(void (*visit)(const char *name, const char *about, void *ctx), void *ctx)
{
    for (size_t i = 0; report_formats[i]; i++) {
        visit(report_formats[i]->name, report_formats[i]->about, ctx);
    }
}

static const char *const pages[][2] = {
    {"full", "every data set with its curves, gains and parts, and single items"},
    {"summary", "findings, headline figures, cost and provenance alone"}};

int report_page_of(const char *given, bool *ret_summary)
{
    *ret_summary = given && strcmp(given, pages[1][0]) == 0;
    if (given && !*ret_summary && strcmp(given, pages[0][0]) != 0) {
        return error_set(ERR_REQUEST, "--page: found '%s', expected full or summary", given);
    }
    return 0;
}

void report_page_each(void (*visit)(const char *name, const char *about, void *ctx), void *ctx)
{
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        visit(pages[i][0], pages[i][1], ctx);
    }
}
