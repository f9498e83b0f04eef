/* isa_neon.c - kernels.h for AArch64: 32 registers of 4 floats hold the sums of 12 rows of a panel.
 */
#define LANES 4
#define TILE 12
#define KERNELS kernels_neon
#define KERNELS_NAME "neon"
#include "isa_template.inc"
