/*
 * args_own.h - what args.c, args_config.c, args_config_write.c and args_copy.c share: the inside of
 * struct args.
 */
#ifndef COMMANDS_ARGS_OWN_H
#define COMMANDS_ARGS_OWN_H

#include "base/arena.h"
#include "commands/args.h"

#include <stddef.h>

/* Where a value comes from; a stronger source hides what weaker ones say of the same option. */
enum origin { FROM_ENVIRONMENT, FROM_CONFIG, FROM_FLAG };

struct given {
    const struct option_help *option;
    const char *value; /* NULL for a flag */
    enum origin origin;
    const char *place; /* "study.json:3: \"grid\": \"dim\""; NULL: no experiment file's */
};

struct args {
    const struct command *command;
    struct given *given;
    size_t n_given, given_capacity;
    const char **words;
    size_t n_words, word_capacity;
    char *line;
    char *program;
    struct arena *texts; /* live as long as args; added to where args is const, too */
};

/* NULL: the command has no such option. name: [n] bytes. */
const struct option_help *args_find_option(const struct command *command, const char *name,
                                           size_t n);
/* One more value (NULL for a flag); it must live as long as args, as its place, where it is said.
 */
void args_add_at(struct args *args, const struct option_help *option, const char *value,
                 enum origin origin, const char *place);
void args_add(struct args *args, const struct option_help *option, const char *value,
              enum origin origin);
/* The last value from the strongest source; NULL: not given. */
const struct given *args_last(const struct args *args, const char *name);

/* Is the value NAME=VALUE, in a file an object? A list, or such a pair with a list behind it? */
bool args_is_pair(const struct option_help *option);
bool args_is_list(const struct option_help *option);

#endif /* COMMANDS_ARGS_OWN_H */
