/*
 * version1.h - types for what reports of schema harness-report/1 hold as text alone. The one place
 * where such a text is taken apart.
 */
#ifndef REPORT_STORED_VERSION1_H
#define REPORT_STORED_VERSION1_H

#include "report/result.h"

/* NULL: no stage. The name is the argument. A block that the name does not tell ("norm") is
 * STAGE_NO_BLOCK. */
struct stage version1_stage(const char *name);

/* "wsd|ALL(7253)|train:semcor|…|v1": the suite, the data set and its items, then a term between
 * bars, "key:value" or a word alone. Every text is a protocol, and its signature is that text. */
void version1_protocol(const char *signature, struct protocol *ret_protocol);

/* "all", "pos:NOUN": cut at its first colon. The texts are the arena's. */
struct split version1_split(const char *text, struct arena *texts);

#endif /* REPORT_STORED_VERSION1_H */
