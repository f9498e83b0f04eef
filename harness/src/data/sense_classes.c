/* Reads which class each sense belongs to. */
#include "data/sense_classes.h"

#include "base/error.h"
#include "base/file.h"
#include "base/map.h"
#include "base/mem.h"
#include "data/table_text.h"
#include "data/unicode.h"

#include <stdlib.h>
#include <string.h>

struct sense_classes {
    char *name;
    struct map senses, names; /* of senses, of classes */
    uint32_t *class_of;       /* [senses.n] number in names */
    size_t capacity;
};

static bool is_word(struct slice text)
{
    struct slice rest = text, word;
    return unicode_word(&rest, &word) && word.n == text.n;
}

static int read_line(struct sense_classes *classes, const char *path, uint64_t number,
                     struct slice line)
{
    struct slice fields[TABLE_FIELDS];
    uint32_t n = table_fields(line, '\t', fields);
    if (n < 2 || !is_word(fields[0]) || !is_word(fields[1])) {
        return table_refuse(path, number, line, "SENSE and CLASS, names by a tab");
    }
    uint32_t name = map_put(&classes->names, fields[1].text, fields[1].n);
    uint32_t known = classes->senses.n,
             sense = map_put(&classes->senses, fields[0].text, fields[0].n);
    if (sense == known) {
        MEM_GROW(classes->class_of, classes->capacity, (size_t)sense + 1);
        classes->class_of[sense] = name;
    }
    if (classes->class_of[sense] != name) {
        char *expected = mem_format("class \"%s\", as in an earlier line of this sense",
                                    map_key(&classes->names, classes->class_of[sense]));
        int status = table_refuse(path, number, line, expected);
        free(expected);
        return status;
    }
    return 0;
}

int sense_classes_open(const char *path, struct sense_classes **ret_classes)
{
    struct str text = {0};
    TRY(table_text_read(path, &text));
    struct sense_classes *classes = mem_alloc(sizeof *classes);
    struct table_lines lines = {.rest = {text.data, text.n}};
    struct slice line;
    int status = 0;
    classes->name = mem_text(file_name(path));
    while (status == 0 && table_line(&lines, true, &line)) {
        status = read_line(classes, path, lines.number, line);
    }
    if (status == 0 && classes->senses.n == 0) {
        status = error_set(ERR_REQUEST, "%s: holds no sense", path);
    }
    str_finish(&text);
    if (status) {
        sense_classes_close(classes);
        return status;
    }
    *ret_classes = classes;
    return 0;
}

void sense_classes_close(struct sense_classes *classes)
{
    if (classes) {
        free(classes->name);
        free(classes->class_of);
        map_finish(&classes->senses);
        map_finish(&classes->names);
        free(classes);
    }
}

const char *sense_classes_name(const struct sense_classes *classes)
{
    return classes->name;
}

const char *sense_class(const struct sense_classes *classes, const char *sense)
{
    uint32_t number = map_find_text(&classes->senses, sense);
    return number == MAP_NONE ? NULL : map_key(&classes->names, classes->class_of[number]);
}
