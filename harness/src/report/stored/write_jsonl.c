/*
 * write_jsonl.c - results[] as JSON Lines for column stores: an object a line, every line with
 * every column, nothing nested, and a column always of one type: a text or null, a whole number
 * (null where a stage has no block), or a number with a point in it or null (a reader that guesses
 * types from the first lines guesses right).
 */
#include "report/write.h"

#include "report/formats.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json_write.h"
#include "base/num.h"
#include "report/fields.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static void write_value(struct json_writer *w, const struct field *field, const struct figure *row)
{
    char buffer[NUM_TEXT_MAX];
    jsonw_key(w, field->name);
    if (field_is_text(field)) {
        jsonw_text(w, field_text(field, row));
        return;
    }
    if (field->type == FIELD_BLOCK) {
        int32_t block = field_block(field, row);
        block == STAGE_NO_BLOCK ? jsonw_null(w) : jsonw_int(w, block);
        return;
    }
    if (field->type != FIELD_REAL || !isfinite(field_real(field, row))) {
        if (field->type == FIELD_REAL) {
            jsonw_null(w);
        } else {
            jsonw_uint(w, field_whole(field, row));
        }
        return;
    }
    const char *text = num_text(field_real(field, row), buffer);
    str_add(w->out, text);
    str_add(w->out, strpbrk(text, ".e") ? "" : ".0");
    w->after_key = false;
}

static int write_jsonl(const struct result_tree *tree, const char *path)
{
    struct file_out file;
    TRY(file_out_open(&file, path));
    struct str line = {0};
    for (size_t i = 0; i < tree->n_rows; i++) {
        struct json_writer w = jsonw_create(&line, 0);
        jsonw_open(&w, '{');
        for (const struct field *field = fields_of_row; field->name; field++) {
            write_value(&w, field, &tree->rows[i]);
        }
        jsonw_close(&w, '}');
        str_add_char(&line, '\n');
        fwrite(line.data, 1, line.n, file.stream);
        str_clear(&line);
    }
    str_finish(&line);
    return file_out_commit(&file);
}

const struct report_format report_format_jsonl = {
    .name = "jsonl",
    .about = "the figures, a JSON object a line",
    .ending = ".jsonl",
    .write = write_jsonl,
};
