/* Seconds by the monotonic clock, and dates as text. */
#include "base/clock.h"

#include <time.h>

static double read_clock(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

double clock_seconds(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

double clock_own_seconds(void)
{
    return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

void clock_stamp(char ret_text[32])
{
    time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(ret_text, 32, "%Y-%m-%dT%H:%M:%SZ", &utc);
}
