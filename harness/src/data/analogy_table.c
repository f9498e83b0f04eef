/* Reads analogy questions from tables with columns. */
#include "data/analogy_table.h"

#include "base/error.h"
#include "data/table_columns.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* Four columns of words, and a section where the header names one. */
struct table {
    uint32_t words[4], section; /* columns */
    bool header;
};

/* The letters and digits of a column's name end in the mark of the i-th of four words, with the
 * same letters before it: "word1", "Word 1", "a". */
static bool names_word(struct slice name, uint32_t i, struct slice *ret_stem)
{
    char last = name.n ? (char)tolower((unsigned char)name.text[name.n - 1]) : '\0';
    *ret_stem = (struct slice){name.text, name.n ? name.n - 1 : 0};
    return last == (char)('1' + i) || last == (char)('a' + i);
}

static bool same_name(struct slice a, struct slice b)
{
    return a.n == b.n && (a.n == 0 || strncasecmp(a.text, b.text, a.n) == 0);
}

/* The four columns next to each other that a header names as words; false if it names none. */
static bool find_words(const struct slice *names, uint32_t n, struct table *ret_table)
{
    for (uint32_t first = 0; first + 4 <= n; first++) {
        struct slice stem, next;
        bool all = names_word(names[first], 0, &stem);
        for (uint32_t i = 1; i < 4; i++) {
            all = all && names_word(names[first + i], i, &next) && same_name(stem, next);
        }
        for (uint32_t i = 0; all && i < 4; i++) {
            ret_table->words[i] = first + i;
        }
        if (all) {
            return true;
        }
    }
    return false;
}

static uint32_t find_named_section(const struct slice *names, uint32_t n)
{
    static const char *const known[] = {"category", "section", "relation", "type",
                                        "class",    "label",   "topic",    "group"};
    for (uint32_t i = 0; i < n; i++) {
        for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
            if (same_name(names[i], slice_of(known[k]))) {
                return i;
            }
        }
    }
    return TABLE_NO_COLUMN;
}

static int find_table(const char *path, struct table_lines lines, const struct str *text,
                      char separator, struct table *table)
{
    struct table_columns columns;
    struct slice line, names[TABLE_FIELDS];
    table_line(&lines, true, &line);
    uint32_t n = table_fields(line, separator, names);
    int status = 0;
    table_columns_find(text, separator, true, &columns);
    *table = (struct table){.section = TABLE_NO_COLUMN};
    table->header = find_words(names, n, table);
    if (table->header) {
        table->section = find_named_section(names, n);
    } else {
        uint32_t first = table_column_is_index(&columns, 0) ? 1 : 0;
        for (uint32_t i = 0; i < 4; i++) {
            table->words[i] = first + i;
        }
        if (n != first + 4) {
            status = table_refuse(path, lines.number, line,
                                  "four words, or a header that names word1 to word4");
        }
    }
    for (uint32_t i = 0; !status && i < 4; i++) {
        if (table_column_is_number(&columns, table->words[i])) {
            status = error_set(ERR_REQUEST, "%s: column %u holds numbers, expected words", path,
                               table->words[i] + 1);
        }
    }
    table_columns_finish(&columns);
    return status;
}

int analogy_table_read(const char *path, const struct str *text, char separator,
                       struct analogy_set *set)
{
    struct table_lines lines = {.rest = {str_text(text), text->n}};
    struct table table;
    struct slice line, fields[TABLE_FIELDS];
    TRY(find_table(path, lines, text, separator, &table));
    if (table.header) {
        table_line(&lines, true, &line);
    }
    while (table_line(&lines, true, &line)) {
        uint32_t n = table_fields(line, separator, fields);
        struct slice words[4];
        bool whole = n > table.words[3];
        for (uint32_t i = 0; whole && i < 4; i++) {
            words[i] = fields[table.words[i]];
            whole = words[i].n > 0;
        }
        if (!whole) {
            return table_refuse(path, lines.number, line, "four words");
        }
        bool named = table.section < n && fields[table.section].n > 0;
        analogy_begin_section(set, named ? fields[table.section] : slice_of("all"), NULL);
        analogy_add_question(set, words, lines.number);
    }
    return 0;
}

char analogy_table_separator(struct table_lines lines)
{
    static const char separators[] = {'\t', ';', ','};
    struct slice line, fields[TABLE_FIELDS];
    if (table_line(&lines, true, &line)) {
        for (size_t i = 0; i < sizeof separators; i++) {
            if (table_fields(line, separators[i], fields) >= 4) {
                return separators[i];
            }
        }
    }
    return '\0';
}
