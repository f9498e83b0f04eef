/*
 * targets.h - the files of a report, looked at before the work whose end they are.
 */
#ifndef COMMANDS_RUN_TARGETS_H
#define COMMANDS_RUN_TARGETS_H

/* Can OUT/NAME.json and all that belongs to it be written? ERR_REQUEST, naming what is in the way:
 * a folder in the place of a file, a file in the place of a folder, a device or FIFO (a report has
 * parts that name each other), a missing permission. */
int targets_check(const char *out, const char *name);

#endif /* COMMANDS_RUN_TARGETS_H */
