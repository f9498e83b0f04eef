/* Passes a program's own output on to the log, line by line. */
#include "printed.h"

#include "text.h"

#include <stdio.h>
#include <string.h>

void printed_say(struct printed *printed, const struct emb_host *host, int32_t level,
                 const char *bytes, size_t n)
{
    char line[PRINTED_LINE + 1];
    text_harmless(bytes, n, line, PRINTED_LINE);
    if (!line[0]) {
        return;
    }
    memcpy(printed->last[printed->n_lines % PRINTED_LAST], line, sizeof line);
    if (printed->n_lines++ < PRINTED_MOST) {
        host->log(host, level, line);
    } else if (printed->n_lines == PRINTED_MOST + 1) {
        host->log(host, EMB_LOG_WARN, "prints too much: no further line of it is shown");
    }
}

static void show(struct printed *printed, const struct emb_host *host, unsigned stream)
{
    printed_say(printed, host, EMB_LOG_INFO, printed->open[stream].bytes, printed->open[stream].n);
    printed->open[stream].n = 0;
}

void printed_add(struct printed *printed, const struct emb_host *host, unsigned stream,
                 const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (bytes[i] == '\n' || bytes[i] == '\r') { /* a progress bar goes back by \r */
            show(printed, host, stream);
        } else if (printed->open[stream].n < sizeof printed->open[stream].bytes) {
            printed->open[stream].bytes[printed->open[stream].n++] = bytes[i];
        } /* else: the rest of a line that is too long */
    }
}

void printed_flush(struct printed *printed, const struct emb_host *host)
{
    for (unsigned stream = 0; stream < PRINTED_STREAMS; stream++) {
        show(printed, host, stream);
    }
}

void printed_last(const struct printed *printed, char *ret_text, size_t capacity)
{
    uint64_t first = printed->n_lines > PRINTED_LAST ? printed->n_lines - PRINTED_LAST : 0;
    size_t total = 0;
    for (uint64_t i = printed->n_lines; i > first; i--) { /* from the last one back, what fits */
        size_t n = strlen(printed->last[(i - 1) % PRINTED_LAST]) + strlen("\n    ");
        if (total + n >= capacity) {
            first = i;
            break;
        }
        total += n;
    }
    size_t out = 0;
    ret_text[0] = '\0';
    for (uint64_t i = first; i < printed->n_lines; i++) {
        out += (size_t)snprintf(ret_text + out, capacity - out, "\n    %s",
                                printed->last[i % PRINTED_LAST]);
    }
}
