/*
 * command.h - what the program can be asked to do, and how a command line is read. Only commands
 * print to stdout.
 */
#ifndef COMMANDS_COMMAND_H
#define COMMANDS_COMMAND_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct option_help {
    /* "embedder", without the dashes; NULL ends the table */
    const char *name;
    /* "SPEC"; "[NAME]": may be left out, then ""; NULL: a flag that takes none */
    const char *value;
    const char *help; /* one or more lines */
};

/* An option whose value is a word of a list, for help, manual page and completion. */
struct option_words {
    const char *option; /* "format"; NULL ends the table */
    void (*each)(void (*visit)(const char *word, const char *about, void *ctx), void *ctx);
};

struct args;

struct command {
    const char *name;     /* "run" */
    const char *synopsis; /* "[options] FILE…" */
    const char *summary;  /* one line */
    const char *details;  /* paragraphs and examples for --help; "" if none */
    const struct option_help *options;
    const struct option_words *words; /* NULL: none */
    /* What --help says below the options; NULL: nothing. args: what stands beside --help; NULL: a
     * line that cannot be read. */
    int (*more_help)(const struct args *args, FILE *out);
    bool makes_folders; /* its -o may be a folder that is there, which it looks at itself */
    bool loads_plugins; /* into its own process, which is therefore a child: guard.h */
    int (*run)(const struct args *args); /* 0 or an error code; see base/error.h */
};

extern const struct command
    *const commands[]; /* NULL-terminated; the first is the default, "run" */

/* The last value of an option, or fallback. "--name value" and "--name=value" are the same. */
const char *args_value(const struct args *args, const char *name, const char *fallback);
bool args_flag(const struct args *args, const char *name);
/* All values of an option in order, given repeatedly and, with split, comma-separated. The array is
 * the caller's to free; the texts live as long as args. */
const char **args_values(const struct args *args, const char *name, bool split, uint32_t *ret_n);
/* All values of an option with blanks between, where each narrows what the others leave; NULL: it
 * was not given. free() it. */
char *args_joined(const struct args *args, const char *name);
/* A number option: error names the option, what was found and what was expected. */
int args_uint(const struct args *args, const char *name, uint64_t fallback, uint64_t *ret_value);
uint32_t args_n(const struct args *args); /* words that are no options */
const char *args_word(const struct args *args, uint32_t i);
/* The whole command line as typed, for the report. */
const char *args_line(const struct args *args);
const char *args_program(const struct args *args); /* path of this executable */

#endif /* COMMANDS_COMMAND_H */
