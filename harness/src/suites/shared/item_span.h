/*
 * item_span.h - where a target stands in a sentence, for readers of records.
 */
#ifndef SUITES_SHARED_ITEM_SPAN_H
#define SUITES_SHARED_ITEM_SPAN_H

#include <embedder.h>

/* "BEGIN-END" in code points of the text, end exclusive, from a span in bytes; free() it. */
char *item_span(const char *text, struct emb_span span);

#endif /* SUITES_SHARED_ITEM_SPAN_H */
