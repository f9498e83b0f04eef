/*
 * unit_left.h - what killed processes leave in SWEEP/units: KEY.tmp.HOST.PID, with .zst behind, and
 * KEY.K-N.answers.tmp.HOST.PID (unit_result.h).
 *
 * A process locks its KEY.tmp.HOST.PID while it lives. What nobody has locked and names this host
 * is removed. Of other hosts nothing is known, since not every network file system tells one host
 * of another's locks: theirs are counted and named.
 */
#ifndef COMMANDS_SWEEP_UNIT_LEFT_H
#define COMMANDS_SWEEP_UNIT_LEFT_H

#include "commands/sweep/plan_file.h"

#define UNIT_TEMPORARY ".tmp."

/* Removes what is left of this host. */
void unit_left_clear(const struct plan *plan);
/* How many of the files there are of units that are done by now, where nobody needs them.
 * *ret_first: the path of one, NULL where there is none; free() it. */
uint32_t unit_left_count(const struct plan *plan, char **ret_first);

/* Holds the lock of a file in the making until it is closed: the descriptor, or -1 where the file
 * is gone, cleared away by another process before it was locked. Where a file system has no locks
 * the descriptor holds none, and nothing is cleared. */
int unit_left_hold(const char *temporary);

void unit_host_name(char name[256]);

#endif /* COMMANDS_SWEEP_UNIT_LEFT_H */
