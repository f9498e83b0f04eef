/*
 * wordnet.h - the WordNet 3.0 data base: senses of a lemma, synsets, glosses, exception lists.
 *
 * Read are, from one folder (formats: wndb(5WN), senseidx(5WN)):
 *   index.sense     `SENSE_KEY OFFSET SENSE_NUMBER TAG_COUNT`, one sense a line;
 *                   SENSE_KEY is `lemma%ss_type:lex_file:lex_id:head:head_id`
 *   data.noun, .verb, .adj, .adv
 *                   `OFFSET LEX_FILE SS_TYPE W_CNT(hex) (WORD LEX_ID)… P_CNT
 *                   (SYMBOL OFFSET POS SOURCE/TARGET)… [frames] | GLOSS`, one synset a line; lines
 *                   that begin with two spaces are the licence
 *   noun.exc, verb.exc, adj.exc, adv.exc
 *                   `INFLECTED BASE…`, one form a line
 *
 * Offsets join the files of one folder and mean nothing outside it; sense keys are the only names
 * of senses. An adjective satellite (ss_type 5) is an adjective.
 */
#ifndef DATA_WORDNET_H
#define DATA_WORDNET_H

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

enum wordnet_pos { WORDNET_NO_POS, WORDNET_NOUN, WORDNET_VERB, WORDNET_ADJ, WORDNET_ADV };
enum { WORDNET_N_POS = 4 };

#define WORDNET_NONE UINT32_MAX

struct wordnet_sense {
    const char *key; /* "bank%1:17:01::" */
    uint32_t synset; /* number of its synset */
    uint32_t count;  /* how often it was tagged in WordNet's own texts */
    uint32_t group;  /* number of its (lemma, part of speech) */
    uint16_t number; /* among the senses of its lemma and part of speech, 1.. */
    uint8_t pos;     /* enum wordnet_pos */
    uint8_t reserved;
};

struct wordnet_synset {
    struct slice gloss;        /* definition and examples, as in the file */
    const char *const *words;  /* [n_words] with underscores, capitals kept, "(p)" cut off */
    const uint32_t *hypernyms; /* [n_hypernyms] synset numbers, instance hypernyms too */
    const uint32_t *senses;    /* [n_senses] sense numbers (wordnet_sense_at), of its words */
    uint32_t offset;           /* in its data file */
    uint16_t n_words, n_hypernyms, n_senses;
    uint8_t pos;     /* enum wordnet_pos */
    uint8_t ss_type; /* 1…5 */
};

struct wordnet;

/* folder NULL: $WNSEARCHDIR, else /usr/share/wordnet. Errors name file and line. */
int wordnet_open(const char *folder, struct wordnet **ret_wordnet);
void wordnet_close(struct wordnet *wordnet); /* NULL is fine */

/* "NOUN", "n", "ADJ", "s", …, Penn tags too; WORDNET_NO_POS if it is none of the four. */
enum wordnet_pos wordnet_pos_of(const char *name);
const char *wordnet_pos_name(enum wordnet_pos pos); /* "NOUN", "VERB", "ADJ", "ADV", "" */

/* Senses of a lemma (any case; spaces are underscores) by sense number; NULL and 0 if unknown. */
const struct wordnet_sense *wordnet_senses(const struct wordnet *wordnet, const char *lemma,
                                           enum wordnet_pos pos, uint32_t *ret_n);
const struct wordnet_sense *wordnet_find(const struct wordnet *wordnet, const char *key);
uint32_t wordnet_n_senses(const struct wordnet *wordnet);
const struct wordnet_sense *wordnet_sense_at(const struct wordnet *wordnet, uint32_t i);
uint32_t wordnet_sense_index(const struct wordnet *wordnet, const struct wordnet_sense *sense);

/* Synsets in the order noun, verb, adjective, adverb, then of the file. */
uint32_t wordnet_n_synsets(const struct wordnet *wordnet);
const struct wordnet_synset *wordnet_synset(const struct wordnet *wordnet, uint32_t i);

/* The gloss without its quoted examples and without '; ' at both ends. Appended. */
void wordnet_definition(const struct wordnet_synset *synset, struct str *text);
/* The n-th quoted example of a gloss, without the quotes; false if there are fewer. */
bool wordnet_example(const struct wordnet_synset *synset, uint32_t n, struct slice *ret_example);

/* Base forms that the exception list of a part of speech gives for a form: separated by spaces, or
 * NULL. */
const char *wordnet_exceptions(const struct wordnet *wordnet, enum wordnet_pos pos,
                               const char *form);

#endif /* DATA_WORDNET_H */
