/*
 * help_suites.h - what suites declare (options, metrics, splits, policies) as help, manual page,
 * completion, schema and the tables of REPORT.md: all made from the tables of the suites.
 */
#ifndef COMMANDS_HELP_SUITES_H
#define COMMANDS_HELP_SUITES_H

#include "base/str.h"

#include <stdio.h>

struct args;
struct suite;

/* A suite: what it measures, its methods, options and data. */
void help_suite(const struct suite *suite);
/* The options of --set, for `harness run --help`. */
int help_suites_options(const struct args *args, FILE *out);
/* A section of the manual page. */
void help_suites_man(void (*roff)(const char *text));
/* Completion of what follows --set: the body of a shell function, and lines of fish. */
void help_suites_bash(void);
void help_suites_fish(void);
/* A regular expression that settings match, "NAME=VALUE" or "SUITE.NAME=VALUE". */
void help_suites_pattern(struct str *out);
/* The tables of REPORT.md, in Markdown. */
void help_suites_tables(void);

#endif /* COMMANDS_HELP_SUITES_H */
