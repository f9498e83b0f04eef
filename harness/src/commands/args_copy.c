/* The options of one command for another: compared, copied, taken over, forgotten. */
#include "commands/args_own.h"

#include "base/mem.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

bool args_is_of(const struct command *command, const char *option)
{
    return args_find_option(command, option, strlen(option)) != NULL;
}

/* The values of one option, for comparison. */
static char *describe(const struct args *args, const char *option)
{
    struct str text = {0};
    uint32_t n = 0;
    const char **values = args_values(args, option, false, &n);
    for (uint32_t i = 0; i < n; i++) {
        str_format(&text, "%s%s", i ? ", " : "", values[i]);
    }
    if (args_last(args, option) && n == 0) {
        str_add(&text, "set");
    }
    free(values);
    return text.n ? text.data : mem_text("not given");
}

bool args_same(const struct args *args, const struct args *other, const char *option,
               char **ret_value, char **ret_other)
{
    char *value = describe(args, option), *second = describe(other, option);
    bool same = strcmp(value, second) == 0;
    if (same) {
        free(value);
        free(second);
    } else {
        *ret_value = value;
        *ret_other = second;
    }
    return same;
}

/* With nothing given yet. */
static struct args *args_of(const struct command *command, const char *line)
{
    struct args *args = mem_alloc(sizeof *args);
    args->texts = mem_alloc(sizeof *args->texts);
    args->command = command;
    args->line = mem_text(line);
    args->program = realpath("/proc/self/exe", NULL);
    return args;
}

struct args *args_from_config(const struct command *command, const char *config, const char *line)
{
    struct args *args = args_of(command, line);
    if (args_read_config_text(args, config, strlen(config), "options") != 0) {
        args_destroy(args);
        return NULL;
    }
    return args;
}

struct args *args_for(const struct command *command, const struct args *from)
{
    struct args *args = args_of(command, from->line);
    for (size_t i = 0; i < from->n_given; i++) {
        const struct given *given = &from->given[i];
        const char *name = given->option->name;
        const struct option_help *option = args_find_option(command, name, strlen(name));
        if (option) {
            args_add_at(args, option, given->value, given->origin, given->place);
        }
    }
    return args;
}

void args_forget(struct args *args, const char *option)
{
    size_t kept = 0;
    for (size_t i = 0; i < args->n_given; i++) {
        if (strcmp(args->given[i].option->name, option) != 0) {
            args->given[kept++] = args->given[i];
        }
    }
    args->n_given = kept;
}

void args_take_over(struct args *args, const struct args *from, const char *option)
{
    for (size_t i = 0; i < from->n_given; i++) {
        const struct given *given = &from->given[i];
        if (strcmp(given->option->name, option) == 0) {
            args_add(args, given->option, arena_keep(args->texts, given->value), FROM_FLAG);
        }
    }
}
