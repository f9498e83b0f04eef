/*
 * wsd_data.h - sense-tagged sentences in memory, whatever format they came in.
 *
 * Memory: about 8 bytes a token, its text, and 78 bytes plus its id an instance (SemCor: 62 MB).
 */
#ifndef DATA_WSD_DATA_H
#define DATA_WSD_DATA_H

#include <embedder.h>
#include "base/arena.h"
#include "base/map.h"
#include "base/str.h"
#include "data/wordnet.h"

#include <stdbool.h>
#include <stdint.h>

/* On which side of their target the words stand that decide its sense. */
enum wsd_side { WSD_NO_CLUE, WSD_LEFT, WSD_RIGHT, WSD_BOTH_SIDES };

struct wsd_instance {
    const char *id;
    const char *lemma;    /* as in the file */
    struct emb_span span; /* bytes in the sentence's text */
    uint32_t sentence;    /* number of its sentence */
    uint32_t token;       /* number of its token in the sentence, 0.. */
    uint32_t first_gold;  /* in wsd_data.gold */
    uint16_t n_gold;      /* at most WSD_MAX_GOLD; 0 only while gold is read */
    uint8_t pos;          /* enum wordnet_pos */
    uint8_t part;         /* number of its part, see wsd_data.parts */
    uint32_t first_clue;  /* in wsd_data.clues */
    uint16_t distance;    /* words between the target and the nearest clue; 0: none, or no clue */
    uint8_t n_clues;      /* 0 in sets that mark none */
    uint8_t side;         /* enum wsd_side */
};

struct wsd_sentence {
    size_t text; /* offset in wsd_data.text: its tokens, one space between */
    uint32_t n_bytes;
    uint32_t n_words;
    size_t first_word;       /* in wsd_data.words; spans count from the sentence's text */
    uint32_t first_instance; /* in wsd_data.instances */
    uint32_t n_instances;
    uint32_t document; /* number in wsd_data.documents */
};

/* Where the senses of an instance come from. */
enum wsd_inventory {
    WSD_WORDNET, /* the lemma's senses in WordNet 3.0 */
    WSD_OWN,     /* the labels that the data's training part uses for the word */
    WSD_LISTED,  /* the data set's own list of senses, whatever their part of speech */
    WSD_NAMED    /* a file that the user names: data/inventory.h */
};

/* A sense that a data set lists itself. Texts belong to the set. */
struct wsd_listed_sense {
    const char *label;      /* "bank.river": the gold label */
    const char *lemma;      /* "bank" */
    const char *definition; /* never empty */
    const char *keys;       /* the WordNet 3.0 sense keys that it covers, separated by spaces */
    uint8_t pos;            /* enum wordnet_pos */
};

#define WSD_MAX_PARTS 32
#define WSD_MAX_GOLD 65535u /* labels of an instance */

struct wsd_data {
    char *name; /* "ALL" */
    char *path; /* the file that it was read from, for messages */
    enum wsd_inventory inventory;
    struct arena texts;
    struct str text;
    struct emb_span *words;
    size_t n_words, words_capacity;
    struct wsd_sentence *sentences;
    size_t n_sentences, sentences_capacity;
    struct wsd_instance *instances;
    size_t n_instances, instances_capacity;
    struct map ids;       /* instance ids; numbers are instance numbers */
    struct map documents; /* names of documents */
    struct map labels;    /* gold labels: sense keys */
    uint32_t *gold;       /* label numbers */
    size_t n_gold, gold_capacity;
    uint32_t *clues; /* numbers of tokens in their sentence */
    size_t n_clues, clues_capacity;
    struct wsd_listed_sense *senses; /* [n_senses] in the order of the list: WSD_LISTED */
    size_t n_senses, senses_capacity;
    const char
        *parts[WSD_MAX_PARTS]; /* [n_parts] "senseval2", …: names of the sets it is made of */
    uint32_t n_parts;          /* 0 where it is one set */
};

/* Several sets, as one path may name them. */
struct wsd_sets {
    struct wsd_data **sets; /* [n], owned */
    uint32_t n;
};

void wsd_sets_finish(struct wsd_sets *sets);
void wsd_data_free(struct wsd_data *data); /* NULL is fine */

/* Keeps every step-th instance, from the first on, and at most `limit` (0 = all) of them; sentences
 * without any are dropped. */
void wsd_data_thin(struct wsd_data *data, uint64_t step, uint64_t limit);

/* "left", "right", "both"; NULL: no clue is marked. side: enum wsd_side. */
const char *wsd_side_name(uint8_t side);

static inline const char *wsd_sentence_text(const struct wsd_data *data, uint32_t sentence)
{
    return data->text.data + data->sentences[sentence].text;
}

/* For readers: build a set token by token. */
struct wsd_data *wsd_data_create(const char *name, const char *path);
/* The same for a format that is a folder: the set is named after it. */
struct wsd_data *wsd_data_of_folder(const char *path);
uint32_t wsd_begin_sentence(struct wsd_data *data, const char *document);
/* Appends a token; returns its number in the sentence. Empty tokens are skipped: MAP_NONE. */
uint32_t wsd_add_token(struct wsd_data *data, struct slice text);
/* The same, with no space between it and the token before. */
uint32_t wsd_join_token(struct wsd_data *data, struct slice text);
/* Makes token number `token` of the last sentence an instance. MAP_NONE: the id is taken. */
uint32_t wsd_add_instance(struct wsd_data *data, const char *id, const char *lemma,
                          enum wordnet_pos pos, uint32_t token);
/* Adds a label of an instance, which must be the last one that got labels or have none. A label
 * given twice counts once. */
void wsd_add_gold(struct wsd_data *data, uint32_t instance, struct slice label);
/* The same with all labels of a text, blanks between them. False: more than WSD_MAX_GOLD. */
bool wsd_add_golds(struct wsd_data *data, uint32_t instance, struct slice labels);
/* Adds a word that decides the sense of an instance, which must be the last one that got clues:
 * token number `token`, `distance` words between it and the target. */
void wsd_add_clue(struct wsd_data *data, uint32_t instance, uint32_t token, uint32_t distance);
/* Adds a sense to the set's own list; returns its number. */
uint32_t wsd_add_listed_sense(struct wsd_data *data, struct slice label, struct slice lemma,
                              enum wordnet_pos pos, struct slice definition, struct slice keys);
/* Every instance has a label, there is an instance; finds the parts. */
int wsd_data_check(struct wsd_data *data, const char *gold_path);

#endif /* DATA_WSD_DATA_H */
