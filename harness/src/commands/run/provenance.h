/*
 * provenance.h - which files a run stands on: every file that the suites open while they prepare,
 * with its SHA-256 and, if it is of a manifest's folder, its licence and what to cite.
 */
#ifndef COMMANDS_RUN_PROVENANCE_H
#define COMMANDS_RUN_PROVENANCE_H

#include "data/catalogue.h"
#include "report/tree.h"

/* Zero-initialise, use, finish. */
struct provenance {
    struct map paths; /* that were read */
};

/* From now on, until provenance_stop, every file that is read counts; one provenance at a time. */
void provenance_watch(struct provenance *provenance);
void provenance_stop(void);
void provenance_add(struct provenance *provenance, const char *path); /* NULL is fine */

/* The licence and the citation of a model that is of a manifest's folder. */
void provenance_of_model(const struct catalogue *catalogue, struct embedder_facts *facts);

/* Puts the files into tree->run.data. Errors: a file that cannot be read again. */
int provenance_describe(const struct provenance *provenance, const struct catalogue *catalogue,
                        struct result_tree *tree);
void provenance_finish(struct provenance *provenance);

#endif /* COMMANDS_RUN_PROVENANCE_H */
