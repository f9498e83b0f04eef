/*
 * wordnet_examples.h - a sense-tagged set from WordNet's own usage examples.
 *
 * Each quoted example of a synset in which a lemma of the synset occurs that has two senses or more
 * in that part of speech is an instance of the lemma, and the synset is its gold. Order: noun,
 * verb, adjective, adverb; then the data file's, the example's in the gloss, the lemma's in the
 * synset. An example with two such lemmas is two sentences of one instance each.
 *
 * Words of an example are its white-space chunks without the characters at both ends that are
 * neither letters nor digits, in lower case. A word matches a part of a lemma by wordnet_morph.h; a
 * lemma of several parts needs consecutive words, or its joined form in the exception list. The
 * first occurrence counts.
 *
 * Written is the unified framework's format (wsd_xml.h, gold_key.h): `wordnet-examples.data.xml`
 * and `wordnet-examples.gold.key.txt`. Ids are "noun.00001": running numbers, since offsets differ
 * between copies of WordNet.
 */
#ifndef DATA_WORDNET_EXAMPLES_H
#define DATA_WORDNET_EXAMPLES_H

#include "data/wordnet.h"

#include <stdint.h>

/* Writes both files into the folder, each complete or not at all; the same bytes for the same
 * WordNet. ret_counts[pos]: instances of each part of speech. */
int wordnet_examples_write(const struct wordnet *wordnet, const char *folder,
                           uint32_t ret_counts[WORDNET_N_POS + 1]);

#endif /* DATA_WORDNET_EXAMPLES_H */
