/*
 * set_names.h - what the data sets of a run are called. A figure's key holds the name of its data
 * set, so the sets of a suite are distinguished before anything is scored, and what cannot be
 * distinguished is refused.
 *
 * A set is called as the user says ("--dataset NAME=PATH"; where PATH holds several, NAME/SET),
 * else as its reader says ("ALL", the file's name). Where two are called the same, those that the
 * user did not name take the folders above them along, as few as distinguish them
 * ("raganato2017/ALL", "maru2022/ALL"), or, in one folder, their ending ("a.txt", "a.csv").
 */
#ifndef SUITES_SHARED_SET_NAMES_H
#define SUITES_SHARED_SET_NAMES_H

#include "base/map.h"

#include <stdbool.h>
#include <stdint.h>

struct set_entry {
    const char *asked; /* the word of the request that named it; borrowed */
    char *path;        /* where it lies */
    char *own;         /* as its reader calls it */
    char *name;        /* as it is called */
};

/* Zero-initialise, add, settle, finish. */
struct set_names {
    struct set_entry *entries; /* [n] in the order of their reading */
    uint32_t n;
    size_t capacity;
    struct map taken;     /* names of sets and of what is derived from them */
    bool are_of_training; /* one path given twice is no error: it is read twice */
};

void set_names_add(struct set_names *names, const char *asked, const char *path, const char *own);
/* Chooses the names. ERR_REQUEST says which two sets cannot be distinguished, and what to do. */
int set_names_settle(struct set_names *names, const char *suite);
/* Puts the name of set i in the place of *name, an owned text. */
void set_names_put(const struct set_names *names, uint32_t i, char **name);
/* A name that figures of a part of set i will have ("ALL/senseval2", "wic:dev"): ERR_REQUEST if
 * it is another's. After set_names_settle. */
int set_names_derive(struct set_names *names, const char *suite, uint32_t i, const char *derived);
void set_names_finish(struct set_names *names);

#endif /* SUITES_SHARED_SET_NAMES_H */
