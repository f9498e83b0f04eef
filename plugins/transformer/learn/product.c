/* Products of training by tiles, on the engine's kernels or on BLAS. */
#include "learn/product.h"

#include "learn/pack.h"

#include <string.h>

/* Loops around the kernels' tile, as the forward pass has them: DEPTH units of the sum, of which
 * the rows of a worker's tile are laid out at a time, BREADTH panels that stay in the second-level
 * cache while these pass. */
enum { DEPTH = 384, BREADTH = 8, MOST_TILE = 14, MOST_PANEL = 32 };
/* Rows of a worker's tile at most. Across the factor they are whole lines of the cache, and more of
 * them, for each passes over all of a right factor that is as deep as a batch. */
enum { TILE_ROWS = 4 * MOST_TILE, TILE_COLUMNS = 8 * MOST_TILE, LINE = 16 };
enum { BLAS_TILE_ROWS = 128, FEW = 1024 }; /* of few rows half as many */

bool learn_products_init(struct learn_products *how, const struct train_job *job,
                         enum compute compute, bool by_blas)
{
    const struct kernels *kernels = kernels_named("avx512");
    *how = (struct learn_products){
        .job = job, .f32_kernels = by_blas && compute == COMPUTE_F32 ? NULL : kernels};
    how->bf16_kernels = kernels ? kernels_for(kernels, COMPUTE_BF16) : NULL;
    learn_products_choose(how, compute);
    return how->kernels || compute == COMPUTE_F32;
}

void learn_products_choose(struct learn_products *how, enum compute compute)
{
    how->compute = compute;
    how->kernels = compute == COMPUTE_F32 ? how->f32_kernels : how->bf16_kernels;
}

static uint64_t units_of(const struct learn_products *how, uint64_t k)
{
    uint32_t depth = compute_depth(how->compute);
    return (k + depth - 1) / depth;
}

uint64_t learn_right_units(const struct learn_products *how, uint64_t k, uint64_t n)
{
    uint64_t panel = how->kernels ? how->kernels->panel : 1;
    return how->kernels ? (n + panel - 1) / panel * panel * units_of(how, k) : 0;
}

uint64_t learn_left_units(const struct learn_products *how, uint64_t k)
{
    uint64_t units = units_of(how, k);
    return how->kernels ? TILE_COLUMNS * (uint64_t)kernels_ld(units < DEPTH ? units : DEPTH) : 0;
}

struct laying {
    const struct learn_products *how;
    struct blas_factor factor;
    int32_t *panels;
    uint32_t k, n;
};

static void lay_panel(void *arg, uint32_t p, uint32_t worker)
{
    const struct laying *of = arg;
    uint64_t at = (uint64_t)p * of->how->kernels->panel * units_of(of->how, of->k);
    (void)worker;
    pack_panel(of->how->compute, of->factor, of->k, of->n, p, of->panels + at);
}

static uint32_t panels_of(const struct learn_products *how, uint32_t n)
{
    return (n + how->kernels->panel - 1) / how->kernels->panel;
}

struct learn_right learn_lay(const struct learn_products *how, struct blas_factor factor,
                             uint32_t k, uint32_t n, int32_t *room)
{
    struct learn_right right = {.factor = factor, .k = k, .n = n, .units = units_of(how, k)};
    struct laying of = {how, factor, room, k, n};
    for (uint32_t p = 0; how->kernels && p < panels_of(how, n); p++) {
        lay_panel(&of, p, 0);
    }
    right.panels = how->kernels ? room : NULL;
    return right;
}

struct learn_right learn_lay_right(const struct learn_products *how, enum learn_right_room room,
                                   struct blas_factor factor, uint32_t k, uint32_t n)
{
    struct learn_right right = {.factor = factor, .k = k, .n = n, .units = units_of(how, k)};
    if (how->kernels) {
        struct laying of = {how, factor, how->right[room], k, n};
        job_items(how->job, panels_of(how, n), lay_panel, &of);
        right.panels = of.panels;
    }
    return right;
}

/* As many tiles for each worker, so that they end together. */
static uint32_t tile_rows(const struct learn_products *how, uint32_t m, bool across)
{
    if (!how->kernels) {
        return m < FEW ? BLAS_TILE_ROWS / 2 : BLAS_TILE_ROWS;
    }
    uint32_t lanes = how->job->n_lanes, most = (across ? TILE_COLUMNS : TILE_ROWS) * lanes;
    uint32_t tiles = (m + most - 1) / most * lanes, rows = (m + tiles - 1) / tiles;
    return across ? (rows + LINE - 1) / LINE * LINE : rows;
}

uint32_t learn_tiles(const struct learn_products *how, uint32_t m, bool across)
{
    uint32_t rows = tile_rows(how, m, across);
    return (m + rows - 1) / rows;
}

uint32_t learn_tile(const struct learn_products *how, uint32_t m, bool across, uint32_t tile,
                    uint32_t *ret_first)
{
    uint32_t rows = tile_rows(how, m, across), first = tile * rows;
    *ret_first = first;
    return m - first < rows ? m - first : rows;
}

/* Rows of one panel that c has room for in part. */
static void edge_tile(const struct kernels *kernels, uint32_t rows, size_t k, const int32_t *a,
                      size_t lda, const int32_t *panel, uint32_t columns, bool add, float *c,
                      size_t ldc)
{
    float edge[MOST_TILE * MOST_PANEL] = {0};
    for (uint32_t r = 0; r < rows && add; r++) {
        memcpy(edge + (size_t)r * kernels->panel, c + r * ldc, columns * sizeof *c);
    }
    kernels->units(rows, k, a, lda, panel, edge, kernels->panel, add, panel);
    for (uint32_t r = 0; r < rows; r++) {
        memcpy(c + r * ldc, edge + (size_t)r * kernels->panel, columns * sizeof *c);
    }
}

/* Panels [first, end) of units [k, k + depth), from which on a has its rows. */
static void block(const struct learn_products *how, const int32_t *a, size_t lda, uint32_t n_rows,
                  const struct learn_right *right, uint32_t first, uint32_t end, size_t k,
                  size_t depth, bool add, float *c, size_t ldc)
{
    const struct kernels *kernels = how->kernels;
    size_t panel_units = right->units * kernels->panel;
    for (uint32_t r = 0; r < n_rows; r += kernels->tile) {
        uint32_t rows = n_rows - r < kernels->tile ? n_rows - r : kernels->tile;
        for (uint32_t p = first; p < end; p++) {
            const int32_t *panel = right->panels + p * panel_units + k * kernels->panel;
            const int32_t *soon = r == 0 && p + 1 < end ? panel + panel_units : panel;
            uint32_t column = p * kernels->panel, left = right->n - column;
            float *to = c + r * ldc + column;
            if (left < kernels->panel) {
                edge_tile(kernels, rows, depth, a + r * lda, lda, panel, left, add, to, ldc);
            } else {
                kernels->units(rows, depth, a + r * lda, lda, panel, to, ldc, add, soon);
            }
        }
    }
}

/* Rows that the kernels can read where they stand: not those that fall into one set of the cache.
 */
static bool can_stand(const struct learn_products *how, struct blas_factor left)
{
    const uint32_t page = 1024;
    return how->compute == COMPUTE_F32 && !left.turn && left.ld % page != 0;
}

/* TILE_COLUMNS rows at most. */
static void few_rows(const struct learn_products *how, uint32_t worker, struct blas_factor left,
                     uint32_t n_rows, const struct learn_right *right, bool add, float *c,
                     uint32_t ldc)
{
    size_t n_units = units_of(how, right->k), lda = left.ld;
    uint32_t n_panels = panels_of(how, right->n), in_unit = compute_depth(how->compute);
    bool stands = can_stand(how, left);
    for (size_t k = 0; k < n_units; k += DEPTH) {
        size_t depth = n_units - k < DEPTH ? n_units - k : DEPTH;
        struct blas_factor here = left;
        here.data += left.turn ? k * in_unit * left.ld : k * in_unit;
        const int32_t *a = (const int32_t *)(const void *)here.data;
        if (!stands) {
            uint32_t left_of_sum = right->k - (uint32_t)k * in_unit;
            int32_t *own = how->left + worker * how->lane_units;
            lda = kernels_ld(depth);
            pack_rows(how->compute, here, n_rows,
                      left_of_sum < DEPTH * in_unit ? left_of_sum : DEPTH * in_unit, own, lda);
            a = own;
        }
        for (uint32_t p = 0; p < n_panels; p += BREADTH) {
            uint32_t end = n_panels - p < BREADTH ? n_panels : p + BREADTH;
            block(how, a, lda, n_rows, right, p, end, k, depth, add || k > 0, c, ldc);
        }
    }
}

void learn_rows(const struct learn_products *how, uint32_t worker, struct blas_factor left,
                uint32_t n_rows, const struct learn_right *right, bool add, float *c, uint32_t ldc)
{
    if (!how->kernels) {
        blas_multiply(n_rows, right->n, right->k, 1, left, right->factor, add ? 1 : 0, c, ldc);
        return;
    }
    for (uint32_t r = 0; r < n_rows; r += TILE_COLUMNS) {
        struct blas_factor rest = left;
        rest.data += left.turn ? r : (uint64_t)r * left.ld;
        few_rows(how, worker, rest, n_rows - r < TILE_COLUMNS ? n_rows - r : TILE_COLUMNS, right,
                 add, c + (uint64_t)r * ldc, ldc);
    }
}
