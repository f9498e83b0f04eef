/* Draws the progress line of a terminal. */
#include "base/progress.h"

#include "base/clock.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static void (*taker)(void *ctx, const char *label, const char *unit, uint64_t done, uint64_t total);
static void *taker_ctx;

/* What this process is doing. */
static char the_label[128], the_unit[32], the_note[64];
static uint64_t the_total;
static double last_sent;

/* What is drawn. */
static char drawn_label[128];
static double drawn_since;
static uint64_t drawn_first;
static bool drawn;
static bool silent;

void progress_silence(void)
{
    silent = true;
}

void progress_divert(void (*take)(void *ctx, const char *label, const char *unit, uint64_t done,
                                  uint64_t total),
                     void *ctx)
{
    taker = take;
    taker_ctx = ctx;
}

static void send(uint64_t done)
{
    if (taker) {
        taker(taker_ctx, the_label, the_unit, done, the_total);
    } else {
        progress_show(the_label, the_unit, done, the_total);
    }
}

void progress_begin(const char *label, const char *unit, uint64_t total)
{
    progress_begin_at(label, unit, 0, total);
}

void progress_begin_at(const char *label, const char *unit, uint64_t done, uint64_t total)
{
    snprintf(the_label, sizeof the_label, "%s", label);
    snprintf(the_unit, sizeof the_unit, "%s", unit);
    the_note[0] = '\0';
    the_total = total;
    last_sent = clock_seconds();
    send(done);
}

void progress_to(uint64_t done)
{
    double now = clock_seconds();
    if (now - last_sent >= 0.1) {
        last_sent = now;
        send(done);
    }
}

void progress_note(const char *text)
{
    snprintf(the_note, sizeof the_note, "%s", text ? text : "");
}

void progress_end(void)
{
    if (taker) {
        taker(taker_ctx, NULL, NULL, 0, 0);
    } else {
        progress_show(NULL, NULL, 0, 0);
    }
}

static int terminal_columns(void)
{
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        return size.ws_col;
    }
    return 80;
}

static void duration(double seconds, char *text, size_t n)
{
    unsigned long s = (unsigned long)(seconds + 0.5);
    if (s >= 3600) {
        snprintf(text, n, "%lu:%02lu:%02lu", s / 3600, s / 60 % 60, s % 60);
    } else {
        snprintf(text, n, "%lu:%02lu", s / 60, s % 60);
    }
}

enum { BAR_MAX = 20, BAR_MIN = 5 };

/* "label [####----] tail" in `width` bytes: the bar takes what the words leave, if enough. */
static void draw_bar(const char *label, const char *tail, double share, int width)
{
    char bar[BAR_MAX + 4] = " ";
    int n = width - (int)strlen(label) - (int)strlen(tail) - 3;
    n = n < BAR_MAX ? n : BAR_MAX;
    if (n >= BAR_MIN) {
        bar[1] = '[';
        memset(bar + 2, '-', (size_t)n);
        memset(bar + 2, '#', (size_t)(share < 1 ? share * n : n));
        memcpy(bar + 2 + n, "]", 2);
    }
    char line[512];
    snprintf(line, sizeof line, "%s%s%s", label, bar, tail);
    fprintf(stderr, "\r\033[K%.*s", width, line);
}

static void draw(const char *label, const char *unit, uint64_t done, uint64_t total, double elapsed)
{
    char tail[320], left[32] = "";
    int width = terminal_columns() - 1;
    double rate = elapsed > 0 ? (double)(done - drawn_first) / elapsed : 0;
    const char *gap = the_note[0] ? "  " : "";
    width = width > 1 ? width : 1;
    if (total > 0) {
        double share = (double)done / (double)total;
        if (rate > 0 && done < total) {
            duration((double)(total - done) / rate, left, sizeof left);
        }
        snprintf(tail, sizeof tail, " %3.0f %%  %.0f %s/s%s%s%s%s", 100 * share, rate, unit,
                 left[0] ? "  left " : "", left, gap, the_note);
        draw_bar(label, tail, share, width);
    } else {
        snprintf(tail, sizeof tail, "%s  %llu %s  %.0f/s%s%s", label, (unsigned long long)done,
                 unit, rate, gap, the_note);
        fprintf(stderr, "\r\033[K%.*s", width, tail);
    }
    fflush(stderr);
}

void progress_show(const char *label, const char *unit, uint64_t done, uint64_t total)
{
    if (silent || !isatty(STDERR_FILENO)) {
        return;
    }
    if (!label) {
        if (drawn) {
            fprintf(stderr, "\r\033[K");
            fflush(stderr);
        }
        drawn = false;
        return;
    }
    double now = clock_seconds();
    if (strcmp(label, drawn_label) != 0 || done < drawn_first) {
        snprintf(drawn_label, sizeof drawn_label, "%s", label);
        drawn_since = now;
        drawn_first = done;
    }
    drawn = true;
    draw(label, unit, done, total, now - drawn_since);
}
