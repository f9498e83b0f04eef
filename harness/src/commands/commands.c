/* commands.c - every command there is, in the order in which --help lists them. */
#include "commands/command.h"

#include <stddef.h>

extern const struct command command_run, command_report, command_history, command_compare,
    command_list, command_explain, command_predict, command_neighbours, command_similarity,
    command_analogy, command_embed, command_project, command_train, command_check,
    command_new_plugin, command_convert, command_fetch, command_prepare, command_rescore,
    command_verify, command_cite, command_help, command_plan, command_unit, command_gather,
    command_sweep;

const struct command *const commands[] = {
    &command_run,     &command_report,     &command_history,
    &command_compare, &command_list,       &command_explain,
    &command_predict, &command_neighbours, &command_similarity,
    &command_analogy, &command_embed,      &command_project,
    &command_train,   &command_check,      &command_new_plugin,
    &command_convert, &command_fetch,      &command_prepare,
    &command_rescore, &command_verify,     &command_cite,
    &command_plan,    &command_unit,       &command_gather,
    &command_sweep,   &command_help,       NULL,
};
