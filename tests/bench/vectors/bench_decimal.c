/*
 * bench_decimal.c - the decimal parser against strtof: bit for bit on many millions of numbers, and
 * nanoseconds a number on those that files hold.
 *
 *     bench_decimal [MILLIONS] [SEED]
 *
 * Exit status 1 if any number differs.
 */
#include "vectors/decimal.h"
#include "../../unit/common_vectors/random_decimal.h"

#include <stdlib.h>
#include <time.h>

enum { SAMPLE = 1 << 16 };

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static uint64_t count_differences(uint64_t n, uint64_t *state)
{
    uint64_t differences = 0;
    char text[RANDOM_DECIMAL_ROOM] = {0};
    for (uint64_t i = 0; i < n; i++) {
        random_decimal(state, text);
        float fast = -7.0f, slow = -7.0f;
        const char *fast_end = decimal_parse(text, &fast);
        const char *slow_end = decimal_parse_ref(text, &slow);
        if (fast_end != slow_end || memcmp(&fast, &slow, sizeof fast) != 0) {
            if (differences++ < 10) {
                printf("'%s': %a, strtof %a\n", text, (double)fast, (double)slow);
            }
        }
    }
    return differences;
}

static double nanoseconds(const char *texts, const char *(*parse)(const char *, float *))
{
    double best = 1e9;
    for (int repeat = 0; repeat < 5; repeat++) {
        float sum = 0, value = 0;
        double start = seconds();
        for (int i = 0; i < SAMPLE; i++) {
            parse(texts + i * RANDOM_DECIMAL_ROOM, &value);
            sum += value;
        }
        double took = seconds() - start;
        __asm__ volatile("" : : "x"(sum));
        best = took < best ? took : best;
    }
    return best / SAMPLE * 1e9;
}

int main(int argc, char **argv)
{
    uint64_t n = (argc > 1 ? strtoull(argv[1], NULL, 10) : 12) * 1000000;
    uint64_t state = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    uint64_t differences = count_differences(n, &state);
    printf("%llu numbers, %llu differ from strtof\n", (unsigned long long)n,
           (unsigned long long)differences);
    static const char *const formats[] = {"%.6f", "%.5g", "%.9g", "%.17g", "%.18e"};
    char *texts = calloc(SAMPLE, RANDOM_DECIMAL_ROOM);
    if (!texts) {
        return 1;
    }
    printf("%-8s %12s %12s\n", "format", "ns a number", "strtof");
    for (size_t f = 0; f < sizeof formats / sizeof *formats; f++) {
        for (int i = 0; i < SAMPLE; i++) {
            double value = (double)(int64_t)random_bits(&state) * 0x1p-64;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
            snprintf(texts + i * RANDOM_DECIMAL_ROOM, 64, formats[f],
                     f == 2 ? (double)(float)value : value);
#pragma GCC diagnostic pop
        }
        printf("%-8s %12.1f %12.1f\n", formats[f], nanoseconds(texts, decimal_parse),
               nanoseconds(texts, decimal_parse_ref));
    }
    free(texts);
    return differences > 0;
}
