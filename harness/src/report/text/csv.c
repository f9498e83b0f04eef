/*
 * csv.c - results[] as comma-separated values, RFC 4180: a header, a record a line, CRLF.
 * What is not known is empty; an empty text is "".
 */
#include "report/write.h"

#include "report/formats.h"
#include "base/error.h"
#include "base/file.h"
#include "base/num.h"
#include "base/str.h"
#include "report/fields.h"

#include <math.h>
#include <string.h>

static void add_text(struct str *line, const char *text)
{
    size_t n = strlen(text);
    bool edge = n == 0 || text[0] == ' ' || text[n - 1] == ' ';
    if (!edge && !strpbrk(text, ",\"\r\n")) {
        str_append(line, text, n);
        return;
    }
    str_add_char(line, '"');
    for (; *text; text++) {
        str_add(line, *text == '"' ? "\"" : "");
        str_add_char(line, *text);
    }
    str_add_char(line, '"');
}

static void add_whole(struct str *line, uint64_t value)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    str_append(line, digits + at, sizeof digits - at);
}

static void add_value(struct str *line, const struct field *field, const struct figure *row)
{
    char buffer[NUM_TEXT_MAX];
    if (field_is_text(field)) {
        const char *text = field_text(field, row);
        if (text) {
            add_text(line, text);
        }
    } else if (field->type == FIELD_REAL) {
        double value = field_real(field, row);
        str_add(line, isfinite(value) ? num_text(value, buffer) : "");
    } else if (field->type == FIELD_BLOCK) {
        int32_t block = field_block(field, row);
        if (block != STAGE_NO_BLOCK) {
            add_whole(line, (uint64_t)block);
        }
    } else {
        add_whole(line, field_whole(field, row));
    }
}

static int write_csv(const struct result_tree *tree, const char *path)
{
    struct file_out file;
    struct str line = {0};
    TRY(file_out_open(&file, path));
    for (const struct field *field = fields_of_row; field->name; field++) {
        str_add(&line, field == fields_of_row ? "" : ",");
        str_add(&line, field->name);
    }
    str_add(&line, "\r\n");
    for (size_t i = 0; i < tree->n_rows; i++) {
        for (const struct field *field = fields_of_row; field->name; field++) {
            str_add(&line, field == fields_of_row ? "" : ",");
            add_value(&line, field, &tree->rows[i]);
        }
        str_add(&line, "\r\n");
        fwrite(line.data, 1, line.n, file.stream);
        str_clear(&line);
    }
    fwrite(str_text(&line), 1, line.n, file.stream); /* of a report without rows the header */
    str_finish(&line);
    return file_out_commit(&file);
}

const struct report_format report_format_csv = {
    .name = "csv",
    .about = "the figures, comma-separated",
    .ending = ".csv",
    .write = write_csv,
};
