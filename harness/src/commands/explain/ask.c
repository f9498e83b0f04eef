/* ask.c - the word, where it stands in each sentence, and the senses it can have. */
#include "commands/explain/explain.h"

#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "data/unicode.h"
#include "data/wordnet_morph.h"

#include <stdlib.h>
#include <string.h>

/* Sigmas within words and at their ends are one letter: both are U+03C3 then. */
static void fold_sigma(struct str *lower)
{
    for (char *at = lower->data; at && (at = strstr(at, "\xCF\x82"));) {
        at[1] = '\x83';
    }
}

/* Does `word` (lower case, sigmas folded) stand at text[0..n), whatever its case there, and end
 * where a run of letters and digits ends? Lower case keeps neither bytes nor code points for all of
 * Unicode, so the text's own bytes are counted: *ret_bytes. */
static bool stands_at(const char *text, size_t n, const struct str *word, size_t *ret_bytes)
{
    struct str lower = {0};
    size_t at = 0, bytes;
    while (at < n && lower.n < word->n) {
        unicode_next(text + at, n - at, &bytes);
        unicode_lower(text + at, bytes, &lower);
        at += bytes;
    }
    fold_sigma(&lower);
    bool stands = lower.n == word->n && memcmp(str_text(&lower), word->data, word->n) == 0 &&
                  (at == n || !unicode_is_alphanumeric(unicode_next(text + at, n - at, &bytes)));
    str_finish(&lower);
    *ret_bytes = at;
    return stands;
}

/* The first place where the word stands by itself; how many there are. */
static uint32_t find_word(const char *text, const struct str *word, struct emb_span *ret_span)
{
    size_t n = strlen(text), bytes, taken;
    bool inside = false; /* a run of letters and digits */
    uint32_t found = 0;
    for (size_t at = 0; at < n && word->n > 0; at += bytes) {
        int32_t point = unicode_next(text + at, n - at, &bytes);
        if (!inside && stands_at(text + at, n - at, word, &taken)) {
            if (found++ == 0) {
                *ret_span = (struct emb_span){(uint32_t)at, (uint32_t)(at + taken)};
            }
        }
        inside = unicode_is_alphanumeric(point);
    }
    return found;
}

static bool is_form(const struct explain_question *q, const char *form, const char *word)
{
    bool is = strcmp(form, word) == 0, inflects = !strpbrk(form, " \t\n") && !strchr(word, ' ');
    for (int pos = WORDNET_NOUN; pos <= WORDNET_ADV && inflects && !is; pos++) {
        is = wordnet_is_form(q->wordnet, (enum wordnet_pos)pos, form, word);
    }
    return is;
}

/* Places in square brackets that hold the word or a form of it, as [bank] or [banks]; the first. */
static uint32_t find_mark(const struct explain_question *q, const char *text,
                          const struct str *word, struct emb_span *ret_span)
{
    uint32_t found = 0;
    for (const char *open = strchr(text, '['); open; open = strchr(open + 1, '[')) {
        size_t n = strcspn(open + 1, "[]");
        if (n == 0 || open[1 + n] != ']') {
            continue;
        }
        struct str lower = {0};
        unicode_lower(open + 1, n, &lower);
        if (is_form(q, str_text(&lower), str_text(word)) && found++ == 0) {
            uint32_t begin = (uint32_t)(open + 1 - text);
            *ret_span = (struct emb_span){begin, begin + (uint32_t)n};
        }
        str_finish(&lower);
    }
    return found;
}

static int read_sentence(const struct explain_question *q, const char *text,
                         struct explain_sentence *ret)
{
    struct str word = {0};
    struct emb_span span = {0, 0};
    unicode_lower(q->word, strlen(q->word), &word);
    uint32_t marks = find_mark(q, text, &word, &span);
    if (!marks) {
        fold_sigma(&word);
    }
    uint32_t places = marks ? marks : find_word(text, &word, &span);
    str_finish(&word);
    if (marks > 1) {
        return error_set(ERR_REQUEST, "explain: found %u marked words in \"%s\", expected one",
                         marks, text);
    }
    if (places == 0) {
        return error_set(ERR_REQUEST,
                         "explain: the word '%s' does not occur in \"%s\"; another form of it is "
                         "found where it is marked, as [%s]",
                         q->word, text, q->word);
    }
    if (marks) {
        ret->text =
            mem_format("%.*s%.*s%s", (int)(span.begin - 1), text, (int)(span.end - span.begin),
                       text + span.begin, text + span.end + 1);
        ret->word = (struct emb_span){span.begin - 1, span.end - 1};
        return 0;
    }
    if (places > 1) {
        log_info("\"%s\" contains '%s' %u times: the first is taken; mark another one as [%s]",
                 text, q->word, places, q->word);
    }
    ret->text = mem_text(text);
    ret->word = span;
    return 0;
}

static void add_text(struct explain_sense *sense, char *text, struct emb_span word)
{
    sense->texts = mem_resize(sense->texts, sense->n_texts + 1u, sizeof *sense->texts);
    sense->texts[sense->n_texts++] = (struct explain_sentence){text, word};
}

/* WordNet's examples of a synset may hold another of its words: those are skipped. */
static void add_examples(const struct explain_question *q, const struct wordnet_synset *synset,
                         struct explain_sense *sense)
{
    struct slice example;
    struct str word = {0};
    unicode_lower(q->word, strlen(q->word), &word);
    for (uint32_t i = 0; wordnet_example(synset, i, &example); i++) {
        char *text = mem_text_n(example.text, example.n);
        struct emb_span span = {0, 0};
        if (find_word(text, &word, &span)) {
            add_text(sense, text, span);
        } else {
            free(text);
        }
    }
    str_finish(&word);
}

static void add_senses(struct explain_question *q, enum wordnet_pos pos)
{
    static const char letters[] = {'?', 'n', 'v', 'a', 'r'}; /* as WordNet's files are named */
    uint32_t n;
    const struct wordnet_sense *senses = wordnet_senses(q->wordnet, q->word, pos, &n);
    q->senses = mem_resize(q->senses, q->n_senses + n + 1u, sizeof *q->senses);
    for (uint32_t i = 0; i < n; i++) {
        const struct wordnet_synset *synset = wordnet_synset(q->wordnet, senses[i].synset);
        struct explain_sense *sense = &q->senses[q->n_senses++];
        struct str definition = {0};
        wordnet_definition(synset, &definition);
        *sense =
            (struct explain_sense){.sense = &senses[i],
                                   .label = mem_format("%c%u", letters[pos], senses[i].number),
                                   .definition = definition.data ? definition.data : mem_text("")};
        add_text(sense, mem_format("%s : %s", q->word, sense->definition),
                 (struct emb_span){0, (uint32_t)strlen(q->word)});
        add_examples(q, synset, sense);
    }
}

/* The part of speech with the most tagged occurrences; among equals the first. */
static enum wordnet_pos usual_pos(const struct explain_question *q)
{
    enum wordnet_pos usual = WORDNET_NOUN;
    uint64_t most = 0;
    for (int pos = WORDNET_NOUN; pos <= WORDNET_ADV; pos++) {
        uint32_t n;
        uint64_t count = 0;
        const struct wordnet_sense *senses =
            wordnet_senses(q->wordnet, q->word, (enum wordnet_pos)pos, &n);
        for (uint32_t i = 0; i < n; i++) {
            count += 1 + senses[i].count;
        }
        if (count > most) {
            most = count;
            usual = (enum wordnet_pos)pos;
        }
    }
    return usual;
}

static int choose_senses(const struct args *args, struct explain_question *q)
{
    const char *name = args_value(args, "pos", NULL);
    if (name && strcmp(name, "all") == 0) {
        for (int pos = WORDNET_NOUN; pos <= WORDNET_ADV; pos++) {
            add_senses(q, (enum wordnet_pos)pos);
        }
        return 0;
    }
    enum wordnet_pos pos = name ? wordnet_pos_of(name) : usual_pos(q);
    if (pos == WORDNET_NO_POS) {
        return error_set(ERR_REQUEST, "--pos: found '%s', expected noun, verb, adj, adv or all",
                         name);
    }
    add_senses(q, pos);
    return 0;
}

int explain_ask(const struct args *args, struct explain_question *q)
{
    uint64_t top;
    if (args_n(args) < 2) {
        return error_set(ERR_REQUEST, "explain: expected a word and at least one sentence that "
                                      "holds it; see harness explain --help");
    }
    TRY(args_uint(args, "top", 5, &top));
    if (top < 1 || top > 1000) {
        return error_set(ERR_REQUEST, "--top: found %llu, expected 1 to 1000",
                         (unsigned long long)top);
    }
    TRY(wordnet_open(args_value(args, "wordnet", NULL), &q->wordnet));
    q->word = args_word(args, 0);
    q->stages = args_value(args, "stages", NULL);
    q->at = args_value(args, "at", NULL);
    q->top = (uint32_t)top;
    q->n_sentences = args_n(args) - 1;
    q->sentences = mem_array(q->n_sentences, sizeof *q->sentences);
    for (uint32_t i = 0; i < q->n_sentences; i++) {
        TRY(read_sentence(q, args_word(args, i + 1), &q->sentences[i]));
    }
    return choose_senses(args, q);
}

static void free_sentences(struct explain_sentence *sentences, uint32_t n)
{
    for (uint32_t i = 0; sentences && i < n; i++) {
        free(sentences[i].text);
    }
    free(sentences);
}

void explain_question_finish(struct explain_question *q)
{
    for (uint32_t i = 0; i < q->n_senses; i++) {
        free(q->senses[i].label);
        free(q->senses[i].definition);
        free_sentences(q->senses[i].texts, q->senses[i].n_texts);
    }
    free(q->senses);
    free_sentences(q->sentences, q->n_sentences);
    wordnet_close(q->wordnet);
}
