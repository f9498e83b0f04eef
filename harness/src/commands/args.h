/*
 * args.h - from argv to a command and its arguments, and help from the same tables.
 */
#ifndef COMMANDS_ARGS_H
#define COMMANDS_ARGS_H

#include "base/str.h"
#include "commands/command.h"

#include <stdio.h>

/* Errors name the word that is wrong and the nearest option there is. Destroy with args_destroy. */
int args_parse(const struct command *command, int argc, char **argv, struct args **ret_args);
/* The words behind the first, as if typed to a command: `help train gpt`. Lives no longer than
 * `from`; destroy with args_destroy. */
struct args *args_behind(const struct command *command, const struct args *from);
/* What was not given as a flag comes from this file, a JSON object {"option": value or [values]},
 * and what is not in it either from HARNESS_OPTION in the environment ("HARNESS_OUT"). Options that
 * are NAME=VALUE are objects there as well ({"set": {"k": 5}}); in one whose values are lists
 * ({"grid": {"dim": [16, 32], "seed": [1, 2]}}), an option of the command that takes a list is that
 * option. */
int args_read_config(struct args *args, const char *path);
/* The same from a text [n bytes]; name: what errors call it. */
int args_read_config_text(struct args *args, const char *text, size_t n, const char *name);
/* What was given, from wherever it came, as such an object: reading it gives the same again. */
void args_write_config(const struct args *args, int indent, struct str *out);
/* The JSON Schema of what args_read_config reads for a command. */
void args_write_schema(const struct command *command, struct str *out);
const struct option_help *args_options(const struct args *args); /* of its command */
/* Can every file and folder that the options say to write be written? Before any work. */
int args_check_outputs(const struct args *args);
bool args_is_of(const struct command *command, const char *option);
/* Is it part of what an experiment file can say? All but --config and similar options are. */
bool args_in_experiment(const char *option);

/* Arguments from a configuration alone, as if typed as `line`; NULL, with an error set: it is not
 * one. Destroy with args_destroy. */
struct args *args_from_config(const struct command *command, const char *config, const char *line);
/* What was given of the options that a command has, as if to it; `from` must live longer. Destroy
 * with args_destroy. */
struct args *args_for(const struct command *command, const struct args *from);
/* The status as it is; an error of an option that an experiment file gave has its file, line and
 * key in front. value: one that args_values gave, unsplit; NULL: the last. */
int args_blame(const struct args *args, const char *option, const char *value, int status);
void args_forget(struct args *args, const char *option); /* as if it was not given */
/* Adds what was given of one option elsewhere, over what is there. */
void args_take_over(struct args *args, const struct args *from, const char *option);
/* Are the values of an option the same in both? If not, free() the two texts that say them. */
bool args_same(const struct args *args, const struct args *other, const char *option,
               char **ret_value, char **ret_other);
void args_destroy(struct args *args); /* NULL is fine */

/* Calls visit for each word that an option can be, if there is a list; was there one? */
bool args_each_word(const struct command *command, const char *option,
                    void (*visit)(const char *word, const char *about, void *ctx), void *ctx);
/* A command's help. args: what stands beside --help (`train gpt --help`), or NULL. Fails where that
 * is nothing that the command knows. */
int args_help(const struct command *command, const struct args *args, FILE *stream);
/* A line of it: a label, and behind it what it means, broken to the width; both may be a plugin's.
 */
void args_help_line(FILE *stream, const char *label, const char *help);
/* The program's own help: every command in a line, examples, exit status. */
void args_overview(FILE *stream);

/* The candidate nearest to `word` by edit distance, or NULL if none is near. */
const char *args_nearest(const char *word, const char *const *candidates, uint32_t n);

#endif /* COMMANDS_ARGS_H */
