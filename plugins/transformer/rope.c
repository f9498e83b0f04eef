/* rope.c - angular frequencies of rotary positions. */
#include "arch.h"

#include <math.h>

void rope_frequencies(const struct arch *arch, bool local, float *ret_frequencies,
                      float *ret_magnitude)
{
    const struct rope *rope = local && arch->rope_local.dims > 0 ? &arch->rope_local : &arch->rope;
    double theta = rope->theta;
    const double turn = 6.283185307179586;
    double dims = rope->dims, magnitude = 1;
    double low = 0, high = 0;
    if (rope->scaling == ROPE_YARN) {
        low = dims * log(rope->original / (rope->beta_fast * turn)) / (2 * log(theta));
        high = dims * log(rope->original / (rope->beta_slow * turn)) / (2 * log(theta));
        low = fmax(rope->truncate ? floor(low) : low, 0);
        high = fmin(rope->truncate ? ceil(high) : high, dims - 1);
        high = low == high ? high + 0.001 : high;
        double s = rope->factor > 1 ? log(rope->factor) : 0;
        magnitude = rope->attention_factor;
        if (magnitude <= 0 && rope->mscale > 0 && rope->mscale_all > 0) {
            magnitude = (0.1 * rope->mscale * s + 1) / (0.1 * rope->mscale_all * s + 1);
        } else if (magnitude <= 0) {
            magnitude = 0.1 * s + 1;
        }
    }
    for (uint32_t i = 0; i < rope->dims / 2; i++) {
        double f = 1.0 / pow(theta, 2.0 * i / dims);
        if (rope->scaling == ROPE_LINEAR) {
            f /= rope->factor;
        } else if (rope->scaling == ROPE_LLAMA3) {
            double wave = turn / f;
            double kept =
                (rope->original / wave - rope->low_freq) / (rope->high_freq - rope->low_freq);
            kept = fmin(fmax(kept, 0), 1);
            f = (1 - kept) * f / rope->factor + kept * f;
        } else if (rope->scaling == ROPE_YARN) {
            double ramp = fmin(fmax((i - low) / (high - low), 0), 1);
            f = f / rope->factor * ramp + f * (1 - ramp);
        }
        ret_frequencies[i] = (float)(i < rope->n_divisors ? f / (double)rope->divisors[i] : f);
    }
    *ret_magnitude = (float)magnitude;
}
