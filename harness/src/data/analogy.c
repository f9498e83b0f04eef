/* Reads analogy questions, Google's, MSR's, BATS's and SAT's layouts. */
#include "data/analogy.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "data/analogy_table.h"
#include "data/beside.h"
#include "data/pairs.h"
#include "data/table_text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define BATS_LINES_MOST 1000u /* of a file; BATS has 50 */

static uint32_t put_word(struct analogy_set *set, struct slice word)
{
    return map_put(&set->words, word.text, word.n);
}

static void put_answer(struct analogy_set *set, uint32_t answer)
{
    MEM_GROW(set->answers, set->answers_capacity, (size_t)set->n_answers + 1);
    set->answers[set->n_answers++] = answer;
}

static struct analogy_question *put_question(struct analogy_set *set)
{
    MEM_GROW(set->questions, set->questions_capacity, (size_t)set->n + 1);
    struct analogy_question *question = &set->questions[set->n++];
    *question = (struct analogy_question){.first_answer = set->n_answers, .section = set->section};
    return question;
}

/* The section of that name in the file at hand goes on, else a new one begins. */
void analogy_begin_section(struct analogy_set *set, struct slice name, const char *group)
{
    for (set->section = set->first_section; set->section < set->n_sections; set->section++) {
        if (slice_is(name, set->sections[set->section].name)) {
            return;
        }
    }
    MEM_GROW(set->sections, set->sections_capacity, (size_t)set->n_sections + 1);
    set->sections[set->n_sections++] =
        (struct analogy_section){arena_text(&set->texts, name.text, name.n), group};
}

void analogy_add_question(struct analogy_set *set, const struct slice words[4], uint64_t line)
{
    struct analogy_question *question = put_question(set);
    question->a = put_word(set, words[0]);
    question->b = put_word(set, words[1]);
    question->c = put_word(set, words[2]);
    question->n_answers = 1;
    question->line = line;
    put_answer(set, put_word(set, words[3]));
}

/* Four words, whatever separates them; how many fields the line has otherwise. */
static uint32_t cut_question(struct slice line, struct slice fields[TABLE_FIELDS])
{
    static const char separators[] = {'\t', ';', ','};
    for (size_t i = 0; i < sizeof separators; i++) {
        if (table_fields(line, separators[i], fields) == 4) {
            return 4;
        }
    }
    return table_fields(line, ' ', fields);
}

/* Google's layout: four words a line under sections. */
static int read_lines(const char *path, struct table_lines lines, struct analogy_set *set)
{
    struct slice line, fields[TABLE_FIELDS];
    while (table_line(&lines, false, &line)) {
        struct slice trimmed = slice_trim(line);
        if (trimmed.text[0] == ':') {
            struct slice name = slice_trim((struct slice){trimmed.text + 1, trimmed.n - 1});
            analogy_begin_section(set, name, NULL);
            continue;
        }
        if (cut_question(line, fields) != 4) {
            return table_refuse(path, lines.number, line, "four words, or \": section\"");
        }
        if (set->n_sections == 0) {
            analogy_begin_section(set, slice_of("all"), NULL);
        }
        analogy_add_question(set, fields, lines.number);
    }
    return 0;
}

/* Google's sections are known by their names: gram1-... are syntactic. */
static void name_groups(struct analogy_set *set)
{
    bool google = false;
    for (uint32_t i = 0; i < set->n_sections; i++) {
        google |= strncmp(set->sections[i].name, "gram1", 5) == 0;
    }
    for (uint32_t i = 0; google && i < set->n_sections; i++) {
        set->sections[i].group =
            strncmp(set->sections[i].name, "gram", 4) == 0 ? "syntactic" : "semantic";
    }
}

/* MSR: the answers' file beside the questions'. */

static int read_msr(const char *path, struct table_lines lines, const char *answers_path,
                    struct analogy_set *set)
{
    struct str text = {0};
    int status = table_text_read(answers_path, &text);
    if (status) {
        return status;
    }
    struct table_lines answers = {.rest = {str_text(&text), text.n}};
    struct slice line, answer, fields[TABLE_FIELDS], answer_fields[TABLE_FIELDS];
    while (!status && table_line(&lines, false, &line)) {
        if (table_fields(line, ' ', fields) != 4) {
            status = table_refuse(path, lines.number, line, "three words and a label");
        } else if (!table_line(&answers, false, &answer)) {
            status = error_set(ERR_REQUEST, "%s: ends before line %llu of %s", answers_path,
                               (unsigned long long)lines.number, path);
        } else if (table_fields(answer, ' ', answer_fields) != 2) {
            status = table_refuse(answers_path, answers.number, answer, "a label and a word");
        } else {
            analogy_begin_section(set, fields[3], NULL);
            fields[3] = answer_fields[1];
            analogy_add_question(set, fields, lines.number);
        }
    }
    if (!status && table_line(&answers, false, &answer)) {
        status = error_set(ERR_REQUEST, "%s:%llu: an answer without a question in %s", answers_path,
                           (unsigned long long)answers.number, path);
    }
    str_finish(&text);
    return status;
}

/* BATS: a file of words and answers. */

struct bats_line {
    uint32_t word, first_answer, n_answers;
    uint64_t number;
};

static int read_bats_line(const char *path, uint64_t number, struct slice line,
                          struct analogy_set *set, struct bats_line *ret_line)
{
    struct slice rest = line, word, answers, answer;
    if (!slice_word(&rest, &word)) {
        return table_refuse(path, number, line, "a word and its answers");
    }
    answers = slice_trim(rest);
    if (answers.n == 0) {
        return table_refuse(path, number, line, "a word and its answers, separated by /");
    }
    *ret_line = (struct bats_line){put_word(set, word), set->n_answers, 0, number};
    while (slice_field(&answers, '/', &answer)) {
        answer = slice_trim(answer);
        if (answer.n > 0) {
            put_answer(set, put_word(set, answer));
            ret_line->n_answers++;
        }
    }
    return ret_line->n_answers ? 0 : table_refuse(path, number, line, "an answer after the word");
}

static int read_bats_lines(const char *path, struct table_lines lines, struct analogy_set *set)
{
    struct bats_line *entries = NULL;
    size_t capacity = 0;
    uint32_t n = 0;
    struct slice line;
    int status = 0;
    while (!status && table_line(&lines, false, &line)) {
        MEM_GROW(entries, capacity, (size_t)n + 1);
        status = read_bats_line(path, lines.number, line, set, &entries[n++]);
    }
    if (!status && n > BATS_LINES_MOST) {
        status = error_set(ERR_REQUEST,
                           "%s: found %u lines of a word and its answers, expected at "
                           "most %u, since every pair of lines is a question",
                           path, n, BATS_LINES_MOST);
    }
    for (uint32_t i = 0; !status && i < n; i++) {
        for (uint32_t j = 0; j < n; j++) {
            if (i == j) {
                continue;
            }
            struct analogy_question *question = put_question(set);
            question->a = entries[i].word;
            question->b = set->answers[entries[i].first_answer];
            question->c = entries[j].word;
            question->first_answer = entries[j].first_answer;
            question->n_answers = entries[j].n_answers;
        }
    }
    free(entries);
    return status;
}

/* SAT. */

static int read_pair(const char *path, uint64_t number, struct slice line, struct analogy_set *set,
                     uint32_t ret_pair[2])
{
    struct slice fields[TABLE_FIELDS];
    uint32_t n = table_fields(line, ' ', fields);
    if (n != 2 && n != 3) {
        return table_refuse(path, number, line, "two words");
    }
    ret_pair[0] = put_word(set, fields[0]);
    ret_pair[1] = put_word(set, fields[1]);
    return 0;
}

/* A line of the block, or an error at its end. */
static int block_line(const char *path, struct table_lines *lines, struct slice *ret_line)
{
    if (!table_line(lines, true, ret_line)) {
        return error_set(ERR_REQUEST, "%s: ends within the question before line %llu", path,
                         (unsigned long long)lines->number + 1);
    }
    return 0;
}

static int read_sat_block(const char *path, struct table_lines *lines, struct analogy_set *set)
{
    struct slice line;
    uint32_t pair[2];
    int status = block_line(path, lines, &line);
    status = status ? status : read_pair(path, lines->number, line, set, pair);
    if (status) {
        return status;
    }
    struct analogy_question *question = put_question(set);
    question->line = lines->number;
    question->a = pair[0];
    question->b = pair[1];
    question->choices = set->n_choices;
    while (!(status = block_line(path, lines, &line))) {
        struct slice text = slice_trim(line);
        if (text.n == 1) {
            uint32_t answer = (uint32_t)(tolower((unsigned char)text.text[0]) - 'a');
            if (answer >= question->n_choices) {
                return table_refuse(path, lines->number, line, "the letter of one of the choices");
            }
            question->n_answers = 1;
            put_answer(set, answer);
            return 0;
        }
        status = read_pair(path, lines->number, line, set, pair);
        if (status) {
            return status;
        }
        MEM_GROW(set->choices, set->choices_capacity, (size_t)set->n_choices + 1);
        memcpy(set->choices[set->n_choices++], pair, sizeof pair);
        question->n_choices++;
    }
    return status;
}

static int read_sat(const char *path, struct table_lines lines, struct analogy_set *set)
{
    struct slice line;
    analogy_begin_section(set, slice_of("all"), NULL);
    while (table_line(&lines, true, &line)) { /* the source line */
        TRY(read_sat_block(path, &lines, set));
    }
    return 0;
}

/* Which layout. */

enum layout { LAYOUT_LINES, LAYOUT_BATS, LAYOUT_SAT };

static bool is_letter_line(struct slice line)
{
    struct slice text = slice_trim(line);
    return text.n == 1 && strchr("abcdefABCDEF", text.text[0]);
}

static enum layout find_layout(struct table_lines lines)
{
    struct slice line, fields[TABLE_FIELDS];
    enum layout layout = LAYOUT_LINES;
    for (int i = 0; i < 9 && table_line(&lines, true, &line); i++) {
        uint32_t n = table_fields(line, ' ', fields);
        if (i > 2 && is_letter_line(line)) {
            return LAYOUT_SAT;
        }
        if (i == 0 && n == 2 && line.text[0] != ':') {
            layout = LAYOUT_BATS;
        }
    }
    return layout;
}

static char *msr_answers(const char *path)
{
    if (!text_ends(path, ".questions")) {
        return NULL;
    }
    return mem_format("%.*s.answers", (int)(strlen(path) - strlen(".questions")), path);
}

/* A section is what figures are distinguished by: files of one folder cannot share its name. */
static int check_sections(const char *path, const struct analogy_set *set)
{
    for (uint32_t i = set->first_section; i < set->n_sections; i++) {
        for (uint32_t k = 0; k < set->first_section; k++) {
            if (strcmp(set->sections[i].name, set->sections[k].name) == 0) {
                return error_set(ERR_REQUEST,
                                 "%s: found the section \"%s\", which another file of the folder "
                                 "has as well; rename one of them",
                                 path, set->sections[i].name);
            }
        }
    }
    return 0;
}

static int read_file(const char *path, const char *group, struct analogy_set *set)
{
    struct str text = {0};
    int status = table_text_read(path, &text);
    if (status) {
        return status;
    }
    struct table_lines lines = {.rest = {str_text(&text), text.n}};
    enum layout layout = find_layout(lines);
    char *answers = msr_answers(path), separator = analogy_table_separator(lines);
    set->first_section = set->n_sections;
    if (!answers && separator) {
        status = analogy_table_read(path, &text, separator, set);
        name_groups(set);
    } else if (answers) {
        status = read_msr(path, lines, answers, set);
    } else if (layout == LAYOUT_SAT) {
        status = read_sat(path, lines, set);
    } else if (layout == LAYOUT_BATS) {
        char *name = data_set_name(path);
        analogy_begin_section(set, slice_of(name), group);
        free(name);
        status = read_bats_lines(path, lines, set);
    } else {
        status = read_lines(path, lines, set);
        name_groups(set);
    }
    free(answers);
    str_finish(&text);
    return status ? status : check_sections(path, set);
}

static bool is_question_file(const char *name)
{
    return (text_ends(name, ".txt") || text_ends(name, ".csv") || text_ends(name, ".tsv")) &&
           !is_beside_data(name);
}

static int read_folder(const char *path, const char *group, int depth, struct analogy_set *set)
{
    struct file_list list;
    int status = file_list_folder(path, &list);
    for (uint32_t i = 0; !status && i < list.n; i++) {
        const char *name = list.names[i];
        char *inner = file_join(path, name);
        if (file_is_folder(inner) && depth < 2 && name[0] != '.' &&
            (strcmp(name, "all") == 0 || text_starts(name, "section:"))) {
            status =
                error_set(ERR_REQUEST,
                          "%s: found a folder called \"%s\", as the figures of all questions or "
                          "of a section are called; rename it",
                          path, name);
        } else if (file_is_folder(inner) && depth < 2 && name[0] != '.') {
            status = read_folder(inner, arena_keep(&set->texts, name), depth + 1, set);
        } else if (is_question_file(name)) {
            status = read_file(inner, group, set);
        }
        free(inner);
    }
    file_list_finish(&list);
    return status;
}

static void number_questions(struct analogy_set *set)
{
    uint32_t *counts = mem_array((size_t)set->n_sections + 1, sizeof *counts);
    for (uint32_t i = 0; i < set->n; i++) {
        set->questions[i].number = ++counts[set->questions[i].section];
    }
    free(counts);
}

int analogy_read(const char *path, struct analogy_set *ret_set)
{
    struct analogy_set set = {.name = data_set_name(path)};
    int status =
        file_is_folder(path) ? read_folder(path, NULL, 0, &set) : read_file(path, NULL, &set);
    if (!status && set.n == 0) {
        status = error_set(ERR_REQUEST, "%s: no analogy question in it", path);
    }
    if (status) {
        analogy_finish(&set);
        return status;
    }
    number_questions(&set);
    *ret_set = set;
    return 0;
}

void analogy_finish(struct analogy_set *set)
{
    arena_finish(&set->texts);
    map_finish(&set->words);
    free(set->name);
    free(set->questions);
    free(set->answers);
    free(set->choices);
    free(set->sections);
    *set = (struct analogy_set){0};
}

char *analogy_id(const struct analogy_set *set, uint32_t question)
{
    const struct analogy_question *q = &set->questions[question];
    return mem_format("%s:%u", set->sections[q->section].name, q->number);
}
