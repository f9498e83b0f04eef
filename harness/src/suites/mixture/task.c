/* Chooses the lemmas of suite `mixture` and counts their senses in the corpora. */
#include "suites/mixture/mixture.h"

#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "data/unicode.h"
#include "data/wordnet_morph.h"
#include "data/wsd_read.h"
#include "suites/shared/set_names.h"
#include "suites/shared/text_words.h"

#include <stdlib.h>
#include <string.h>

static const char usual_corpus[] = "semcor";

static int read_corpus(const char *name, struct mixture_task *task, struct set_names *names)
{
    char *path, *variant;
    uint32_t before = task->corpora.n;
    TRY(suite_locate(name, &path, &variant));
    int status = wsd_read(path, true, &task->corpora);
    for (uint32_t i = before; i < task->corpora.n && status == 0; i++) {
        const struct wsd_data *data = task->corpora.sets[i];
        set_names_add(names, name, data->path, data->name);
        if (data->inventory != WSD_WORDNET) {
            status = error_set(ERR_REQUEST,
                               "suite mixture: %s: has labels of its own, expected sense keys of "
                               "WordNet",
                               data->path);
        }
    }
    free(path);
    free(variant);
    return status;
}

/* Sense-tagged text: --train, else --dataset, else the prepared SemCor; else WordNet's own counts
 * of such text, which have no contexts. */
static int read_corpora(const struct suite_request *request, struct mixture_plan *plan,
                        struct mixture_task *task)
{
    const char *const *names = request->n_train ? request->train : request->datasets;
    uint32_t n = request->n_train ? request->n_train : request->n_datasets;
    struct str title = {0};
    struct set_names called = {.are_of_training = true};
    char *path, *variant;
    int status = 0;
    for (uint32_t i = 0; i < n && status == 0; i++) {
        status = read_corpus(names[i], task, &called);
    }
    if (n == 0 && suite_locate(usual_corpus, &path, &variant) == 0) {
        free(path);
        free(variant);
        status = read_corpus(usual_corpus, task, &called);
    }
    status = status ? status : set_names_settle(&called, "mixture");
    for (uint32_t i = 0; i < called.n && status == 0; i++) {
        str_format(&title, "%s%s", i > 0 ? "+" : "", called.entries[i].name);
    }
    set_names_finish(&called);
    bool asked = plan->wanted[MIXTURE_CONTEXTS] && request->n_methods > 0;
    if (status == 0 && task->corpora.n == 0 && (asked || plan->lemma_form)) {
        status = error_set(ERR_REQUEST,
                           "suite mixture: %s needs sense-tagged text: --train CORPUS, for one a "
                           "folder with semcor.data.xml and semcor.gold.key.txt",
                           plan->lemma_form ? "option forms=lemma" : "method contexts");
    } else if (status == 0 && task->corpora.n == 0) {
        log_info("suite mixture: without --train CORPUS, senses are counted as WordNet's index "
                 "says, and method contexts is left out");
        plan->wanted[MIXTURE_CONTEXTS] = false;
        str_add(&title, "wordnet-counts");
    }
    task->name = mem_text(str_text(&title));
    str_finish(&title);
    return status;
}

static bool is_written_as(const struct wsd_data *data, const struct wsd_instance *instance,
                          const struct wordnet_sense *sense)
{
    struct str lower = {0};
    size_t n = strcspn(sense->key, "%");
    unicode_lower(wsd_sentence_text(data, instance->sentence) + instance->span.begin,
                  instance->span.end - instance->span.begin, &lower);
    bool same = lower.n == n && memcmp(lower.data, sense->key, n) == 0;
    str_finish(&lower);
    return same;
}

/* The sense of a gold label; NULL where WordNet has none such. */
static const struct wordnet_sense *gold_sense(const struct mixture_task *task,
                                              const struct wsd_data *data, size_t gold)
{
    return wordnet_find(task->wordnet, map_key(&data->labels, data->gold[gold]));
}

/* Occurrences of each of WordNet's senses; free() them. A label of several counts as a whole. */
static uint32_t *count_senses(const struct mixture_task *task, const struct mixture_plan *plan)
{
    uint32_t n = wordnet_n_senses(task->wordnet);
    uint32_t *counts = mem_array(n + 1u, sizeof *counts);
    for (uint32_t s = 0; s < n && task->corpora.n == 0; s++) {
        counts[s] = wordnet_sense_at(task->wordnet, s)->count;
    }
    for (uint32_t c = 0; c < task->corpora.n; c++) {
        const struct wsd_data *data = task->corpora.sets[c];
        for (size_t i = 0; i < data->n_instances; i++) {
            const struct wsd_instance *instance = &data->instances[i];
            for (uint32_t g = 0; g < instance->n_gold; g++) {
                const struct wordnet_sense *sense =
                    gold_sense(task, data, instance->first_gold + g);
                if (sense && (!plan->lemma_form || is_written_as(data, instance, sense))) {
                    counts[wordnet_sense_index(task->wordnet, sense)]++;
                }
            }
        }
    }
    return counts;
}

/* The senses of a word over all parts of speech that take part: its string has one vector. */
static void add_lemma(struct mixture_task *task, const struct mixture_plan *plan, const char *text,
                      const uint32_t *counts)
{
    uint32_t first = task->n_senses;
    uint64_t total = 0;
    for (int pos = WORDNET_NOUN; pos <= WORDNET_ADV; pos++) {
        uint32_t n = 0;
        const struct wordnet_sense *senses =
            wordnet_senses(task->wordnet, text, (enum wordnet_pos)pos, &n);
        for (uint32_t i = 0; i < n; i++) {
            uint32_t number = wordnet_sense_index(task->wordnet, &senses[i]);
            if ((plan->pos == WORDNET_NO_POS || (int)plan->pos == pos) &&
                counts[number] >= plan->least_sense) {
                MEM_GROW(task->senses, task->senses_capacity, task->n_senses + 1u);
                task->senses[task->n_senses++] =
                    (struct mixture_sense){senses[i].key, number, counts[number], (uint8_t)pos};
                total += counts[number];
            }
        }
    }
    uint32_t n = task->n_senses - first;
    if (n < 2 || total < plan->least || total == 0) {
        task->n_senses = first;
        return;
    }
    MEM_GROW(task->lemmas, task->lemmas_capacity, task->n_lemmas + 1u);
    uint32_t word = map_put_text(&task->words, text);
    task->lemmas[task->n_lemmas++] = (struct mixture_lemma){
        .text = map_key(&task->words, word), .first = first, .n = n, .word = word};
}

/* Every lemma of WordNet that is one word, in the order of its senses. */
static void choose_lemmas(struct mixture_task *task, const struct mixture_plan *plan,
                          uint64_t limit)
{
    uint32_t *counts = count_senses(task, plan), n = wordnet_n_senses(task->wordnet);
    struct map lemmas = {0};
    for (uint32_t s = 0; s < n; s++) {
        const char *key = wordnet_sense_at(task->wordnet, s)->key;
        size_t bytes = strcspn(key, "%");
        if (!memchr(key, '_', bytes)) {
            map_put(&lemmas, key, bytes);
        }
    }
    for (uint32_t l = 0; l < lemmas.n && (limit == 0 || task->n_lemmas < limit); l++) {
        add_lemma(task, plan, map_key(&lemmas, l), counts);
    }
    task->sense_of = mem_array(n + 1u, sizeof *task->sense_of);
    memset(task->sense_of, 0xFF, n * sizeof *task->sense_of); /* MAP_NONE */
    for (uint32_t s = 0; s < task->n_senses; s++) {
        task->sense_of[task->senses[s].wordnet] = s;
    }
    map_finish(&lemmas);
    free(counts);
}

static bool is_form_of(const struct mixture_task *task, const char *word, const char *lemma)
{
    bool is = false;
    for (int pos = WORDNET_NOUN; pos <= WORDNET_ADV; pos++) {
        is = is || wordnet_is_form(task->wordnet, (enum wordnet_pos)pos, word, lemma);
    }
    return is;
}

/* Words of a definition but for forms of the lemma: numbers in words. */
static void add_gloss(struct mixture_task *task, const struct mixture_sense *sense,
                      const char *lemma, struct text_words *words, struct str *text)
{
    uint32_t synset = wordnet_sense_at(task->wordnet, sense->wordnet)->synset;
    struct str definition = {0};
    wordnet_definition(wordnet_synset(task->wordnet, synset), &definition);
    str_clear(text);
    unicode_lower(str_text(&definition), definition.n, text);
    text_words_cut(words, str_text(text), (uint32_t)text->n);
    for (uint32_t w = 0; w < words->n; w++) {
        struct emb_span span = words->spans[w];
        char *word = mem_text_n(text->data + span.begin, span.end - span.begin);
        if (!is_form_of(task, word, lemma)) {
            MEM_GROW(task->gloss_words, task->gloss_capacity, task->n_gloss + 1);
            task->gloss_words[task->n_gloss++] = map_put_text(&task->words, word);
        }
        free(word);
    }
    str_finish(&definition);
}

static void read_glosses(struct mixture_task *task)
{
    struct text_words words = {0};
    struct str text = {0};
    task->first_gloss = mem_array(task->n_senses + 1u, sizeof *task->first_gloss);
    for (uint32_t l = 0; l < task->n_lemmas; l++) {
        const struct mixture_lemma *lemma = &task->lemmas[l];
        for (uint32_t s = lemma->first; s < lemma->first + lemma->n; s++) {
            add_gloss(task, &task->senses[s], lemma->text, &words, &text);
            task->first_gloss[s + 1] = task->n_gloss;
        }
    }
    str_finish(&text);
    text_words_finish(&words);
}

static bool has_studied_sense(const struct mixture_task *task, const struct wsd_data *data,
                              const struct wsd_instance *instance)
{
    for (uint32_t g = 0; g < instance->n_gold; g++) {
        const struct wordnet_sense *sense = gold_sense(task, data, instance->first_gold + g);
        if (sense && task->sense_of[wordnet_sense_index(task->wordnet, sense)] != MAP_NONE) {
            return true;
        }
    }
    return false;
}

/* Words of the sentences that hold an occurrence. */
static void read_text(struct mixture_task *task, const struct wsd_data *data,
                      struct mixture_text *text)
{
    struct text_words words = {0};
    struct str lower = {0};
    text->first = mem_array(data->n_sentences + 1, sizeof *text->first);
    for (uint32_t s = 0; s < data->n_sentences; s++) {
        const struct wsd_sentence *sentence = &data->sentences[s];
        bool wanted = false;
        for (uint32_t i = 0; i < sentence->n_instances && !wanted; i++) {
            wanted = has_studied_sense(task, data, &data->instances[sentence->first_instance + i]);
        }
        for (uint32_t t = 0; t < sentence->n_words && wanted; t++) {
            words.n = 0;
            text_words_add_token(&words, wsd_sentence_text(data, s),
                                 data->words[sentence->first_word + t]);
            for (uint32_t w = 0; w < words.n; w++) {
                str_clear(&lower);
                unicode_lower(wsd_sentence_text(data, s) + words.spans[w].begin,
                              words.spans[w].end - words.spans[w].begin, &lower);
                MEM_GROW(text->words, text->words_capacity, text->n + 1);
                MEM_GROW(text->tokens, text->tokens_capacity, text->n + 1);
                text->words[text->n] = map_put(&task->words, str_text(&lower), lower.n);
                text->tokens[text->n++] = t;
            }
        }
        text->first[s + 1] = text->n;
    }
    str_finish(&lower);
    text_words_finish(&words);
}

int mixture_task_create(const struct suite_request *request, struct mixture_plan *plan,
                        struct mixture_task **ret_task)
{
    struct mixture_task *task = mem_alloc(sizeof *task);
    int status = wordnet_open(request->wordnet, &task->wordnet);
    status = status ? status : read_corpora(request, plan, task);
    if (status == 0) {
        choose_lemmas(task, plan, request->limit);
    }
    if (status == 0 && task->n_lemmas == 0) {
        status = error_set(ERR_REQUEST,
                           "suite mixture: %s: found no word with two senses and %llu occurrences; "
                           "see options least and least-sense",
                           task->name, (unsigned long long)plan->least);
    }
    if (status) {
        mixture_task_free(task);
        return status;
    }
    read_glosses(task);
    task->texts = mem_array(task->corpora.n + 1u, sizeof *task->texts);
    for (uint32_t c = 0; c < task->corpora.n && plan->wanted[MIXTURE_CONTEXTS]; c++) {
        read_text(task, task->corpora.sets[c], &task->texts[c]);
    }
    *ret_task = task;
    return 0;
}

void mixture_task_free(struct mixture_task *task)
{
    if (!task) {
        return;
    }
    for (uint32_t c = 0; task->texts && c < task->corpora.n; c++) {
        free(task->texts[c].words);
        free(task->texts[c].tokens);
        free(task->texts[c].first);
    }
    free(task->texts);
    wsd_sets_finish(&task->corpora);
    wordnet_close(task->wordnet);
    map_finish(&task->words);
    free(task->name);
    free(task->lemmas);
    free(task->senses);
    free(task->sense_of);
    free(task->gloss_words);
    free(task->first_gloss);
    free(task);
}
