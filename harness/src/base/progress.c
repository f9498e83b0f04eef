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
static char the_label[128], the_unit[32];
static uint64_t the_total;
static double last_sent;

/* What is drawn. */
static char drawn_label[128];
static double drawn_since;
static uint64_t drawn_first;
static bool drawn;

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
    snprintf(the_label, sizeof the_label, "%s", label);
    snprintf(the_unit, sizeof the_unit, "%s", unit);
    the_total = total;
    last_sent = clock_seconds();
    send(0);
}

void progress_to(uint64_t done)
{
    double now = clock_seconds();
    if (now - last_sent >= 0.1) {
        last_sent = now;
        send(done);
    }
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

static void draw(const char *label, const char *unit, uint64_t done, uint64_t total, double elapsed)
{
    char line[256], left[32] = "", bar[21] = "";
    double rate = elapsed > 0 ? (double)(done - drawn_first) / elapsed : 0;
    if (total > 0) {
        double share = (double)done / (double)total;
        int full = share >= 1 ? 20 : (int)(share * 20);
        memset(bar, '-', 20);
        memset(bar, '#', (size_t)full);
        bar[20] = '\0';
        if (rate > 0 && done < total) {
            duration((double)(total - done) / rate, left, sizeof left);
        }
        snprintf(line, sizeof line, "%s [%s] %3.0f %%  %.0f %s/s%s%s", label, bar, 100 * share,
                 rate, unit, left[0] ? "  left " : "", left);
    } else {
        snprintf(line, sizeof line, "%s  %llu %s  %.0f/s", label, (unsigned long long)done, unit,
                 rate);
    }
    int columns = terminal_columns();
    fprintf(stderr, "\r\033[K%.*s", columns > 1 ? columns - 1 : 1, line);
    fflush(stderr);
}

void progress_show(const char *label, const char *unit, uint64_t done, uint64_t total)
{
    if (!isatty(STDERR_FILENO)) {
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
