/* isa_avx2.c - kernels.h with AVX2 and FMA (compiled with -mavx2 -mfma). */
#define LANES 8
#define TILE 6
#define KERNELS kernels_avx2
#define KERNELS_NAME "avx2"
#include "isa_template.inc"
