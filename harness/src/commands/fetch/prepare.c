/*
 * prepare - make the data sets that are generated from the installed WordNet.
 */
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "commands/command.h"
#include "data/wordnet.h"
#include "data/wordnet_examples.h"
#include "data/wordnet_synonyms.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option_help options[] = {
    {"wordnet", "FOLDER", "the WordNet data base (default $WNSEARCHDIR, then /usr/share/wordnet)"},
    {"force", NULL, "make it again even if it is there"},
    {0},
};

struct recipe {
    const char *name, *file; /* data set; the file that is there when it is complete */
    int (*write)(const struct wordnet *wordnet, const char *folder,
                 uint32_t ret_counts[WORDNET_N_POS + 1]);
    const char *unit;
};

static const struct recipe recipes[] = {
    {"wordnet-examples", "wordnet-examples.data.xml", wordnet_examples_write, "instances"},
    {"wordnet-synonyms", "wordnet-synonyms.tsv", wordnet_synonyms_write, "questions"},
};
enum { N_RECIPES = sizeof recipes / sizeof *recipes };

/* *wordnet is opened when the first recipe needs it. */
static int make(const struct recipe *recipe, const struct args *args, struct wordnet **wordnet)
{
    char *cache = file_cache_folder();
    char *folder = mem_format("%s/datasets/%s", cache, recipe->name);
    char *file = file_join(folder, recipe->file);
    int status = 0;
    if (file_exists(file) && !args_flag(args, "force")) {
        log_info("%s: is there (%s)", recipe->name, folder);
    } else {
        uint32_t counts[WORDNET_N_POS + 1] = {0};
        status = *wordnet ? 0 : wordnet_open(args_value(args, "wordnet", NULL), wordnet);
        if (status == 0) {
            status = recipe->write(*wordnet, folder, counts);
        }
        if (status == 0) {
            log_info("%s: made %u %s (%u noun, %u verb, %u adjective, %u adverb) in %s",
                     recipe->name, counts[1] + counts[2] + counts[3] + counts[4], recipe->unit,
                     counts[WORDNET_NOUN], counts[WORDNET_VERB], counts[WORDNET_ADJ],
                     counts[WORDNET_ADV], folder);
        }
    }
    free(file);
    free(folder);
    free(cache);
    return status;
}

static bool is_known(const char *name)
{
    bool known = strcmp(name, "all") == 0;
    for (size_t i = 0; i < N_RECIPES; i++) {
        known |= strcmp(name, recipes[i].name) == 0;
    }
    return known;
}

static int run(const struct args *args)
{
    if (args_n(args) == 0) {
        return error_set(ERR_REQUEST, "prepare: which? wordnet-examples, wordnet-synonyms or all");
    }
    for (uint32_t i = 0; i < args_n(args); i++) {
        if (!is_known(args_word(args, i))) {
            return error_set(
                ERR_REQUEST,
                "prepare: found \"%s\", expected wordnet-examples, wordnet-synonyms or "
                "all",
                args_word(args, i));
        }
    }
    struct wordnet *wordnet = NULL;
    int status = 0;
    for (size_t r = 0; status == 0 && r < N_RECIPES; r++) {
        bool wanted = false;
        for (uint32_t i = 0; i < args_n(args); i++) {
            const char *word = args_word(args, i);
            wanted |= strcmp(word, "all") == 0 || strcmp(word, recipes[r].name) == 0;
        }
        status = wanted ? make(&recipes[r], args, &wordnet) : 0;
    }
    wordnet_close(wordnet);
    return status;
}

const struct command command_prepare = {
    .name = "prepare",
    .synopsis = "[options] wordnet-examples|wordnet-synonyms|all …",
    .summary = "make the default data sets from the installed WordNet",
    .details =
        "wordnet-examples: the quoted usage examples of WordNet in which a polysemous lemma of\n"
        "their synset occurs, as a sense-tagged set for suite wsd.\n"
        "wordnet-synonyms: four-choice synonym questions for suite similarity.\n"
        "The same WordNet gives the same bytes. Both go into the cache folder.\n",
    .options = options,
    .run = run,
};
