/*
 * rivals.h - which rows may stand side by side, whether they were made alike, and what people call
 * them.
 */
#ifndef COMMANDS_COMPARE_RIVALS_H
#define COMMANDS_COMPARE_RIVALS_H

#include "commands/command.h"
#include "commands/compare/read.h"

/* One data set, split and metric of one suite. */
bool compare_same_place(const struct compare_system *a, const struct compare_system *b);
/* The same system of two reports. */
bool compare_same_system(const struct compare_system *a, const struct compare_system *b);

/* Rows of one place that are rivals: methods that answer one question, as a static embedder's two
 * representations (nn, nn-context) and a contextual one's, or post-processings of one method; any
 * methods if several were asked for by name; a baseline and any method. */
bool compare_same_question(const struct args *args, const struct compare_system *a,
                           const struct compare_system *b);
/* The first part of the signatures that differs and is not what a system is; NULL if none. free()
 * it. */
char *compare_signatures(const struct compare_system *a, const struct compare_system *b);

/* Names for people: the report where there are several, embedder, stage, and the method where a
 * data set has several; of a baseline its method. */
void compare_label(struct compare_input *input);

/* The rows there are of the splits asked for, for the errors of those who find none: one line a suite and data set. */
char *compare_rows_there_are(const struct compare_input *input);

#endif /* COMMANDS_COMPARE_RIVALS_H */
