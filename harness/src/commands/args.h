/*
 * args.h - from argv to a command and its arguments, and help from the same tables.
 */
#ifndef COMMANDS_ARGS_H
#define COMMANDS_ARGS_H

#include "commands/command.h"

#include <stdio.h>

/* Errors name the word that is wrong and the nearest option there is. Destroy with args_destroy. */
int args_parse(const struct command *command, int argc, char **argv, struct args **ret_args);
void args_destroy(struct args *args); /* NULL is fine */

void args_help(const struct command *command, FILE *stream);
/* The program's own help: every command in a line, examples, exit status. */
void args_overview(FILE *stream);

/* The candidate nearest to `word` by edit distance, or NULL if none is near. */
const char *args_nearest(const char *word, const char *const *candidates, uint32_t n);

#endif /* COMMANDS_ARGS_H */
