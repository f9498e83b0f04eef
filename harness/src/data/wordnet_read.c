/* Reads WordNet's data files, index.sense and lists of exceptions into memory. */
#include "data/wordnet_own.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/num.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_LEMMA = 253 /* bytes */ };

static const char *const file_pos[WORDNET_N_POS + 1] = {"", "noun", "verb", "adj", "adv"};

static int read_file(const struct wordnet *wordnet, const char *name, struct str *ret_bytes,
                     char **ret_path)
{
    char *path = file_join(wordnet->folder, name);
    int status = file_exists(path) ? file_read_text(path, ret_bytes)
                                   : error_set(ERR_REQUEST,
                                               "%s: no such file; WordNet 3.0 is expected in the "
                                               "folder (Debian: wordnet-base, wordnet-sense-index)",
                                               path);
    if (status) {
        free(path);
        return status;
    }
    *ret_path = path;
    return 0;
}

static bool next_uint(struct slice *rest, uint64_t limit, uint32_t *ret_value)
{
    struct slice word;
    uint64_t value;
    if (!slice_word(rest, &word) || !num_uint(word, &value) || value > limit) {
        return false;
    }
    *ret_value = (uint32_t)value;
    return true;
}

static bool next_hex(struct slice *rest, uint32_t *ret_value)
{
    struct slice word;
    if (!slice_word(rest, &word) || word.n > 4) {
        return false;
    }
    uint32_t value = 0;
    for (size_t i = 0; i < word.n; i++) {
        char c = word.text[i];
        uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                         : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a') + 10
                         : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A') + 10
                                                : 16;
        if (digit == 16) {
            return false;
        }
        value = value * 16 + digit;
    }
    *ret_value = value;
    return true;
}

/* Until resolve_hypernyms, a hypernym is its part of speech and its offset in one number. */
enum { OFFSET_BITS = 29 };

static bool parse_pointers(struct wordnet *wordnet, struct slice *rest,
                           struct wordnet_synset *synset)
{
    uint32_t n_pointers;
    uint32_t found[64];
    uint16_t n = 0;
    if (!next_uint(rest, 9999, &n_pointers)) {
        return false;
    }
    for (uint32_t i = 0; i < n_pointers; i++) {
        struct slice symbol, pos, ends;
        uint32_t offset;
        if (!slice_word(rest, &symbol) || !next_uint(rest, UINT32_MAX, &offset) ||
            !slice_word(rest, &pos) || !slice_word(rest, &ends)) {
            return false;
        }
        if ((slice_is(symbol, "@") || slice_is(symbol, "@i")) && n < 64 &&
            offset < 1u << OFFSET_BITS) {
            char name[2] = {pos.text[0], '\0'};
            found[n++] = (uint32_t)wordnet_pos_of(name) << OFFSET_BITS | offset;
        }
    }
    uint32_t *kept = arena_alloc(&wordnet->texts, (n + 1u) * sizeof *kept);
    memcpy(kept, found, n * sizeof *kept);
    synset->hypernyms = kept;
    synset->n_hypernyms = n;
    return true;
}

static void finder_init(struct finder *finder, size_t n_most)
{
    uint32_t n_slots = 64;
    while (n_slots < n_most * 2) {
        n_slots *= 2;
    }
    finder->slots = mem_array(n_slots, sizeof *finder->slots);
    finder->mask = n_slots - 1;
}

/* Cut off the marker of where an adjective may stand: "galore(ip)". */
static size_t without_marker(struct slice word)
{
    const char *marker =
        word.n && word.text[word.n - 1] == ')' ? memchr(word.text, '(', word.n) : NULL;
    return marker ? (size_t)(marker - word.text) : word.n;
}

static bool parse_synset(struct wordnet *wordnet, struct slice line, struct wordnet_synset *synset)
{
    static const char types[] = "nvars";
    struct slice type, rest = line;
    uint32_t lex_file, n_words;
    if (!next_uint(&rest, UINT32_MAX, &synset->offset) || !next_uint(&rest, 99, &lex_file) ||
        !slice_word(&rest, &type) || type.n != 1 || !strchr(types, type.text[0]) ||
        !next_hex(&rest, &n_words) || n_words == 0 || n_words > 255) {
        return false;
    }
    synset->ss_type = type.text[0] == 'n'   ? 1
                      : type.text[0] == 'v' ? 2
                      : type.text[0] == 'a' ? 3
                      : type.text[0] == 'r' ? 4
                                            : 5;
    const char **words = arena_alloc(&wordnet->texts, n_words * sizeof *words);
    char *ends[255]; /* of the words, in the file's bytes, which are our own */
    for (uint32_t i = 0; i < n_words; i++) {
        struct slice word;
        uint32_t lex_id;
        if (!slice_word(&rest, &word) || !next_hex(&rest, &lex_id)) {
            return false;
        }
        words[i] = word.text;
        ends[i] = (char *)word.text + without_marker(word);
    }
    synset->words = words;
    synset->n_words = (uint16_t)n_words;
    const char *bar = memchr(rest.text, '|', rest.n);
    if (!parse_pointers(wordnet, &rest, synset) || !bar) {
        return false;
    }
    for (uint32_t i = 0; i < n_words; i++) {
        *ends[i] = '\0'; /* only now: a message would show the line */
    }
    synset->gloss = slice_trim((struct slice){bar + 1, (size_t)(line.text + line.n - (bar + 1))});
    return true;
}

static int read_synsets(struct wordnet *wordnet, enum wordnet_pos pos)
{
    char name[16];
    char *path;
    snprintf(name, sizeof name, "data.%s", file_pos[pos]);
    int status = read_file(wordnet, name, &wordnet->data[pos], &path);
    if (status) {
        return status;
    }
    wordnet->first_synset[pos] = (uint32_t)wordnet->n_synsets;
    struct slice rest = {wordnet->data[pos].data, wordnet->data[pos].n}, line;
    for (uint32_t number = 1; status == 0 && slice_line(&rest, &line); number++) {
        if (line.n == 0 || (line.n >= 2 && line.text[0] == ' ' && line.text[1] == ' ')) {
            continue;
        }
        struct wordnet_synset synset = {.pos = (uint8_t)pos};
        if (!parse_synset(wordnet, line, &synset) ||
            (wordnet->n_synsets > wordnet->first_synset[pos] &&
             wordnet->offsets[wordnet->n_synsets - 1] >= synset.offset)) {
            status =
                error_set(ERR_REQUEST,
                          "%s:%u: found \"%.*s\", expected a synset with a greater offset than "
                          "the one before",
                          path, number, (int)(line.n < 40 ? line.n : 40), line.text);
            break;
        }
        MEM_GROW(wordnet->synsets, wordnet->synset_capacity, wordnet->n_synsets + 1);
        MEM_GROW(wordnet->offsets, wordnet->offset_capacity, wordnet->n_synsets + 1);
        wordnet->offsets[wordnet->n_synsets] = synset.offset;
        wordnet->synsets[wordnet->n_synsets++] = synset;
    }
    wordnet->first_synset[pos + 1] = (uint32_t)wordnet->n_synsets;
    free(path);
    return status;
}

/* The synset at an offset of a part of speech's file, or WORDNET_NONE. */
static uint32_t synset_at(const struct wordnet *wordnet, uint32_t pos, uint32_t offset)
{
    uint32_t low = wordnet->first_synset[pos], end = wordnet->first_synset[pos + 1], high = end;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (wordnet->offsets[middle] < offset) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < end && wordnet->offsets[low] == offset ? low : WORDNET_NONE;
}

/* Pointers to synsets that are not there are dropped. */
static void resolve_hypernyms(struct wordnet *wordnet)
{
    for (size_t i = 0; i < wordnet->n_synsets; i++) {
        struct wordnet_synset *synset = &wordnet->synsets[i];
        uint32_t *numbers = (uint32_t *)synset->hypernyms;
        uint16_t n = 0;
        for (uint16_t h = 0; h < synset->n_hypernyms; h++) {
            uint32_t pos = numbers[h] >> OFFSET_BITS;
            uint32_t offset = numbers[h] & ((1u << OFFSET_BITS) - 1);
            uint32_t number =
                pos && pos <= WORDNET_N_POS ? synset_at(wordnet, pos, offset) : WORDNET_NONE;
            if (number != WORDNET_NONE) {
                numbers[n++] = number;
            }
        }
        synset->n_hypernyms = n;
    }
}

/* The number of the group of senses[n], which is read. */
static uint32_t group_of(struct wordnet *wordnet, const struct wordnet_sense *senses, size_t n,
                         size_t n_lemma)
{
    const struct wordnet_sense *sense = &senses[n];
    if (n > 0 && wordnet_is_of_lemma(sense[-1].key, sense->key, n_lemma, sense->pos)) {
        return sense[-1].group; /* the file is sorted */
    }
    uint32_t *slot = wordnet_lemma_slot(wordnet, sense->key, n_lemma, sense->pos);
    if (*slot == 0) {
        MEM_GROW(wordnet->group_keys, wordnet->group_capacity, wordnet->n_groups + 1);
        wordnet->group_keys[wordnet->n_groups++] = sense->key;
        *slot = (uint32_t)wordnet->n_groups;
    }
    return *slot - 1;
}

/* A line of index.sense becomes senses[n]. */
static bool parse_sense(struct wordnet *wordnet, struct slice line, struct wordnet_sense *senses,
                        size_t n)
{
    struct wordnet_sense *sense = &senses[n];
    struct slice key, rest = line;
    uint32_t offset, number, count;
    if (!slice_word(&rest, &key) || !next_uint(&rest, UINT32_MAX, &offset) ||
        !next_uint(&rest, UINT16_MAX, &number) || !next_uint(&rest, UINT32_MAX, &count)) {
        return false;
    }
    const char *percent = memchr(key.text, '%', key.n);
    if (!percent || percent == key.text || percent + 2 >= key.text + key.n || percent[1] < '1' ||
        percent[1] > '5' || percent[2] != ':' || number == 0) {
        return false;
    }
    size_t n_lemma = (size_t)(percent - key.text);
    uint32_t pos = wordnet_pos_of_key(percent);
    uint32_t *slot = wordnet_key_slot(wordnet, senses, key.text, key.n);
    *sense = (struct wordnet_sense){.key = key.text,
                                    .synset = synset_at(wordnet, pos, offset),
                                    .count = count,
                                    .number = (uint16_t)number,
                                    .pos = (uint8_t)pos};
    if (n_lemma > MOST_LEMMA || sense->synset == WORDNET_NONE || *slot) {
        return false;
    }
    *slot = (uint32_t)n + 1;
    ((char *)key.text)[key.n] = '\0'; /* in the file's bytes, which are our own; a blank before */
    sense->group = group_of(wordnet, senses, n, n_lemma);
    return true;
}

/* Counting sort: order[] lists 0 … n-1 by bucket, begin[b] is where bucket b begins,
 * [n_buckets + 2], zeroed. */
static void sort_into(const uint32_t *bucket, size_t n, size_t n_buckets, uint32_t *begin,
                      uint32_t *order)
{
    for (size_t i = 0; i < n; i++) {
        begin[bucket[i] + 2]++;
    }
    for (size_t b = 1; b < n_buckets + 2; b++) {
        begin[b] += begin[b - 1];
    }
    for (size_t i = 0; i < n; i++) {
        order[begin[bucket[i] + 1]++] = (uint32_t)i;
    }
}

static void sort_by_number(const struct wordnet_sense *read, uint32_t *order, uint32_t n)
{
    for (uint32_t i = 1; i < n; i++) {
        uint32_t moved = order[i], place = i;
        for (; place > 0 && read[order[place - 1]].number > read[moved].number; place--) {
            order[place] = order[place - 1];
        }
        order[place] = moved;
    }
}

/* From the file's order to groups, each by sense number. */
static void group_senses(struct wordnet *wordnet, const struct wordnet_sense *read, size_t n)
{
    size_t n_groups = wordnet->n_groups;
    uint32_t *bucket = mem_array(n + 1, sizeof *bucket);
    uint32_t *order = mem_array(n + 1, sizeof *order);
    for (size_t i = 0; i < n; i++) {
        bucket[i] = read[i].group;
    }
    wordnet->group_begin = mem_array(n_groups + 2, sizeof *wordnet->group_begin);
    sort_into(bucket, n, n_groups, wordnet->group_begin, order);
    for (size_t g = 0; g < n_groups; g++) {
        uint32_t begin = wordnet->group_begin[g];
        sort_by_number(read, order + begin, wordnet->group_begin[g + 1] - begin);
    }
    uint32_t *place = bucket; /* of read senses, among the grouped */
    wordnet->senses = mem_array(n + 1, sizeof *wordnet->senses);
    wordnet->n_senses = n;
    for (size_t i = 0; i < n; i++) {
        wordnet->senses[i] = read[order[i]];
        place[order[i]] = (uint32_t)i;
    }
    for (size_t at = 0; at <= wordnet->by_key.mask; at++) {
        uint32_t *slot = &wordnet->by_key.slots[at];
        *slot = *slot ? place[*slot - 1] + 1 : 0;
    }
    free(bucket);
    free(order);
}

static void list_senses_of_synsets(struct wordnet *wordnet)
{
    size_t n = wordnet->n_senses;
    uint32_t *bucket = mem_array(n + 1, sizeof *bucket);
    uint32_t *begin = mem_array(wordnet->n_synsets + 2, sizeof *begin);
    for (size_t i = 0; i < n; i++) {
        bucket[i] = wordnet->senses[i].synset;
    }
    wordnet->synset_senses = mem_array(n + 1, sizeof *wordnet->synset_senses);
    sort_into(bucket, n, wordnet->n_synsets, begin, wordnet->synset_senses);
    for (size_t i = 0; i < wordnet->n_synsets; i++) {
        wordnet->synsets[i].senses = wordnet->synset_senses + begin[i];
        wordnet->synsets[i].n_senses = (uint16_t)(begin[i + 1] - begin[i]);
    }
    free(bucket);
    free(begin);
}

static int read_senses(struct wordnet *wordnet)
{
    char *path;
    int status = read_file(wordnet, "index.sense", &wordnet->index, &path);
    if (status) {
        return status;
    }
    struct slice all = {wordnet->index.data, wordnet->index.n}, rest = all, line;
    size_t n = 0, n_lines = 0;
    while (slice_line(&rest, &line)) {
        n_lines++;
    }
    struct wordnet_sense *read = mem_array(n_lines + 1, sizeof *read);
    finder_init(&wordnet->by_key, n_lines);
    finder_init(&wordnet->by_lemma, n_lines);
    for (rest = all; status == 0 && slice_line(&rest, &line); n++) {
        if (!parse_sense(wordnet, line, read, n)) {
            status =
                error_set(ERR_REQUEST,
                          "%s:%zu: found \"%.*s\", expected a new sense key, the offset of one "
                          "of the synsets beside it, sense number and count",
                          path, n + 1, (int)(line.n < 60 ? line.n : 60), line.text);
        }
    }
    if (status == 0 && n == 0) {
        status = error_set(ERR_REQUEST, "%s: is empty", path);
    }
    if (status == 0) {
        group_senses(wordnet, read, n);
        list_senses_of_synsets(wordnet);
    }
    free(read);
    free(path);
    return status;
}

/* The lists are optional: other copies of the data base may lack one. */
static int read_exceptions(struct wordnet *wordnet, enum wordnet_pos pos)
{
    char name[16];
    snprintf(name, sizeof name, "%s.exc", file_pos[pos]);
    char *path = file_join(wordnet->folder, name);
    struct str bytes = {0};
    int status = file_exists(path) ? file_read_text(path, &bytes) : 0;
    free(path);
    struct exceptions *exceptions = &wordnet->exceptions[pos];
    struct slice rest = {bytes.data, bytes.n}, line, form;
    while (status == 0 && rest.text && slice_line(&rest, &line)) {
        if (!slice_word(&line, &form)) {
            continue;
        }
        struct slice bases = slice_trim(line);
        uint32_t i = map_put(&exceptions->forms, form.text, form.n);
        MEM_GROW(exceptions->bases, exceptions->capacity, i + 1);
        if (i + 1 == exceptions->forms.n) { /* a form's first line counts */
            exceptions->bases[i] = arena_text(&wordnet->texts, bases.text, bases.n);
        }
    }
    str_finish(&bytes);
    return status;
}

int wordnet_open(const char *folder, struct wordnet **ret_wordnet)
{
    struct wordnet *wordnet = mem_alloc(sizeof *wordnet);
    const char *named = getenv("WNSEARCHDIR");
    wordnet->folder = mem_text(folder ? folder : named && *named ? named : "/usr/share/wordnet");
    int status = 0;
    for (int pos = WORDNET_NOUN; status == 0 && pos <= WORDNET_ADV; pos++) {
        status = read_synsets(wordnet, (enum wordnet_pos)pos);
    }
    if (status == 0) {
        resolve_hypernyms(wordnet);
        status = read_senses(wordnet);
    }
    for (int pos = WORDNET_NOUN; status == 0 && pos <= WORDNET_ADV; pos++) {
        status = read_exceptions(wordnet, (enum wordnet_pos)pos);
    }
    if (status) {
        wordnet_close(wordnet);
        return status;
    }
    *ret_wordnet = wordnet;
    return 0;
}
