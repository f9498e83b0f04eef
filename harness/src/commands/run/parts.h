/*
 * parts.h - which suites a command line asks for, and what it asks of each.
 */
#ifndef COMMANDS_RUN_PARTS_H
#define COMMANDS_RUN_PARTS_H

#include "commands/command.h"
#include "suites/suite.h"

/* One suite of the run with its own share of the request. */
struct part {
    const struct suite *suite;
    struct suite_request request;
    struct suite_state *state;
};

struct parts {
    struct part *parts; /* [n] in the order of --suite */
    uint32_t n;
    const char **methods; /* what the requests share */
    uint64_t seed;
};

/* From --suite, --dataset, --train, --method, --set and their kin, every suite prepared: its data
 * sets are read, so that what is wrong with them is known before a model is loaded. Free with
 * parts_finish, also after an error. */
int parts_from_args(const struct args *args, struct parts *ret_parts);
void parts_finish(struct parts *parts);

#endif /* COMMANDS_RUN_PARTS_H */
