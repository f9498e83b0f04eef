/* Reads the senses of lemmas from tables, XL-WSD's lists and Open Multilingual WordNet. */
#include "data/inventory.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/file.h"
#include "base/map.h"
#include "base/mem.h"
#include "data/table_text.h"
#include "data/unicode.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* The senses of one lemma and part of speech. */
struct lemma {
    uint32_t first, n; /* in senses, once all is read */
};

/* A line's worth: of which lemma a sense is. */
struct entry {
    uint32_t lemma, sense; /* sense: number in labels */
};

struct inventory {
    char *name;
    struct arena texts;
    struct map labels;        /* of senses */
    const char **definitions; /* [labels.n] NULL: none */
    size_t definitions_capacity;
    bool any_definition;
    struct map by_lemma;            /* "1 bank": part of speech, lemma */
    struct lemma *lemmas;           /* [by_lemma.n] */
    struct entry *entries;          /* [n_entries] as they were read */
    struct inventory_sense *senses; /* [n_entries] lemma by lemma */
    size_t n_entries, entries_capacity;
};

struct reading {
    struct inventory *inventory;
    const char *path;
    struct map met; /* pairs of lemma and sense */
    struct str key;
    uint64_t line;
};

const char *inventory_name(const struct inventory *inventory)
{
    return inventory->name;
}

bool inventory_has_sense(const struct inventory *inventory, const char *label)
{
    return map_find(&inventory->labels, label, strlen(label)) != MAP_NONE;
}

bool inventory_has_definitions(const struct inventory *inventory)
{
    return inventory->any_definition;
}

void inventory_lemma(const char *lemma, struct str *ret_text)
{
    struct str composed = {0};
    unicode_compose(lemma, strlen(lemma), &composed);
    size_t begin = ret_text->n;
    unicode_lower(str_text(&composed), composed.n, ret_text);
    for (size_t i = begin; i < ret_text->n; i++) {
        ret_text->data[i] = ret_text->data[i] == ' ' ? '_' : ret_text->data[i];
    }
    str_finish(&composed);
}

static void write_key(enum wordnet_pos pos, const char *lemma, struct str *key)
{
    str_clear(key);
    str_format(key, "%d ", (int)pos);
    inventory_lemma(lemma, key);
}

static int refuse(const struct reading *reading, const char *what, struct slice found,
                  const char *expected)
{
    char excerpt[TABLE_EXCERPT];
    return error_set(ERR_REQUEST, "%s:%llu: found %s \"%s\", expected %s", reading->path,
                     (unsigned long long)reading->line, what, table_excerpt(found, excerpt),
                     expected);
}

static enum wordnet_pos pos_of(struct slice text)
{
    char name[8] = "";
    for (size_t i = 0; i < text.n && i + 1 < sizeof name; i++) {
        name[i] = (char)toupper((unsigned char)text.text[i]);
    }
    return text.n < sizeof name ? wordnet_pos_of(name) : WORDNET_NO_POS;
}

static int read_pos(const struct reading *reading, struct slice text, enum wordnet_pos *ret_pos)
{
    *ret_pos = pos_of(text);
    return *ret_pos
               ? 0
               : refuse(reading, "part of speech", text, "NOUN, VERB, ADJ or ADV (n, v, a, r)");
}

static int read_label(struct reading *reading, struct slice text, uint32_t *ret_sense)
{
    struct inventory *inventory = reading->inventory;
    struct slice rest = text, word;
    if (!unicode_word(&rest, &word) || word.n != text.n) {
        return refuse(reading, "sense", text, "a name without white space");
    }
    uint32_t known = inventory->labels.n, sense = map_put(&inventory->labels, text.text, text.n);
    if (sense == known) {
        MEM_GROW(inventory->definitions, inventory->definitions_capacity, known + 1u);
        inventory->definitions[sense] = NULL;
    }
    *ret_sense = sense;
    return 0;
}

static void define(struct inventory *inventory, uint32_t sense, struct slice text)
{
    if (text.n > 0 && !inventory->definitions[sense]) {
        inventory->definitions[sense] = arena_text(&inventory->texts, text.text, text.n);
        inventory->any_definition = true;
    }
}

/* A lemma's next sense; once. */
static int add_sense(struct reading *reading, struct slice lemma, enum wordnet_pos pos,
                     uint32_t sense)
{
    struct inventory *inventory = reading->inventory;
    if (lemma.n == 0) {
        return refuse(reading, "lemma", lemma, "a word");
    }
    char *text = mem_text_n(lemma.text, lemma.n);
    write_key(pos, text, &reading->key);
    free(text);
    struct entry entry = {map_put(&inventory->by_lemma, reading->key.data, reading->key.n), sense};
    uint32_t known = reading->met.n;
    if (map_put(&reading->met, (const char *)&entry, sizeof entry) == known) {
        MEM_GROW(inventory->entries, inventory->entries_capacity, inventory->n_entries + 1);
        inventory->entries[inventory->n_entries++] = entry;
    }
    return 0;
}

static int read_table_line(struct reading *reading, const struct slice *fields, uint32_t n)
{
    uint32_t sense;
    TRY(read_label(reading, fields[2], &sense));
    define(reading->inventory, sense, n > 3 ? fields[3] : (struct slice){0});
    return add_sense(reading, fields[0], pos_of(fields[1]), sense);
}

/* "bank#n" and its senses. */
static int read_list_line(struct reading *reading, struct slice line)
{
    struct slice name, field;
    enum wordnet_pos pos;
    slice_field(&line, '\t', &name);
    name = slice_trim(name);
    const char *hash = memrchr(name.text, '#', name.n);
    size_t n = (size_t)(hash - name.text);
    TRY(read_pos(reading, (struct slice){hash + 1, name.n - n - 1}, &pos));
    while (slice_field(&line, '\t', &field)) {
        uint32_t sense;
        field = slice_trim(field);
        TRY(read_label(reading, field, &sense));
        TRY(add_sense(reading, (struct slice){name.text, n}, pos, sense));
    }
    return 0;
}

/* "02084071-n", a synset. */
static bool is_synset(struct slice text)
{
    size_t digits = 0;
    while (digits < text.n && isdigit((unsigned char)text.text[digits])) {
        digits++;
    }
    return digits > 0 && text.n == digits + 2 && text.text[digits] == '-';
}

static bool slice_ends(struct slice text, const char *ending)
{
    size_t n = strlen(ending);
    return text.n >= n && memcmp(text.text + text.n - n, ending, n) == 0;
}

/* Lemmas and definitions; examples and what else a file may say of a synset are left out. */
static int read_omw_line(struct reading *reading, const struct slice *fields, uint32_t n)
{
    enum wordnet_pos pos;
    uint32_t sense;
    struct slice kind = fields[1];
    TRY(read_pos(reading, (struct slice){fields[0].text + fields[0].n - 1, 1}, &pos));
    TRY(read_label(reading, fields[0], &sense));
    if (slice_is(kind, "lemma") || slice_ends(kind, ":lemma")) {
        return add_sense(reading, fields[2], pos, sense);
    }
    if (slice_ends(kind, ":def") && n > 3) {
        define(reading->inventory, sense, fields[3]);
    }
    return 0;
}

static int read_line(struct reading *reading, struct slice line)
{
    struct slice fields[TABLE_FIELDS];
    uint32_t n = table_fields(line, '\t', fields);
    if (n > 2 && is_synset(fields[0])) {
        return read_omw_line(reading, fields, n);
    }
    if (n > 2 && pos_of(fields[1])) {
        return read_table_line(reading, fields, n);
    }
    if (n > 1 && memrchr(fields[0].text, '#', fields[0].n)) {
        return read_list_line(reading, line);
    }
    return table_refuse(reading->path, reading->line, line,
                        "LEMMA, POS (NOUN, VERB, ADJ, ADV) and SENSE, LEMMA#POS and its senses, or "
                        "OFFSET-POS, LANGUAGE:lemma and LEMMA, by tabs");
}

static int read_lines(struct reading *reading, struct str *text)
{
    struct table_lines lines = {.rest = {text->data, text->n}};
    struct slice line;
    while (table_line(&lines, false, &line)) {
        bool is_comment =
            line.text[0] == '#' && (line.n == 1 || isspace((unsigned char)line.text[1]));
        reading->line = lines.number;
        TRY(is_comment ? 0 : read_line(reading, line));
    }
    return reading->inventory->n_entries
               ? 0
               : error_set(ERR_REQUEST, "%s: holds no sense of a lemma", reading->path);
}

/* Lemma by lemma, in the order of the file. */
static void sort_out(struct inventory *inventory)
{
    uint32_t n = inventory->by_lemma.n;
    inventory->lemmas = mem_array(n, sizeof *inventory->lemmas);
    inventory->senses = mem_array(inventory->n_entries, sizeof *inventory->senses);
    for (size_t i = 0; i < inventory->n_entries; i++) {
        inventory->lemmas[inventory->entries[i].lemma].n++;
    }
    for (uint32_t i = 0, first = 0; i < n; i++) {
        inventory->lemmas[i].first = first;
        first += inventory->lemmas[i].n;
        inventory->lemmas[i].n = 0;
    }
    for (size_t i = 0; i < inventory->n_entries; i++) {
        const struct entry *entry = &inventory->entries[i];
        struct lemma *lemma = &inventory->lemmas[entry->lemma];
        inventory->senses[lemma->first + lemma->n++] = (struct inventory_sense){
            map_key(&inventory->labels, entry->sense), inventory->definitions[entry->sense]};
    }
    free(inventory->entries);
    inventory->entries = NULL;
}

int inventory_open(const char *path, struct inventory **ret_inventory)
{
    struct str text = {0};
    TRY(table_text_read(path, &text));
    struct inventory *inventory = mem_alloc(sizeof *inventory);
    struct reading reading = {.inventory = inventory, .path = path};
    inventory->name = mem_text(file_name(path));
    int status = read_lines(&reading, &text);
    map_finish(&reading.met);
    str_finish(&reading.key);
    str_finish(&text);
    if (status) {
        inventory_close(inventory);
        return status;
    }
    sort_out(inventory);
    *ret_inventory = inventory;
    return 0;
}

void inventory_close(struct inventory *inventory)
{
    if (inventory) {
        free(inventory->name);
        free(inventory->definitions);
        free(inventory->lemmas);
        free(inventory->entries);
        free(inventory->senses);
        map_finish(&inventory->labels);
        map_finish(&inventory->by_lemma);
        arena_finish(&inventory->texts);
        free(inventory);
    }
}

const struct inventory_sense *inventory_senses(const struct inventory *inventory, const char *lemma,
                                               enum wordnet_pos pos, uint32_t *ret_n)
{
    struct str key = {0};
    write_key(pos, lemma, &key);
    uint32_t number = map_find(&inventory->by_lemma, key.data, key.n);
    str_finish(&key);
    *ret_n = number == MAP_NONE ? 0 : inventory->lemmas[number].n;
    return number == MAP_NONE ? NULL : &inventory->senses[inventory->lemmas[number].first];
}
