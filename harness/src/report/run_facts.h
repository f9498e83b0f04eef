/*
 * run_facts.h - what a report says of the run that made it: the program, the request, the machine,
 * the files.
 */
#ifndef REPORT_RUN_FACTS_H
#define REPORT_RUN_FACTS_H

#include "base/members.h"

#include <stdint.h>

/* A file of data that figures stand on: a test set, its gold, a training corpus, WordNet.
 * X(type, member, name in reports, NEEDED or OPTIONAL there). */
/* clang-format off */
#define DATA_FACTS_MEMBERS(X)                                                                      \
    X(TEXT, path, "path", NEEDED)         /* as it was opened */                                   \
    X(WHOLE, bytes, "bytes", OPTIONAL)                                                             \
    X(TEXT, sha256, "sha256", OPTIONAL)                                                            \
    X(TEXT, name, "name", OPTIONAL)       /* of its manifest; NULL: it has none; as the next two */ \
    X(TEXT, licence, "licence", OPTIONAL)                                                          \
    X(TEXT, citation, "citation", OPTIONAL)
/* clang-format on */
struct data_facts {
    DATA_FACTS_MEMBERS(MEMBER)
};
MEMBERS_ARE_LISTED(data_facts, DATA_FACTS_MEMBERS);

/* A machine of a sweep (commands/sweep), with what its units cost. Likewise. */
/* clang-format off */
#define NODE_FACTS_MEMBERS(X)                                                                      \
    X(TEXT, name, "name", NEEDED)                                                                  \
    X(WHOLE32, units, "units", OPTIONAL)          /* that ran there */                             \
    X(REAL, core_seconds, "core_seconds", OPTIONAL) /* threads × seconds, of all of them */        \
    /* of its processors meanwhile, as the kernel counts them; NAN: not of every unit known */     \
    X(REAL, joules, "joules", OPTIONAL)
/* clang-format on */
struct node_facts {
    NODE_FACTS_MEMBERS(MEMBER)
};
MEMBERS_ARE_LISTED(node_facts, NODE_FACTS_MEMBERS);

/* Likewise, a list for each place in a report: the objects `harness` and `run`, `run.machine`, and
 * the report itself. Texts are the caller's or the result tree's. */
/* clang-format off */
#define RUN_FACTS_OF_HARNESS(X)                                                                    \
    X(TEXT, version, "version", NEEDED)                                                            \
    X(TEXT, build, "build", OPTIONAL)            /* compiler, optimisation, OpenBLAS */
#define RUN_FACTS_OF_RUN(X)                                                                        \
    X(TEXT, command, "command", NEEDED)          /* as typed */                                    \
    X(WHOLE, seed, "seed", OPTIONAL)                                                               \
    X(TEXT, started, "start", NEEDED)            /* "2026-01-31T12:00:00Z" */                      \
    X(REAL, seconds, "seconds", OPTIONAL)                                                          \
    X(TEXT, config, "config", OPTIONAL)          /* the command as an experiment file, JSON */
#define RUN_FACTS_OF_MACHINE(X)                                                                    \
    X(TEXT, processor, "processor", OPTIONAL)    /* "AMD EPYC …" */                                \
    X(TEXT, system, "system", OPTIONAL)          /* "Linux 6.1.0 x86_64" */                        \
    X(WHOLE32, n_threads, "threads", OPTIONAL)                                                     \
    X(WHOLE, memory_bytes, "memory_bytes", OPTIONAL)                                               \
    X(TEXT, blas, "blas", OPTIONAL)              /* "OpenBLAS 0.3.21 …, core Zen" */
#define RUN_FACTS_OF_NODES(X)                                                                      \
    X(NODES, nodes, "nodes", OPTIONAL)           /* of a sweep, in the order of its units */
#define RUN_FACTS_OF_DATA(X)                                                                       \
    X(DATA, data, "data", OPTIONAL)              /* in the order of their first reading */
#define RUN_FACTS_OF_FILES(X)                                                                      \
    /* file name of the per-item records, relative to the report; NULL: none */                    \
    X(TEXT, items, "items", OPTIONAL)                                                              \
    X(TEXT, keys, "keys", OPTIONAL)              /* folder of the answer keys, likewise */
#define RUN_FACTS_OF_SOURCE(X)                                                                     \
    X(TEXT, report, "report", NEEDED)            /* file name, of a source; else NULL */
#define RUN_FACTS_OF_REPORT(X)                                                                     \
    /* Of a report that was made of others: their runs. The facts above are the first's then, but  \
     * for `command`. A source has none. */                                                        \
    X(SOURCES, sources, "sources", OPTIONAL)

#define RUN_FACTS_MEMBERS(X)                                                                       \
    RUN_FACTS_OF_SOURCE(X) RUN_FACTS_OF_HARNESS(X) RUN_FACTS_OF_RUN(X) RUN_FACTS_OF_MACHINE(X)     \
    RUN_FACTS_OF_NODES(X) RUN_FACTS_OF_DATA(X) RUN_FACTS_OF_FILES(X) RUN_FACTS_OF_REPORT(X)
/* clang-format on */
struct run_facts {
    RUN_FACTS_MEMBERS(MEMBER)
};
MEMBERS_ARE_LISTED(run_facts, RUN_FACTS_MEMBERS);

#endif /* REPORT_RUN_FACTS_H */
