/*
 * wordnet_morph.h - inflected forms, by WordNet's exception lists and rules of detachment
 * (morphy(7WN)), as a question: can this word be a form of that base?
 */
#ifndef DATA_WORDNET_MORPH_H
#define DATA_WORDNET_MORPH_H

#include "data/wordnet.h"

#include <stdbool.h>

/* Both in lower case, without blanks. True for equal words; else the exception list decides where
 * it knows the word, and one detachment where it does not. A final 's may be dropped first. */
bool wordnet_is_form(const struct wordnet *wordnet, enum wordnet_pos pos, const char *word,
                     const char *base);

/* Does the exception list give `base` for `form`? Phrases are joined by '_'. */
bool wordnet_is_exception(const struct wordnet *wordnet, enum wordnet_pos pos, const char *form,
                          const char *base);

#endif /* DATA_WORDNET_MORPH_H */
