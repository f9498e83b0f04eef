/*
 * bench_tensors.c - elements to float32: every type by every table of kernels, beside memcpy.
 *
 * For each type two sizes: 32 Ki elements (in the caches) and 16 Mi elements (in memory; every pass
 * reads and writes all of it). GB/s count bytes read and bytes written; memcpy is counted the same
 * way and moves as many bytes as the conversion writes. The best of some passes.
 */
#include "convert.h"
#include "tensors.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { N_SMALL = 32 << 10, N_LARGE = 16 << 20 };

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* A halting optimiser: the values are wanted. */
static void wanted(const void *memory)
{
    __asm__ volatile("" : : "r"(memory) : "memory");
}

/* Seconds of one call, kernel NULL = memcpy of 4 * n bytes. */
static double measure(convert_kernel *kernel, const void *from, float *to, uint64_t n)
{
    int repeats = n == N_SMALL ? 200 : 1;
    double best = 1e9;
    for (int pass = 0; pass < 7; pass++) {
        double begin = seconds();
        for (int i = 0; i < repeats; i++) {
            if (kernel) {
                kernel(from, to, n);
            } else {
                memcpy(to, from, n * 4);
            }
            wanted(to);
        }
        double taken = (seconds() - begin) / repeats;
        best = taken < best ? taken : best;
    }
    return best;
}

static void report(const char *type, const char *table, double bytes, const double taken[2],
                   const double copied[2])
{
    const uint64_t n[2] = {N_SMALL, N_LARGE};
    printf("%-6s %-9s", type, table);
    for (int i = 0; i < 2; i++) {
        double rate = (double)n[i] * (bytes + 4) / taken[i] * 1e-9;
        printf(" | %7.2f %7.1f %7.2f", (double)n[i] / taken[i] * 1e-9, rate, copied[i] / taken[i]);
    }
    putchar('\n');
}

int main(void)
{
    static const enum tensor_type types[] = {TENSOR_F16,  TENSOR_BF16, TENSOR_Q8_0, TENSOR_Q4_0,
                                             TENSOR_Q4_K, TENSOR_Q5_K, TENSOR_Q6_K};
    const struct convert_table *const tables[] = {convert_portable(), convert_avx2(),
                                                  convert_avx512(), convert_neon()};
    const uint64_t n[2] = {N_SMALL, N_LARGE};
    uint8_t *from = malloc((size_t)N_LARGE * 4);
    float *to = malloc((size_t)N_LARGE * 4);
    if (!from || !to) {
        fputs("bench_tensors: out of memory\n", stderr);
        return 1;
    }
    for (size_t i = 0; i < (size_t)N_LARGE * 4; i++) {
        from[i] = (uint8_t)(i * 2654435761u >> 24 & 0x3f); /* no half is infinite or NaN */
    }
    memset(to, 1, (size_t)N_LARGE * 4);
    double copied[2];
    for (int i = 0; i < 2; i++) {
        copied[i] = measure(NULL, from, to, n[i]);
    }
    printf("                 |  in the caches, 32 Ki    |  in memory, 16 Mi\n");
    printf("type   kernels   |    G/s    GB/s  memcpy  |    G/s    GB/s  memcpy\n");
    report("F32", "memcpy", 4, copied, copied);
    for (size_t t = 0; t < sizeof types / sizeof types[0]; t++) {
        for (size_t k = 0; k < sizeof tables / sizeof tables[0]; k++) {
            if (!tables[k]) {
                continue;
            }
            double taken[2];
            for (int i = 0; i < 2; i++) {
                taken[i] = measure(convert_kernel_of(tables[k], types[t]), from, to, n[i]);
            }
            double bytes = (double)tensor_type_bytes(types[t], 256) / 256;
            report(tensor_type_name(types[t]), tables[k]->name, bytes, taken, copied);
        }
    }
    printf(
        "G/s: 1e9 elements a second; GB/s: read and written; memcpy: times memcpy's speed for as "
        "many floats\n");
    free(to);
    free(from);
    return 0;
}
