/* Reads CoarseWSD-20's folders and the table of its out-of-domain sentences. */
#include "data/coarse_wsd.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/num.h"
#include "data/archive.h"
#include "data/json.h"
#include "data/pairs.h"
#include "data/table_text.h"
#include "data/unicode.h"
#include "data/target_check.h"

#include <stdlib.h>
#include <string.h>

static bool is_word(const char *path)
{
    char *classes = file_join(path, "classes_map.txt");
    char *data = file_join(path, "test.data.txt");
    bool is = file_exists(classes) && file_exists(data);
    free(classes);
    free(data);
    return is;
}

bool coarse_wsd_is_part(const char *path)
{
    const char *name = file_name(path);
    char *folder = file_folder(path);
    bool is = (strcmp(name, "train.data.txt") == 0 || strcmp(name, "test.data.txt") == 0) &&
              is_word(folder);
    free(folder);
    return is;
}

bool coarse_wsd_is_at(const char *path)
{
    struct file_list list;
    if (is_word(path)) {
        return true;
    }
    if (file_list_folder(path, &list)) {
        return false;
    }
    bool found = false;
    for (uint32_t i = 0; i < list.n && !found; i++) {
        char *inside = file_join(path, list.names[i]);
        found = is_word(inside);
        free(inside);
    }
    file_list_finish(&list);
    return found;
}

/* The files of one word, open side by side. */
struct word_files {
    const char *word;
    char *data_path, *gold_path, *classes_path;
    struct str data, gold;
    json *classes;
};

static int open_word(const char *folder, const char *word, bool train, struct word_files *files)
{
    const char *split = train ? "train" : "test";
    *files = (struct word_files){
        .word = word,
        .data_path = mem_format("%s/%s.data.txt", folder, split),
        .gold_path = mem_format("%s/%s.gold.txt", folder, split),
        .classes_path = mem_format("%s/classes_map.txt", folder),
    };
    TRY(jsonr_read_file(files->classes_path, &files->classes));
    TRY(byte_source_read_all(files->data_path, &files->data));
    return byte_source_read_all(files->gold_path, &files->gold);
}

static void close_word(struct word_files *files)
{
    jsonr_free(files->classes);
    str_finish(&files->data);
    str_finish(&files->gold);
    free(files->data_path);
    free(files->gold_path);
    free(files->classes_path);
}

/* A sentence of a word, as a document of its own; the number of the token that stands at index,
 * MAP_NONE if there are fewer. The authors cut the folders' sentences at all white space, those of
 * the table at blanks. */
static uint32_t add_tokens(struct wsd_data *data, const char *word, struct slice sentence,
                           uint64_t index, bool all_white_space)
{
    struct slice token;
    uint32_t target = MAP_NONE;
    wsd_begin_sentence(data, word);
    for (uint64_t i = 0;
         all_white_space ? unicode_word(&sentence, &token) : slice_word(&sentence, &token); i++) {
        uint32_t added = wsd_add_token(data, token);
        target = i == index ? added : target;
    }
    return target;
}

static int no_such_index(const char *path, uint32_t number, uint64_t index,
                         const struct wsd_data *data)
{
    return error_set(ERR_REQUEST, "%s:%u: found index %llu, expected one below %u", path,
                     number + 1, (unsigned long long)index,
                     data->sentences[data->n_sentences - 1].n_words);
}

static int add_line(struct wsd_data *data, const struct word_files *files, uint32_t number,
                    struct slice line, struct slice gold)
{
    struct slice index_field;
    uint64_t index;
    if (!slice_field(&line, '\t', &index_field) || !line.text ||
        !num_uint(slice_trim(index_field), &index)) {
        return error_set(ERR_REQUEST, "%s:%u: expected INDEX<TAB>SENTENCE", files->data_path,
                         number + 1);
    }
    char class_number[24];
    gold = slice_trim(gold);
    snprintf(class_number, sizeof class_number, "%.*s", (int)(gold.n < 20 ? gold.n : 20),
             gold.text);
    const char *label = jsonr_get_text(files->classes, class_number, NULL);
    if (!label) {
        return error_set(ERR_REQUEST, "%s:%u: found class '%s', which %s does not name",
                         files->gold_path, number + 1, class_number, files->classes_path);
    }
    uint32_t target = add_tokens(data, files->word, line, index, true);
    if (target == MAP_NONE) {
        return no_such_index(files->data_path, number, index, data);
    }
    char *id = mem_format("%s.%u", files->word, number);
    uint32_t instance = wsd_add_instance(data, id, files->word, WORDNET_NOUN, target);
    free(id);
    data->instances[instance].part = (uint8_t)(data->n_parts - 1);
    wsd_add_gold(data, instance, slice_of(label));
    return 0;
}

static int read_lines(struct wsd_data *data, const struct word_files *files)
{
    struct slice data_rest = {files->data.data, files->data.n};
    struct slice gold_rest = {files->gold.data, files->gold.n};
    for (uint32_t number = 0;; number++) {
        struct slice line, gold;
        bool has_line = slice_line(&data_rest, &line);
        bool has_gold = slice_line(&gold_rest, &gold);
        if (!has_line && !has_gold) {
            return 0;
        }
        if (has_line != has_gold) {
            return error_set(ERR_REQUEST, "%s:%u: ends before %s does",
                             has_line ? files->gold_path : files->data_path, number + 1,
                             has_line ? files->data_path : files->gold_path);
        }
        TRY(add_line(data, files, number, line, gold));
    }
}

/* Class labels in the order of their numbers, so that the lowest number is the first sense. */
static int add_labels(void *ctx, const char *key, const json *value)
{
    struct wsd_data *data = ctx;
    const char *label = jsonr_as_text(value);
    if (!label || !*label || strpbrk(label, " \t")) {
        return error_set(ERR_REQUEST, "class '%s' has no label without blanks", key);
    }
    map_put_text(&data->labels, label);
    return 0;
}

static int read_word(struct wsd_data *data, const char *folder, const char *word, bool train)
{
    if (data->n_parts == WSD_MAX_PARTS) {
        return error_set(ERR_REQUEST, "%s: more than %d words", folder, WSD_MAX_PARTS);
    }
    data->parts[data->n_parts++] = arena_keep(&data->texts, word);
    struct word_files files;
    int status = open_word(folder, word, train, &files);
    if (status == 0) {
        status = jsonr_each(files.classes, add_labels, data);
        status = status ? error_context(status, "%s", files.classes_path) : 0;
    }
    if (status == 0) {
        status = read_lines(data, &files);
    }
    close_word(&files);
    return status;
}

static void check_targets(const struct wsd_data *data)
{
    struct target_check check = {0};
    for (size_t i = 0; i < data->n_instances; i++) {
        const struct wsd_instance *at = &data->instances[i];
        const struct slice target = {wsd_sentence_text(data, at->sentence) + at->span.begin,
                                     at->span.end - at->span.begin};
        target_check_add(&check, at->id, target, at->lemma);
    }
    target_check_finish(&check, data->path, 0.02, "does INDEX count tokens from 0?");
}

int coarse_wsd_read(const char *path, bool train, struct wsd_data **ret_data)
{
    struct wsd_data *data = wsd_data_of_folder(path);
    data->inventory = WSD_OWN;
    struct file_list list = {0};
    int status =
        is_word(path) ? read_word(data, path, data->name, train) : file_list_folder(path, &list);
    for (uint32_t i = 0; status == 0 && i < list.n; i++) {
        char *inside = file_join(path, list.names[i]);
        if (is_word(inside)) {
            status = read_word(data, inside, list.names[i], train);
        }
        free(inside);
    }
    file_list_finish(&list);
    if (status == 0) {
        status = wsd_data_check(data, path);
    }
    if (status) {
        wsd_data_free(data);
        return status;
    }
    check_targets(data);
    *ret_data = data;
    return 0;
}

/* The out-of-domain table. */

struct table_row {
    struct slice word, label;
    uint64_t index;
    struct slice sentence;
};

static bool cut_fields(struct slice line, struct table_row *ret_fields)
{
    struct slice index;
    return slice_field(&line, '\t', &ret_fields->word) &&
           slice_field(&line, '\t', &ret_fields->label) && slice_field(&line, '\t', &index) &&
           slice_field(&line, '\t', &ret_fields->sentence) && !line.text &&
           num_uint(slice_trim(index), &ret_fields->index) && ret_fields->word.n > 0 &&
           ret_fields->label.n > 0 && !memchr(ret_fields->label.text, ' ', ret_fields->label.n);
}

bool coarse_wsd_is_table(const char *path)
{
    struct str text;
    if (!text_ends(path, ".tsv") || table_text_read(path, &text)) {
        return false;
    }
    struct table_lines lines = {.rest = {str_text(&text), text.n}};
    struct table_row fields;
    struct slice line;
    bool is = table_line(&lines, true, &line) && cut_fields(line, &fields);
    str_finish(&text);
    return is;
}

/* The number of a part, begun if it is new; WSD_MAX_PARTS if there is no room. */
static uint32_t part_of(struct wsd_data *data, const char *word)
{
    uint32_t part = 0;
    while (part < data->n_parts && strcmp(data->parts[part], word) != 0) {
        part++;
    }
    if (part == data->n_parts && part < WSD_MAX_PARTS) {
        data->parts[data->n_parts++] = arena_keep(&data->texts, word);
    }
    return part;
}

static int add_table_line(struct wsd_data *data, const char *path, uint32_t number,
                          struct slice line)
{
    struct table_row fields;
    if (!cut_fields(line, &fields)) {
        return error_set(ERR_REQUEST, "%s:%u: expected WORD, CLASS, INDEX, SENTENCE by tabs", path,
                         number + 1);
    }
    char *word = mem_text_n(fields.word.text, fields.word.n);
    char *id = mem_format("%s.%u", word, number);
    uint32_t target = add_tokens(data, word, fields.sentence, fields.index, false);
    uint32_t part = part_of(data, word);
    int status = 0;
    if (target == MAP_NONE) {
        status = no_such_index(path, number, fields.index, data);
    } else if (part == WSD_MAX_PARTS) {
        status = error_set(ERR_REQUEST, "%s: more than %d words", path, WSD_MAX_PARTS);
    } else {
        uint32_t instance = wsd_add_instance(data, id, word, WORDNET_NOUN, target);
        data->instances[instance].part = (uint8_t)part;
        wsd_add_gold(data, instance, fields.label);
    }
    free(word);
    free(id);
    return status;
}

int coarse_wsd_read_table(const char *path, struct wsd_data **ret_data)
{
    struct str text;
    int status = table_text_read(path, &text);
    if (status) {
        return status;
    }
    char *name = data_set_name(path);
    struct wsd_data *data = wsd_data_create(name, path);
    struct table_lines lines = {.rest = {str_text(&text), text.n}};
    struct slice line;
    data->inventory = WSD_OWN;
    while (status == 0 && table_line(&lines, false, &line)) {
        status = add_table_line(data, path, (uint32_t)lines.number - 1, line);
    }
    str_finish(&text);
    free(name);
    status = status ? status : wsd_data_check(data, path);
    if (status) {
        wsd_data_free(data);
        return status;
    }
    *ret_data = data;
    return 0;
}
