/* Reads a text and finds the occurrences of words and lemmas in it. */
#include "suites/contextuality/contextuality.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/num.h"
#include "data/archive.h"
#include "data/unicode.h"
#include "data/wsd_read.h"
#include "suites/shared/set_names.h"
#include "suites/shared/text_words.h"

#include <stdlib.h>
#include <string.h>

/* Which sentences are taken: every step-th, at most `limit` (0 = all). */
struct share {
    uint64_t step, limit;
};

/* A word of the last sentence. */
static struct contextuality_occurrence *add_occurrence(struct contextuality_text *text,
                                                       struct emb_span span, struct str *lower)
{
    struct contextuality_sentence *sentence = &text->sentences[text->n_sentences - 1];
    str_clear(lower);
    unicode_lower(sentence->text + span.begin, span.end - span.begin, lower);
    MEM_GROW(text->occurrences, text->occurrences_capacity, text->n_occurrences + 1);
    struct contextuality_occurrence *occurrence = &text->occurrences[text->n_occurrences++];
    *occurrence = (struct contextuality_occurrence){
        .span = span,
        .word = map_put(&text->words, lower->data, lower->n),
        .lemma = CONTEXTUALITY_NONE,
        .sense = CONTEXTUALITY_NONE,
    };
    sentence->n++;
    return occurrence;
}

static void begin_sentence(struct contextuality_text *text,
                           const struct contextuality_sentence *sentence)
{
    MEM_GROW(text->sentences, text->sentences_capacity, text->n_sentences + 1);
    text->sentences[text->n_sentences] = *sentence;
    text->sentences[text->n_sentences++].first = (uint32_t)text->n_occurrences;
}

static void end_sentence(struct contextuality_text *text)
{
    text->n_sentences -= text->sentences[text->n_sentences - 1].n == 0;
}

/* The occurrence of the last sentence at a span, NULL if none is there. */
static struct contextuality_occurrence *occurrence_at(const struct contextuality_text *text,
                                                      struct emb_span span)
{
    const struct contextuality_sentence *sentence = &text->sentences[text->n_sentences - 1];
    for (uint32_t i = sentence->first; i < sentence->first + sentence->n; i++) {
        struct contextuality_occurrence *occurrence = &text->occurrences[i];
        if (occurrence->span.begin == span.begin && occurrence->span.end == span.end) {
            return occurrence;
        }
    }
    return NULL;
}

/* Instances are marked at the tokens of the last sentence; of two at one token the first stays. */
static void mark_senses(struct contextuality_text *text, const struct wsd_sentence *sentence,
                        struct str *name)
{
    for (uint32_t i = 0; i < sentence->n_instances; i++) {
        const struct wsd_instance *instance = &text->data->instances[sentence->first_instance + i];
        struct contextuality_occurrence *occurrence = occurrence_at(text, instance->span);
        if (!occurrence || occurrence->lemma != CONTEXTUALITY_NONE) {
            continue;
        }
        str_clear(name);
        unicode_lower(instance->lemma, strlen(instance->lemma), name);
        str_format(name, ".%s", wordnet_pos_name((enum wordnet_pos)instance->pos));
        occurrence->lemma = map_put(&text->lemmas, name->data, name->n);
        occurrence->sense = text->data->gold[instance->first_gold];
        MEM_GROW(text->lemma_pos, text->lemma_pos_capacity, text->lemmas.n);
        text->lemma_pos[occurrence->lemma] = instance->pos;
    }
}

/* Sets with one instance a sentence repeat a sentence for each of its instances: those are one
 * sentence, or its words would be compared with themselves. */
static bool is_repeated(const struct contextuality_text *text, const struct wsd_sentence *sentence,
                        const char *bytes)
{
    if (text->n_sentences == 0) {
        return false;
    }
    const struct contextuality_sentence *last = &text->sentences[text->n_sentences - 1];
    if (last->n_bytes != sentence->n_bytes || memcmp(last->text, bytes, last->n_bytes) != 0) {
        return false;
    }
    for (uint32_t i = 0; i < sentence->n_instances; i++) {
        if (!occurrence_at(text, text->data->instances[sentence->first_instance + i].span)) {
            return false;
        }
    }
    return sentence->n_instances > 0;
}

static void take_tagged(struct contextuality_text *text, struct share share)
{
    const struct wsd_data *data = text->data;
    struct str scratch = {0};
    uint64_t n_seen = 0;
    bool is_taken = false; /* is the sentence before this one of the share? */
    for (uint32_t s = 0; s < data->n_sentences; s++) {
        const struct wsd_sentence *sentence = &data->sentences[s];
        const char *bytes = wsd_sentence_text(data, s);
        if (is_taken && is_repeated(text, sentence, bytes)) {
            mark_senses(text, sentence, &scratch);
            continue;
        }
        is_taken = n_seen++ % share.step == 0;
        if (share.limit && n_seen > share.limit * share.step) {
            break;
        }
        if (!is_taken) {
            continue;
        }
        const struct emb_span *tokens = data->words + sentence->first_word;
        begin_sentence(text, &(struct contextuality_sentence){.text = bytes,
                                                              .n_bytes = sentence->n_bytes,
                                                              .n_tokens = sentence->n_words,
                                                              .tokens = tokens});
        for (uint32_t t = 0; t < sentence->n_words; t++) {
            if (unicode_has_letter(bytes + tokens[t].begin, tokens[t].end - tokens[t].begin)) {
                add_occurrence(text, tokens[t], &scratch);
            }
        }
        mark_senses(text, sentence, &scratch);
        is_taken = text->sentences[text->n_sentences - 1].n > 0;
        end_sentence(text);
    }
    str_finish(&scratch);
}

static int take_plain(struct contextuality_text *text, const char *path, struct share share)
{
    struct slice rest = {text->bytes.data, text->bytes.n}, line;
    struct text_words words = {0};
    struct str scratch = {0};
    uint64_t n_seen = 0;
    int status = 0;
    for (uint32_t number = 1; status == 0 && slice_line(&rest, &line); number++) {
        line = slice_trim(line);
        size_t bad = unicode_check(line.text, line.n);
        if (bad < line.n || line.n > INT32_MAX) {
            status = error_set(
                ERR_REQUEST, "%s:%u: byte %zu: found %s, expected a sentence in UTF-8", path,
                number, bad + 1, bad < line.n ? "what is no UTF-8" : "more than 2 GiB");
            break;
        }
        text_words_cut(&words, line.text, (uint32_t)line.n);
        if (words.n == 0) {
            continue;
        }
        bool is_taken = n_seen++ % share.step == 0;
        if (share.limit && n_seen > share.limit * share.step) {
            break;
        }
        if (is_taken) {
            begin_sentence(text, &(struct contextuality_sentence){.text = line.text,
                                                                  .n_bytes = (uint32_t)line.n});
        }
        for (uint32_t w = 0; is_taken && w < words.n; w++) {
            add_occurrence(text, words.spans[w], &scratch);
        }
    }
    text_words_finish(&words);
    str_finish(&scratch);
    return status;
}

/* Occurrences by word or by lemma: where those of number i begin, [n + 1]; CONTEXTUALITY_NONE is of
 * none. */
struct index {
    size_t *first;
    uint32_t *occurrences;
};

static uint32_t number_of(const struct contextuality_occurrence *occurrence, bool lemmas)
{
    return lemmas ? occurrence->lemma : occurrence->word;
}

static struct index make_index(const struct contextuality_text *text, bool lemmas)
{
    uint32_t n = lemmas ? text->lemmas.n : text->words.n;
    struct index index = {mem_array(n + 2u, sizeof(size_t)),
                          mem_array(text->n_occurrences + 1, sizeof(uint32_t))};
    for (size_t o = 0; o < text->n_occurrences; o++) {
        uint32_t number = number_of(&text->occurrences[o], lemmas);
        if (number != CONTEXTUALITY_NONE) {
            index.first[number + 2]++;
        }
    }
    for (uint32_t i = 0; i < n; i++) {
        index.first[i + 2] += index.first[i + 1];
    }
    for (size_t o = 0; o < text->n_occurrences;
         o++) { /* first[i + 1] moves to where i + 1 begins */
        uint32_t number = number_of(&text->occurrences[o], lemmas);
        if (number != CONTEXTUALITY_NONE) {
            index.occurrences[index.first[number + 1]++] = (uint32_t)o;
        }
    }
    return index;
}

static void index_finish(struct index *index)
{
    free(index->first);
    free(index->occurrences);
}

static void add_member(struct contextuality_text *text, uint32_t occurrence, uint32_t sense)
{
    MEM_GROW(text->members, text->members_capacity, text->n_members + 1);
    MEM_GROW(text->member_senses, text->member_senses_capacity, text->n_members + 1);
    text->members[text->n_members] = occurrence;
    text->member_senses[text->n_members++] = sense;
}

static void add_group(struct contextuality_text *text, const struct index *index, uint32_t number,
                      bool is_lemma)
{
    size_t begin = index->first[number], end = index->first[number + 1];
    struct contextuality_group group = {
        .first = text->n_members, .n = (uint32_t)(end - begin), .number = number};
    struct map senses = {0};
    for (size_t i = begin; i < end; i++) {
        uint32_t o = index->occurrences[i];
        uint32_t label = text->occurrences[o].sense;
        add_member(text, o, is_lemma ? map_put(&senses, (const char *)&label, sizeof label) : 0);
    }
    group.n_senses = senses.n;
    map_finish(&senses);
    if (is_lemma && (group.n_senses < 2 || group.n == group.n_senses)) {
        text->n_members = group.first; /* no pair across, or none within */
        return;
    }
    MEM_GROW(text->groups, text->groups_capacity, text->n_groups + 1);
    text->groups[text->n_groups++] = group;
    text->n_lemma_groups += is_lemma;
}

/* In order of first occurrence, a lemma after the word that it is first met in. */
static void make_groups(struct contextuality_text *text, uint64_t least)
{
    struct index words = make_index(text, false), lemmas = make_index(text, true);
    for (size_t o = 0; o < text->n_occurrences; o++) {
        uint32_t word = text->occurrences[o].word, lemma = text->occurrences[o].lemma;
        if (words.occurrences[words.first[word]] == o &&
            words.first[word + 1] - words.first[word] >= least) {
            add_group(text, &words, word, false);
        }
        if (lemma != CONTEXTUALITY_NONE && lemmas.occurrences[lemmas.first[lemma]] == o) {
            add_group(text, &lemmas, lemma, true);
        }
    }
    index_finish(&words);
    index_finish(&lemmas);
}

/* "all", "every:N"; the usage examples are thinned to every tenth unless asked otherwise, since
 * that is what their name alone means to suite wsd. */
static int share_of(const char *name, const char *variant, uint64_t limit, struct share *ret_share)
{
    *ret_share = (struct share){1, limit};
    if (!variant) {
        ret_share->step = strcmp(name, "wordnet-examples") == 0 ? 10 : 1;
        return 0;
    }
    if (strcmp(variant, "all") != 0 &&
        (!text_starts(variant, "every:") || !num_uint(slice_of(variant + 6), &ret_share->step) ||
         ret_share->step == 0)) {
        return error_set(ERR_REQUEST,
                         "data set \"%s\": found variant \"%s\", expected all or every:N", name,
                         variant);
    }
    return 0;
}

struct texts {
    struct contextuality_text *texts;
    uint32_t n;
    size_t capacity;
    struct set_names names;
    const char *asked; /* the word of the request that is read */
};

static struct contextuality_text *add_text(struct texts *texts, const char *path, const char *name,
                                           const char *variant)
{
    MEM_GROW(texts->texts, texts->capacity, texts->n + 1);
    struct contextuality_text *text = &texts->texts[texts->n++];
    *text = (struct contextuality_text){.name = variant ? mem_format("%s:%s", name, variant)
                                                        : mem_text(name)};
    set_names_add(&texts->names, texts->asked, path, text->name);
    return text;
}

static int finish_text(struct contextuality_text *text, const char *path, uint64_t least)
{
    if (text->n_occurrences == 0) {
        return error_set(ERR_REQUEST, "%s: holds no word", path);
    }
    if (text->n_occurrences > INT32_MAX) {
        return error_set(ERR_REQUEST, "%s: found %zu words, expected at most 2^31", path,
                         text->n_occurrences);
    }
    make_groups(text, least);
    return 0;
}

static int read_tagged(const char *path, const char *variant, struct share share, uint64_t least,
                       struct texts *texts)
{
    struct wsd_sets sets = {0};
    int status = wsd_read(path, false, &sets);
    for (uint32_t i = 0; status == 0 && i < sets.n; i++) {
        struct contextuality_text *text =
            add_text(texts, sets.sets[i]->path, sets.sets[i]->name, variant);
        text->data = sets.sets[i];
        sets.sets[i] = NULL;
        take_tagged(text, share);
        status = finish_text(text, path, least);
    }
    wsd_sets_finish(&sets);
    return status;
}

static int read_plain(const char *path, const char *variant, struct share share, uint64_t least,
                      struct texts *texts)
{
    const char *file = file_name(path);
    char *name = mem_text_n(file, strcspn(file, "."));
    struct contextuality_text *text = add_text(texts, path, *name ? name : file, variant);
    free(name);
    TRY(byte_source_read_all(path, &text->bytes));
    TRY(take_plain(text, path, share));
    return finish_text(text, path, least);
}

static int read_one(const char *name, const struct suite_request *request, uint64_t least,
                    struct texts *texts)
{
    char *path, *variant;
    struct share share;
    TRY(suite_locate(name, &path, &variant));
    size_t given = suite_given_name(name);
    texts->asked = name;
    int status = share_of(name + given + (given > 0), variant, request->limit, &share);
    if (status == 0) {
        status = wsd_is_tagged(path) ? read_tagged(path, variant, share, least, texts)
                                     : read_plain(path, variant, share, least, texts);
    }
    free(path);
    free(variant);
    return status;
}

/* Running text where it has been fetched, else the usage examples of WordNet. */
static const char *usual_set(void)
{
    char *cache = file_cache_folder(), *folder = file_join(cache, "datasets");
    char *semcor = file_join(folder, "semcor");
    bool is_there = file_exists(semcor);
    free(semcor);
    free(folder);
    free(cache);
    return is_there ? "semcor" : "wordnet-examples:all";
}

int contextuality_read(const struct suite_request *request, uint64_t least,
                       struct contextuality_text **ret_texts, uint32_t *ret_n)
{
    struct texts texts = {0};
    int status = 0;
    if (request->n_datasets == 0) {
        status = read_one(usual_set(), request, least, &texts);
    }
    for (uint32_t i = 0; status == 0 && i < request->n_datasets; i++) {
        status = read_one(request->datasets[i], request, least, &texts);
    }
    status = status ? status : set_names_settle(&texts.names, "contextuality");
    for (uint32_t i = 0; status == 0 && i < texts.n; i++) {
        set_names_put(&texts.names, i, &texts.texts[i].name);
    }
    set_names_finish(&texts.names);
    if (status) {
        for (uint32_t i = 0; i < texts.n; i++) {
            contextuality_text_finish(&texts.texts[i]);
        }
        free(texts.texts);
        return status;
    }
    *ret_texts = texts.texts;
    *ret_n = texts.n;
    return 0;
}

void contextuality_text_finish(struct contextuality_text *text)
{
    wsd_data_free(text->data);
    str_finish(&text->bytes);
    map_finish(&text->words);
    map_finish(&text->lemmas);
    free(text->name);
    free(text->sentences);
    free(text->occurrences);
    free(text->lemma_pos);
    free(text->groups);
    free(text->members);
    free(text->member_senses);
    *text = (struct contextuality_text){0};
}
