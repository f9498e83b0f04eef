/*
 * sense_lines.h - sense-tagged data and WordNet's definitions as lines for trainers that learn
 * senses (PLUGIN.md, "Sense lines"), fields separated by tabs:
 *
 *   definition TEXT
 *   sentence   train|development TEXT begin:end…
 *   target     WORD RIGHT,… CANDIDATE,…
 *
 * Definitions are numbered from 0 and stand before the first target that has them; candidates are
 * the lemma's senses in WordNet, in their order. Words whose lemma has one sense alone, or whose
 * gold senses are none of the lemma's, have no target.
 */
#ifndef DATA_SENSE_LINES_H
#define DATA_SENSE_LINES_H

#include "base/map.h"
#include "base/str.h"
#include "data/wordnet.h"
#include "data/wsd_data.h"

/* Zero-initialise with a WordNet, add sets, take `text`, finish. */
struct sense_lines {
    const struct wordnet *wordnet;
    struct str text;
    struct map definitions;                 /* their synsets' numbers as texts */
    uint64_t n_targets, n_alone, n_unknown; /* words with a target; with one sense; with none */
};

/* ERR_REQUEST: a set whose senses are not WordNet's. */
int sense_lines_add(struct sense_lines *lines, const struct wsd_data *data, bool development);
void sense_lines_finish(struct sense_lines *lines);

#endif /* DATA_SENSE_LINES_H */
