/* Does an inflected form belong to a lemma? By exception lists and rules of detachment. */
#include "data/wordnet_morph.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

struct rule {
    const char *ending, *base;
};

/* Rules of a part of speech, ended by an empty one. */
static const struct rule *rules_of(enum wordnet_pos pos)
{
    static const struct rule nouns[] = {{"s", ""},      {"ses", "s"},   {"xes", "x"},
                                        {"zes", "z"},   {"ches", "ch"}, {"shes", "sh"},
                                        {"men", "man"}, {"ies", "y"},   {NULL, NULL}};
    static const struct rule verbs[] = {{"s", ""},    {"ies", "y"}, {"es", "e"},
                                        {"es", ""},   {"ed", "e"},  {"ed", ""},
                                        {"ing", "e"}, {"ing", ""},  {NULL, NULL}};
    static const struct rule adjectives[] = {
        {"er", ""}, {"est", ""}, {"er", "e"}, {"est", "e"}, {NULL, NULL}};
    static const struct rule none[] = {{NULL, NULL}};
    return pos == WORDNET_NOUN   ? nouns
           : pos == WORDNET_VERB ? verbs
           : pos == WORDNET_ADJ  ? adjectives
                                 : none;
}

bool wordnet_is_exception(const struct wordnet *wordnet, enum wordnet_pos pos, const char *form,
                          const char *base)
{
    const char *bases = wordnet_exceptions(wordnet, pos, form);
    struct slice rest = slice_of(bases ? bases : ""), one;
    while (bases && slice_word(&rest, &one)) {
        if (slice_is(one, base)) {
            return true;
        }
    }
    return false;
}

/* word[0, n) + kept with one ending replaced is the base. */
static bool detaches_to(enum wordnet_pos pos, const char *word, size_t n, const char *kept,
                        const char *base)
{
    for (const struct rule *rule = rules_of(pos); rule->ending; rule++) {
        size_t ending = strlen(rule->ending), start = strlen(rule->base);
        if (n <= ending || memcmp(word + n - ending, rule->ending, ending) != 0) {
            continue;
        }
        size_t stem = n - ending;
        if (strlen(base) == stem + start + strlen(kept) && memcmp(base, word, stem) == 0 &&
            memcmp(base + stem, rule->base, start) == 0 && strcmp(base + stem + start, kept) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_form(const struct wordnet *wordnet, enum wordnet_pos pos, const char *word,
                    const char *base)
{
    if (strcmp(word, base) == 0) {
        return true;
    }
    if (wordnet_exceptions(wordnet, pos, word)) {
        return wordnet_is_exception(wordnet, pos, word, base);
    }
    size_t n = strlen(word);
    if (pos == WORDNET_NOUN) {
        if (n <= 2 || text_ends(word, "ss")) {
            return false;
        }
        if (text_ends(word, "ful")) { /* "boxesful" → "boxful" */
            return detaches_to(pos, word, n - 3, "ful", base);
        }
    }
    return detaches_to(pos, word, n, "", base);
}

bool wordnet_is_form(const struct wordnet *wordnet, enum wordnet_pos pos, const char *word,
                     const char *base)
{
    if (is_form(wordnet, pos, word, base)) {
        return true;
    }
    if (!text_ends(word, "'s")) {
        return false;
    }
    char *bare = mem_text_n(word, strlen(word) - 2);
    bool is = is_form(wordnet, pos, bare, base);
    free(bare);
    return is;
}
