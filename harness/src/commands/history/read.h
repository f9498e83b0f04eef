/*
 * read.h - the reports of a folder, oldest first.
 */
#ifndef COMMANDS_HISTORY_READ_H
#define COMMANDS_HISTORY_READ_H

#include "report/tree.h"

struct history_run {
    char *path;
    const char *name; /* of the file, within path */
    struct result_tree tree;
};

/* What is no whole report, and why. */
struct history_flaw {
    char *path, *reason;
};

struct history {
    struct history_run *runs;   /* [n] by start, then by name */
    struct history_flaw *flaws; /* [n_flaws] */
    uint32_t n, n_flaws;
    size_t capacity, flaw_capacity;
};

/* Reads the reports in `path`: a folder, whose JSON files of other kinds are skipped, or one
 * report. Files that are damaged or unfinished become flaws. Errors: the path itself. Call it once
 * or more, then history_sort. Zero-initialise; free with history_finish. */
int history_read(struct history *history, const char *path);
void history_sort(struct history *history);
void history_finish(struct history *history);

#endif /* COMMANDS_HISTORY_READ_H */
