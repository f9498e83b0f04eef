/*
 * passes.h - how often each embedder of a run is run: in every reading (--context, --pooling),
 * under every post-processing (--postprocess), with every seed (--seed 1,2,3).
 */
#ifndef COMMANDS_RUN_PASSES_H
#define COMMANDS_RUN_PASSES_H

#include "commands/command.h"
#include "commands/embedders.h"
#include "commands/run/seeds.h"

/* What one worker runs. */
struct pass {
    const char *postprocess;   /* NULL = raw */
    struct embedder_spec spec; /* the embedder's but for the reading and the name, which is the
                                  pass's own: "minilm@left+centre" */
    bool owns_spec;            /* else all of it but the name is the embedder's */
    uint64_t seed;             /* of everything random */
    char *seedless;            /* the name without "@seed:1"; NULL: there is one seed alone */
    bool confined;             /* see plugin/confinement.h */
    char *writable;
};

struct passes {
    struct pass *passes; /* [n] embedder by embedder */
    uint32_t n;
    const char **postprocesses; /* what the passes point into */
    struct seeds seeds;
};

/* A static embedder, whose vectors do not depend on it, is read in one way alone; so is an embedder
 * whose own options say in which. Two passes of one name are an error. The embedders must outlive
 * the passes. Free with passes_finish, also after an error. */
int passes_from_args(const struct args *args, const struct embedders *embedders,
                     struct passes *passes);
/* The pass of the embedder of this name; NULL: none is called so (a baseline). */
const struct pass *passes_find(const struct passes *passes, const char *embedder);
void pass_finish(struct pass *pass);
void passes_finish(struct passes *passes);

#endif /* COMMANDS_RUN_PASSES_H */
