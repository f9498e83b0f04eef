/* isa_portable.c - kernels.h for any machine. */
#define LANES 4
#define TILE 6
#define KERNELS kernels_portable
#define KERNELS_NAME "portable"
#include "isa_template.inc"
