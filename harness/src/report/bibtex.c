/* Writes the sources of a report's suites, data sets and models as BibTeX. */
#include "report/bibtex.h"

#include "base/mem.h"
#include "base/str.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* A citation in its parts; what is not known is empty. */
struct work {
    struct slice authors, title, venue, year, whole;
};

static bool is_year(const char *text)
{
    return (text[0] == '1' || text[0] == '2') && isdigit((unsigned char)text[1]) &&
           isdigit((unsigned char)text[2]) && isdigit((unsigned char)text[3]) &&
           !isalnum((unsigned char)text[4]);
}

static struct slice between(const char *begin, const char *end)
{
    return slice_trim((struct slice){begin, begin < end ? (size_t)(end - begin) : 0});
}

/* The first year of a text that follows no letter or digit, or NULL. */
static const char *find_year(const char *text)
{
    for (const char *at = text; strlen(at) >= 4; at++) {
        if (is_year(at) && (at == text || !isalnum((unsigned char)at[-1]))) {
            return at;
        }
    }
    return NULL;
}

/* "A & B (2017). Title. Venue" */
static bool parse_year_in_brackets(const char *text, struct work *work)
{
    const char *year = find_year(text);
    if (!year || year == text || year[-1] != '(' || strncmp(year + 4, "). ", 3) != 0) {
        return false;
    }
    const char *title = year + 7, *stop = strstr(title, ". ");
    work->authors = between(text, year - 1);
    work->year = (struct slice){year, 4};
    work->title = between(title, stop ? stop : title + strlen(title));
    work->venue = slice_of(stop ? stop + 2 : "");
    return true;
}

/* "A, B: Title. Venue 2017" */
static bool parse_colon(const char *text, struct work *work)
{
    const char *colon = strstr(text, ": ");
    const char *last = NULL;
    for (const char *stop = colon; stop && (stop = strstr(stop + 1, ". ")) != NULL;) {
        last = stop; /* the venue has a year in it, and is the last part */
    }
    const char *year = last ? find_year(last) : NULL;
    if (!year) {
        return false;
    }
    work->authors = between(text, colon);
    work->title = between(colon + 2, last);
    work->venue = between(last + 2, year);
    work->year = (struct slice){year, 4};
    return true;
}

/* "A et al. 2017, Title" */
static bool parse_year_first(const char *text, struct work *work)
{
    const char *year = find_year(text);
    if (!year || year == text || strncmp(year + 4, ", ", 2) != 0) {
        return false;
    }
    work->authors = between(text, year);
    work->year = (struct slice){year, 4};
    work->title = slice_of(year + 6);
    return true;
}

/* With what TeX would take for its own escaped. */
static void put_text(FILE *stream, struct slice text)
{
    char *plain = mem_text_n(text.text, text.n);
    text_make_printable(plain); /* entries are read in a terminal, too */
    for (const char *at = plain; *at; at++) {
        char c = *at;
        if (c == '\\') {
            fputs("\\textbackslash{}", stream);
        } else if (c == '~' || c == '^') {
            fprintf(stream, "\\%c{}", c);
        } else {
            fprintf(stream, "%s%c", strchr("&%$#_{}", c) && c ? "\\" : "", c);
        }
    }
    free(plain);
}

/* "A, B & C et al." as "A and B and C and others". */
static void put_authors(FILE *stream, struct slice authors)
{
    struct str text = {0};
    for (size_t i = 0; i < authors.n; i++) {
        const char *at = authors.text + i;
        size_t left = authors.n - i;
        if (left >= 2 && strncmp(at, ", ", 2) == 0) {
            str_add(&text, " and ");
            i += 1;
        } else if (left >= 3 && strncmp(at, " & ", 3) == 0) {
            str_add(&text, " and ");
            i += 2;
        } else if (left >= 7 && strncmp(at, " et al.", 7) == 0) {
            str_add(&text, " and others");
            i += 6;
        } else if (left >= 6 && strncmp(at, " (ed.)", 6) == 0) {
            i += 5;
        } else {
            str_add_char(&text, *at);
        }
    }
    put_text(stream, slice_of(str_text(&text)));
    str_finish(&text);
}

static void put_field(FILE *stream, const char *name, struct slice value)
{
    if (value.n > 0) {
        fprintf(stream, ",\n  %s = {", name);
        put_text(stream, value);
        fputc('}', stream);
    }
}

/* The first word of a text in lower-case ASCII letters. */
static void add_word(struct str *key, struct slice text)
{
    size_t begin = key->n;
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.text[i];
        if (isalnum(c)) {
            str_add_char(key, (char)tolower(c));
        } else if (key->n > begin && c < 0x80 && c != '-') {
            break;
        }
    }
}

/* "pennington2014glove", with a letter behind it if another work has it. */
static void put_key(FILE *stream, const struct work *work, struct map *keys)
{
    struct str key = {0};
    add_word(&key, work->authors.n ? work->authors : work->whole);
    str_append(&key, work->year.text ? work->year.text : "", work->year.n);
    add_word(&key, work->title);
    char *unique = mem_text(key.n ? str_text(&key) : "work");
    for (char letter = 'b'; map_find_text(keys, unique) != MAP_NONE && letter <= 'z'; letter++) {
        free(unique);
        unique = mem_format("%s%c", str_text(&key), letter);
    }
    map_put_text(keys, unique);
    fputs(unique, stream);
    free(unique);
    str_finish(&key);
}

struct bibliography {
    FILE *stream;
    struct map works, keys; /* citations that are written, their keys */
};

static void put_work(struct bibliography *bib, const char *text, const char *note)
{
    struct work work = {.whole = slice_of(text)};
    uint32_t before = bib->works.n;
    if (map_put_text(&bib->works, text) < before) {
        return;
    }
    bool parsed = parse_year_in_brackets(text, &work) || parse_colon(text, &work) ||
                  parse_year_first(text, &work);
    fputs("@misc{", bib->stream);
    put_key(bib->stream, &work, &bib->keys);
    if (parsed) {
        fputs(",\n  author = {", bib->stream);
        put_authors(bib->stream, work.authors);
        fputs("},\n  title = {{", bib->stream);
        put_text(bib->stream, work.title);
        fputs("}}", bib->stream);
        put_field(bib->stream, "howpublished", work.venue);
        put_field(bib->stream, "year", work.year);
    } else {
        put_field(bib->stream, "title", work.whole);
    }
    put_field(bib->stream, "note", slice_of(note));
    fputs("\n}\n\n", bib->stream);
}

/* All works of one citation. */
static void put_citation(struct bibliography *bib, const char *citation, const char *note)
{
    if (!citation || strncmp(citation, "none", 4) == 0) {
        return;
    }
    for (const char *at = citation; *at;) {
        const char *end = strstr(at, "; ");
        size_t n = end ? (size_t)(end - at) : strlen(at);
        char *work = mem_text_n(at, n);
        put_work(bib, work, note);
        free(work);
        at += end ? n + 2 : n;
    }
}

static char *note_of(const char *what, const char *name, const char *licence)
{
    return licence ? mem_format("%s %s, licence: %s", what, name, licence)
                   : mem_format("%s %s", what, name);
}

static void put_data(struct bibliography *bib, const struct run_facts *run)
{
    for (uint32_t i = 0; i < run->n_data; i++) {
        const struct data_facts *data = &run->data[i];
        char *note = note_of("data set", data->name ? data->name : data->path, data->licence);
        put_citation(bib, data->citation, note);
        free(note);
    }
}

void report_write_bibtex(const struct result_tree *tree, FILE *stream)
{
    struct bibliography bib = {.stream = stream};
    char *version = mem_format("version %s", tree->run.version ? tree->run.version : "unknown");
    fprintf(stream, "@misc{harness,\n  title = {{harness: word embedders on sense and similarity "
                    "benchmarks, stage by stage}}");
    put_field(stream, "note", slice_of(version));
    fputs("\n}\n\n", stream);
    free(version);
    map_put_text(&bib.keys, "harness");
    for (uint32_t i = 0; i < tree->n_embedders; i++) {
        const struct embedder_facts *facts = &tree->embedders[i];
        char *note = note_of("embedder", facts->name, facts->licence);
        put_citation(&bib, facts->model_citation, note);
        free(note);
        note = note_of("plugin", facts->plugin ? facts->plugin : "", NULL);
        put_citation(&bib, facts->citation, note);
        free(note);
    }
    put_data(&bib, &tree->run);
    for (uint32_t s = 0; s < tree->run.n_sources; s++) {
        put_data(&bib, &tree->run.sources[s]);
    }
    map_finish(&bib.works);
    map_finish(&bib.keys);
}
