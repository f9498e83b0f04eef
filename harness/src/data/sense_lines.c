/* Writes sense-tagged sentences and their candidates' definitions as lines for trainers. */
#include "data/sense_lines.h"

#include "base/error.h"

#include <stdio.h>
#include <string.h>

/* The number of a sense's definition, which gets its line where it is new. */
static uint32_t definition_of(struct sense_lines *lines, const struct wordnet_sense *sense)
{
    char key[16];
    snprintf(key, sizeof key, "%u", sense->synset);
    uint32_t n = lines->definitions.n, number = map_put_text(&lines->definitions, key);
    if (number == n) {
        str_add(&lines->text, "definition\t");
        wordnet_definition(wordnet_synset(lines->wordnet, sense->synset), &lines->text);
        str_add_char(&lines->text, '\n');
    }
    return number;
}

static bool is_gold(const struct wsd_data *data, const struct wsd_instance *instance,
                    const char *key)
{
    for (uint32_t g = 0; g < instance->n_gold; g++) {
        const char *label = map_key(&data->labels, data->gold[instance->first_gold + g]);
        if (strcmp(label, key) == 0) {
            return true;
        }
    }
    return false;
}

/* Definitions of a sentence's candidates, and the lines of its targets, which follow the sentence.
 */
static void add_instance(struct sense_lines *lines, const struct wsd_data *data,
                         const struct wsd_instance *instance, struct str *targets)
{
    uint32_t n;
    const struct wordnet_sense *senses =
        wordnet_senses(lines->wordnet, instance->lemma, (enum wordnet_pos)instance->pos, &n);
    struct str right = {0}, candidates = {0};
    for (uint32_t s = 0; s < n && n > 1; s++) {
        uint32_t number = definition_of(lines, &senses[s]);
        str_format(&candidates, "%s%u", s ? "," : "", number);
        if (is_gold(data, instance, senses[s].key)) {
            str_format(&right, "%s%u", right.n ? "," : "", number);
        }
    }
    lines->n_alone += n == 1;
    lines->n_unknown += n != 1 && right.n == 0;
    if (right.n) {
        str_format(targets, "target\t%u\t%s\t%s\n", instance->token, str_text(&right),
                   str_text(&candidates));
        lines->n_targets++;
    }
    str_finish(&right);
    str_finish(&candidates);
}

static void add_sentence(struct sense_lines *lines, const struct wsd_data *data, uint32_t number,
                         bool development)
{
    const struct wsd_sentence *sentence = &data->sentences[number];
    struct str targets = {0};
    for (uint32_t i = 0; i < sentence->n_instances; i++) {
        add_instance(lines, data, &data->instances[sentence->first_instance + i], &targets);
    }
    if (targets.n) {
        str_format(&lines->text, "sentence\t%s\t", development ? "development" : "train");
        str_append(&lines->text, wsd_sentence_text(data, number), sentence->n_bytes);
        for (uint32_t w = 0; w < sentence->n_words; w++) {
            const struct emb_span *word = &data->words[sentence->first_word + w];
            str_format(&lines->text, "%c%u:%u", w ? ' ' : '\t', word->begin, word->end);
        }
        str_add_char(&lines->text, '\n');
        str_append(&lines->text, targets.data, targets.n);
    }
    str_finish(&targets);
}

int sense_lines_add(struct sense_lines *lines, const struct wsd_data *data, bool development)
{
    if (data->inventory != WSD_WORDNET) {
        return error_set(ERR_REQUEST,
                         "%s: its senses are not WordNet's, whose definitions are what "
                         "is learned",
                         data->path);
    }
    for (uint32_t s = 0; s < data->n_sentences; s++) {
        add_sentence(lines, data, s, development);
    }
    return 0;
}

void sense_lines_finish(struct sense_lines *lines)
{
    str_finish(&lines->text);
    map_finish(&lines->definitions);
}
