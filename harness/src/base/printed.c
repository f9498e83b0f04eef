/* Shows what plugins print, where a terminal would obey it, as named and harmless lines. */
#include "base/printed.h"

#include "base/log.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define MOST_LINE 4096u /* a longer one is shown in parts */
#define MOST_AT_ONCE 16 /* blocks read before the caller looks around again */

static void show_line(struct printed *printed)
{
    if (printed->line.n > 0) {
        log_warn("%s printed: %s", printed->who, str_text(&printed->line));
    }
    str_clear(&printed->line);
}

static void take(struct printed *printed, const char *bytes, size_t n)
{
    size_t room = MOST_PRINTED - printed->shown, taken = n < room ? n : room;
    printed->shown += taken;
    printed->left_out += n - taken;
    for (size_t i = 0; i < taken; i++) {
        if (bytes[i] == '\n' || printed->line.n == MOST_LINE) {
            show_line(printed);
        }
        if (bytes[i] != '\n' && bytes[i] != '\r') {
            str_append(&printed->line, bytes[i] ? &bytes[i] : "?", 1);
        }
    }
}

bool printed_read(struct printed *printed, int fd)
{
    char block[4096];
    for (int i = 0; i < MOST_AT_ONCE; i++) {
        ssize_t n = read(fd, block, sizeof block);
        if (n <= 0) {
            return n < 0 && (errno == EAGAIN || errno == EINTR);
        }
        take(printed, block, (size_t)n);
    }
    return true;
}

void printed_finish(struct printed *printed)
{
    show_line(printed);
    if (printed->left_out > 0) {
        log_warn("%s printed %llu bytes more, which are not shown", printed->who,
                 (unsigned long long)printed->left_out);
    }
    str_finish(&printed->line);
    *printed = (struct printed){0};
}
