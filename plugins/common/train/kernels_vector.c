/*
 * kernels_vector.c - the kernels in GCC/clang vector extensions, compiled once for each instruction
 * set: KERNEL_FLOATS is the vector's length, KERNEL_TABLE the name of the table, KERNEL_NAME its
 * public name. kernels_reference.c says what they compute.
 */
#include "train/kernels.h"

typedef float vec __attribute__((vector_size(KERNEL_FLOATS * 4), aligned(4), may_alias));
typedef int32_t ivec __attribute__((vector_size(KERNEL_FLOATS * 4), aligned(4), may_alias));
typedef float vec4 __attribute__((vector_size(16), aligned(4), may_alias));

#define INLINE static inline __attribute__((always_inline))

INLINE vec load(const float *p)
{
    return *(const vec *)p;
}

INLINE void store(float *p, vec x)
{
    *(vec *)p = x;
}

/* [a, b, c, d] -> four sums of four lanes. */
INLINE vec4 sums_of_four(vec4 a, vec4 b, vec4 c, vec4 d)
{
    vec4 ab = __builtin_shufflevector(a, b, 0, 1, 4, 5) + __builtin_shufflevector(a, b, 2, 3, 6, 7);
    vec4 cd = __builtin_shufflevector(c, d, 0, 1, 4, 5) + __builtin_shufflevector(c, d, 2, 3, 6, 7);
    return __builtin_shufflevector(ab, cd, 0, 2, 4, 6) +
           __builtin_shufflevector(ab, cd, 1, 3, 5, 7);
}

INLINE vec4 fold(vec x)
{
#if KERNEL_FLOATS == 16
    typedef float vec8 __attribute__((vector_size(32)));
    vec8 y = __builtin_shufflevector(x, x, 0, 1, 2, 3, 4, 5, 6, 7) +
             __builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15);
    return __builtin_shufflevector(y, y, 0, 1, 2, 3) + __builtin_shufflevector(y, y, 4, 5, 6, 7);
#elif KERNEL_FLOATS == 8
    return __builtin_shufflevector(x, x, 0, 1, 2, 3) + __builtin_shufflevector(x, x, 4, 5, 6, 7);
#else
    return x;
#endif
}

INLINE float sum(vec x)
{
    vec4 y = fold(x);
    return (y[0] + y[2]) + (y[1] + y[3]);
}

/* Scores of one input row against JN output rows. */
INLINE void scores(const float *in, float *const *out, uint32_t width, float *ret, const int JN)
{
    vec total[4];
    for (int j = 0; j < JN; j++) {
        total[j] = (vec){0};
    }
    for (uint32_t d = 0; d < width; d += KERNEL_FLOATS) {
        vec x = load(in + d);
#pragma GCC unroll 4
        for (int j = 0; j < JN; j++) {
            total[j] += x * load(out[j] + d);
        }
    }
    if (JN == 4) {
        *(vec4 *)ret = sums_of_four(fold(total[0]), fold(total[1]), fold(total[2]), fold(total[3]));
        return;
    }
#pragma GCC unroll 4
    for (int j = 0; j < JN; j++) {
        ret[j] = sum(total[j]);
    }
}

/* Scores of two input rows against JN output rows: each loaded output serves twice. */
INLINE void scores_of_two(const float *in_a, const float *in_b, float *const *out, uint32_t width,
                          float *ret_a, float *ret_b, const int JN)
{
    vec a[4], b[4];
#pragma GCC unroll 4
    for (int j = 0; j < JN; j++) {
        a[j] = b[j] = (vec){0};
    }
    for (uint32_t d = 0; d < width; d += KERNEL_FLOATS) {
        vec x = load(in_a + d), y = load(in_b + d);
#pragma GCC unroll 4
        for (int j = 0; j < JN; j++) {
            vec o = load(out[j] + d);
            a[j] += x * o;
            b[j] += y * o;
        }
    }
    if (JN == 4) {
        *(vec4 *)ret_a = sums_of_four(fold(a[0]), fold(a[1]), fold(a[2]), fold(a[3]));
        *(vec4 *)ret_b = sums_of_four(fold(b[0]), fold(b[1]), fold(b[2]), fold(b[3]));
    } else if (JN == 2) {
        vec4 s = sums_of_four(fold(a[0]), fold(a[1]), fold(b[0]), fold(b[1]));
        ret_a[0] = s[0];
        ret_a[1] = s[1];
        ret_b[0] = s[2];
        ret_b[1] = s[3];
    } else {
#pragma GCC unroll 4
        for (int j = 0; j < JN; j++) {
            ret_a[j] = sum(a[j]);
            ret_b[j] = sum(b[j]);
        }
    }
}

static void all_scores(const struct pair_block *block, float *score)
{
    uint32_t n_out = block->n_out, width = block->width, i = 0;
    for (; i + 2 <= block->n_in; i += 2) {
        const float *a = block->in[i], *b = block->in[i + 1];
        float *ret_a = score + i * n_out, *ret_b = ret_a + n_out;
        uint32_t j = 0;
        for (; j + 4 <= n_out; j += 4) {
            scores_of_two(a, b, block->out + j, width, ret_a + j, ret_b + j, 4);
        }
        switch (n_out - j) {
        case 3:
            scores_of_two(a, b, block->out + j, width, ret_a + j, ret_b + j, 3);
            break;
        case 2:
            scores_of_two(a, b, block->out + j, width, ret_a + j, ret_b + j, 2);
            break;
        case 1:
            scores_of_two(a, b, block->out + j, width, ret_a + j, ret_b + j, 1);
            break;
        default:
            break;
        }
    }
    if (i < block->n_in) {
        uint32_t j = 0;
        for (; j + 4 <= n_out; j += 4) {
            scores(block->in[i], block->out + j, width, score + i * n_out + j, 4);
        }
        for (; j < n_out; j++) {
            scores(block->in[i], block->out + j, width, score + i * n_out + j, 1);
        }
    }
}

INLINE vec choose(ivec mask, vec yes, vec no)
{
    return (vec)((mask & (ivec)yes) | (~mask & (ivec)no));
}

/* 1 / (1 + exp(-x)), relative error below 1e-6: exp by a power of two and a polynomial of degree 6
 * on half a binade each side (Taylor's coefficients; the remainder is below 1.2e-7). */
INLINE vec sigmoid(vec x)
{
    vec limit = (vec){0} + 40.0f;
    x = choose(x > limit, limit, x);
    x = choose(x < -limit, -limit, x);
    vec scaled = x * -1.44269504f;
    vec shifted = scaled + 0x1.8p23f; /* rounds to the nearest integer */
    vec whole = shifted - 0x1.8p23f;
    vec r = (scaled - whole) * 0.693147181f;
    vec p = r * 0.00138888889f + 0.00833333333f;
    p = p * r + 0.0416666667f;
    p = p * r + 0.166666667f;
    p = p * r + 0.5f;
    p = p * r + 1.0f;
    p = p * r + 1.0f;
    ivec power = (__builtin_convertvector(whole, ivec) + 127) << 23;
    return 1.0f / (1.0f + p * (vec)power);
}

static double block_loss(const struct pair_block *block, const float *score)
{
    double loss = 0;
    for (uint32_t i = 0; i < block->n_in; i++) {
        for (uint32_t j = 0; j < block->n_out; j++) {
            double s = (double)score[i * block->n_out + j];
            double positive = (double)block->positive[j];
            loss += positive * softplus(-s) + ((double)block->weight[j] - positive) * softplus(s);
        }
    }
    return loss;
}

/* score -> g_ij, in place */
static void all_gradients(const struct pair_block *block, float *score)
{
    uint32_t n_out = block->n_out, n = block->n_in * n_out;
    for (uint32_t k = 0; k < n; k += KERNEL_FLOATS) {
        store(score + k, sigmoid(load(score + k)));
    }
    float rate = block->rate;
    for (uint32_t i = 0; i < block->n_in; i++) {
        float *g = score + i * n_out;
        for (uint32_t j = 0; j < n_out; j++) {
            g[j] = rate * (block->positive[j] - block->weight[j] * g[j]);
        }
    }
}

/* Floats [d, d + KERNEL_FLOATS) of JN output rows meet those of every input row: step[i] gathers
 * what the inputs will get, the outputs are stored. */
INLINE void update_group(const float *gradient, uint32_t n_in, uint32_t n_out, const vec *in,
                         vec *step, float *const *out, uint32_t d, const int JN)
{
    vec old[6], new[6];
#pragma GCC unroll 6
    for (int j = 0; j < JN; j++) {
        new[j] = old[j] = load(out[j] + d);
    }
    for (uint32_t i = 0; i < n_in; i++) {
        const float *g = gradient + i * n_out;
        vec x = in[i], s = step[i];
#pragma GCC unroll 6
        for (int j = 0; j < JN; j++) {
            s += old[j] * g[j];
            new[j] += x *g[j];
        }
        step[i] = s;
    }
#pragma GCC unroll 6
    for (int j = 0; j < JN; j++) {
        store(out[j] + d, new[j]);
    }
}

static void update(const struct pair_block *block, const float *gradient)
{
    uint32_t n_in = block->n_in, n_out = block->n_out;
    vec in[PAIR_MAX_IN], step[PAIR_MAX_IN];
    for (uint32_t d = 0; d < block->width; d += KERNEL_FLOATS) {
        for (uint32_t i = 0; i < n_in; i++) {
            in[i] = load(block->in[i] + d);
            step[i] = (vec){0};
        }
        uint32_t j = 0;
        for (; j + 6 <= n_out; j += 6) {
            update_group(gradient + j, n_in, n_out, in, step, block->out + j, d, 6);
        }
        for (; j + 3 <= n_out; j += 3) {
            update_group(gradient + j, n_in, n_out, in, step, block->out + j, d, 3);
        }
        for (; j < n_out; j++) {
            update_group(gradient + j, n_in, n_out, in, step, block->out + j, d, 1);
        }
        for (uint32_t i = 0; i < n_in; i++) {
            float *p = block->in_add[i] + d;
            store(p, load(p) + step[i]);
        }
    }
}

static void pair_block(const struct pair_block *block)
{
    _Alignas(64) float score[PAIR_MAX_IN * PAIR_MAX_OUT];
    /* The last vector of the sigmoids may reach past the scores: give it numbers. */
    uint32_t n = block->n_in * block->n_out;
    for (uint32_t k = n; k % KERNEL_FLOATS != 0; k++) {
        score[k] = 0;
    }
    all_scores(block, score);
    if (block->want_loss) {
        *block->loss += block_loss(block, score);
    }
    all_gradients(block, score);
    update(block, score);
}

/* One AdaGrad step; the compiler vectorises the loop, sqrtf included. */
INLINE void glove_update(float *restrict w, float *restrict w_squares, float *restrict c,
                         float *restrict c_squares, float slope, uint32_t width)
{
    for (uint32_t d = 0; d < width; d++) {
        float w_step = slope * c[d], c_step = slope * w[d];
        w[d] -= w_step / sqrtf(w_squares[d]);
        c[d] -= c_step / sqrtf(c_squares[d]);
        w_squares[d] += w_step * w_step;
        c_squares[d] += c_step * c_step;
    }
}

INLINE void prefetch_row(const float *row, uint32_t floats)
{
    for (uint32_t d = 0; d < floats; d += 16) {
        __builtin_prefetch(row + d, 1);
    }
}

INLINE float glove_dot(const float *w, const float *c, uint32_t width)
{
    vec a = {0}, b = {0};
    uint32_t d = 0;
    for (; d + 2 * KERNEL_FLOATS <= width; d += 2 * KERNEL_FLOATS) {
        a += load(w + d) * load(c + d);
        b += load(w + d + KERNEL_FLOATS) * load(c + d + KERNEL_FLOATS);
    }
    for (; d < width; d += KERNEL_FLOATS) {
        a += load(w + d) * load(c + d);
    }
    return sum(a + b);
}

static double glove_tile(const struct glove_tile *tile)
{
    enum { AHEAD = 3 }; /* records between a prefetch and its use */
    uint32_t width = tile->width;
    double loss = 0;
    for (uint64_t n = 0; n < tile->n; n++) {
        const struct glove_record *record = &tile->records[n];
        if (n + AHEAD < tile->n) {
            const struct glove_record *later = record + AHEAD;
            prefetch_row(tile->left + (uint64_t)later->row * 2 * width, 2 * width);
            prefetch_row(tile->right + (uint64_t)later->column * 2 * width, 2 * width);
        }
        float *w = tile->left + (uint64_t)record->row * 2 * tile->width;
        float *c = tile->right + (uint64_t)record->column * 2 * tile->width;
        float difference = glove_dot(w, c, width) - record->log_count;
        float slope = tile->eta * record->weight * difference;
        loss += (double)(record->weight * difference * difference);
        glove_update(w, w + width, c, c + width, slope, width);
        w[tile->dim + 1] = 1;
        c[tile->dim] = 1;
    }
    return 0.5 * loss;
}

static void add_scaled(float *y, const float *x, float a, uint32_t width)
{
    for (uint32_t d = 0; d < width; d += KERNEL_FLOATS) {
        store(y + d, load(y + d) + load(x + d) * a);
    }
}

const struct kernels KERNEL_TABLE = {
    .name = KERNEL_NAME,
    .pair_block = pair_block,
    .glove_tile = glove_tile,
    .add_scaled = add_scaled,
};
