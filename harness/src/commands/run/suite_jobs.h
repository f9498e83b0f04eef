/*
 * suite_jobs.h - which suites a command line asks for, and what it asks of each.
 */
#ifndef COMMANDS_RUN_SUITE_JOBS_H
#define COMMANDS_RUN_SUITE_JOBS_H

#include "commands/command.h"
#include "suites/suite.h"

/* One suite of the run with its own share of the request. */
struct suite_job {
    const struct suite *suite;
    struct suite_request request;
    struct suite_state *state;
    const char **datasets, **train, **options; /* the request's, owned */
};

struct suite_jobs {
    struct suite_job *jobs; /* [n] in the order of --suite */
    uint32_t n;
    const char **methods; /* what the requests share */
    uint64_t seed;
};

/* From --suite, --dataset, --train, --method, --set and similar options, every suite prepared: its
 * data sets are read, so that what is wrong with them is known before a model is loaded. only: the
 * id of the one suite to prepare, of those asked for; NULL: all. Free with suite_jobs_finish, also
 * after an error. */
int suite_jobs_from_args(const struct args *args, const char *only, struct suite_jobs *suite_jobs);
void suite_jobs_finish(struct suite_jobs *suite_jobs);

#endif /* COMMANDS_RUN_SUITE_JOBS_H */
