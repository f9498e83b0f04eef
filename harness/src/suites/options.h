/*
 * options.h - the settings of suites, `--set NAME=VALUE`: declared by each suite in a table of the
 * same options as plugins have, parsed by the same parser (plugin/options.h). Help, manual page,
 * schema and completion are made from the tables.
 */
#ifndef SUITES_OPTIONS_H
#define SUITES_OPTIONS_H

#include "plugin/options.h"
#include "suites/suite.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

struct suite_settings; /* a suite's table with the values of one request */

/* One option of a suite. Numbers need a range: min 0 and max 0 would be the number 0. */
struct suite_option {
    struct emb_option typed; /* its fallback is never NULL; "": none. Kinds: plugin/options.h too */
    const char *words;       /* "lower|exact": as in struct option_table */
};
#define SUITE_MOST INFINITY /* where any greater number would do */

uint32_t suite_n_options(const struct suite *suite);
/* NULL: it declares none of that name. name: [n] bytes. */
const struct suite_option *suite_find_option(const struct suite *suite, const char *name, size_t n);
/* A suite's table as the parser and the help want it; it lives as long as the arena. */
struct option_table suite_table(const struct suite *suite, struct arena *arena);

/* Parses request->options into request->settings. ERR_REQUEST names the option, what was found and
 * what is allowed. Undo with suite_unsettle; nothing set is fine. */
int suite_settle(const struct suite *suite, struct suite_request *request);
void suite_unsettle(struct suite_request *request);
/* Settles, then suite->prepare(); the settings stay for as long as the state is used, and are gone
 * after an error. */
int suite_open(const struct suite *suite, struct suite_request *request,
               struct suite_state **ret_state);

/* The value of an option, given or by default; of a suite that does not declare it NULL or 0. A
 * text is NULL where it is empty; it lives as long as the settings. */
const char *suite_text(const struct suite_request *request, const char *name);
bool suite_says(const struct suite_request *request, const char *name, const char *word);
uint64_t suite_whole(const struct suite_request *request, const char *name); /* and bytes, flags */
double suite_real(const struct suite_request *request, const char *name);
bool suite_is_set(const struct suite_request *request, const char *name); /* by the user */

#endif /* SUITES_OPTIONS_H */
