/*
 * protocol.h - how a figure was made: terms in order, each a key of the list below with a value.
 * Suites put protocols together and hand them on with their rows; the text of one, its signature
 * ("wsd|ALL(7253)|train:semcor|method:nn|…|v1"), is a rendering (report/figure_text.h).
 *
 * Zero-initialise, add, finish. Values are copied.
 */
#ifndef REPORT_PROTOCOL_H
#define REPORT_PROTOCOL_H

#include "base/arena.h"

#include <stddef.h>
#include <stdint.h>

/* What a difference in a term means to somebody who compares two figures: another experiment,
 * or just another system in the same one. */
enum protocol_role {
    PROTOCOL_OF_EXPERIMENT, /* must agree */
    PROTOCOL_OF_SYSTEM,     /* says which system it is */
    PROTOCOL_OF_EMBEDDER,   /* belongs to the embedder: agrees between methods of one */
    PROTOCOL_OF_WRITING,    /* how a word alone is written: a question of its own for either kind of
                             * embedder, agrees within one */
    PROTOCOL_OF_METHOD,     /* belongs to the method: agrees between embedders */
    PROTOCOL_OF_INFORMATION, /* only informs: measured on the data, no choice of anybody's */
    PROTOCOL_N_ROLES
};

enum protocol_form {
    PROTOCOL_KEYED, /* "key:value" */
    PROTOCOL_BARE,  /* "value" */
    PROTOCOL_COUNT  /* "(value)" behind the term before it */
};

/* X(KEY, name, form, role, what it says); a new key is a line here. */
/* clang-format off */
#define PROTOCOL_KEYS(X)                                                                           \
    X(SUITE, "suite", BARE, EXPERIMENT, "the suite")                                               \
    X(DATASET, "dataset", BARE, EXPERIMENT, "the data set")                                        \
    X(ITEMS, "items", COUNT, EXPERIMENT, "items of it, in brackets behind its name")               \
    X(TRAIN, "train", KEYED, METHOD, "training text")                                              \
    X(THRESHOLD, "threshold", KEYED, METHOD,                                                       \
      "pairs that the threshold was fitted on; itself: these very pairs")                          \
    X(METHOD, "method", KEYED, SYSTEM, "how an answer or a score is made of vectors")              \
    X(STAGE, "stage", KEYED, SYSTEM, "stage that the vectors are of")                              \
    X(FROM, "from", KEYED, EXPERIMENT, "of gains: the stage that a gain is over")                  \
    X(STAGE_CHOSEN_ON, "stage-chosen-on", KEYED, SYSTEM,                                           \
      "set that the stage was chosen on; itself: this very set; none: no choice, the last")        \
    X(POOL, "pool", KEYED, EMBEDDER, "how the vectors of pieces or words become one")              \
    X(CONTEXT, "context", KEYED, EMBEDDER,                                                         \
      "what the model was shown of the sentence, where it is not all")                             \
    X(POST, "post", KEYED, SYSTEM, "post-processing, and the sample that it was estimated on")     \
    X(CHANGED, "changed", KEYED, SYSTEM,                                                           \
      "options that make another model of the embedder's files")                                   \
    X(POLICY, "policy", KEYED, SYSTEM, "what becomes of items without a vector or an answer")      \
    X(SPLIT, "split", KEYED, EXPERIMENT, "of oov-of figures: the split")                           \
    X(CASE, "case", KEYED, WRITING,                                                                \
      "how a word is looked up: lower, exact; written: read as it stands")                         \
    X(TEMPLATE, "template", KEYED, WRITING,                                                        \
      "text in which a contextual embedder reads a word alone; of choice, a definition")           \
    X(CONTEXTS, "contexts", KEYED, WRITING, "file of sentences in which a word alone is read")     \
    X(MOST, "most", KEYED, WRITING, "sentences or occurrences used at most")                       \
    X(LEAST, "least", KEYED, EXPERIMENT,                                                           \
      "occurrences that a word needs to take part; in mixture also a sense")                       \
    X(DRAWS, "draws", KEYED, EXPERIMENT, "random occurrences for the baseline of mev")             \
    X(STANDARDISED_ON, "standardised-on", KEYED, EXPERIMENT,                                       \
      "sentences that means and deviations were estimated on")                                     \
    X(CANDIDATES, "cand", KEYED, EXPERIMENT, "how the candidate senses of a target are found")     \
    X(INVENTORY, "inventory", KEYED, EXPERIMENT, "file that names the senses of each lemma")        \
    X(COARSE, "coarse", KEYED, EXPERIMENT,                                                         \
      "file of the classes of senses; +alone: senses it lacks are classes of their own")           \
    X(TIE, "tie", KEYED, EXPERIMENT,                                                               \
      "answer among equals: the lowest number, or the expected score of a random one")             \
    X(INTERVAL, "interval", KEYED, INFORMATION,                                                    \
      "what intervals resample, and how many")                                                     \
    X(K, "k", KEYED, EXPERIMENT,                                                                   \
      "wsd: nearest occurrences that vote; neighbours: neighbours; induction: clusters, or how "   \
      "their number is chosen")                                                                    \
    X(LINKAGE, "linkage", BARE, EXPERIMENT, "how clusters are merged")                             \
    X(WEIGHTS, "weights", KEYED, EXPERIMENT, "how words count in a mean of context")               \
    X(SIF_A, "a", KEYED, EXPERIMENT, "a of weights sif")                                           \
    X(FREQUENCIES, "frequencies", KEYED, EXPERIMENT, "word frequencies of weights sif")            \
    X(WINDOW, "window", KEYED, EXPERIMENT, "words of context on each side")                        \
    X(DISTANCE, "distance", KEYED, EXPERIMENT, "how words of context count by distance")           \
    X(COMPONENTS, "components", KEYED, EXPERIMENT,                                                 \
      "common components removed from means of context")                                           \
    X(UNSEEN, "unseen", KEYED, EXPERIMENT,                                                         \
      "what stands in for a sense without training occurrences")                                   \
    X(CHOSEN_ON, "chosen-on", KEYED, EXPERIMENT,                                                   \
      "data that the method's parameters were chosen on")                                          \
    X(GRID, "grid", KEYED, EXPERIMENT,                                                             \
      "what they were chosen from: how many means, or the weights C")                              \
    X(SATELLITES, "satellites", KEYED, EXPERIMENT,                                                 \
      "3=5: satellite adjectives count as adjectives")                                             \
    X(VOCABULARY, "vocabulary", KEYED, EXPERIMENT, "rows of the table that are searched")          \
    X(INPUTS, "inputs", KEYED, EXPERIMENT, "excluded: no word of a question is its answer")        \
    X(TEXT, "text", KEYED, EXPERIMENT,                                                             \
      "what words are: tokens of a corpus, or what stands between white space (running)")          \
    X(CENTRE, "centre", KEYED, EXPERIMENT, "1: vectors minus their mean")                          \
    X(FORMS, "forms", KEYED, EXPERIMENT, "forms whose occurrences count for a word")               \
    X(POS, "pos", KEYED, EXPERIMENT, "parts of speech whose senses take part")                     \
    X(FIT, "fit", KEYED, EXPERIMENT, "how the mixture is fitted")                                  \
    X(BALANCE, "balance", KEYED, EXPERIMENT,                                                       \
      "1: all senses of a word by equally many occurrences")                                       \
    X(OCCURRENCES, "occurrences-per-lemma", KEYED, INFORMATION,                                    \
      "instances of a lemma with part of speech")                                                  \
    X(MIXED_SHARE, "mixed-share", KEYED, INFORMATION,                                              \
      "share of instances whose class occurs in several senses")                                   \
    X(SHARP_FROM, "sharp-from", KEYED, EXPERIMENT,                                                 \
      "mixed share from which the ceiling is called sharp")                                        \
    X(CEILING, "ceiling", KEYED, INFORMATION, "sharp or loose, by the mixed share")                \
    X(MEAN_OF_SEEDS, "mean-of-seeds", KEYED, EXPERIMENT,                                           \
      "seeds whose figures this is the mean of")                                                   \
    X(VERSION, "version", BARE, EXPERIMENT, "version of the suite's protocol")
/* clang-format on */

enum protocol_key {
#define PROTOCOL_KEY(key_, name_, form_, role_, what_) PROTOCOL_##key_,
    PROTOCOL_KEYS(PROTOCOL_KEY)
#undef PROTOCOL_KEY
        PROTOCOL_OTHER, /* of a stored report: a key that this version does not know */
    PROTOCOL_N_KEYS = PROTOCOL_OTHER
};

/* A set of keys is a word with a bit for each. */
#define PROTOCOL_BIT(key_) (UINT64_C(1) << PROTOCOL_##key_)
_Static_assert(PROTOCOL_N_KEYS <= 64, "a set of keys is one word");

/* Keys that the protocols of every suite may have: what all say, and what the program adds. */
#define PROTOCOL_OF_ALL                                                                            \
    (PROTOCOL_BIT(SUITE) | PROTOCOL_BIT(DATASET) | PROTOCOL_BIT(ITEMS) | PROTOCOL_BIT(METHOD) |    \
     PROTOCOL_BIT(STAGE) | PROTOCOL_BIT(CONTEXT) | PROTOCOL_BIT(POST) | PROTOCOL_BIT(CHANGED) |    \
     PROTOCOL_BIT(STAGE_CHOSEN_ON) | PROTOCOL_BIT(MEAN_OF_SEEDS) | PROTOCOL_BIT(VERSION))

struct protocol_term {
    enum protocol_key key;
    const char *name; /* of PROTOCOL_OTHER its key, NULL where it has none; else NULL */
    const char *value;
    enum protocol_role role; /* of PROTOCOL_OTHER: as the stored report says; else not read */
};

struct protocol {
    struct protocol_term *terms; /* [n] */
    uint32_t n;
    size_t capacity;
    struct arena texts;
};

const char *protocol_key_name(enum protocol_key key);          /* "train"; NULL of PROTOCOL_OTHER */
enum protocol_key protocol_key_of(const char *name, size_t n); /* PROTOCOL_OTHER: unknown */
const char *protocol_key_meaning(enum protocol_key key);       /* "training text"; of a known key */
enum protocol_form protocol_key_form(enum protocol_key key);
enum protocol_role protocol_term_role(const struct protocol_term *term);
const char *protocol_role_name(enum protocol_role role); /* "experiment" */
/* PROTOCOL_N_ROLES: no role has that name. */
enum protocol_role protocol_role_of(const char *name);

/* Suite, data set and its items, with which every protocol begins. */
void protocol_begin(struct protocol *protocol, const char *suite, const char *dataset, uint64_t n);
void protocol_add(struct protocol *protocol, enum protocol_key key, const char *value);
void protocol_add_number(struct protocol *protocol, enum protocol_key key, uint64_t value);
void protocol_format(struct protocol *protocol, enum protocol_key key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* A term of any kind at the end. */
void protocol_add_term(struct protocol *protocol, const struct protocol_term *term);
/* All terms of another but those of a key (PROTOCOL_OTHER: all). */
void protocol_append(struct protocol *protocol, const struct protocol *more,
                     enum protocol_key without);
/* A term before the last, which is the version or says where the stage was chosen. */
void protocol_insert(struct protocol *protocol, enum protocol_key key, const char *value);
void protocol_finish(struct protocol *protocol);
/* A copy, to be read alone, that lives as long as the arena; NULL of NULL. */
const struct protocol *protocol_copy(struct arena *arena, const struct protocol *protocol);

/* The value of the first term of that key; NULL: there is none. NULL is a protocol without any. */
const char *protocol_get(const struct protocol *protocol, enum protocol_key key);

/* What the interval of a figure is over, and what a paired test of it exchanges: values of one
 * attribute of its records. */
enum protocol_unit { PROTOCOL_BY_ITEM, PROTOCOL_BY_DOCUMENT, PROTOCOL_BY_LEMMA, PROTOCOL_N_UNITS };
extern const char *const protocol_unit_attributes[PROTOCOL_N_UNITS]; /* NULL, "document", "lemma" */
enum protocol_unit protocol_unit_of(const struct protocol *protocol); /* by "interval" */

#endif /* REPORT_PROTOCOL_H */
