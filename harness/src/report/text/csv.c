/*
 * csv.c - results[] as comma-separated values, RFC 4180: a header, a record a line, CRLF.
 * What is not known is empty; an empty text is "".
 */
#include "report/write.h"

#include "report/formats.h"
#include "base/file.h"
#include "base/num.h"
#include "report/fields.h"

#include <math.h>
#include <string.h>

static void write_text(FILE *out, const char *text)
{
    size_t n = strlen(text);
    bool edge = n == 0 || text[0] == ' ' || text[n - 1] == ' ';
    if (!edge && !strpbrk(text, ",\"\r\n")) {
        fputs(text, out);
        return;
    }
    fputc('"', out);
    for (; *text; text++) {
        fputs(*text == '"' ? "\"" : "", out);
        fputc(*text, out);
    }
    fputc('"', out);
}

static void write_whole(FILE *out, uint64_t value)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    fwrite(digits + at, 1, sizeof digits - at, out);
}

static void write_value(FILE *out, const struct field *field, const struct result_row *row)
{
    char buffer[NUM_TEXT_MAX];
    if (field_is_text(field)) {
        const char *text = field_text(field, row);
        if (text) {
            write_text(out, text);
        }
    } else if (field->type == FIELD_REAL) {
        double value = field_real(field, row);
        fputs(isfinite(value) ? num_text(value, buffer) : "", out);
    } else if (field->type == FIELD_BLOCK) {
        int32_t block = field_block(field, row);
        if (block != STAGE_NO_BLOCK) {
            write_whole(out, (uint64_t)block);
        }
    } else {
        write_whole(out, field_whole(field, row));
    }
}

int report_write_csv(const struct result_tree *tree, const char *path)
{
    struct file_out file;
    int status = file_out_open(&file, path);
    if (status != 0) {
        return status;
    }
    for (const struct field *field = fields_of_row; field->name; field++) {
        fprintf(file.stream, "%s%s", field == fields_of_row ? "" : ",", field->name);
    }
    fputs("\r\n", file.stream);
    for (size_t i = 0; i < tree->n_rows; i++) {
        for (const struct field *field = fields_of_row; field->name; field++) {
            fputs(field == fields_of_row ? "" : ",", file.stream);
            write_value(file.stream, field, &tree->rows[i]);
        }
        fputs("\r\n", file.stream);
    }
    return file_out_commit(&file);
}

const struct report_format report_format_csv = {
    .name = "csv",
    .about = "the figures, comma-separated",
    .ending = ".csv",
    .write = report_write_csv,
};
