/*
 * reading_protocol.h - what suites do not know of their own protocols: how the embedder read words.
 */
#ifndef SUITES_SHARED_READING_PROTOCOL_H
#define SUITES_SHARED_READING_PROTOCOL_H

#include "plugin/context.h"
#include "report/protocol.h"

/* The protocol of a row of such an embedder: pool "mean" becomes "first", "mean+special" becomes
 * "first+special", and the context, where it is not both, stands before the last term. Appended. */
void reading_protocol(const struct word_view *word_view, const struct protocol *from,
                      struct protocol *ret_protocol);

#endif /* SUITES_SHARED_READING_PROTOCOL_H */
