#include "data/coarse_wsd.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/num.h"
#include "data/archive.h"
#include "data/json.h"
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
    int code = jsonr_read_file(files->classes_path, &files->classes);
    if (code == 0) {
        code = byte_source_read_all(files->data_path, &files->data);
    }
    return code ? code : byte_source_read_all(files->gold_path, &files->gold);
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

static int add_line(struct wsd_data *data, const struct word_files *files, uint32_t number,
                    struct slice line, struct slice gold)
{
    struct slice index_field, token;
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
    wsd_begin_sentence(data, files->word);
    uint32_t target = MAP_NONE;
    for (uint64_t i = 0; slice_word(&line, &token); i++) {
        uint32_t added = wsd_add_token(data, token);
        target = i == index ? added : target;
    }
    if (target == MAP_NONE) {
        return error_set(ERR_REQUEST, "%s:%u: found index %llu, expected one below %u",
                         files->data_path, number + 1, (unsigned long long)index,
                         data->sentences[data->n_sentences - 1].n_words);
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
        int code = add_line(data, files, number, line, gold);
        if (code) {
            return code;
        }
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
    data->parts[data->n_parts++] = arena_text(&data->texts, word, strlen(word));
    struct word_files files;
    int code = open_word(folder, word, train, &files);
    if (code == 0) {
        code = jsonr_each(files.classes, add_labels, data);
        code = code ? error_context(code, "%s", files.classes_path) : 0;
    }
    if (code == 0) {
        code = read_lines(data, &files);
    }
    close_word(&files);
    return code;
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
    int code =
        is_word(path) ? read_word(data, path, data->name, train) : file_list_folder(path, &list);
    for (uint32_t i = 0; code == 0 && i < list.n; i++) {
        char *inside = file_join(path, list.names[i]);
        if (is_word(inside)) {
            code = read_word(data, inside, list.names[i], train);
        }
        free(inside);
    }
    file_list_finish(&list);
    if (code == 0) {
        code = wsd_data_check(data, path);
    }
    if (code) {
        wsd_data_free(data);
        return code;
    }
    check_targets(data);
    *ret_data = data;
    return 0;
}
