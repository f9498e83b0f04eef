/*
 * guard.h - a command that loads a plugin, in a process that the plugin may end.
 */
#ifndef COMMANDS_GUARD_H
#define COMMANDS_GUARD_H

#include "commands/command.h"

/* command->run(args) in a child with a scratch folder as TMPDIR, in the sandbox of --sandbox from
 * the moment a plugin is loaded: it allows what is written besides (plugin/confinement.h).
 * Its code and error are this function's; a child that ends without them is ERR_FAILED, reported as
 * what it is. Signals reach the child, and if one ends it, this process too. */
int guard_run(const struct command *command, const struct args *args);

/* The option --sandbox, for the table of such a command. */
#define SANDBOX_OPTION                                                                             \
    {                                                                                              \
        "sandbox", "on|off",                                                                       \
            "keep the plugin from the network and from other processes; default: on, but for "     \
            "plugins of\nthe harness that start programs (process)"                                \
    }

#endif /* COMMANDS_GUARD_H */
