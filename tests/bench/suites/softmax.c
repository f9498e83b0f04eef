/* bench_softmax FILE N DIM CLASSES C: fits the rows float32 [N, DIM] of FILE, behind which are
 * their labels uint32 [N]; prints seconds, steps and the objective, the sum of losses + |w|² / (2
 * C). */
#include "math/blas.h"
#include "math/softmax.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

int main(int argc, char **argv)
{
    FILE *file = argc == 6 ? fopen(argv[1], "rb") : NULL;
    if (!file) {
        fprintf(stderr, "usage: bench_softmax FILE N DIM CLASSES C\n");
        return 2;
    }
    uint32_t n = (uint32_t)atoi(argv[2]), dim = (uint32_t)atoi(argv[3]),
             n_classes = (uint32_t)atoi(argv[4]);
    double c = atof(argv[5]);
    float *rows = mem_array((size_t)n * dim, sizeof *rows);
    uint32_t *labels = mem_array(n, sizeof *labels);
    if (fread(rows, sizeof *rows, (size_t)n * dim, file) != (size_t)n * dim ||
        fread(labels, sizeof *labels, n, file) != n) {
        fprintf(stderr, "%s: too short\n", argv[1]);
        return 2;
    }
    fclose(file);
    double *model = mem_array(softmax_size(dim, n_classes), sizeof *model);
    blas_use_one_thread();
    double start = now();
    struct lbfgs_end end =
        softmax_fit(&(struct softmax_rows){rows, labels, n, dim, n_classes}, c, false, model);
    printf("%.4f %u %.6f\n", now() - start, end.iterations, end.value * n);
    free(model);
    free(labels);
    free(rows);
    return 0;
}
