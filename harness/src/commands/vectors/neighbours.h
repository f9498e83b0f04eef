/*
 * neighbours.h - what neighbours*.c share: the request.
 */
#ifndef COMMANDS_VECTORS_NEIGHBOURS_H
#define COMMANDS_VECTORS_NEIGHBOURS_H

#include "commands/vectors/lookup.h"

struct neighbours_request {
    const char **words; /* [n] */
    uint32_t n, top;
    uint64_t limit;
    struct lookup_texts among; /* --in: where neighbours are looked for; none: in the table */
    const char *stages;        /* NULL: the last block, else all */
    bool distinct, json;
    bool read_input;    /* standard input has been read, and cannot be again */
    uint32_t n_answers; /* words, of all embedders, that had a vector */
};

/* neighbours_text.c: among the words of texts; ctx is the request. */
int neighbours_in_texts(void *ctx, struct embedder *embedder, struct json_writer *w);

#endif /* COMMANDS_VECTORS_NEIGHBOURS_H */
