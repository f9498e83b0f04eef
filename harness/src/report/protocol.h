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

/* What a difference in a term means to whoever sets one figure beside another: another experiment,
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

/* X(KEY, name, form, role); a new key is a line here. */
#define PROTOCOL_KEYS(X)                                                                           \
    X(SUITE, "suite", BARE, EXPERIMENT)                                                            \
    X(DATASET, "dataset", BARE, EXPERIMENT)                                                        \
    X(ITEMS, "items", COUNT, EXPERIMENT)                                                           \
    X(TRAIN, "train", KEYED, METHOD)                                                               \
    X(THRESHOLD, "threshold", KEYED, METHOD)                                                       \
    X(METHOD, "method", KEYED, SYSTEM)                                                             \
    X(STAGE, "stage", KEYED, SYSTEM)                                                               \
    X(FROM, "from", KEYED, EXPERIMENT)                                                             \
    X(STAGE_CHOSEN_ON, "stage-chosen-on", KEYED, SYSTEM)                                           \
    X(POOL, "pool", KEYED, EMBEDDER)                                                               \
    X(CONTEXT, "context", KEYED, EMBEDDER)                                                         \
    X(POST, "post", KEYED, SYSTEM)                                                                 \
    X(CHANGED, "changed", KEYED, SYSTEM)                                                           \
    X(POLICY, "policy", KEYED, SYSTEM)                                                             \
    X(SPLIT, "split", KEYED, EXPERIMENT)                                                           \
    X(CASE, "case", KEYED, WRITING)                                                                \
    X(TEMPLATE, "template", KEYED, WRITING)                                                        \
    X(CONTEXTS, "contexts", KEYED, WRITING)                                                        \
    X(MOST, "most", KEYED, WRITING)                                                                \
    X(LEAST, "least", KEYED, EXPERIMENT)                                                           \
    X(DRAWS, "draws", KEYED, EXPERIMENT)                                                           \
    X(STANDARDISED_ON, "standardised-on", KEYED, EXPERIMENT)                                       \
    X(CANDIDATES, "cand", KEYED, EXPERIMENT)                                                       \
    X(INVENTORY, "inventory", KEYED, EXPERIMENT)                                                   \
    X(TIE, "tie", KEYED, EXPERIMENT)                                                               \
    X(INTERVAL, "interval", KEYED, EXPERIMENT)                                                     \
    X(K, "k", KEYED, EXPERIMENT)                                                                   \
    X(LINKAGE, "linkage", BARE, EXPERIMENT)                                                        \
    X(WEIGHTS, "weights", KEYED, EXPERIMENT)                                                       \
    X(SIF_A, "a", KEYED, EXPERIMENT)                                                               \
    X(FREQUENCIES, "frequencies", KEYED, EXPERIMENT)                                               \
    X(WINDOW, "window", KEYED, EXPERIMENT)                                                         \
    X(DISTANCE, "distance", KEYED, EXPERIMENT)                                                     \
    X(COMPONENTS, "components", KEYED, EXPERIMENT)                                                 \
    X(UNSEEN, "unseen", KEYED, EXPERIMENT)                                                         \
    X(CHOSEN_ON, "chosen-on", KEYED, EXPERIMENT)                                                   \
    X(GRID, "grid", KEYED, EXPERIMENT)                                                             \
    X(SATELLITES, "satellites", KEYED, EXPERIMENT)                                                 \
    X(VOCABULARY, "vocabulary", KEYED, EXPERIMENT)                                                 \
    X(INPUTS, "inputs", KEYED, EXPERIMENT)                                                         \
    X(TEXT, "text", KEYED, EXPERIMENT)                                                             \
    X(CENTRE, "centre", KEYED, EXPERIMENT)                                                         \
    X(FORMS, "forms", KEYED, EXPERIMENT)                                                           \
    X(POS, "pos", KEYED, EXPERIMENT)                                                               \
    X(FIT, "fit", KEYED, EXPERIMENT)                                                               \
    X(BALANCE, "balance", KEYED, EXPERIMENT)                                                       \
    X(OCCURRENCES, "occurrences-per-lemma", KEYED, INFORMATION)                                    \
    X(MIXED_SHARE, "mixed-share", KEYED, INFORMATION)                                              \
    X(SHARP_FROM, "sharp-from", KEYED, EXPERIMENT)                                                 \
    X(CEILING, "ceiling", KEYED, INFORMATION)                                                      \
    X(MEAN_OF_SEEDS, "mean-of-seeds", KEYED, EXPERIMENT)                                           \
    X(VERSION, "version", BARE, EXPERIMENT)

enum protocol_key {
#define PROTOCOL_KEY(key_, name_, form_, role_) PROTOCOL_##key_,
    PROTOCOL_KEYS(PROTOCOL_KEY)
#undef PROTOCOL_KEY
        PROTOCOL_OTHER, /* of a stored report: a key that this version does not know */
    PROTOCOL_N_KEYS = PROTOCOL_OTHER
};

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
void protocol_set(struct protocol *protocol, uint32_t i, const char *value);
void protocol_finish(struct protocol *protocol);
/* On the heap; NULL of NULL. Free with protocol_free. */
const struct protocol *protocol_copy(const struct protocol *protocol);
void protocol_free(const struct protocol *protocol);

/* The value of the first term of that key; NULL: there is none. NULL is a protocol without any. */
const char *protocol_get(const struct protocol *protocol, enum protocol_key key);

#endif /* REPORT_PROTOCOL_H */
