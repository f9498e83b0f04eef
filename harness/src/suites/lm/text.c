/* Reads the sentences of suite `lm`. */
#include "suites/lm/text.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "data/archive.h"
#include "data/unicode.h"
#include "data/wsd_read.h"
#include "suites/shared/set_names.h"

#include <stdlib.h>
#include <string.h>

struct texts {
    struct lm_text *texts;
    uint32_t n;
    size_t capacity;
    uint64_t limit; /* sentences of a text; 0 = all */
    struct set_names names;
    const char *asked; /* the word of the request that is read */
};

static struct lm_text *add_text(struct texts *texts, const char *path, const char *name)
{
    set_names_add(&texts->names, texts->asked, path, name);
    MEM_GROW(texts->texts, texts->capacity, (size_t)texts->n + 1);
    struct lm_text *text = &texts->texts[texts->n++];
    *text = (struct lm_text){.name = mem_text(name)};
    return text;
}

static bool is_full(const struct texts *texts, const struct lm_text *text)
{
    return texts->limit && text->n >= texts->limit;
}

static void add_sentence(struct lm_text *text, const struct lm_sentence *sentence)
{
    MEM_GROW(text->sentences, text->capacity, (size_t)text->n + 1);
    text->sentences[text->n++] = *sentence;
}

static int read_lines(const char *path, struct texts *texts)
{
    const char *file = file_name(path);
    char *name = mem_text_n(file, strcspn(file, "."));
    struct lm_text *text = add_text(texts, path, *name ? name : file);
    free(name);
    int status = byte_source_read_all(path, &text->bytes);
    struct slice rest = {text->bytes.data, text->bytes.n}, line;
    for (uint64_t number = 1; !status && !is_full(texts, text) && slice_line(&rest, &line);
         number++) {
        line = slice_trim(line);
        size_t bad = unicode_check(line.text, line.n);
        if (bad < line.n || line.n > INT32_MAX) {
            status = error_set(ERR_REQUEST,
                               "%s:%llu: byte %zu: found %s, expected a sentence in "
                               "UTF-8",
                               path, (unsigned long long)number, bad + 1,
                               bad < line.n ? "what is no UTF-8" : "more than 2 GiB");
        } else if (line.n > 0) {
            add_sentence(text, &(struct lm_sentence){
                                   .text = line.text, .n_bytes = (uint32_t)line.n, .line = number});
        }
    }
    return status || text->n > 0 ? status : error_set(ERR_REQUEST, "%s: holds no sentence", path);
}

/* Sets with one instance a sentence repeat it for each of its instances: once is enough. */
static bool is_repeated(const struct lm_text *text, const char *bytes, uint32_t n_bytes)
{
    const struct lm_sentence *last = text->n > 0 ? &text->sentences[text->n - 1] : NULL;
    return last && last->n_bytes == n_bytes && memcmp(last->text, bytes, n_bytes) == 0;
}

static void take_tagged(struct lm_text *text, const struct texts *texts)
{
    const struct wsd_data *data = text->data;
    for (uint32_t s = 0; s < data->n_sentences && !is_full(texts, text); s++) {
        const struct wsd_sentence *sentence = &data->sentences[s];
        const char *bytes = wsd_sentence_text(data, s);
        if (sentence->n_words > 0 && !is_repeated(text, bytes, sentence->n_bytes)) {
            add_sentence(text, &(struct lm_sentence){.text = bytes,
                                                     .n_bytes = sentence->n_bytes,
                                                     .tokens = data->words + sentence->first_word,
                                                     .n_tokens = sentence->n_words,
                                                     .document = sentence->document,
                                                     .line = s + UINT64_C(1)});
        }
    }
}

static int read_tagged(const char *path, struct texts *texts)
{
    struct wsd_sets sets = {0};
    int status = wsd_read(path, false, &sets);
    for (uint32_t i = 0; !status && i < sets.n; i++) {
        struct lm_text *text = add_text(texts, sets.sets[i]->path, sets.sets[i]->name);
        text->data = sets.sets[i];
        sets.sets[i] = NULL;
        take_tagged(text, texts);
    }
    wsd_sets_finish(&sets);
    return status;
}

static int read_one(const char *name, struct texts *texts)
{
    char *path, *variant;
    int status = suite_locate(name, &path, &variant);
    if (status) {
        return status;
    }
    texts->asked = name;
    if (variant) {
        status = error_set(ERR_REQUEST, "data set \"%s\": suite lm knows no variant \"%s\"", name,
                           variant);
    } else if (wsd_is_tagged(path)) {
        status = read_tagged(path, texts);
    } else {
        status = read_lines(path, texts);
    }
    free(path);
    free(variant);
    return status;
}

int lm_texts_read(const struct suite_request *request, struct lm_text **ret_texts, uint32_t *ret_n)
{
    struct texts texts = {.limit = request->limit};
    int status = request->n_datasets == 0 ? read_one("wordnet-examples", &texts) : 0;
    for (uint32_t i = 0; !status && i < request->n_datasets; i++) {
        status = read_one(request->datasets[i], &texts);
    }
    status = status ? status : set_names_settle(&texts.names, "lm");
    for (uint32_t i = 0; !status && i < texts.n; i++) {
        set_names_put(&texts.names, i, &texts.texts[i].name);
    }
    set_names_finish(&texts.names);
    if (status) {
        for (uint32_t i = 0; i < texts.n; i++) {
            lm_text_finish(&texts.texts[i]);
        }
        free(texts.texts);
        return status;
    }
    *ret_texts = texts.texts;
    *ret_n = texts.n;
    return 0;
}

void lm_text_finish(struct lm_text *text)
{
    wsd_data_free(text->data);
    str_finish(&text->bytes);
    free(text->sentences);
    free(text->name);
    *text = (struct lm_text){0};
}

uint32_t lm_count_words(const struct lm_sentence *sentence, uint32_t from, uint32_t to)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < sentence->n_tokens; i++) {
        n += sentence->tokens[i].begin >= from && sentence->tokens[i].begin < to;
    }
    struct slice rest = {sentence->text, sentence->n_bytes}, word;
    while (!sentence->tokens && slice_word(&rest, &word)) {
        uint32_t begin = (uint32_t)(word.text - sentence->text);
        n += begin >= from && begin < to;
    }
    return n;
}
