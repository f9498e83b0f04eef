#include "base/error.h"
#include "commands/args.h"

#include <string.h>

static int run(const struct args *args)
{
    for (const struct command *const *command = commands; *command; command++) {
        if (args_n(args) > 0 && strcmp((*command)->name, args_word(args, 0)) == 0) {
            args_help(*command, stdout);
            return 0;
        }
    }
    return error_set(ERR_REQUEST, "help: unknown command '%s'; see harness --help",
                     args_word(args, 0));
}

const struct command command_help = {
    .name = "help",
    .synopsis = "COMMAND",
    .summary = "what a command takes",
    .details = "",
    .run = run,
};
