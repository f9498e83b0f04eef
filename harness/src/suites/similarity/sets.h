/*
 * sets.h - the data sets that one run of the suite `similarity` was asked for, read.
 */
#ifndef SUITES_SIMILARITY_SETS_H
#define SUITES_SIMILARITY_SETS_H

#include "data/pairs.h"
#include "data/synonyms.h"
#include "suites/suite.h"

struct similarity_set {
    bool is_synonyms;
    struct pair_set pairs;       /* if not */
    struct synonym_set synonyms; /* if so */
};

struct similarity_sets {
    struct similarity_set *sets; /* [n] */
    uint32_t n;
};

/* Files, folders of files (all but what data/beside.h knows as no data) and prepared sets;
 * `fallback` if the request names none. The request's limit is applied. */
int similarity_sets_read(const struct suite_request *request, const char *fallback,
                         struct similarity_sets *ret_sets);
void similarity_sets_finish(struct similarity_sets *sets);

/* The files of a data set that is named by a path or the name of a prepared set: itself, or those
 * of a folder; of a prepared set the one file that its manifest names, if it names one. `body` is
 * called for each in order of names; its first error ends it. */
int data_set_files(const char *name, int (*body)(void *ctx, const char *path), void *ctx);

#endif /* SUITES_SIMILARITY_SETS_H */
