/* Reads one's own sense-tagged lines, tab-separated or JSON. */
#include "data/wsd_lines.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/num.h"
#include "data/archive.h"
#include "data/json.h"
#include "data/target_check.h"

#include <stdlib.h>
#include <string.h>

/* A line as either layout gives it. */
struct record {
    char *id, *lemma;
    enum wordnet_pos pos;
    uint64_t index;
    struct str tokens; /* one after the other, each with its NUL */
    uint32_t n_tokens;
    struct str labels; /* separated by spaces */
};

static void record_finish(struct record *record)
{
    free(record->id);
    free(record->lemma);
    str_finish(&record->tokens);
    str_finish(&record->labels);
}

static bool parse_fields(struct slice line, struct record *record)
{
    struct slice field[6];
    for (int i = 0; i < 6; i++) {
        if (!slice_field(&line, '\t', &field[i])) {
            return false;
        }
        field[i] = slice_trim(field[i]);
    }
    char *pos = mem_text_n(field[2].text, field[2].n);
    record->pos = wordnet_pos_of(pos);
    free(pos);
    record->id = mem_text_n(field[0].text, field[0].n);
    record->lemma = mem_text_n(field[1].text, field[1].n);
    struct slice token;
    while (slice_word(&field[4], &token)) {
        str_append(&record->tokens, token.text, token.n);
        str_append(&record->tokens, "", 1);
        record->n_tokens++;
    }
    str_append(&record->labels, field[5].text, field[5].n);
    return num_uint(field[3], &record->index);
}

static bool parse_json(const json *object, struct record *record)
{
    const json *tokens = jsonr_get(object, "tokens"), *gold = jsonr_get(object, "gold");
    record->id = mem_text(jsonr_get_text(object, "id", ""));
    record->lemma = mem_text(jsonr_get_text(object, "lemma", ""));
    record->pos = wordnet_pos_of(jsonr_get_text(object, "pos", ""));
    for (size_t i = 0; i < jsonr_length(tokens); i++) {
        const char *token = jsonr_as_text(jsonr_at(tokens, i));
        if (!token || !*token) {
            return false;
        }
        str_append(&record->tokens, token, strlen(token) + 1);
        record->n_tokens++;
    }
    for (size_t i = 0; i < jsonr_length(gold); i++) {
        const char *label = jsonr_as_text(jsonr_at(gold, i));
        if (!label || strpbrk(label, " \t")) {
            return false;
        }
        str_format(&record->labels, "%s ", label);
    }
    return jsonr_as_uint(jsonr_get(object, "index"), &record->index);
}

static bool same_tokens(const struct wsd_data *data, const struct record *record)
{
    if (data->n_sentences == 0) {
        return false;
    }
    const struct wsd_sentence *last = &data->sentences[data->n_sentences - 1];
    if (last->n_words != record->n_tokens) {
        return false;
    }
    const char *token = record->tokens.data, *text = data->text.data + last->text;
    for (uint32_t i = 0; i < last->n_words; i++) {
        struct emb_span span = data->words[last->first_word + i];
        size_t n = strlen(token);
        if (n != span.end - span.begin || memcmp(text + span.begin, token, n) != 0) {
            return false;
        }
        token += n + 1;
    }
    return true;
}

static void check_target(const struct wsd_data *data, uint32_t instance, uint32_t line,
                         struct target_check *check)
{
    const struct wsd_instance *at = &data->instances[instance];
    char *place = mem_format("line %u", line);
    const struct slice target = {wsd_sentence_text(data, at->sentence) + at->span.begin,
                                 at->span.end - at->span.begin};
    target_check_add(check, place, target, at->lemma);
    free(place);
}

static int add_record(struct wsd_data *data, const struct record *record, uint32_t line,
                      struct target_check *check)
{
    if (!*record->id || strpbrk(record->id, " \t") || !*record->lemma || !record->pos ||
        record->labels.n == 0) {
        return error_set(
            ERR_REQUEST,
            "%s:%u: expected an id without blanks, a lemma, NOUN, VERB, ADJ or ADV, and "
            "a label",
            data->path, line);
    }
    if (record->index >= record->n_tokens) {
        return error_set(ERR_REQUEST, "%s:%u: found index %llu, expected one below %u", data->path,
                         line, (unsigned long long)record->index, record->n_tokens);
    }
    if (!same_tokens(data, record)) {
        wsd_begin_sentence(data, "");
        const char *token = record->tokens.data;
        for (uint32_t i = 0; i < record->n_tokens; i++, token += strlen(token) + 1) {
            wsd_add_token(data, slice_of(token));
        }
    }
    uint32_t instance =
        wsd_add_instance(data, record->id, record->lemma, record->pos, (uint32_t)record->index);
    if (instance == MAP_NONE) {
        return error_set(ERR_REQUEST, "%s:%u: found the id '%s' a second time", data->path, line,
                         record->id);
    }
    check_target(data, instance, line, check);
    if (!wsd_add_golds(data, instance, (struct slice){record->labels.data, record->labels.n})) {
        return error_set(ERR_REQUEST, "%s:%u: '%s' has more than %u labels", data->path, line,
                         record->id, WSD_MAX_GOLD);
    }
    return 0;
}

static int read_line(struct wsd_data *data, struct slice line, uint32_t number,
                     struct target_check *check)
{
    struct record record = {0};
    bool good;
    if (line.text[0] == '{') {
        json *object;
        int status = jsonr_read_text(line.text, line.n, data->path, &object);
        if (status) {
            return error_context(status, "line %u", number);
        }
        good = parse_json(object, &record);
        jsonr_free(object);
    } else {
        good = parse_fields(line, &record);
    }
    int status =
        good ? add_record(data, &record, number, check)
             : error_set(ERR_REQUEST,
                         "%s:%u: expected ID, LEMMA, POS, INDEX, SENTENCE, LABELS separated "
                         "by tabs, or a JSON object of id, lemma, pos, tokens, index, gold",
                         data->path, number);
    record_finish(&record);
    return status;
}

/* "x/mine.tsv.gz" → "mine" */
static char *set_name(const char *path)
{
    const char *name = file_name(path);
    size_t n = strcspn(name, ".");
    return n ? mem_text_n(name, n) : mem_text(name);
}

/* "bank%1:14:00::" */
static bool is_sense_key(const char *label)
{
    const char *percent = strchr(label, '%');
    return percent && percent[1] >= '1' && percent[1] <= '5' && percent[2] == ':';
}

/* A mistyped sense key must not turn all the others into labels of one's own. */
static int choose_inventory(struct wsd_data *data)
{
    const char *key = NULL, *own = NULL;
    for (uint32_t i = 0; i < data->labels.n; i++) {
        const char *label = map_key(&data->labels, i);
        const char **kind = is_sense_key(label) ? &key : &own;
        *kind = *kind ? *kind : label;
    }
    if (key && own) {
        return error_set(
            ERR_REQUEST,
            "%s: found the label '%s' beside the sense key '%s'; expected labels to be "
            "all WordNet's, or none",
            data->path, own, key);
    }
    data->inventory = own ? WSD_OWN : WSD_WORDNET;
    return 0;
}

int wsd_lines_read(const char *path, struct wsd_data **ret_data)
{
    struct str bytes;
    int status = byte_source_read_all(path, &bytes);
    if (status) {
        return status;
    }
    char *name = set_name(path);
    struct wsd_data *data = wsd_data_create(name, path);
    free(name);
    struct target_check check = {0};
    struct slice rest = {bytes.data, bytes.n}, line;
    for (uint32_t number = 1; status == 0 && slice_line(&rest, &line); number++) {
        if (slice_trim(line).n && line.text[0] != '#') {
            status = read_line(data, line, number, &check);
        }
    }
    str_finish(&bytes);
    target_check_finish(&check, path, 0, "INDEX counts tokens from 0");
    if (status == 0) {
        status = wsd_data_check(data, path);
    }
    if (status == 0) {
        status = choose_inventory(data);
    }
    if (status) {
        wsd_data_free(data);
        return status;
    }
    *ret_data = data;
    return 0;
}
