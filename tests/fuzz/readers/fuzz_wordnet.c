/* fuzz_wordnet.c - any files as a WordNet: data, index, exceptions. What is accepted is walked
 * through: every sense, synset, example and form. */
#include "../folder.h"
#include "data/wordnet.h"
#include "data/wordnet_morph.h"
#include "data/wordnet_synonyms.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile size_t touched;

static void touch_synset(const struct wordnet *wordnet, const struct wordnet_synset *synset)
{
    struct str text = {0};
    struct slice example;
    wordnet_definition(synset, &text);
    touched += text.n;
    str_finish(&text);
    for (uint32_t i = 0; i < 4 && wordnet_example(synset, i, &example); i++) {
        touched += example.n ? (unsigned char)example.text[example.n - 1] : 0u;
    }
    for (uint32_t i = 0; i < synset->n_words; i++) {
        touched += strlen(synset->words[i]);
    }
    for (uint32_t i = 0; i < synset->n_senses; i++) {
        touched += strlen(wordnet_sense_at(wordnet, synset->senses[i])->key);
    }
    for (uint32_t i = 0; i < synset->n_hypernyms; i++) {
        touched += wordnet_synset(wordnet, synset->hypernyms[i])->n_words;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wordnet *wordnet;
    if (wordnet_open(fuzz_unpack(data, size), &wordnet) != 0) {
        return 0;
    }
    for (uint32_t i = 0; i < wordnet_n_synsets(wordnet); i++) {
        touch_synset(wordnet, wordnet_synset(wordnet, i));
    }
    for (uint32_t i = 0; i < wordnet_n_senses(wordnet); i++) {
        const struct wordnet_sense *sense = wordnet_sense_at(wordnet, i);
        uint32_t n = 0;
        char lemma[256];
        snprintf(lemma, sizeof lemma, "%.*s", (int)strcspn(sense->key, "%"), sense->key);
        wordnet_senses(wordnet, lemma, (enum wordnet_pos)sense->pos, &n);
        if (wordnet_find(wordnet, sense->key) != sense) {
            abort();
        }
        touched += n + wordnet_is_form(wordnet, (enum wordnet_pos)sense->pos, "forms", lemma);
    }
    wordnet_close(wordnet);
    return 0;
}
