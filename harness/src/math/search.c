/* Nearest rows of a table by products of blocks, the best kept as they come. */
#include "math/search.h"

#include "base/mem.h"
#include "math/blas.h"
#include "math/search_kernels.h"
#include "math/vectors.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PANEL_FLOATS (1u << 17) /* cosines: a panel should stay in the second-level cache */
#define PANEL_MIN 64u
#define PANEL_MAX 1024u

/* A row that may be among the best, by its float32 score. */
struct candidate {
    uint32_t row;
    float score;
};

/* The best of one query that one worker has seen. */
struct best {
    struct candidate *candidates;
    size_t n, capacity;
    float *top;  /* [k] greatest scores, descending */
    float least; /* a score below this is out: the k-th greatest less the rounding margin */
};

struct search {
    const struct search_plan *plan;
    search_max greatest;
    struct search_scale *scales; /* [n_queries] */
    float *words;                /* [n_words, dim] unit rows */
    uint32_t panel;              /* rows of a panel */
    float **rows;                /* [workers] [panel, dim] unit rows */
    float **cosines;             /* [workers] [n_words, panel] */
    struct best *bests;          /* [workers, n_queries] */
    float *tops;                 /* [workers, n_queries, k] */
    struct search_hit *hits;     /* [n_queries, k] */
    uint32_t n_workers;
};

/* How far two scores in float32 may be apart whose rows tie in double. A cosine's error is at most
 * dim roundings; sums of three cosines, products and quotients of them add a small factor. */
static float margin(const struct search_plan *plan, float score)
{
    float cosine = 6e-8f * (float)(plan->dim + 16);
    float size = fabsf(score) > 1 ? fabsf(score) : 1;
    switch (plan->method) {
    case SEARCH_COSINE:
        return 2 * cosine;
    case SEARCH_3COSADD:
        return 6 * cosine;
    case SEARCH_3COSMUL:
        return 40 * cosine * size;
    default:
        return 200 * cosine * size;
    }
}

static void prune(struct best *best)
{
    size_t kept = 0;
    for (size_t i = 0; i < best->n; i++) {
        if (best->candidates[i].score >= best->least) {
            best->candidates[kept++] = best->candidates[i];
        }
    }
    best->n = kept;
}

static void consider(const struct search_plan *plan, struct best *best, uint32_t row, float score)
{
    if (best->n >= 16 + 4 * (size_t)plan->k && best->n == best->capacity) {
        prune(best);
    }
    MEM_GROW(best->candidates, best->capacity, best->n + 1);
    best->candidates[best->n++] = (struct candidate){row, score};
    if (score <= best->top[plan->k - 1]) {
        return;
    }
    uint32_t place = plan->k - 1;
    for (; place > 0 && score > best->top[place - 1]; place--) {
        best->top[place] = best->top[place - 1];
    }
    best->top[place] = score;
    float last = best->top[plan->k - 1];
    best->least = isinf(last) ? -INFINITY : last - margin(plan, last);
}

static bool is_input(const struct search_plan *plan, const struct search_query *query, uint32_t row)
{
    if (plan->keep_inputs) {
        return false;
    }
    return row == plan->words[query->c] ||
           (plan->method != SEARCH_COSINE &&
            (row == plan->words[query->a] || row == plan->words[query->b]));
}

/* One query against a panel whose greatest score is good enough. */
static void scan(const struct search *search, uint32_t q, const float *cosines, uint32_t first,
                 uint32_t n, struct best *best)
{
    const struct search_plan *plan = search->plan;
    const struct search_query *query = &plan->queries[q];
    const float *to_a = cosines + (size_t)query->a * search->panel;
    const float *to_b = cosines + (size_t)query->b * search->panel;
    const float *to_c = cosines + (size_t)query->c * search->panel;
    for (uint32_t i = 0; i < n; i++) {
        float score =
            search_score_float(plan->method, to_a[i], to_b[i], to_c[i], &search->scales[q]);
        if (score >= best->least && !is_input(plan, query, first + i)) {
            consider(plan, best, first + i, score);
        }
    }
}

static void search_panel(void *arg, uint32_t p, uint32_t worker)
{
    const struct search *search = arg;
    const struct search_plan *plan = search->plan;
    uint32_t first = p * search->panel, left = plan->n_rows - first;
    uint32_t n = left < search->panel ? left : search->panel;
    float *rows = search->rows[worker], *cosines = search->cosines[worker];
    for (uint32_t i = 0; i < n; i++) {
        vec_unit(plan->table + (first + i) * plan->stride, rows + (size_t)i * plan->dim, plan->dim);
    }
    blas_product_nt(plan->n_words, n, plan->dim, search->words, plan->dim, rows, plan->dim, cosines,
                    search->panel);
    struct best *bests = search->bests + (size_t)worker * plan->n_queries;
    for (uint32_t q = 0; q < plan->n_queries; q++) {
        const struct search_query *query = &plan->queries[q];
        float most = search->greatest(
            cosines + (size_t)query->a * search->panel, cosines + (size_t)query->b * search->panel,
            cosines + (size_t)query->c * search->panel, n, &search->scales[q]);
        /* one rounding of the kernel's own: see search_max */
        if (most + 1e-6f * (1 + fabsf(most)) >= bests[q].least) {
            scan(search, q, cosines, first, n, &bests[q]);
        }
    }
}

static int by_score(const void *a, const void *b)
{
    const struct search_hit *x = a, *y = b;
    if (x->score != y->score) {
        return x->score > y->score ? -1 : 1;
    }
    return x->row < y->row ? -1 : x->row > y->row;
}

/* All workers' candidates of a query, again in double. */
static void decide(void *arg, uint32_t q, uint32_t worker)
{
    const struct search *search = arg;
    const struct search_plan *plan = search->plan;
    (void)worker;
    float least = -INFINITY;
    size_t n = 0, room = 0;
    for (uint32_t w = 0; w < search->n_workers; w++) {
        const struct best *best = &search->bests[(size_t)w * plan->n_queries + q];
        least = best->least > least ? best->least : least;
        room += best->n;
    }
    struct search_hit *hits = mem_array(room + 1, sizeof *hits);
    for (uint32_t w = 0; w < search->n_workers; w++) {
        const struct best *best = &search->bests[(size_t)w * plan->n_queries + q];
        for (size_t i = 0; i < best->n; i++) {
            if (best->candidates[i].score >= least) {
                uint32_t row = best->candidates[i].row;
                hits[n++] = (struct search_hit){row, search_score(plan, &plan->queries[q], row)};
            }
        }
    }
    qsort(hits, n, sizeof *hits, by_score);
    for (uint32_t i = 0; i < plan->k; i++) {
        search->hits[(size_t)q * plan->k + i] =
            i < n ? hits[i] : (struct search_hit){SEARCH_NONE, -INFINITY};
    }
    free(hits);
}

static void set_scale(struct search *search, uint32_t q)
{
    const struct search_plan *plan = search->plan;
    if (plan->method != SEARCH_PAIR_DIRECTION) {
        return;
    }
    const struct search_query *query = &plan->queries[q];
    const float *a = search_word(plan, query->a), *b = search_word(plan, query->b);
    const float *c = search_word(plan, query->c);
    double squared = 2 - 2 * vec_cosine(a, b, plan->dim);
    search->scales[q] = (struct search_scale){
        .offset = (float)(vec_cosine(b, c, plan->dim) - vec_cosine(a, c, plan->dim)),
        .factor = squared > 1e-12 ? (float)(1 / sqrt(squared)) : 0};
}

static void prepare(struct search *search)
{
    const struct search_plan *plan = search->plan;
    uint32_t fit = PANEL_FLOATS / (plan->n_words ? plan->n_words : 1) / 64 * 64;
    search->panel = fit < PANEL_MIN ? PANEL_MIN : fit > PANEL_MAX ? PANEL_MAX : fit;
    search->words = mem_array((size_t)plan->n_words * plan->dim + 1, sizeof *search->words);
    for (uint32_t i = 0; i < plan->n_words; i++) {
        vec_unit(search_word(plan, i), search->words + (size_t)i * plan->dim, plan->dim);
    }
    search->scales = mem_array((size_t)plan->n_queries + 1, sizeof *search->scales);
    for (uint32_t q = 0; q < plan->n_queries; q++) {
        set_scale(search, q);
    }
    uint32_t workers = search->n_workers;
    search->rows = mem_array(workers, sizeof *search->rows);
    search->cosines = mem_array(workers, sizeof *search->cosines);
    size_t n_bests = (size_t)workers * plan->n_queries;
    search->bests = mem_array(n_bests + 1, sizeof *search->bests);
    search->tops = mem_array(n_bests * plan->k + 1, sizeof *search->tops);
    for (uint32_t w = 0; w < workers; w++) {
        search->rows[w] = mem_array((size_t)search->panel * plan->dim + 1, sizeof(float));
        search->cosines[w] = mem_lines((size_t)search->panel * plan->n_words, sizeof(float));
    }
    for (size_t i = 0; i < n_bests; i++) {
        search->bests[i].top = search->tops + i * plan->k;
        search->bests[i].least = -INFINITY;
        for (uint32_t j = 0; j < plan->k; j++) {
            search->bests[i].top[j] = -INFINITY;
        }
    }
}

static void finish(struct search *search)
{
    for (uint32_t w = 0; w < search->n_workers; w++) {
        free(search->rows[w]);
        free(search->cosines[w]);
    }
    for (size_t i = 0; i < (size_t)search->n_workers * search->plan->n_queries; i++) {
        free(search->bests[i].candidates);
    }
    free(search->rows);
    free(search->cosines);
    free(search->bests);
    free(search->tops);
    free(search->words);
    free(search->scales);
}

static void for_each(struct pool *pool, uint32_t n, void (*body)(void *, uint32_t, uint32_t),
                     void *arg)
{
    if (pool) {
        pool_for(pool, n, body, arg);
        return;
    }
    for (uint32_t i = 0; i < n; i++) {
        body(arg, i, 0);
    }
}

void search_run(const struct search_plan *plan, struct search_hit *ret_hits)
{
    assert(plan->k >= 1);
    struct search search = {.plan = plan,
                            .greatest = search_max_kernel(plan->method),
                            .hits = ret_hits,
                            .n_workers = plan->pool ? pool_workers(plan->pool) : 1};
    blas_use_one_thread();
    prepare(&search);
    uint32_t panels = plan->n_queries ? (plan->n_rows + search.panel - 1) / search.panel : 0;
    for_each(plan->pool, panels, search_panel, &search);
    for_each(plan->pool, plan->n_queries, decide, &search);
    finish(&search);
}
