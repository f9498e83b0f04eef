/*
 * merge.h - several reports as one.
 *
 * An embedder of a later report keeps its name if the name is new, or if it is the same embedder
 * (plugin, options, model and weights by sha256, dimension, status) and no figure of the one
 * contradicts a figure of the other: figures that both have are kept once, the facts are the first
 * report's. Else it is called NAME#2, or NAME#3 …, in figures and items. So are baselines that
 * contradict others ("baseline#2"): a data set that was cut short by --limit, say.
 */
#ifndef REPORT_MERGE_H
#define REPORT_MERGE_H

#include "report/tree.h"

/* What the embedders of a report are called in the merged one. */
struct merge_names {
    struct map from;
    const char **to; /* [from.n] texts of the merged tree */
};

/* Puts a report into `into` (zeroed before the first one). Its facts join into->run.sources;
 * into->run is the first report's. Embedders move over; `from` must outlive `into`. name: of its
 * file. */
void result_tree_merge(struct result_tree *into, struct result_tree *from, const char *name,
                       struct merge_names *ret_names);
/* The merged name of an embedder. */
const char *merge_name(const struct merge_names *names, const char *embedder);
void merge_names_finish(struct merge_names *names);

#endif /* REPORT_MERGE_H */
