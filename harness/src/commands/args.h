/*
 * args.h - from argv to a command and its arguments, and help from the same tables.
 */
#ifndef COMMANDS_ARGS_H
#define COMMANDS_ARGS_H

#include "commands/command.h"

#include <stdio.h>

/* Errors name the word that is wrong and the nearest option there is. Destroy with args_destroy. */
int args_parse(const struct command *command, int argc, char **argv, struct args **ret_args);
/* What was not given as a flag comes from this file, a JSON object {"option": value or [values]},
 * and what is not in it either from HARNESS_OPTION in the environment ("HARNESS_OUT"). */
int args_read_config(struct args *args, const char *path);
void args_destroy(struct args *args); /* NULL is fine */

void args_help(const struct command *command, FILE *stream);
/* The program's own help: every command in a line, examples, exit status. */
void args_overview(FILE *stream);

/* The candidate nearest to `word` by edit distance, or NULL if none is near. */
const char *args_nearest(const char *word, const char *const *candidates, uint32_t n);

#endif /* COMMANDS_ARGS_H */
