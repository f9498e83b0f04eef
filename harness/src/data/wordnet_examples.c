/* Makes a sense-tagged set of WordNet's usage examples. */
#include "data/wordnet_examples.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "data/unicode.h"
#include "data/wordnet_morph.h"
#include "data/xml.h"

#include <stdlib.h>
#include <string.h>

/* A word of an example: where it stands, and its lower-case form. */
struct word {
    struct slice core; /* in the example; empty where a chunk holds no letter or digit */
    struct slice chunk;
    size_t lower; /* offset in words.texts */
};

struct words {
    struct word *words; /* [n] */
    size_t n, capacity;
    struct str texts;
};

static void cut_words(struct slice example, struct words *words)
{
    struct slice chunk;
    words->n = 0;
    str_clear(&words->texts);
    while (slice_word(&example, &chunk)) {
        MEM_GROW(words->words, words->capacity, words->n + 1);
        struct word *word = &words->words[words->n++];
        *word = (struct word){unicode_trim(chunk), chunk, words->texts.n};
        unicode_lower(word->core.text, word->core.n, &words->texts);
        str_append(&words->texts, "", 1);
    }
}

static const char *lower_of(const struct words *words, size_t i)
{
    return words->texts.data + words->words[i].lower;
}

/* Do the words from `first` on match the lemma's parts (NUL after each), or their joined form? */
static bool matches_at(const struct wordnet *wordnet, enum wordnet_pos pos,
                       const struct words *words, size_t first, const char *parts, size_t n_parts,
                       const char *lemma)
{
    const char *part = parts;
    bool all = true;
    for (size_t p = 0; p < n_parts && all; p++, part += strlen(part) + 1) {
        all = wordnet_is_form(wordnet, pos, lower_of(words, first + p), part);
    }
    if (all || n_parts < 2) {
        return all;
    }
    struct str joined = {0};
    for (size_t p = 0; p < n_parts; p++) {
        str_format(&joined, "%s%s", p ? "_" : "", lower_of(words, first + p));
    }
    bool is = wordnet_is_exception(wordnet, pos, joined.data, lemma);
    str_finish(&joined);
    return is;
}

/* The first place where the lemma (lower case) occurs; false if it does not. */
static bool find_lemma(const struct wordnet *wordnet, enum wordnet_pos pos,
                       const struct words *words, const char *lemma, size_t *ret_first,
                       size_t *ret_n)
{
    char *parts = mem_text(lemma);
    size_t n_parts = 1;
    for (char *c = parts; *c; c++) {
        if (*c == '_') {
            *c = '\0';
            n_parts++;
        }
    }
    bool found = false;
    for (size_t first = 0; !found && first + n_parts <= words->n; first++) {
        found = matches_at(wordnet, pos, words, first, parts, n_parts, lemma);
        *ret_first = first;
        *ret_n = n_parts;
    }
    free(parts);
    return found;
}

/* The sense of a synset that is its word's, given in lower case; NULL if the index lacks it. */
static const struct wordnet_sense *sense_of(const struct wordnet *wordnet,
                                            const struct wordnet_synset *synset, const char *lemma)
{
    size_t n = strlen(lemma);
    for (uint16_t i = 0; i < synset->n_senses; i++) {
        const struct wordnet_sense *sense = wordnet_sense_at(wordnet, synset->senses[i]);
        if (strncmp(sense->key, lemma, n) == 0 && sense->key[n] == '%') {
            return sense;
        }
    }
    return NULL;
}

struct output {
    struct xml_writer *xml;
    FILE *gold;
    uint32_t count; /* of the part of speech */
};

static void write_token(struct xml_writer *xml, struct slice text)
{
    if (text.n) {
        char *copy = mem_text_n(text.text, text.n);
        xml_start(xml, "wf");
        xml_text(xml, copy);
        xml_end(xml);
        free(copy);
    }
}

/* A chunk: what precedes its core, the core, what follows. */
static void write_chunk(struct xml_writer *xml, const struct word *word)
{
    if (word->core.n == 0) {
        write_token(xml, word->chunk);
        return;
    }
    const char *end = word->core.text + word->core.n;
    size_t before = (size_t)(word->core.text - word->chunk.text);
    write_token(xml, (struct slice){word->chunk.text, before});
    write_token(xml, word->core);
    write_token(xml, (struct slice){end, word->chunk.n - before - word->core.n});
}

static void write_instance(struct output *output, const struct words *words, size_t first, size_t n,
                           const char *lemma, const struct wordnet_sense *sense)
{
    const char *pos = wordnet_pos_name((enum wordnet_pos)sense->pos);
    static const char *const names[] = {"", "noun", "verb", "adj", "adv"};
    char *id = mem_format("%s.%05u", names[sense->pos], ++output->count);
    struct xml_writer *xml = output->xml;
    xml_start(xml, "sentence");
    xml_attribute(xml, "id", id);
    for (size_t i = 0; i < first; i++) {
        write_chunk(xml, &words->words[i]);
    }
    const struct word *begin = &words->words[first], *last = &words->words[first + n - 1];
    const char *end = last->core.text + last->core.n, *chunk_end = last->chunk.text + last->chunk.n;
    write_token(xml,
                (struct slice){begin->chunk.text, (size_t)(begin->core.text - begin->chunk.text)});
    char *text = mem_text_n(begin->core.text, (size_t)(end - begin->core.text));
    xml_start(xml, "instance");
    xml_attribute(xml, "id", id);
    xml_attribute(xml, "lemma", lemma);
    xml_attribute(xml, "pos", pos);
    xml_text(xml, text);
    xml_end(xml);
    write_token(xml, (struct slice){end, (size_t)(chunk_end - end)});
    for (size_t i = first + n; i < words->n; i++) {
        write_chunk(xml, &words->words[i]);
    }
    xml_end(xml);
    fprintf(output->gold, "%s %s\n", id, sense->key);
    free(text);
    free(id);
}

/* Is word number w of a synset an earlier one but for capitals ("Earth", "earth")? */
static bool is_repeated(const struct wordnet_synset *synset, uint16_t w, const char *lower)
{
    bool repeated = false;
    for (uint16_t before = 0; before < w && !repeated; before++) {
        char *other = unicode_lower_text(synset->words[before]);
        repeated = strcmp(other, lower) == 0;
        free(other);
    }
    return repeated;
}

static void write_lemma(const struct wordnet *wordnet, const struct wordnet_synset *synset,
                        const struct words *words, uint16_t w, struct output *output)
{
    char *lemma = unicode_lower_text(synset->words[w]);
    enum wordnet_pos pos = (enum wordnet_pos)synset->pos;
    const struct wordnet_sense *sense = sense_of(wordnet, synset, lemma);
    uint32_t n_senses;
    size_t first, n;
    wordnet_senses(wordnet, lemma, pos, &n_senses);
    if (sense && n_senses >= 2 && !is_repeated(synset, w, lemma) &&
        find_lemma(wordnet, pos, words, lemma, &first, &n)) {
        write_instance(output, words, first, n, lemma, sense);
    }
    free(lemma);
}

static void write_all(const struct wordnet *wordnet, struct output *output,
                      uint32_t counts[WORDNET_N_POS + 1])
{
    struct words words = {0};
    xml_start(output->xml, "corpus");
    xml_attribute(output->xml, "lang", "en");
    xml_attribute(output->xml, "source", "wordnet-examples");
    uint32_t synset_number = 0, n_synsets = wordnet_n_synsets(wordnet);
    for (int pos = WORDNET_NOUN; pos <= WORDNET_ADV; pos++) {
        output->count = 0;
        xml_start(output->xml, "text");
        xml_attribute(output->xml, "id", wordnet_pos_name((enum wordnet_pos)pos));
        for (; synset_number < n_synsets; synset_number++) {
            const struct wordnet_synset *synset = wordnet_synset(wordnet, synset_number);
            if (synset->pos != pos) {
                break;
            }
            struct slice example;
            for (uint32_t e = 0; wordnet_example(synset, e, &example); e++) {
                cut_words(example, &words);
                for (uint16_t w = 0; w < synset->n_words; w++) {
                    write_lemma(wordnet, synset, &words, w, output);
                }
            }
        }
        xml_end(output->xml);
        counts[pos] = output->count;
    }
    xml_end(output->xml);
    free(words.words);
    str_finish(&words.texts);
}

int wordnet_examples_write(const struct wordnet *wordnet, const char *folder,
                           uint32_t ret_counts[WORDNET_N_POS + 1])
{
    TRY(file_make_folders(folder));
    char *xml_path = file_join(folder, "wordnet-examples.data.xml");
    char *gold_path = file_join(folder, "wordnet-examples.gold.key.txt");
    struct file_out xml = {0}, gold = {0};
    uint32_t counts[WORDNET_N_POS + 1] = {0};
    int status;
    TRY_OR_FINISH(file_out_open(&xml, xml_path));
    TRY_OR_FINISH(file_out_open(&gold, gold_path));
    struct output output = {xml_writer_create(xml.stream), gold.stream, 0};
    write_all(wordnet, &output, counts);
    xml_writer_finish(output.xml);
    TRY_OR_FINISH(file_out_commit(&gold)); /* the data last: a folder with it is complete */
    TRY_OR_FINISH(file_out_commit(&xml));
    memcpy(ret_counts, counts, sizeof counts);
finish:
    file_out_abort(&xml);
    file_out_abort(&gold);
    free(xml_path);
    free(gold_path);
    return status;
}
