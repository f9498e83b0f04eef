/*
 * project.h - the occurrences of a word on a plane, stage by stage: what `project` gathers, and its
 * page.
 */
#ifndef COMMANDS_VECTORS_PROJECT_H
#define COMMANDS_VECTORS_PROJECT_H

#include "base/few.h"

#include <stdint.h>

/* A place of the word in the texts. */
struct occurrence {
    uint64_t sentence;   /* 1.. */
    uint32_t begin, end; /* code points */
    uint32_t sense;      /* number in projection.senses */
    char *word, *id;     /* id: of a data set, NULL where it has none */
    char *text;          /* of the sentence */
};

struct project_sense {
    char *label;      /* "": its texts have none */
    char *definition; /* of WordNet; NULL: it has none */
    uint32_t n;       /* occurrences, of the first embedder */
    uint32_t look;    /* colour and marker: 0 for the most frequent, at most PROJECT_LOOKS */
};

/* Of one embedder. */
struct projection {
    char *embedder;
    char **stages;                  /* [n_stages] */
    double *places;                 /* [n_stages, n, 2], see math/plane.h */
    double (*shares)[2];            /* [n_stages] of the variance */
    struct occurrence *occurrences; /* [n] those that have a vector */
    uint32_t n_stages, n, n_lacking;
    struct few lacking; /* words of n_lacking */
    uint64_t n_texts;
};

/* What was asked for, and what came of it. */
struct project {
    const char *word, *command;
    struct projection *list; /* [n] */
    uint32_t n;
    struct project_sense *senses; /* [n_senses] in the order of the texts */
    uint32_t *ranked;             /* [n_senses] numbers of senses, most frequent first */
    uint32_t n_senses;
};

enum { PROJECT_LOOKS = 31 /* senses that have a mark of their own; the rest share one */ };

/* A page of its own, a plane for each stage. */
int project_write_page(const struct project *project, const char *path);

#endif /* COMMANDS_VECTORS_PROJECT_H */
