/* Answers by overlapping definitions and by counted words. */
#include "suites/wsd/lesk.h"

#include "base/mem.h"
#include "base/str.h"
#include "data/unicode.h"
#include "suites/wsd/overlap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What is worked out once. */
struct lesk {
    const struct suite_run *run;
    const struct wsd_task *task;
    struct overlap_words words;
    struct overlap_text *definitions; /* [labels.n] of the candidates; not made: NULL words */
    struct overlap_text sentence;     /* of the instance at hand, without its target */
    double *scores;                   /* [most candidates] */
    /* lesk-extended */
    uint32_t **hyponyms;             /* [n_synsets] NULL: none; the count first */
    struct overlap_text *glosses[3]; /* [n_synsets] of the synset, its hypernyms, its hyponyms */
    struct map pairs;                /* of synsets */
    double *relatedness;             /* [pairs.n] */
    size_t relatedness_capacity;
    /* bag-of-words */
    struct map cells; /* (sense, word) */
    double *cell_counts;
    size_t cells_capacity;
    uint32_t *in_sentences; /* [words] training sentences with it; last_sentence: to count once */
    uint32_t *last_sentence;
    size_t in_capacity, last_capacity;
    uint32_t n_sentences;
    double *norms; /* [labels.n] */
};
enum { GLOSS, HYPERNYMS, HYPONYMS };

/* The words of a sentence but for one token. */
static void read_sentence(struct lesk *lesk, const struct wsd_data *data, uint32_t number,
                          uint32_t without)
{
    const struct wsd_sentence *sentence = &data->sentences[number];
    const char *text = wsd_sentence_text(data, number);
    lesk->sentence.n = 0;
    for (uint32_t w = 0; w < sentence->n_words; w++) {
        struct emb_span span = data->words[sentence->first_word + w];
        if (w != without) {
            overlap_text_add(&lesk->sentence, &lesk->words, text + span.begin,
                             span.end - span.begin);
        }
    }
}

/* lesk */

static const struct overlap_text *definition_of(struct lesk *lesk, const struct wsd_group *group,
                                                uint32_t c)
{
    struct overlap_text *definition = &lesk->definitions[group->first + c];
    struct str text = {0};
    if (!definition->words) {
        wsd_definition(lesk->task, group, c, &text);
        overlap_text_add(definition, &lesk->words, str_text(&text), (uint32_t)text.n);
        str_finish(&text);
    }
    return definition;
}

static bool has_word(const struct overlap_text *text, uint32_t n, uint32_t word)
{
    bool found = false;
    for (uint32_t i = 0; i < n && !found; i++) {
        found = text->words[i] == word;
    }
    return found;
}

static void score_lesk(struct lesk *lesk, const struct wsd_group *group)
{
    for (uint32_t c = 0; c < group->n; c++) {
        const struct overlap_text *definition = definition_of(lesk, group, c);
        for (uint32_t i = 0; i < definition->n; i++) {
            uint32_t word = definition->words[i];
            lesk->scores[c] += word >= lesk->words.n_function && !has_word(definition, i, word) &&
                               has_word(&lesk->sentence, lesk->sentence.n, word);
        }
    }
}

/* lesk-extended */

static void list_hyponyms(struct lesk *lesk)
{
    const struct wordnet *wordnet = lesk->task->wordnet;
    uint32_t n = wordnet_n_synsets(wordnet);
    lesk->hyponyms = mem_array(n + 1u, sizeof *lesk->hyponyms);
    for (uint32_t s = 0; s < n; s++) {
        const struct wordnet_synset *synset = wordnet_synset(wordnet, s);
        for (uint32_t h = 0; h < synset->n_hypernyms; h++) {
            uint32_t **list = &lesk->hyponyms[synset->hypernyms[h]];
            size_t known = *list ? (*list)[0] : 0;
            *list = mem_resize(*list, known + 2, sizeof **list);
            (*list)[0] = (uint32_t)known + 1;
            (*list)[known + 1] = s;
        }
    }
    for (int of = GLOSS; of <= HYPONYMS; of++) {
        lesk->glosses[of] = mem_array(n + 1u, sizeof *lesk->glosses[of]);
    }
}

static void add_gloss(struct lesk *lesk, uint32_t synset, struct overlap_text *text)
{
    struct str gloss = {0};
    wordnet_definition(wordnet_synset(lesk->task->wordnet, synset), &gloss);
    overlap_text_add(text, &lesk->words, str_text(&gloss), (uint32_t)gloss.n);
    str_finish(&gloss);
}

/* The gloss of a synset, or those of its neighbours one after the other. */
static const struct overlap_text *gloss_of(struct lesk *lesk, uint32_t number, int of)
{
    struct overlap_text *text = &lesk->glosses[of][number];
    const struct wordnet_synset *synset = wordnet_synset(lesk->task->wordnet, number);
    const uint32_t *hyponyms = lesk->hyponyms[number];
    if (text->words) {
        return text;
    }
    MEM_GROW(text->words, text->capacity, 1);
    if (of == GLOSS) {
        add_gloss(lesk, number, text);
    }
    for (uint32_t h = 0; of == HYPERNYMS && h < synset->n_hypernyms; h++) {
        add_gloss(lesk, synset->hypernyms[h], text);
    }
    for (uint32_t h = 0; of == HYPONYMS && hyponyms && h < hyponyms[0]; h++) {
        add_gloss(lesk, hyponyms[1 + h], text);
    }
    return text;
}

static double relate(struct lesk *lesk, uint32_t a, uint32_t b)
{
    static const int relations[][2] = {{GLOSS, GLOSS},
                                       {HYPERNYMS, HYPERNYMS},
                                       {HYPONYMS, HYPONYMS},
                                       {HYPERNYMS, GLOSS},
                                       {GLOSS, HYPERNYMS}};
    const uint32_t key[] = {a, b};
    uint32_t known = lesk->pairs.n;
    uint32_t pair = map_put(&lesk->pairs, (const char *)key, sizeof key);
    if (pair == known) {
        MEM_GROW(lesk->relatedness, lesk->relatedness_capacity, (size_t)pair + 1);
        lesk->relatedness[pair] = 0;
        for (size_t r = 0; r < sizeof relations / sizeof *relations; r++) {
            lesk->relatedness[pair] +=
                (double)overlap_score(&lesk->words, gloss_of(lesk, a, relations[r][0]),
                                      gloss_of(lesk, b, relations[r][1]));
        }
    }
    return lesk->relatedness[pair];
}

/* Adds the relatedness of every sense of a token to each candidate's; false if it has no sense. */
static bool relate_token(struct lesk *lesk, const struct wsd_data *data, uint32_t number,
                         uint32_t token, const struct wsd_group *group)
{
    const struct wsd_sentence *sentence = &data->sentences[number];
    struct emb_span span = data->words[sentence->first_word + token];
    struct str form = {0};
    unicode_lower(wsd_sentence_text(data, number) + span.begin, span.end - span.begin, &form);
    const char *lemma = str_text(&form);
    uint8_t pos = WORDNET_NO_POS;
    for (uint32_t i = 0; i < sentence->n_instances; i++) {
        const struct wsd_instance *instance = &data->instances[sentence->first_instance + i];
        lemma = instance->token == token ? instance->lemma : lemma;
        pos = instance->token == token ? instance->pos : pos;
    }
    uint32_t word = map_find(&lesk->words.numbers, str_text(&form), form.n);
    bool any = false, says_nothing = word != MAP_NONE && word < lesk->words.n_function;
    for (int p = WORDNET_NOUN; p <= WORDNET_ADV && !says_nothing; p++) {
        uint32_t n = 0;
        const struct wordnet_sense *senses =
            pos == WORDNET_NO_POS || pos == p
                ? wordnet_senses(lesk->task->wordnet, lemma, (enum wordnet_pos)p, &n)
                : NULL;
        for (uint32_t s = 0; senses && s < n; s++) {
            any = true;
            for (uint32_t c = 0; c < group->n; c++) {
                uint32_t sense = lesk->task->senses[group->first + c].wordnet;
                lesk->scores[c] += relate(
                    lesk, wordnet_sense_at(lesk->task->wordnet, sense)->synset, senses[s].synset);
            }
        }
    }
    str_finish(&form);
    return any;
}

static void score_extended(struct lesk *lesk, const struct wsd_data *data, uint32_t i,
                           const struct wsd_group *group)
{
    const struct wsd_instance *instance = &data->instances[i];
    uint32_t n = data->sentences[instance->sentence].n_words;
    bool found = false;
    for (uint32_t t = instance->token; t-- > 0 && !found;) {
        found = relate_token(lesk, data, instance->sentence, t, group);
    }
    found = false;
    for (uint32_t t = instance->token + 1; t < n && !found; t++) {
        found = relate_token(lesk, data, instance->sentence, t, group);
    }
}

/* bag-of-words */

static void count_sentence(struct lesk *lesk)
{
    lesk->n_sentences++;
    for (uint32_t w = 0; w < lesk->sentence.n; w++) {
        uint32_t word = lesk->sentence.words[w];
        size_t before = lesk->in_capacity, last = lesk->last_capacity;
        MEM_GROW(lesk->in_sentences, lesk->in_capacity, (size_t)word + 1);
        MEM_GROW(lesk->last_sentence, lesk->last_capacity, (size_t)word + 1);
        memset(lesk->in_sentences + before, 0,
               (lesk->in_capacity - before) * sizeof *lesk->in_sentences);
        memset(lesk->last_sentence + last, 0,
               (lesk->last_capacity - last) * sizeof *lesk->last_sentence);
        if (lesk->last_sentence[word] != lesk->n_sentences) {
            lesk->last_sentence[word] = lesk->n_sentences;
            lesk->in_sentences[word]++;
        }
    }
}

static double idf(const struct lesk *lesk, uint32_t word)
{
    uint32_t n = word < lesk->in_capacity ? lesk->in_sentences[word] : 0;
    return log((1.0 + lesk->n_sentences) / (1.0 + n));
}

static void learn_occurrence(struct lesk *lesk, uint32_t sense)
{
    for (uint32_t w = 0; w < lesk->sentence.n; w++) {
        const uint32_t key[] = {sense, lesk->sentence.words[w]};
        uint32_t known = lesk->cells.n;
        uint32_t cell = map_put(&lesk->cells, (const char *)key, sizeof key);
        MEM_GROW(lesk->cell_counts, lesk->cells_capacity, (size_t)cell + 1);
        lesk->cell_counts[cell] = cell == known ? 1 : lesk->cell_counts[cell] + 1;
    }
}

static void learn(struct lesk *lesk)
{
    const struct wsd_task *task = lesk->task;
    for (uint32_t t = 0; t < task->train.n; t++) {
        const struct wsd_data *data = task->train.sets[t];
        for (uint32_t s = 0; s < data->n_sentences; s++) {
            read_sentence(lesk, data, s, WSD_NONE);
            count_sentence(lesk);
        }
        for (uint32_t i = 0; i < data->n_instances; i++) {
            const struct wsd_instance *instance = &data->instances[i];
            bool read = false;
            for (uint32_t g = 0; g < instance->n_gold; g++) {
                uint32_t sense = task->train_sense[t][instance->first_gold + g];
                if (sense != WSD_NONE && !read) {
                    read_sentence(lesk, data, instance->sentence, instance->token);
                    read = true;
                }
                if (sense != WSD_NONE) {
                    learn_occurrence(lesk, sense);
                }
            }
        }
    }
    lesk->norms = mem_array(task->labels.n + 1u, sizeof *lesk->norms);
    for (uint32_t cell = 0; cell < lesk->cells.n; cell++) {
        uint32_t key[2];
        memcpy(key, lesk->cells.names[cell], sizeof key);
        lesk->norms[key[0]] += pow(lesk->cell_counts[cell] * idf(lesk, key[1]), 2);
    }
}

/* Not-a-number for a sense that training lacks. The sentence's own length is the same for all. */
static void score_bag(struct lesk *lesk, const struct wsd_group *group)
{
    double own = 0;
    for (uint32_t w = 0; w < lesk->sentence.n; w++) { /* a word that stands k times is k² of it */
        for (uint32_t v = 0; v < lesk->sentence.n; v++) {
            bool same = lesk->sentence.words[v] == lesk->sentence.words[w];
            own += same ? pow(idf(lesk, lesk->sentence.words[w]), 2) : 0;
        }
    }
    for (uint32_t c = 0; c < group->n; c++) {
        uint32_t sense = group->first + c;
        double dot = 0;
        for (uint32_t w = 0; w < lesk->sentence.n; w++) {
            const uint32_t key[] = {sense, lesk->sentence.words[w]};
            uint32_t cell = map_find(&lesk->cells, (const char *)key, sizeof key);
            dot += cell == MAP_NONE ? 0 : lesk->cell_counts[cell] * pow(idf(lesk, key[1]), 2);
        }
        lesk->scores[c] =
            lesk->norms[sense] > 0 && own > 0 ? dot / sqrt(lesk->norms[sense] * own) : NAN;
    }
}

/* All of a set. */

static struct wsd_answer answer_of(struct lesk *lesk, const struct wsd_test *test, uint32_t i,
                                   const struct wsd_group *group, unsigned method)
{
    const struct wsd_instance *instance = &test->data->instances[i];
    bool any = false;
    memset(lesk->scores, 0, group->n * sizeof *lesk->scores);
    read_sentence(lesk, test->data, instance->sentence, instance->token);
    if (method == WSD_LESK) {
        score_lesk(lesk, group);
    } else if (method == WSD_LESK_EXTENDED) {
        score_extended(lesk, test->data, i, group);
    } else {
        score_bag(lesk, group);
    }
    for (uint32_t c = 0; c < group->n; c++) {
        any = any || lesk->scores[c] > 0;
    }
    return any ? wsd_choose(test, i, lesk->scores, group->n)
               : (struct wsd_answer){.score = NAN, .choice = WSD_NONE, .status = WSD_BACKOFF};
}

static void report(struct lesk *lesk, const struct wsd_test *test, unsigned method,
                   const char *name)
{
    struct wsd_answer *answers = mem_array(wsd_n(test) + 1u, sizeof *answers);
    for (uint32_t i = 0; i < wsd_n(test); i++) {
        const struct wsd_group *group = wsd_group_of(lesk->task, test, i);
        answers[i] =
            group ? answer_of(lesk, test, i, group, method)
                  : (struct wsd_answer){.score = NAN, .choice = WSD_NONE, .status = WSD_NO_LEMMA};
    }
    struct protocol protocol = {0};
    protocol_add(&protocol, PROTOCOL_METHOD, name);
    if (method == WSD_LESK_EXTENDED) {
        protocol_add_number(&protocol, PROTOCOL_WINDOW, 1);
    } else if (method == WSD_BAG_OF_WORDS) {
        protocol_add(&protocol, PROTOCOL_WEIGHTS, "idf");
    }
    const struct wsd_answers system = {.method = name,
                                       .protocol = &protocol,
                                       .answers = answers,
                                       .is_baseline = true,
                                       .can_back_off = true};
    wsd_report(lesk->run, lesk->task, test, &system, 1);
    protocol_finish(&protocol);
    free(answers);
}

static struct lesk begin(const struct suite_run *run, const struct wsd_task *task, unsigned methods)
{
    struct lesk lesk = {.run = run, .task = task};
    uint32_t most = 1;
    for (uint32_t g = 0; g < task->n_groups; g++) {
        most = task->groups[g].n > most ? task->groups[g].n : most;
    }
    lesk.scores = mem_array(most, sizeof *lesk.scores);
    lesk.definitions = mem_array(task->labels.n + 1u, sizeof *lesk.definitions);
    overlap_text_add(&lesk.sentence, &lesk.words, "", 0); /* numbers function words first */
    if (methods & WSD_LESK_EXTENDED && task->wordnet) {
        list_hyponyms(&lesk);
    }
    if (methods & WSD_BAG_OF_WORDS) {
        learn(&lesk);
    }
    return lesk;
}

static void finish(struct lesk *lesk)
{
    uint32_t n = lesk->hyponyms ? wordnet_n_synsets(lesk->task->wordnet) : 0;
    for (uint32_t s = 0; s < n; s++) {
        free(lesk->hyponyms[s]);
        for (int of = GLOSS; of <= HYPONYMS; of++) {
            free(lesk->glosses[of][s].words);
        }
    }
    for (uint32_t s = 0; s < lesk->task->labels.n; s++) {
        free(lesk->definitions[s].words);
    }
    for (int of = GLOSS; of <= HYPONYMS; of++) {
        free(lesk->glosses[of]);
    }
    overlap_words_finish(&lesk->words);
    map_finish(&lesk->pairs);
    map_finish(&lesk->cells);
    free(lesk->hyponyms);
    free(lesk->definitions);
    free(lesk->sentence.words);
    free(lesk->scores);
    free(lesk->relatedness);
    free(lesk->cell_counts);
    free(lesk->in_sentences);
    free(lesk->last_sentence);
    free(lesk->norms);
}

void wsd_report_lesk(const struct suite_run *run, const struct wsd_task *task, unsigned methods)
{
    if (methods == 0) {
        return;
    }
    struct lesk lesk = begin(run, task, methods);
    for (uint32_t t = 0; t < task->n_tests; t++) {
        const struct wsd_test *test = &task->tests[t];
        if (methods & WSD_LESK && test->data->inventory != WSD_OWN) {
            report(&lesk, test, WSD_LESK, "lesk");
        }
        if (methods & WSD_LESK_EXTENDED && test->data->inventory == WSD_WORDNET) {
            report(&lesk, test, WSD_LESK_EXTENDED, "lesk-extended");
        }
        if (methods & WSD_BAG_OF_WORDS && test->trained) {
            report(&lesk, test, WSD_BAG_OF_WORDS, "bag-of-words");
        }
    }
    finish(&lesk);
}
