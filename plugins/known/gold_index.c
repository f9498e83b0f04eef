/* Finds the gold senses of an instance by the text that a suite shows. */
#include "gold_index.h"

#include "base/archive.h"
#include "base/try.h"
#include "embedder_util.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

uint64_t known_hash(const char *bytes, uint64_t n, uint64_t seed)
{
    uint64_t h = 0xcbf29ce484222325u ^ seed;
    for (uint64_t i = 0; i < n; i++) {
        h = (h ^ (unsigned char)bytes[i]) * 0x100000001b3u;
    }
    h = (h ^ h >> 31) * 0x9e3779b97f4a7c15u;
    h ^= h >> 32;
    return h ? h : 1;
}

static uint64_t place_of(const char *text, uint32_t n_bytes, uint32_t begin, uint32_t end)
{
    return known_hash(text, n_bytes, ((uint64_t)begin << 32 | end) * 0x9e3779b97f4a7c15u);
}

static uint64_t *slot_of(const struct gold_index *index, uint64_t key)
{
    uint64_t i = key % index->n_slots;
    while (index->slots[2 * i] && index->slots[2 * i] != key) {
        i = (i + 1) % index->n_slots;
    }
    return &index->slots[2 * i];
}

/* Room for one more at a load of at most one half. */
static emb_status grow(const struct emb_host *host, struct gold_index *index)
{
    if (2 * (index->n + 1) <= index->n_slots) {
        return EMB_OK;
    }
    struct gold_index larger = {.n_slots = index->n_slots ? 2 * index->n_slots : 1024,
                                .n = index->n};
    larger.slots = host->alloc(host, (size_t)larger.n_slots * 2 * sizeof *larger.slots);
    if (!larger.slots) {
        return emb_failf(host, EMB_E_NOMEM, "no memory for %llu places",
                         (unsigned long long)index->n);
    }
    for (uint64_t i = 0; i < index->n_slots; i++) {
        if (index->slots[2 * i]) {
            memcpy(slot_of(&larger, index->slots[2 * i]), &index->slots[2 * i],
                   2 * sizeof *index->slots);
        }
    }
    host->free(host, index->slots);
    *index = larger;
    return EMB_OK;
}

static emb_status put(const struct emb_host *host, struct gold_index *index, uint64_t key,
                      uint64_t value)
{
    emb_status status = grow(host, index);
    if (status == EMB_OK) {
        uint64_t *slot = slot_of(index, key);
        index->n += slot[0] == 0;
        slot[1] = slot[0] ? slot[1] : value; /* the first gold of a place counts */
        slot[0] = key;
    }
    return status;
}

static uint64_t get(const struct gold_index *index, uint64_t key)
{
    return index->n_slots ? slot_of(index, key)[1] : 0;
}

void gold_index_finish(const struct emb_host *host, struct gold_index *index)
{
    host->free(host, index->slots);
    *index = (struct gold_index){0};
}

uint64_t gold_index_find(const struct gold_index *index, const char *text, uint32_t n_bytes,
                         uint32_t begin, uint32_t end)
{
    return get(index, place_of(text, n_bytes, begin, end));
}

/* The whole unpacked file, NUL-terminated, in malloc'ed memory. */
static emb_status read_all(const struct emb_host *host, const char *path, char **ret_bytes,
                           size_t *ret_n)
{
    struct byte_stream *stream;
    emb_status status = byte_stream_open(host, path, &stream);
    if (status != EMB_OK) {
        return status;
    }
    size_t capacity = byte_stream_size(stream) + (1 << 12), n = 0, got = 1;
    char *bytes = malloc(capacity + 1);
    while (bytes && got > 0) {
        if (n == capacity) {
            char *larger = realloc(bytes, 2 * capacity + 1);
            if (!larger) {
                free(bytes);
            }
            bytes = larger;
            capacity *= 2;
            continue;
        }
        if (byte_stream_read(stream, bytes + n, capacity - n, &got) != EMB_OK) {
            status = byte_stream_failure(stream);
            got = 0;
        }
        n += got;
    }
    byte_stream_close(stream);
    if (!bytes) {
        return emb_failf(host, EMB_E_NOMEM, "%s: no memory to read it", path);
    }
    if (status != EMB_OK) {
        free(bytes);
        return status;
    }
    const char *nul = memchr(bytes, '\0', n);
    if (nul) {
        status = emb_failf(host, EMB_E_FORMAT, "%s: byte %llu: found a NUL byte, expected text",
                           path, (unsigned long long)(nul - bytes) + 1);
        free(bytes);
        return status;
    }
    bytes[n] = '\0';
    *ret_bytes = bytes;
    *ret_n = n;
    return EMB_OK;
}

/* ids → senses, from lines `ID KEY…`. */
static emb_status read_gold(const struct emb_host *host, const char *path,
                            struct gold_index *senses)
{
    char *bytes = NULL;
    size_t n;
    emb_status status = read_all(host, path, &bytes, &n);
    for (char *line = bytes; line && *line && status == EMB_OK;) {
        size_t length = strcspn(line, "\n"), id = strcspn(line, " \t\r\n");
        size_t gap = id + strspn(line + id, " \t"), key = strcspn(line + gap, " \t\r\n");
        if (id > 0 && key > 0) {
            status = put(host, senses, known_hash(line, id, 1), known_hash(line + gap, key, 2));
        }
        line += length + (line[length] == '\n');
    }
    free(bytes);
    return status;
}

/* A sentence as the harness joins it: tokens with one space between. */
struct sentence {
    char *text; /* [n], in a block as large as the file */
    size_t n;
    struct {
        uint64_t id;
        uint32_t begin, end;
    } marks[512]; /* more instances in a sentence are not known to the oracle */
    uint32_t n_marks;
};

/* One character or reference at *at, in UTF-8, appended. */
static void add_character(struct sentence *sentence, const char **at)
{
    static const struct {
        const char *name;
        char value;
    } names[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};
    char *out = sentence->text + sentence->n;
    for (size_t i = 0; **at == '&' && i < 5; i++) {
        size_t length = strlen(names[i].name);
        if (strncmp(*at, names[i].name, length) == 0) {
            *out = names[i].value;
            sentence->n++;
            *at += length;
            return;
        }
    }
    char *end = NULL;
    unsigned long point = 0;
    if ((*at)[0] == '&' && (*at)[1] == '#') {
        bool hexadecimal = (*at)[2] == 'x';
        point = strtoul(*at + (hexadecimal ? 3 : 2), &end, hexadecimal ? 16 : 10);
    }
    if (!end || *end != ';' || point == 0 || point > 0xFFFF) {
        *out = **at;
        sentence->n++;
        ++*at;
        return;
    }
    size_t bytes = point < 0x80 ? 1 : point < 0x800 ? 2 : 3;
    if (bytes == 1) {
        out[0] = (char)point;
    } else if (bytes == 2) {
        out[0] = (char)(0xC0 | point >> 6);
        out[1] = (char)(0x80 | (point & 0x3F));
    } else {
        out[0] = (char)(0xE0 | point >> 12);
        out[1] = (char)(0x80 | (point >> 6 & 0x3F));
        out[2] = (char)(0x80 | (point & 0x3F));
    }
    sentence->n += bytes;
    *at = end + 1;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* A token's text up to the next '<': blanks at its ends left out, runs inside made one space. */
static void add_token(struct sentence *sentence, const char *at)
{
    size_t start = sentence->n;
    bool gap = sentence->n > 0;
    while (*at && *at != '<') {
        if (is_blank(*at)) {
            gap = gap || sentence->n > start;
            at++;
            continue;
        }
        if (gap) {
            sentence->text[sentence->n++] = ' ';
            gap = false;
        }
        add_character(sentence, &at);
    }
}

/* The value of id="…" or id='…' inside a tag; length 0 if there is none. */
static size_t find_id(const char *tag, const char **ret_value)
{
    size_t length = strcspn(tag, ">");
    for (size_t i = 0; i + 4 < length; i++) {
        if (is_blank(tag[i]) && strncmp(tag + i + 1, "id=", 3) == 0) {
            char quote[2] = {tag[i + 4], '\0'};
            *ret_value = tag + i + 5;
            return strcspn(*ret_value, quote);
        }
    }
    return 0;
}

/* A tag that does not end before another begins is none: no text is taken twice. */
static void add_element(struct sentence *sentence, const char *tag, bool is_instance)
{
    size_t before = sentence->n, end = 1 + strcspn(tag + 1, "<>");
    if (tag[end] != '>') {
        return;
    }
    add_token(sentence, tag + end + 1);
    const char *id;
    size_t length = is_instance ? find_id(tag, &id) : 0;
    if (length && sentence->n > before && sentence->n_marks < 512) {
        uint32_t begin = (uint32_t)(before ? before + 1 : 0);
        sentence->marks[sentence->n_marks].id = known_hash(id, length, 1);
        sentence->marks[sentence->n_marks].begin = begin;
        sentence->marks[sentence->n_marks++].end = (uint32_t)sentence->n;
    }
}

static emb_status end_sentence(const struct emb_host *host, struct gold_index *index,
                               const struct gold_index *senses, const struct sentence *sentence)
{
    for (uint32_t m = 0; m < sentence->n_marks; m++) {
        uint64_t sense = get(senses, sentence->marks[m].id);
        uint64_t place = place_of(sentence->text, (uint32_t)sentence->n, sentence->marks[m].begin,
                                  sentence->marks[m].end);
        TRY(sense ? put(host, index, place, sense) : EMB_OK);
    }
    return EMB_OK;
}

static emb_status read_text(const struct emb_host *host, const char *bytes, size_t n,
                            struct gold_index *index, const struct gold_index *senses)
{
    struct sentence *sentence = calloc(1, sizeof *sentence);
    char *text = malloc(n + 1); /* a sentence is never longer than its XML */
    emb_status status = sentence && text ? EMB_OK : EMB_E_NOMEM;
    for (const char *at = strchr(bytes, '<'); at && status == EMB_OK; at = strchr(at + 1, '<')) {
        sentence->text = text;
        if (strncmp(at, "<sentence", 9) == 0) {
            sentence->n = sentence->n_marks = 0;
        } else if (strncmp(at, "</sentence", 10) == 0) {
            status = end_sentence(host, index, senses, sentence);
        } else if (strncmp(at, "<wf", 3) == 0 || strncmp(at, "<instance", 9) == 0) {
            add_element(sentence, at, at[1] == 'i');
        }
    }
    free(text);
    free(sentence);
    return status == EMB_E_NOMEM ? emb_failf(host, status, "no memory for a text") : status;
}

/* "x/NAME.data.xml.gz" → "x/NAME.gold.key.txt" */
static char *gold_path(const char *path)
{
    const char *end = strstr(path, ".data.xml");
    size_t n = end ? (size_t)(end - path) : strlen(path);
    char *gold = malloc(n + sizeof ".gold.key.txt");
    if (gold) {
        memcpy(gold, path, n);
        strcpy(gold + n, ".gold.key.txt");
    }
    return gold;
}

emb_status gold_index_add(const struct emb_host *host, struct gold_index *index, const char *path)
{
    char *gold = gold_path(path), *bytes = NULL;
    size_t n;
    struct gold_index senses = {0};
    emb_status status = gold ? read_gold(host, gold, &senses)
                             : emb_failf(host, EMB_E_NOMEM, "no memory for a path");
    if (status == EMB_OK) {
        status = read_all(host, path, &bytes, &n);
    }
    if (status == EMB_OK) {
        status = read_text(host, bytes, n, index, &senses);
        free(bytes);
    }
    if (status == EMB_OK && index->n == 0) {
        status =
            emb_failf(host, EMB_E_FORMAT, "%s: found no <instance> with gold in %s", path, gold);
    }
    gold_index_finish(host, &senses);
    free(gold);
    return status;
}
