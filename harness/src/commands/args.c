/* Parses the command line by the tables of options, environment and experiment file included. */
#include "commands/args.h"
#include "commands/args_own.h"

#include "base/file.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/str.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

const char *args_nearest(const char *word, const char *const *candidates, uint32_t n)
{
    enum { LONGEST = 63 };
    const char *best = NULL;
    size_t least = 3, m = strlen(word);
    for (uint32_t c = 0; c < n && m <= LONGEST; c++) {
        size_t row[LONGEST + 1], k = strlen(candidates[c]);
        for (size_t j = 0; j <= m; j++) {
            row[j] = j;
        }
        for (size_t i = 1; i <= k; i++) {
            size_t diagonal = row[0];
            row[0] = i;
            for (size_t j = 1; j <= m; j++) {
                size_t cost = diagonal + (candidates[c][i - 1] != word[j - 1]);
                diagonal = row[j];
                size_t gap = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
                row[j] = cost < gap ? cost : gap;
            }
        }
        if (row[m] < least) {
            least = row[m];
            best = candidates[c];
        }
    }
    return best;
}

const struct option_help *args_find_option(const struct command *command, const char *name,
                                           size_t n)
{
    if (n == 5 && memcmp(name, "seeds", n) == 0) { /* by another name, where it is a list */
        const struct option_help *seed = args_find_option(command, "seed", 4);
        return seed && strcmp(seed->value, "LIST") == 0 ? seed : NULL;
    }
    for (const struct option_help *option = command->options; option && option->name; option++) {
        if (strlen(option->name) == n && memcmp(option->name, name, n) == 0) {
            return option;
        }
    }
    return NULL;
}

static int unknown_option(const struct command *command, const char *word)
{
    const char *names[64];
    uint32_t n = 0;
    for (const struct option_help *option = command->options; option && option->name && n < 64;
         option++) {
        names[n++] = option->name;
    }
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(word + 2, "="), word + 2);
    const char *nearest = args_nearest(name, names, n);
    return error_set(ERR_REQUEST, "%s: unknown option '%s'%s%s; see harness %s --help",
                     command->name, word, nearest ? "; did you mean --" : "",
                     nearest ? nearest : "", command->name);
}

void args_add_at(struct args *args, const struct option_help *option, const char *value,
                 enum origin origin, const char *place)
{
    MEM_GROW(args->given, args->given_capacity, args->n_given + 1);
    args->given[args->n_given++] = (struct given){option, value, origin, place};
}

void args_add(struct args *args, const struct option_help *option, const char *value,
              enum origin origin)
{
    args_add_at(args, option, value, origin, NULL);
}

int args_blame(const struct args *args, const char *option, const char *value, int status)
{
    const struct given *found = args_last(args, option);
    for (size_t i = 0; value && i < args->n_given; i++) {
        found = args->given[i].value == value ? &args->given[i] : found;
    }
    return status && found && found->place ? error_context(status, "%s", found->place) : status;
}

static int take_option(struct args *args, int argc, char **argv, int *at)
{
    const char *word = argv[*at], *equals = strchr(word, '=');
    size_t n = equals ? (size_t)(equals - word) - 2 : strlen(word) - 2;
    const struct option_help *option = args_find_option(args->command, word + 2, n);
    if (!option) {
        return unknown_option(args->command, word);
    }
    const char *value = NULL;
    if (!option->value && equals) {
        return error_set(ERR_REQUEST, "--%s takes no value; found '%s'", option->name, equals + 1);
    }
    bool optional = option->value && option->value[0] == '['; /* "[NAME]" */
    if (optional && !equals) {
        bool follows = *at + 1 < argc && argv[*at + 1][0] != '-';
        value = follows ? argv[++*at] : "";
    } else if (option->value) {
        if (!equals && *at + 1 >= argc) {
            return error_set(ERR_REQUEST, "--%s: a value is missing; expected %s", option->name,
                             option->value);
        }
        value = equals ? equals + 1 : argv[++*at];
    }
    args_add(args, option, value, FROM_FLAG);
    return 0;
}

/* HARNESS_MEMORY_LIMIT for "memory-limit". A flag is set by any value but "" and "0". */
static void read_environment(struct args *args)
{
    for (const struct option_help *option = args->command->options; option && option->name;
         option++) {
        char name[64] = "HARNESS_";
        size_t n = strlen(name);
        for (const char *c = option->name; *c && n + 1 < sizeof name; c++) {
            name[n++] = (char)(*c == '-' ? '_' : toupper((unsigned char)*c));
        }
        const char *value = getenv(name);
        if (value && value[0] && (option->value || strcmp(value, "0") != 0)) {
            args_add(args, option, option->value ? value : NULL, FROM_ENVIRONMENT);
        }
    }
}

/* The command line again, quoted where a shell would need it. */
static char *join(const struct command *command, int argc, char **argv)
{
    struct str line = {0};
    str_add(&line, "harness");
    if (command != commands[0]) {
        str_format(&line, " %s", command->name);
    }
    for (int i = 1; i < argc; i++) {
        bool plain = argv[i][0] && !strpbrk(argv[i], " \t\n\"'\\$`*?[]{}()<>|&;#!");
        str_add_char(&line, ' ');
        if (plain) {
            str_add(&line, argv[i]);
            continue;
        }
        str_add_char(&line, '\'');
        for (const char *c = argv[i]; *c; c++) {
            if (*c == '\'') {
                str_add(&line, "'\\''");
            } else {
                str_add_char(&line, *c);
            }
        }
        str_add_char(&line, '\'');
    }
    return line.data;
}

int args_parse(const struct command *command, int argc, char **argv, struct args **ret_args)
{
    struct args *args = mem_alloc(sizeof *args);
    args->texts = mem_alloc(sizeof *args->texts);
    args->command = command;
    args->line = join(command, argc, argv);
    args->program = realpath("/proc/self/exe", NULL);
    read_environment(args);
    bool only_words = false;
    for (int at = 1; at < argc; at++) {
        int status = 0;
        if (!only_words && strcmp(argv[at], "--") == 0) {
            only_words = true;
        } else if (!only_words && strncmp(argv[at], "--", 2) == 0) {
            status = take_option(args, argc, argv, &at);
        } else if (!only_words && argv[at][0] == '-' && argv[at][1] != '\0' &&
                   args_find_option(command, argv[at] + 1, strlen(argv[at]) - 1)) {
            char *dashed = mem_format("-%s", argv[at]); /* -o as --o */
            char *kept = argv[at];
            argv[at] = dashed;
            status = take_option(args, argc, argv, &at);
            if (argv[at] == dashed) {
                argv[at] = kept;
            }
            free(dashed);
        } else if (!only_words && argv[at][0] == '-' && argv[at][1] != '\0') {
            status = error_set(ERR_REQUEST, "%s: unknown option '%s'; see harness %s --help",
                               command->name, argv[at], command->name);
        } else {
            MEM_GROW(args->words, args->word_capacity, args->n_words + 1);
            args->words[args->n_words++] = argv[at];
        }
        if (status != 0) {
            args_destroy(args);
            return status;
        }
    }
    *ret_args = args;
    return 0;
}

struct args *args_behind(const struct command *command, const struct args *from)
{
    struct args *args = mem_alloc(sizeof *args);
    *args = (struct args){.command = command, .texts = mem_alloc(sizeof *args->texts)};
    args->line = mem_text(from->line);
    read_environment(args);
    for (size_t i = 1; i < from->n_words; i++) {
        MEM_GROW(args->words, args->word_capacity, args->n_words + 1);
        args->words[args->n_words++] = from->words[i];
    }
    return args;
}

void args_destroy(struct args *args)
{
    if (!args) {
        return;
    }
    arena_finish(args->texts);
    free(args->texts);
    free(args->given);
    free(args->words);
    free(args->line);
    free(args->program);
    free(args);
}

const struct given *args_last(const struct args *args, const char *name)
{
    const struct given *found = NULL;
    for (size_t i = 0; i < args->n_given; i++) {
        const struct given *given = &args->given[i];
        if (strcmp(given->option->name, name) == 0 && (!found || given->origin >= found->origin)) {
            found = given;
        }
    }
    return found;
}

const char *args_value(const struct args *args, const char *name, const char *fallback)
{
    const struct given *given = args_last(args, name);
    return given ? given->value : fallback;
}

bool args_flag(const struct args *args, const char *name)
{
    return args_last(args, name) != NULL;
}

const char **args_values(const struct args *args, const char *name, bool split, uint32_t *ret_n)
{
    const char **values = NULL;
    size_t n = 0, capacity = 0;
    const struct given *strongest = args_last(args, name);
    for (size_t i = 0; i < args->n_given; i++) {
        if (strcmp(args->given[i].option->name, name) != 0 || !args->given[i].value ||
            args->given[i].origin != strongest->origin) {
            continue;
        }
        struct slice rest = slice_of(args->given[i].value), part;
        if (!split) {
            MEM_GROW(values, capacity, n + 1);
            values[n++] = args->given[i].value;
            continue;
        }
        while (slice_field(&rest, ',', &part)) {
            if (part.n > 0) {
                MEM_GROW(values, capacity, n + 1);
                values[n++] = arena_text(args->texts, part.text, part.n);
            }
        }
    }
    *ret_n = (uint32_t)n;
    return values;
}

char *args_joined(const struct args *args, const char *name)
{
    uint32_t n;
    const char **values = args_values(args, name, false, &n);
    struct str joined = {0};
    for (uint32_t i = 0; i < n; i++) {
        str_format(&joined, "%s%s", i ? " " : "", values[i]);
    }
    free(values);
    return joined.data;
}

int args_uint(const struct args *args, const char *name, uint64_t fallback, uint64_t *ret_value)
{
    const char *text = args_value(args, name, NULL);
    if (!text) {
        *ret_value = fallback;
        return 0;
    }
    if (!num_uint(slice_of(text), ret_value)) {
        return args_blame(
            args, name, NULL,
            error_set(ERR_REQUEST, "--%s: found '%s', expected a whole number", name, text));
    }
    return 0;
}

const struct option_help *args_options(const struct args *args)
{
    return args->command->options;
}

uint32_t args_n(const struct args *args)
{
    return (uint32_t)args->n_words;
}

const char *args_word(const struct args *args, uint32_t i)
{
    return args->words[i];
}

const char *args_line(const struct args *args)
{
    return args->line;
}

const char *args_program(const struct args *args)
{
    return args->program ? args->program : "harness";
}

static int check_printable(const char *text)
{
    return text_is_printable(text)
               ? 0
               : error_set(ERR_REQUEST, "found control characters, expected a name");
}

/* Options that say where something is written, in whichever command they are. */
static const struct {
    const char *option;
    int (*check)(const char *value);
} outputs[] = {{"o", file_check_output},
               {"output", file_check_output},
               {"html", file_check_output},
               {"out", file_check_output_folder},
               {"name", check_printable}};

int args_check_outputs(const struct args *args)
{
    for (const struct option_help *option = args_options(args); option->name; option++) {
        const char *value = option->value ? args_value(args, option->name, NULL) : NULL;
        for (size_t i = 0; value && i < sizeof outputs / sizeof *outputs; i++) {
            bool named = strcmp(option->name, outputs[i].option) == 0 &&
                         !(args->command->makes_folders && file_is_folder(value));
            int status = named ? outputs[i].check(value) : 0;
            if (status) {
                return error_context(status, option->name[1] ? "--%s" : "-%s", option->name);
            }
        }
    }
    return 0;
}
