/*
 * wordnet_own.h - what wordnet_read.c fills and wordnet.c answers from. Internal to wordnet.
 */
#ifndef DATA_WORDNET_OWN_H
#define DATA_WORDNET_OWN_H

#include "base/arena.h"
#include "base/map.h"
#include "base/str.h"
#include "data/wordnet.h"

#include <stddef.h>
#include <stdint.h>

struct exceptions {
    struct map forms;
    const char **bases; /* [forms.n] */
    size_t capacity;
};

/* Numbers of texts that lie elsewhere, by their hashes: as struct map, which copies its keys, is
 * for texts that do not stay. Every program that knows senses waits for this file's reading. */
struct finder {
    uint32_t *slots; /* [mask + 1] number + 1, 0 = free */
    uint32_t mask;
};

struct wordnet {
    char *folder;
    struct arena texts;
    struct str data[WORDNET_N_POS + 1]; /* the data files; words and glosses point into them */
    struct str index;                   /* index.sense; sense keys point into it */
    struct wordnet_synset *synsets;     /* [n_synsets], by part of speech and offset */
    uint32_t *offsets;                  /* [n_synsets] theirs, to be searched in */
    size_t n_synsets, synset_capacity, offset_capacity;
    uint32_t first_synset[WORDNET_N_POS + 2]; /* [pos] */
    const char **group_keys;                  /* [n_groups] the key of one of its senses */
    uint32_t *group_begin;                    /* [n_groups + 1] in senses */
    size_t n_groups, group_capacity;
    struct wordnet_sense *senses; /* [n_senses], by group and sense number */
    size_t n_senses;
    struct finder by_key, by_lemma; /* senses; groups */
    uint32_t *synset_senses;        /* [n_senses] sense numbers, by synset */
    struct exceptions exceptions[WORDNET_N_POS + 1];
};

/* The slot of by_key that holds the number of a sense key, or the free one where it would go. */
uint32_t *wordnet_key_slot(const struct wordnet *wordnet, const struct wordnet_sense *senses,
                           const char *key, size_t n);
/* Likewise of by_lemma and a lemma's group. */
uint32_t *wordnet_lemma_slot(const struct wordnet *wordnet, const char *lemma, size_t n,
                             uint32_t pos);
/* The part of speech that a sense key's "%digit" names. */
uint32_t wordnet_pos_of_key(const char *percent);
/* Is the key a sense of this lemma, which holds no '%'? */
bool wordnet_is_of_lemma(const char *key, const char *lemma, size_t n, uint32_t pos);

#endif /* DATA_WORDNET_OWN_H */
