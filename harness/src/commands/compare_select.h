/*
 * compare_select.h - which of the systems that were read are compared, and what they are called.
 */
#ifndef COMMANDS_COMPARE_SELECT_H
#define COMMANDS_COMPARE_SELECT_H

#include "commands/command.h"
#include "commands/compare_read.h"

/* Has a figure, and is of the suites, data sets, embedders and methods asked for. */
bool compare_wanted(const struct args *args, const struct compare_system *system);

bool compare_same_place(const struct compare_system *a, const struct compare_system *b);
/* The same system of two reports. */
bool compare_same_system(const struct compare_system *a, const struct compare_system *b);

/* Methods that answer one question: a static embedder's two representations (nn, nn-context) are
 * both rivals of a contextual one, as are post-processings of one method. Asked for by name, any
 * two methods are. */
bool compare_same_question(const struct args *args, const struct compare_system *a,
                           const struct compare_system *b);

/* Is system s at the stage to show of its embedder and method (--stage)? */
bool compare_stage_shown(const struct args *args, const struct compare_input *input, uint32_t s);

/* Names for people: the report where there are several, embedder, stage, and the method where a
 * data set has several. */
void compare_label(struct compare_input *input);

#endif /* COMMANDS_COMPARE_SELECT_H */
