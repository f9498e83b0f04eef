/*
 * printed.h - what a program prints on standard output and error: line by line into the host's log,
 * made harmless; the last lines are kept for the message when it dies.
 */
#ifndef PROCESS_PRINTED_H
#define PROCESS_PRINTED_H

#include "embedder.h"

#include <stddef.h>

enum {
    PRINTED_LINE = 400,  /* bytes of a line that are shown */
    PRINTED_LAST = 8,    /* lines that are kept */
    PRINTED_MOST = 2000, /* lines of one program that are shown */
    PRINTED_STREAMS = 2
};

struct printed {
    struct {
        char bytes[4 * PRINTED_LINE];
        size_t n;
    } open[PRINTED_STREAMS]; /* lines that have no end yet: of standard output, of error */
    char last[PRINTED_LAST][PRINTED_LINE + 1];
    uint64_t n_lines;
};

void printed_add(struct printed *printed, const struct emb_host *host, unsigned stream,
                 const char *bytes, size_t n);
/* A line that the program says in a message instead: counted with the others. level: EMB_LOG_*. */
void printed_say(struct printed *printed, const struct emb_host *host, int32_t level,
                 const char *bytes, size_t n);
/* Lines without an end are lines as well. */
void printed_flush(struct printed *printed, const struct emb_host *host);
/* The last lines, each behind a line break; "" if there are none. Cut at the front to fit. */
void printed_last(const struct printed *printed, char *ret_text, size_t capacity);

#endif /* PROCESS_PRINTED_H */
