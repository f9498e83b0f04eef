/* Log lines on stderr, by level, each as one write. */
#include "base/log.h"

#include "base/map.h"
#include "base/progress.h"
#include "base/str.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static enum log_level least_level = LOG_INFO;
static void (*taker)(void *ctx, enum log_level level, const char *line);
static void *taker_ctx;

static const char *const names[] = {"debug", "info", "warning", "error"};

enum log_level log_set_level(enum log_level least)
{
    enum log_level before = least_level;
    least_level = least;
    return before;
}

void log_divert(void (*take)(void *ctx, enum log_level level, const char *line), void *ctx)
{
    taker = take;
    taker_ctx = ctx;
}

/* What the parent warned of when it read a file, each worker that reads it warns of again.
 * Remembers a limited number of warnings; by `lock`. */
static bool warned_before(const char *line)
{
    static uint64_t seen[1024];
    static size_t n;
    uint64_t hash = hash_bytes(line, strlen(line), 0);
    for (size_t i = 0; i < n; i++) {
        if (seen[i] == hash) {
            return true;
        }
    }
    if (n < sizeof seen / sizeof *seen) {
        seen[n++] = hash;
    }
    return false;
}

/* A message of several lines: those after the first stand in from the left, so that none passes for
 * a line of its own. */
static void add_lines(struct str *out, char *line)
{
    for (char *end; line; line = end ? end + 1 : NULL) {
        end = strchr(line, '\n');
        if (end) {
            *end = '\0';
        }
        text_make_printable(line);
        str_format(out, "%s\n%s", line, end ? "    " : "");
    }
}

/* What was said on standard output before comes first, whole, where both go to one place. */
static void print_message(enum log_level level, char *line)
{
    struct str out = {0};
    if (level != LOG_INFO) {
        str_format(&out, "%s: ", names[level]);
    }
    add_lines(&out, line);
    fflush(stdout);
    fwrite(out.data, 1, out.n, stderr);
    str_finish(&out);
}

void log_line(enum log_level level, const char *format, ...)
{
    if (level < least_level) {
        return;
    }
    char line[8192];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    pthread_mutex_lock(&lock);
    if (taker) {
        text_make_printable(line);
        taker(taker_ctx, level, line);
    } else if (level != LOG_WARN || !warned_before(line)) {
        progress_show(NULL, NULL, 0, 0); /* no line of text lands behind a half-drawn bar */
        print_message(level, line);
    }
    pthread_mutex_unlock(&lock);
}
