/*
 * embedder_runs.h - how often each embedder of a run is run: with every combination of a grid's
 * options (--grid), in every view (--context, --pooling), under every post-processing
 * (--postprocess), with every seed (--seed 1,2,3).
 */
#ifndef COMMANDS_RUN_EMBEDDER_RUNS_H
#define COMMANDS_RUN_EMBEDDER_RUNS_H

#include "commands/command.h"
#include "commands/embedders.h"
#include "commands/run/embedder_grid.h"
#include "commands/run/seeds.h"

/* What one worker runs. */
struct embedder_run {
    const char *postprocess;   /* NULL = raw */
    struct embedder_spec spec; /* the embedder's but for the view and the name, which is the
                                  pass's own: "minilm@left+centre" */
    bool owns_spec;            /* else all of it but the name is the embedder's */
    uint64_t seed;             /* of everything random */
    char *seedless;            /* the name without "@seed:1"; NULL: there is one seed alone */
    bool confined;             /* see plugin/confinement.h */
    char *writable;
};

struct embedder_runs {
    struct embedder_run *runs; /* [n] embedder by embedder */
    uint32_t n;
    const char **postprocesses; /* what the runs point into */
    struct embedder_grid grid;  /* likewise */
    struct seeds seeds;
};

/* A static embedder, whose vectors do not depend on it, is read in one way alone; so is an embedder
 * whose own options say in which. Two runs of one name are an error. The embedders must outlive
 * the runs. Free with embedder_runs_finish, also after an error. */
int embedder_runs_from_args(const struct args *args, const struct embedders *embedders,
                            struct embedder_runs *embedder_runs);
/* The run of the embedder of this name; NULL: none is called so (a baseline). */
const struct embedder_run *embedder_runs_find(const struct embedder_runs *embedder_runs,
                                              const char *embedder);
void embedder_run_finish(struct embedder_run *embedder_run);
void embedder_runs_finish(struct embedder_runs *embedder_runs);

#endif /* COMMANDS_RUN_EMBEDDER_RUNS_H */
