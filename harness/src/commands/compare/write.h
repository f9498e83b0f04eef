/*
 * write.h - comparisons as text for people, JSON, and in every report format that has tables.
 */
#ifndef COMMANDS_COMPARE_WRITE_H
#define COMMANDS_COMPARE_WRITE_H

#include "base/str.h"
#include "commands/compare/stats.h"
#include "math/significance.h"
#include "report/text/cells.h"

/* Systems that were all compared with each other on one data set. */
struct compare_group {
    char *title;                           /* "wsd ALL, f1", "wsd ALL, f1, pos:NOUN" */
    const struct compare_system **systems; /* [n_systems], best first */
    struct rank_set *ranks;                /* [n_systems]; NULL where there is no matrix */
    uint32_t n_systems;
    uint32_t first, n; /* its comparisons */
};

struct compare_result {
    struct comparison *comparisons; /* [n] */
    uint32_t n, n_tested;           /* those that were corrected for */
    struct compare_group *groups;   /* [n_groups] */
    uint32_t n_groups;
    const char *correction; /* "Holm" */
    double alpha, power;
    const char *const *warnings; /* [n_warnings]: what --force skipped */
    uint32_t n_warnings;
};

struct compare_format {
    const char *name, *about;
    void (*write)(const struct compare_result *result, struct str *out); /* NULL: write_cells */
    void (*write_cells)(const struct cell_tables *tables, struct str *out);
    bool escaped; /* what it writes can go to a terminal as it is */
};

/* The i-th format; false: there is none. The first is the default. */
bool compare_format_at(uint32_t i, struct compare_format *ret_format);
void compare_format_words(void (*visit)(const char *word, const char *about, void *ctx), void *ctx);
void compare_format_write(const struct compare_format *format, const struct compare_result *result,
                          struct str *out);

#endif /* COMMANDS_COMPARE_WRITE_H */
