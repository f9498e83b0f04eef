/*
 * resume.h - what a journal's head says: the request and all that the results stand on, so that
 * --resume goes on with the same run or says what is not the same any more.
 */
#ifndef COMMANDS_RUN_RESUME_H
#define COMMANDS_RUN_RESUME_H

#include "commands/command.h"
#include "commands/run/embedder_runs.h"
#include "report/tree.h"

/* {"journal": …, "version", "program_sha256", "command", "started", "options": {…},
 *  "embedders": [{"name", "plugin_sha256", "options"}], "data": [{"path", "sha256"}]} */
char *resume_head(const struct args *args, const struct run_facts *run,
                  const struct embedder_facts *embedders, uint32_t n_embedders);

/* The arguments of the interrupted run with what may change (--timeout, --out, …) from `args`; what
 * else was given beside --resume must be as it was. tree->run gets when the run started and its
 * configuration as it was. */
int resume_args(const struct args *args, const char *head, struct args **ret_args,
                struct result_tree *tree);

/* Is the head of now the one of then? The error names the first file that differs. */
int resume_check(const char *then, const char *now);

#endif /* COMMANDS_RUN_RESUME_H */
