/* Opens sense-tagged data sets and WordNet as the corpus of a trainer that learns senses. */
#include "commands/plugins/train_senses.h"

#include "base/error.h"
#include "base/log.h"
#include "data/sense_lines.h"
#include "data/wsd_read.h"
#include "suites/suite.h"

#include <stdlib.h>
#include <string.h>

static int add(struct sense_lines *lines, const char *asked, bool development)
{
    char *path = NULL, *variant = NULL;
    struct wsd_sets sets = {0};
    uint64_t before = lines->n_targets, alone = lines->n_alone, unknown = lines->n_unknown;
    int status = suite_locate(asked, &path, &variant);
    if (!status && variant) {
        status =
            error_set(ERR_REQUEST, "%s: train senses takes sets whole, not a part by ':'", asked);
    }
    status = status ? status : wsd_read(path, !development, &sets);
    for (uint32_t i = 0; !status && i < sets.n; i++) {
        status = sense_lines_add(lines, sets.sets[i], development);
    }
    if (!status) {
        log_info("%s: %llu words to %s; %llu with only one sense and %llu without a right one are "
                 "left out",
                 asked, (unsigned long long)(lines->n_targets - before),
                 development ? "stop early by" : "learn from",
                 (unsigned long long)(lines->n_alone - alone),
                 (unsigned long long)(lines->n_unknown - unknown));
    }
    wsd_sets_finish(&sets);
    free(path);
    free(variant);
    return status;
}

int train_senses_open(const struct train_senses *from, struct corpus **ret_corpus)
{
    struct wordnet *wordnet = NULL;
    TRY(wordnet_open(from->wordnet, &wordnet));
    struct sense_lines lines = {.wordnet = wordnet};
    int status = 0;
    for (uint32_t i = 0; i < from->n; i++) {
        TRY_OR_FINISH(add(&lines, from->datasets[i], false));
    }
    if (lines.n_targets == 0) {
        status =
            error_set(ERR_REQUEST, "train senses: no word with two senses or more to learn from");
        goto finish;
    }
    if (from->development) {
        TRY_OR_FINISH(add(&lines, from->development, true));
    }
    *ret_corpus = corpus_of_text(lines.text.data, lines.text.n);
    lines.text = (struct str){0};
finish:
    sense_lines_finish(&lines);
    wordnet_close(wordnet);
    return status;
}
