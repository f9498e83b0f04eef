/*
 * embedder_grid.h - every embedder with every combination of options of its plugin: --grid
 * dim=64,128, EMBEDDER.dim=64,128.
 */
#ifndef COMMANDS_RUN_EMBEDDER_GRID_H
#define COMMANDS_RUN_EMBEDDER_GRID_H

#include "commands/embedders.h"

struct embedder_grid {
    struct embedder_spec *specs; /* [n] */
    uint32_t n;
};

/* The embedders as they are or, for each that has options of the grid, one for each combination of
 * their values, the first option's values slowest, called NAME@dim:64 and so on. One whose own
 * options say a value already keeps it. ERR_REQUEST: no embedder has such an option, a value is
 * none of it, a plugin's option is given twice. Copies; the registry must outlive it. Free with
 * embedder_grid_finish, also after an error. */
int embedder_grid_from_args(const struct args *args, const struct embedders *embedders,
                            struct embedder_grid *grid);
/* Do an embedder's own options say the one of this name? */
bool embedder_gives(const struct embedder_spec *spec, const char *name);
void embedder_grid_finish(struct embedder_grid *grid);

#endif /* COMMANDS_RUN_EMBEDDER_GRID_H */
