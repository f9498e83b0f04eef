/*
 * version1.h - types for what reports of schema harness-report/1 hold as text alone, and the names
 * that version 2 changed: split axis "lacked-by" is "oov-of", claims "kept", "broken" and "open"
 * are "verified", "violated" and "inconclusive". The one place where such a text is taken apart.
 */
#ifndef REPORT_STORED_VERSION1_H
#define REPORT_STORED_VERSION1_H

#include "report/embedder_facts.h"
#include "report/result.h"

/* NULL: no stage. The name is the argument. A block that the name does not tell ("norm") is
 * STAGE_NO_BLOCK. */
struct stage version1_stage(const char *name);

/* "wsd|ALL(7253)|train:semcor|…|v1": the suite, the data set and its items, then a term between
 * bars, "key:value" or a word alone. Every text is a protocol, and its signature is that text, but
 * for the axis of its split. */
void version1_protocol(const char *signature, struct protocol *ret_protocol);

/* "all", "pos:NOUN": cut at its first colon. The texts are the arena's. */
struct split version1_split(const char *text, struct arena *texts);

/* An embedder whose stages are names, and whose claim has a name of version 1. */
void version1_embedder(struct embedder_facts *facts);

#endif /* REPORT_STORED_VERSION1_H */
