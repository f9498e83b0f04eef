/* Reads the unified framework's XML and its gold keys. */
#include "data/wsd_xml.h"

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "data/gold_key.h"
#include "data/xml.h"

#include <stdlib.h>
#include <string.h>

struct parse {
    struct xml_reader *reader;
    struct wsd_data *data;
    const char *path;
    struct str document, token, id, lemma;
    enum wordnet_pos pos;
    bool in_sentence, in_token, is_instance;
};

/* Runs of white space become one space; none at the ends. */
static void tidy_spaces(struct str *text)
{
    struct slice rest = {text->data, text->n}, word;
    size_t n = 0;
    while (text->n && slice_word(&rest, &word)) {
        if (n) {
            text->data[n++] = ' ';
        }
        memmove(text->data + n, word.text, word.n);
        n += word.n;
    }
    text->n = n;
    if (text->data) {
        text->data[n] = '\0';
    }
}

static int copy_attribute(struct parse *parse, const char *name, struct str *copy)
{
    const char *value = xml_reader_attribute(parse->reader, name);
    if (!value || !*value) {
        return error_set(ERR_REQUEST, "%s:%d: an <instance> without the attribute '%s'",
                         parse->path, xml_reader_line(parse->reader), name);
    }
    str_clear(copy);
    str_add(copy, value);
    return 0;
}

static int start_instance(struct parse *parse)
{
    TRY(copy_attribute(parse, "id", &parse->id));
    TRY(copy_attribute(parse, "lemma", &parse->lemma));
    const char *pos = xml_reader_attribute(parse->reader, "pos");
    parse->pos = pos ? wordnet_pos_of(pos) : WORDNET_NO_POS;
    if (!parse->pos) {
        return error_set(
            ERR_REQUEST, "%s:%d: instance '%s': found pos \"%s\", expected NOUN, VERB, ADJ or ADV",
            parse->path, xml_reader_line(parse->reader), parse->id.data, pos ? pos : "");
    }
    if (strpbrk(parse->id.data, " \t\r\n")) {
        return error_set(ERR_REQUEST, "%s:%d: the instance id \"%s\" holds white space",
                         parse->path, xml_reader_line(parse->reader), parse->id.data);
    }
    return 0;
}

static int on_start(struct parse *parse)
{
    const char *element = xml_reader_name(parse->reader);
    if (strcmp(element, "text") == 0) {
        const char *id = xml_reader_attribute(parse->reader, "id");
        str_clear(&parse->document);
        str_add(&parse->document, id ? id : "");
        return 0;
    }
    if (strcmp(element, "sentence") == 0) {
        wsd_begin_sentence(parse->data, str_text(&parse->document));
        parse->in_sentence = true;
        return 0;
    }
    bool is_instance = strcmp(element, "instance") == 0;
    if (!is_instance && strcmp(element, "wf") != 0) {
        return 0;
    }
    if (!parse->in_sentence || parse->in_token) {
        return error_set(ERR_REQUEST, "%s:%d: found <%s> %s, expected it inside <sentence>",
                         parse->path, xml_reader_line(parse->reader), element,
                         parse->in_token ? "inside another token" : "outside a sentence");
    }
    parse->in_token = true;
    parse->is_instance = is_instance;
    str_clear(&parse->token);
    return is_instance ? start_instance(parse) : 0;
}

static int end_token(struct parse *parse)
{
    parse->in_token = false;
    tidy_spaces(&parse->token);
    uint32_t token =
        wsd_add_token(parse->data, (struct slice){str_text(&parse->token), parse->token.n});
    if (!parse->is_instance) {
        return 0;
    }
    if (token == MAP_NONE) {
        return error_set(ERR_REQUEST, "%s:%d: instance '%s' has no text", parse->path,
                         xml_reader_line(parse->reader), parse->id.data);
    }
    if (wsd_add_instance(parse->data, parse->id.data, parse->lemma.data, parse->pos, token) ==
        MAP_NONE) {
        return error_set(ERR_REQUEST, "%s:%d: found the instance id '%s' a second time",
                         parse->path, xml_reader_line(parse->reader), parse->id.data);
    }
    return 0;
}

static int on_end(struct parse *parse)
{
    const char *element = xml_reader_name(parse->reader);
    if (strcmp(element, "sentence") == 0) {
        parse->in_sentence = false;
    } else if (parse->in_token &&
               (strcmp(element, "wf") == 0 || strcmp(element, "instance") == 0)) {
        return end_token(parse);
    }
    return 0;
}

static int read_sentences(struct parse *parse)
{
    for (;;) {
        enum xml_event event;
        int status = xml_reader_next(parse->reader, &event);
        if (status == 0 && event == XML_START) {
            status = on_start(parse);
        } else if (status == 0 && event == XML_END) {
            status = on_end(parse);
        } else if (status == 0 && event == XML_TEXT && parse->in_token) {
            str_add(&parse->token, xml_reader_text(parse->reader));
        }
        if (status || event == XML_DONE) {
            return status;
        }
    }
}

struct gold_target {
    struct wsd_data *data;
    const char *path;
};

static int take_gold(void *ctx, uint32_t line, struct slice id, struct slice keys)
{
    struct gold_target *target = ctx;
    uint32_t instance = map_find(&target->data->ids, id.text, id.n);
    if (instance == MAP_NONE) {
        return error_set(ERR_REQUEST, "%s:%u: gold for '%.*s', an instance that is not in %s",
                         target->path, line, (int)id.n, id.text, target->data->path);
    }
    if (target->data->instances[instance].n_gold) {
        return error_set(ERR_REQUEST, "%s:%u: gold for '%.*s' a second time", target->path, line,
                         (int)id.n, id.text);
    }
    if (!wsd_add_golds(target->data, instance, keys)) {
        return error_set(ERR_REQUEST, "%s:%u: '%.*s' has more than %u keys", target->path, line,
                         (int)id.n, id.text, WSD_MAX_GOLD);
    }
    return 0;
}

/* "x/NAME.data.xml.gz" → "x/NAME.gold.key.txt", with the ending of a packed file if need be. */
static int find_gold(const char *path, char **ret_gold)
{
    static const char *const packed[] = {"", ".gz", ".xz", ".zst", ".bz2"};
    const char *marker = strstr(file_name(path), ".data.xml");
    if (!marker) {
        marker = strstr(file_name(path), ".xml");
    }
    size_t n = marker ? (size_t)(marker - path) : strlen(path);
    for (size_t i = 0; i < sizeof packed / sizeof *packed; i++) {
        char *gold = mem_format("%.*s.gold.key.txt%s", (int)n, path, packed[i]);
        if (file_exists(gold)) {
            *ret_gold = gold;
            return 0;
        }
        free(gold);
    }
    return error_set(ERR_REQUEST, "%s: its gold keys, %.*s.gold.key.txt, are not there", path,
                     (int)n, path);
}

/* "x/NAME.data.xml.gz" → "NAME" */
static char *set_name(const char *path)
{
    const char *name = file_name(path);
    const char *end = strstr(name, ".data.xml");
    if (!end) {
        end = strstr(name, ".xml");
    }
    return end ? mem_text_n(name, (size_t)(end - name)) : mem_text(name);
}

int wsd_xml_read(const char *path, const char *gold_path, struct wsd_data **ret_data)
{
    struct parse parse = {.path = path};
    char *gold = NULL;
    int status = gold_path ? 0 : find_gold(path, &gold);
    if (status == 0) {
        status = xml_reader_open(path, &parse.reader);
    }
    if (status) {
        free(gold);
        return status;
    }
    char *name = set_name(path);
    parse.data = wsd_data_create(name, path);
    free(name);
    status = read_sentences(&parse);
    xml_reader_close(parse.reader);
    str_finish(&parse.document);
    str_finish(&parse.token);
    str_finish(&parse.id);
    str_finish(&parse.lemma);
    struct gold_target target = {parse.data, gold_path ? gold_path : gold};
    if (status == 0) {
        status = gold_key_read(target.path, take_gold, &target);
    }
    if (status == 0) {
        status = wsd_data_check(parse.data, target.path);
    }
    free(gold);
    if (status) {
        wsd_data_free(parse.data);
        return status;
    }
    *ret_data = parse.data;
    return 0;
}

static void drop_unlabelled(struct wsd_data *data)
{
    size_t n = 0;
    for (size_t s = 0; s < data->n_sentences; s++) {
        struct wsd_sentence *sentence = &data->sentences[s];
        size_t first = n, end = (size_t)sentence->first_instance + sentence->n_instances;
        for (size_t i = sentence->first_instance; i < end; i++) {
            if (data->instances[i].n_gold) {
                data->instances[n++] = data->instances[i];
            }
        }
        sentence->first_instance = (uint32_t)first;
        sentence->n_instances = (uint32_t)(n - first);
    }
    data->n_instances = n;
}

int wsd_data_relabel(struct wsd_data *data, const char *gold_name, const char *gold_path)
{
    map_finish(&data->labels);
    data->labels = (struct map){0};
    data->n_gold = 0;
    for (size_t i = 0; i < data->n_instances; i++) {
        data->instances[i].n_gold = 0;
    }
    struct gold_target target = {data, gold_path};
    TRY(gold_key_read(gold_path, take_gold, &target));
    drop_unlabelled(data);
    char *name = mem_format("%s@%s", data->name, gold_name);
    free(data->name);
    data->name = name;
    return data->n_instances ? 0 : error_set(ERR_REQUEST, "%s: names no instance", gold_path);
}
