/* isa_avx512.c - kernels.h with AVX-512 (compiled with -mavx512f and its companions). */
#define LANES 16
#define TILE 14
#define KERNELS kernels_avx512
#define KERNELS_NAME "avx512"
#include "isa_template.inc"
