/* Reads sentences with marked targets and clues beside a list of senses. */
#include "data/homographs.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "data/table_text.h"
#include "data/unicode.h"

#include <stdlib.h>
#include <string.h>

enum { SENSE_FIELDS = 5, ITEM_FIELDS = 4 };

struct reading {
    struct wsd_data *data;
    struct map senses;  /* names; numbers are those of data->senses */
    struct map ids;     /* of both halves; numbers are those of id_lines */
    uint64_t *id_lines; /* [ids.n] where an id was met */
    size_t id_lines_capacity;
    const char *path; /* of the table being read */
    uint64_t line;
    bool train;
};

/* A word of a sentence that is marked. */
struct mark {
    uint32_t chunk; /* number of its white-space chunk, 0.. */
    uint32_t token; /* number of its token */
};

/* Where the marks of one sentence are. */
struct marks {
    struct mark target;
    uint32_t n_targets;
    struct mark *clues; /* [n_clues] */
    uint32_t n_clues;
    size_t capacity;
};

/* One white-space chunk: "“[bank]," is lead, word and trail; a chunk without a letter or digit is
 * all lead. */
struct chunk {
    struct slice lead, word, trail;
    char mark; /* '[', '{', 0: none */
};

bool homographs_is_at(const char *path)
{
    char *senses = file_join(path, "senses.tsv"), *items = file_join(path, "items.tsv");
    bool is = file_exists(senses) && file_exists(items);
    free(senses);
    free(items);
    return is;
}

static int wrong(const struct reading *reading, struct slice found, const char *expected)
{
    char excerpt[TABLE_EXCERPT];
    return error_set(ERR_REQUEST, "%s:%llu: found '%s', expected %s", reading->path,
                     (unsigned long long)reading->line, table_excerpt(found, excerpt), expected);
}

static bool holds_alphanumeric(struct slice text)
{
    return unicode_trim(text).n > 0;
}

/* Cuts an unmarked chunk at the punctuation of its ends. */
static struct chunk bare_chunk(struct slice text)
{
    struct slice word = unicode_trim(text);
    if (word.n == 0) {
        return (struct chunk){.lead = text};
    }
    const char *end = word.text + word.n;
    return (struct chunk){.lead = {text.text, (size_t)(word.text - text.text)},
                          .word = word,
                          .trail = {end, (size_t)(text.text + text.n - end)}};
}

static size_t find_any(struct slice text, const char *characters)
{
    size_t at = 0;
    while (at < text.n && !strchr(characters, text.text[at])) {
        at++;
    }
    return at;
}

/* Two marks and a word between them, or no mark at all. */
static int cut_chunk(const struct reading *reading, struct slice text, struct chunk *ret_chunk)
{
    size_t open = find_any(text, "[]{}");
    if (open == text.n) {
        *ret_chunk = bare_chunk(text);
        return 0;
    }
    char mark = text.text[open], closing = mark == '[' ? ']' : '}';
    struct slice rest = {text.text + open + 1, text.n - open - 1};
    struct chunk chunk = {.lead = {text.text, open}, .mark = mark};
    size_t n = find_any(rest, "[]{}");
    chunk.word = (struct slice){rest.text, n};
    if (n < rest.n) {
        chunk.trail = (struct slice){rest.text + n + 1, rest.n - n - 1};
    }
    bool paired = (mark == '[' || mark == '{') && n < rest.n && rest.text[n] == closing;
    if (!paired || !holds_alphanumeric(chunk.word) || holds_alphanumeric(chunk.lead) ||
        holds_alphanumeric(chunk.trail) || find_any(chunk.trail, "[]{}") < chunk.trail.n) {
        return wrong(reading, text,
                     "one whole word between [ and ] or between { and }, and nothing but "
                     "punctuation beside the marks");
    }
    *ret_chunk = chunk;
    return 0;
}

/* Where a word's clitic begins: 3 in "Tom's"; its length if it has none. */
static size_t before_clitic(struct slice word)
{
    static const char *const clitics[] = {"'s", "'re", "'ve", "'ll", "'d", "'m"};
    for (size_t i = 0; i < sizeof clitics / sizeof *clitics; i++) {
        size_t n = strlen(clitics[i]);
        if (word.n > n && memcmp(word.text + word.n - n, clitics[i], n) == 0) {
            return word.n - n;
        }
    }
    return word.n;
}

/* A token of the chunk, its first after a blank. */
static uint32_t add_token(struct wsd_data *data, struct slice text, bool *begun)
{
    uint32_t token = *begun ? wsd_join_token(data, text) : wsd_add_token(data, text);
    *begun = true;
    return token;
}

/* Each punctuation mark is a token, "..." one. */
static void add_punctuation(struct wsd_data *data, struct slice text, bool *begun)
{
    size_t at = 0;
    while (at < text.n) {
        size_t bytes, next;
        int32_t c = unicode_next(text.text + at, text.n - at, &bytes);
        size_t begin = at;
        at += bytes;
        while (at < text.n && unicode_next(text.text + at, text.n - at, &next) == c) {
            at += next;
        }
        add_token(data, (struct slice){text.text + begin, at - begin}, begun);
    }
}

/* Returns the number of the word's token. */
static uint32_t add_chunk(struct wsd_data *data, const struct chunk *chunk)
{
    bool begun = false;
    add_punctuation(data, chunk->lead, &begun);
    if (chunk->word.n == 0) {
        return MAP_NONE;
    }
    size_t n = before_clitic(chunk->word);
    uint32_t token = add_token(data, (struct slice){chunk->word.text, n}, &begun);
    if (n < chunk->word.n) {
        add_token(data, (struct slice){chunk->word.text + n, chunk->word.n - n}, &begun);
    }
    add_punctuation(data, chunk->trail, &begun);
    return token;
}

static void note_mark(struct marks *marks, char mark, struct mark at)
{
    if (mark == '[') {
        marks->target = at;
        marks->n_targets++;
    } else if (mark == '{') {
        MEM_GROW(marks->clues, marks->capacity, marks->n_clues + 1u);
        marks->clues[marks->n_clues++] = at;
    }
}

/* Reads a sentence, as one more of the set where it is of the half asked for. */
static int read_sentence(const struct reading *reading, struct slice sentence,
                         const struct wsd_listed_sense *sense, bool wanted, struct marks *marks)
{
    struct slice rest = sentence, text;
    if (wanted) {
        wsd_begin_sentence(reading->data, sense->lemma);
    }
    for (uint32_t i = 0; slice_word(&rest, &text); i++) {
        struct chunk chunk = {0};
        TRY(cut_chunk(reading, text, &chunk));
        if (chunk.mark == '[' && !slice_is(chunk.word, sense->lemma)) {
            return error_set(ERR_REQUEST, "%s:%llu: found the target '%.*s', expected '%s'",
                             reading->path, (unsigned long long)reading->line, (int)chunk.word.n,
                             chunk.word.text, sense->lemma);
        }
        uint32_t token = wanted ? add_chunk(reading->data, &chunk) : 0;
        note_mark(marks, chunk.mark, (struct mark){i, token});
    }
    return marks->n_targets == 1 && marks->n_clues > 0
               ? 0
               : error_set(ERR_REQUEST,
                           "%s:%llu: found %u words in [ ] and %u in { }, expected one target and "
                           "at least one clue",
                           reading->path, (unsigned long long)reading->line, marks->n_targets,
                           marks->n_clues);
}

static void add_instance(struct wsd_data *data, const char *id,
                         const struct wsd_listed_sense *sense, const struct marks *marks)
{
    uint32_t instance =
        wsd_add_instance(data, id, sense->lemma, (enum wordnet_pos)sense->pos, marks->target.token);
    wsd_add_gold(data, instance, slice_of(sense->label));
    for (uint32_t c = 0; c < marks->n_clues; c++) {
        struct mark clue = marks->clues[c];
        uint32_t apart = clue.chunk < marks->target.chunk ? marks->target.chunk - clue.chunk
                                                          : clue.chunk - marks->target.chunk;
        wsd_add_clue(data, instance, clue.token, apart - 1);
    }
}

static int take_id(struct reading *reading, struct slice id)
{
    uint32_t known = reading->ids.n, number = map_put(&reading->ids, id.text, id.n);
    if (number < known) {
        return error_set(ERR_REQUEST,
                         "%s:%llu: found the id '%.*s' a second time, first in line %llu",
                         reading->path, (unsigned long long)reading->line, (int)id.n, id.text,
                         (unsigned long long)reading->id_lines[number]);
    }
    MEM_GROW(reading->id_lines, reading->id_lines_capacity, number + 1u);
    reading->id_lines[number] = reading->line;
    return 0;
}

static bool has_blank(struct slice text)
{
    return find_any(text, " \t") < text.n;
}

/* ID  SENSE  SPLIT  SENTENCE */
static int read_item(struct reading *reading, const struct slice fields[ITEM_FIELDS])
{
    struct slice id = fields[0];
    uint32_t number = map_find(&reading->senses, fields[1].text, fields[1].n);
    bool train = slice_is(fields[2], "train");
    if (has_blank(id)) {
        return wrong(reading, id, "an id without blanks");
    }
    if (number == MAP_NONE) {
        return wrong(reading, fields[1], "the name of a sense of senses.tsv");
    }
    if (!train && !slice_is(fields[2], "test")) {
        return wrong(reading, fields[2], "train or test");
    }
    const struct wsd_listed_sense *sense = &reading->data->senses[number];
    struct marks marks = {0};
    int status = take_id(reading, id);
    status =
        status ? status : read_sentence(reading, fields[3], sense, train == reading->train, &marks);
    if (status == 0 && train == reading->train) {
        char *name = mem_text_n(id.text, id.n);
        add_instance(reading->data, name, sense, &marks);
        free(name);
    }
    free(marks.clues);
    return status;
}

/* SENSE  HOMOGRAPH  POS  DEFINITION  KEYS */
static int read_sense(struct reading *reading, const struct slice fields[SENSE_FIELDS])
{
    struct slice name = fields[0], homograph = fields[1];
    char *pos_name = mem_text_n(fields[2].text, fields[2].n);
    enum wordnet_pos pos = wordnet_pos_of(pos_name);
    free(pos_name);
    if (has_blank(name) || has_blank(homograph)) {
        return wrong(reading, has_blank(name) ? name : homograph, "a name without blanks");
    }
    if (!pos) {
        return wrong(reading, fields[2], "NOUN, VERB, ADJ or ADV");
    }
    struct slice keys = fields[4], key;
    while (slice_word(&keys, &key)) {
        if (!memchr(key.text, '%', key.n)) {
            return wrong(reading, key, "a WordNet sense key such as bank%1:17:01::");
        }
    }
    uint32_t known = reading->senses.n;
    if (map_put(&reading->senses, name.text, name.n) < known) {
        return wrong(reading, name, "the name of a sense that has no line yet");
    }
    wsd_add_listed_sense(reading->data, name, homograph, pos, fields[3], fields[4]);
    return 0;
}

typedef int (*read_fields)(struct reading *reading, const struct slice *fields);

/* Every line of a table through `read`. */
static int read_table(struct reading *reading, const char *name, uint32_t n_fields,
                      const char *expected, read_fields read)
{
    char *path = file_join(reading->data->path, name);
    struct str text;
    int status = table_text_read(path, &text);
    if (status) {
        free(path);
        return status;
    }
    struct table_lines lines = {.rest = {text.data, text.n}};
    struct slice line, fields[TABLE_FIELDS];
    reading->path = path;
    while (status == 0 && table_line(&lines, true, &line)) {
        uint32_t n = table_fields(line, '\t', fields);
        bool full = n == n_fields;
        for (uint32_t f = 0; f < n && full; f++) {
            full = fields[f].n > 0;
        }
        reading->line = lines.number;
        status = full ? read(reading, fields) : wrong(reading, line, expected);
    }
    reading->path = NULL;
    str_finish(&text);
    free(path);
    return status;
}

int homographs_read(const char *path, bool train, struct wsd_data **ret_data)
{
    struct reading reading = {.data = wsd_data_of_folder(path), .train = train};
    reading.data->inventory = WSD_LISTED;
    int status =
        read_table(&reading, "senses.tsv", SENSE_FIELDS,
                   "SENSE, HOMOGRAPH, POS, DEFINITION, KEYS separated by tabs", read_sense);
    if (status == 0) {
        status = read_table(&reading, "items.tsv", ITEM_FIELDS,
                            "ID, SENSE, SPLIT, SENTENCE separated by tabs", read_item);
    }
    map_finish(&reading.senses);
    map_finish(&reading.ids);
    free(reading.id_lines);
    if (status == 0) {
        status = wsd_data_check(reading.data, path);
    }
    if (status) {
        wsd_data_free(reading.data);
        return status;
    }
    *ret_data = reading.data;
    return 0;
}
