/*
 * select.h - which of the rows that were read are compared.
 */
#ifndef COMMANDS_COMPARE_SELECT_H
#define COMMANDS_COMPARE_SELECT_H

#include "commands/command.h"
#include "commands/compare/read.h"

/* Marks the systems that the options ask for (`wanted`) and those that --against names
 * (`reference`). ERR_REQUEST for what no row has, with what there is. */
int compare_choose(const struct args *args, struct compare_input *input);

/* Were baselines asked for by name? */
bool compare_names_baselines(const struct args *args, const struct compare_input *input);

#endif /* COMMANDS_COMPARE_SELECT_H */
