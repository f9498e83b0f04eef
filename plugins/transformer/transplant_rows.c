/*
 * transplant_rows.c - the rows that come into the place of a table's own: static vectors as they
 * are or mapped into the table's space, random or shuffled ones, or the old ones in few directions.
 */
#include "transplant_own.h"

#include "linear_map.h"
#include "model.h"

#include "embedder_util.h"
#include "train/rng.h"

#include <math.h>
#include <string.h>

static const float *static_row(const struct transplant *t, uint32_t i)
{
    return t->static_rows + t->word_of[t->pieces[i]] * t->vectors->row_stride;
}

static emb_status identity_rows(struct transplant *t)
{
    uint32_t dim = t->into->dim;
    if (t->vectors->dim != dim) {
        return emb_failf(t->into->host, EMB_E_OPTION,
                         "map=identity: %s has %u dimensions, the table of %s has %u; procrustes "
                         "and ridge map between unequal ones",
                         t->path, t->vectors->dim, t->into->path, dim);
    }
    for (uint32_t i = 0; i < t->n; i++) {
        memcpy(t->new + (size_t)i *dim, static_row(t, i), dim * sizeof *t->new);
    }
    return EMB_OK;
}

static emb_status mapped_rows(struct transplant *t)
{
    const struct emb_host *host = t->into->host;
    uint32_t n_in = t->vectors->dim, n_out = t->into->dim;
    float *x = memory_take(t->into->memory, t->n, n_in * sizeof *x);
    if (!x) {
        return no_memory(host, "a transplant");
    }
    for (uint32_t i = 0; i < t->n; i++) {
        memcpy(x + (size_t)i * n_in, static_row(t, i), n_in * sizeof *x);
    }
    const struct pairs pairs = {x, t->old, t->n_fitted, n_in, n_out};
    struct linear_map map;
    emb_status status = t->kind == MAP_RIDGE ? linear_map_ridge(host, &pairs, t->lambda, &map)
                                             : linear_map_procrustes(host, &pairs, &map);
    for (uint32_t i = 0; status == EMB_OK && i < t->n; i++) {
        linear_map_apply(&map, x + (size_t)i * n_in, t->new + (size_t)i *n_out);
    }
    linear_map_finish(host, &map);
    memory_give(t->into->memory, x);
    return status;
}

struct applying {
    const struct linear_map *map;
    struct transplant *t;
};

static void apply_task(void *arg, uint32_t task, uint32_t worker)
{
    const struct applying *applying = arg;
    struct transplant *t = applying->t;
    uint32_t dim = t->into->dim, first = task * WORDS_PER_TASK;
    uint32_t end = t->n - first < WORDS_PER_TASK ? t->n : first + WORDS_PER_TASK;
    (void)worker;
    for (uint32_t i = first; i < end; i++) {
        linear_map_apply(applying->map, t->old + (size_t)i * dim, t->new + (size_t)i *dim);
    }
}

/* The old rows, seen in their first directions of most variance; all directions: as they are. */
static emb_status cut_rows(struct transplant *t)
{
    const struct emb_host *host = t->into->host;
    uint32_t dim = t->into->dim;
    if (t->n_directions > dim) {
        return emb_failf(host, EMB_E_OPTION, "map=pca:%u: the table of %s has %u dimensions",
                         t->n_directions, t->into->path, dim);
    }
    if (t->n_directions == dim) {
        memcpy(t->new, t->old, (size_t)t->n * dim * sizeof *t->new);
        return EMB_OK;
    }
    struct linear_map map;
    emb_status status = linear_map_pca(host, t->old, t->n_fitted, dim, t->n_directions, &map);
    if (status == EMB_OK) {
        struct applying applying = {&map, t};
        host->parallel_for(host, (t->n + WORDS_PER_TASK - 1) / WORDS_PER_TASK, apply_task,
                           &applying);
    }
    linear_map_finish(host, &map);
    return status;
}

static double length_of(const float *row, uint32_t dim)
{
    double sum = 0;
    for (uint32_t c = 0; c < dim; c++) {
        sum += (double)row[c] * (double)row[c];
    }
    return sqrt(sum);
}

double transplant_mean_length(const float *rows, uint32_t n, uint32_t dim, double *ret_root)
{
    double sum = 0, squares = 0;
    for (uint32_t i = 0; i < n; i++) {
        double length = length_of(rows + (size_t)i * dim, dim);
        sum += length;
        squares += length * length;
    }
    *ret_root = sqrt(squares / n);
    return sum / n;
}

/* Independent normal numbers, so that a row's squared length is that of the old rows in the mean.
 */
static void random_rows(struct transplant *t)
{
    uint32_t dim = t->into->dim;
    double root;
    transplant_mean_length(t->old, t->n, dim, &root);
    for (uint32_t i = 0; i < t->n; i++) {
        struct rng rng = rng_stream(t->seed, t->pieces[i], 0);
        for (uint32_t c = 0; c < dim; c++) { /* Box and Muller 1958 */
            double u = 1 - (double)rng_unit(&rng), v = (double)rng_unit(&rng);
            double normal = sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
            t->new[(size_t)i * dim + c] = (float)(normal * root / sqrt(dim));
        }
    }
}

/* The old rows among themselves (Fisher and Yates). */
static emb_status shuffled_rows(struct transplant *t)
{
    uint32_t dim = t->into->dim;
    uint32_t *from = memory_take(t->into->memory, t->n, sizeof *from);
    if (!from) {
        return no_memory(t->into->host, "a transplant");
    }
    struct rng rng = rng_stream(t->seed, 0, 1);
    for (uint32_t i = 0; i < t->n; i++) {
        uint32_t j = rng_below(&rng, i + 1);
        from[i] = from[j];
        from[j] = i;
    }
    for (uint32_t i = 0; i < t->n; i++) {
        memcpy(t->new + (size_t)i *dim, t->old + (size_t)from[i] * dim, dim * sizeof *t->new);
    }
    memory_give(t->into->memory, from);
    return EMB_OK;
}

emb_status transplant_make_rows(struct transplant *t)
{
    switch (t->kind) {
    case MAP_IDENTITY:
        return identity_rows(t);
    case MAP_PROCRUSTES:
    case MAP_RIDGE:
        return mapped_rows(t);
    case MAP_RANDOM:
        random_rows(t);
        return EMB_OK;
    case MAP_SHUFFLED:
        return shuffled_rows(t);
    case MAP_PCA:
        return cut_rows(t);
    }
    return EMB_E_INTERNAL;
}

void transplant_match_norms(struct transplant *t)
{
    uint32_t dim = t->into->dim;
    for (uint32_t i = 0; i < t->n; i++) {
        float *row = t->new + (size_t)i *dim;
        double length = length_of(row, dim);
        double factor = length > 0 ? length_of(t->old + (size_t)i * dim, dim) / length : 0;
        for (uint32_t c = 0; c < dim; c++) {
            row[c] = (float)((double)row[c] * factor);
        }
    }
}
