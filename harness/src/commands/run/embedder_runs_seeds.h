/*
 * embedder_runs_seeds.h - runs with every seed of a run, and what the figures of these come to.
 */
#ifndef COMMANDS_RUN_EMBEDDER_RUNS_SEEDS_H
#define COMMANDS_RUN_EMBEDDER_RUNS_SEEDS_H

#include "commands/run/embedder_runs.h"
#include "report/tree.h"

/* every embedder's run with the seeds of the run, if any was given: the suites' and the view's
 * seed, and those options of the plugin that are seeds (EMB_OPT_SEED), unless the embedder's own
 * options say otherwise. Of several seeds, each run becomes one for each, called NAME@seed:1 and so
 * on. A seed beyond an option's range is divided by it, and what is left is used. */
int embedder_runs_add_seeds(struct embedder_runs *embedder_runs);

/* Of several seeds: behind an embedder's own figures their means, under its plain name. Such a row
 * has the seeds in `seeds`, the mean in `value`, the sample standard deviation (n - 1 in the
 * denominator) in `sd` and no interval, for those of the seeds are of their items. n and answered
 * are those of the seed that answered least. Parts of the signature that differ between seeds say
 * "by-seed", as a stage chosen for each seed does; such a row has no stage, if these differ. Where
 * a seed has no figure, or no value, the mean has none, and `reason` says with which seed. */
void embedder_runs_summarise_seeds(const struct embedder_runs *embedder_runs,
                                   struct result_tree *tree);

#endif /* COMMANDS_RUN_EMBEDDER_RUNS_SEEDS_H */
