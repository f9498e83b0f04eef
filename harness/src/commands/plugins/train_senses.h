/* train_senses.h - sense-tagged data sets as what `harness train senses` hands to the trainer. */
#ifndef COMMANDS_PLUGINS_TRAIN_SENSES_H
#define COMMANDS_PLUGINS_TRAIN_SENSES_H

#include "plugin/corpus.h"

struct train_senses {
    const char *const *datasets; /* [n] paths, or names of prepared sets, to learn from */
    uint32_t n;
    const char *development; /* another to stop early by, or NULL */
    const char *wordnet;     /* folder, or NULL */
};

/* Reads them; says in the log how many words there are. ERR_REQUEST. */
int train_senses_open(const struct train_senses *from, struct corpus **ret_corpus);

#endif /* COMMANDS_PLUGINS_TRAIN_SENSES_H */
