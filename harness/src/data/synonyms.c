/* Reads four-choice synonym questions. */
#include "data/synonyms.h"

#include "base/error.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/num.h"
#include "data/pairs.h"
#include "data/table_text.h"

#include <stdlib.h>
#include <string.h>

#define FIELDS (3 + SYNONYM_CHOICES + 1)

/* The answer of a line cut into fields, 1 to 4, or 0 where the line is no question. */
static uint32_t answer_of(const struct slice *fields, uint32_t n)
{
    uint64_t answer;
    double number;
    if (n != FIELDS || !num_uint(fields[FIELDS - 1], &answer) || answer < 1 ||
        answer > SYNONYM_CHOICES || num_real(fields[3], &number)) {
        return 0;
    }
    return (uint32_t)answer;
}

bool synonyms_recognise(const char *path)
{
    struct str text = {0};
    if (table_text_read(path, &text)) {
        return false;
    }
    struct table_lines lines = {.rest = {str_text(&text), text.n}};
    struct slice line, fields[TABLE_FIELDS];
    bool is =
        table_line(&lines, true, &line) && answer_of(fields, table_fields(line, '\t', fields));
    str_finish(&text);
    return is;
}

static int read_question(const char *path, uint64_t number, struct slice line,
                         struct synonym_set *set, struct map *ids,
                         struct synonym_question *question)
{
    struct slice fields[TABLE_FIELDS];
    uint32_t n = table_fields(line, '\t', fields), answer = answer_of(fields, n);
    char excerpt[TABLE_EXCERPT];
    if (!answer) {
        return error_set(ERR_REQUEST,
                         "%s:%llu: found \"%s\", expected id, part of speech, target, %d choices "
                         "and the right one's number, separated by tabs",
                         path, (unsigned long long)number, table_excerpt(line, excerpt),
                         SYNONYM_CHOICES);
    }
    for (uint32_t i = 0; i < FIELDS; i++) {
        if (fields[i].n == 0) {
            return error_set(ERR_REQUEST, "%s:%llu: field %u is empty", path,
                             (unsigned long long)number, i + 1);
        }
    }
    uint32_t known = ids->n;
    if (map_put(ids, fields[0].text, fields[0].n) != known) {
        return error_set(ERR_REQUEST, "%s:%llu: id \"%s\" occurred before", path,
                         (unsigned long long)number, table_excerpt(fields[0], excerpt));
    }
    const char *pos = pairs_part_of_speech(fields[1].text, fields[1].n);
    question->id = arena_text(&set->texts, fields[0].text, fields[0].n);
    question->pos = pos ? pos : arena_text(&set->texts, fields[1].text, fields[1].n);
    question->target = arena_text(&set->texts, fields[2].text, fields[2].n);
    for (uint32_t i = 0; i < SYNONYM_CHOICES; i++) {
        question->choices[i] = arena_text(&set->texts, fields[3 + i].text, fields[3 + i].n);
    }
    question->answer = answer - 1;
    return 0;
}

int synonyms_read(const char *path, struct synonym_set *ret_set)
{
    struct str text = {0};
    int status = table_text_read(path, &text);
    if (status) {
        return status;
    }
    struct synonym_set set = {.name = data_set_name(path)};
    struct table_lines lines = {.rest = {str_text(&text), text.n}};
    struct slice line;
    struct map ids = {0};
    size_t capacity = 0;
    while (!status && table_line(&lines, true, &line)) {
        MEM_GROW(set.questions, capacity, (size_t)set.n + 1);
        status = read_question(path, lines.number, line, &set, &ids, &set.questions[set.n]);
        set.n += !status;
    }
    if (!status && set.n == 0) {
        status = error_set(ERR_REQUEST, "%s: no question in it", path);
    }
    map_finish(&ids);
    str_finish(&text);
    if (status) {
        synonyms_finish(&set);
        return status;
    }
    *ret_set = set;
    return 0;
}

void synonyms_finish(struct synonym_set *set)
{
    arena_finish(&set->texts);
    free(set->questions);
    free(set->name);
    *set = (struct synonym_set){0};
}
