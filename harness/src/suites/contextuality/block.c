/* Measures the groups and draws of one block of occurrences. */
#include "suites/contextuality/scan.h"

#include "suites/contextuality/contextuality.h"
#include "base/log.h"
#include "base/mem.h"
#include "math/spectrum.h"

#include <math.h>
#include <string.h>

/* The vectors of a group at a stage, and the senses beside them. Returns how many there are. */
static uint32_t gather(const struct scan *scan, struct worker *worker, uint32_t group,
                       uint32_t stage)
{
    size_t first = scan->text->groups[group].first;
    uint32_t n = 0, most = scan_taken(scan, group);
    float *rows = scan_reserve_rows(worker, (size_t)most * scan->dim);
    MEM_GROW(worker->senses, worker->senses_capacity, most);
    for (uint32_t i = 0; i < most; i++) {
        uint32_t o = scan->members[first + i];
        if (scan->known[o]) {
            memcpy(rows + (size_t)n * scan->dim,
                   scan->rows + (scan->row_of[o] - 1) * scan->row + (size_t)stage * scan->dim,
                   scan->dim * sizeof *rows);
            worker->senses[n++] = scan->member_senses[first + i];
        }
    }
    return n;
}

static struct contextuality_figures measure(const struct scan *scan, const struct worker *worker,
                                            const struct contextuality_group *group, uint32_t n)
{
    if (group->n_senses) {
        return contextuality_of_lemma(worker->rows, worker->senses, n, group->n_senses, scan->dim);
    }
    if (n < scan->plan->least) {
        return (struct contextuality_figures){.self_similarity = NAN, .mev = NAN};
    }
    return contextuality_of_word(worker->rows, n, scan->dim);
}

void scan_measure_group(void *arg, uint32_t i, uint32_t number)
{
    struct scan *scan = arg;
    struct worker *worker = &scan->workers[number];
    uint32_t g = scan->first + i;
    const struct contextuality_group *group = &scan->text->groups[g];
    for (uint32_t s = 0; s < scan->n_stages; s++) {
        uint32_t n = gather(scan, worker, g, s);
        scan->scores->known[g] = n;
        for (int m = 0; m < CONTEXTUALITY_N_METHODS; m++) {
            if (!scan->plan->wanted[m]) {
                continue;
            }
            if (m == CONTEXTUALITY_STANDARDISED) {
                scan_standardise_rows(scan, worker, s, worker->rows, n);
            }
            scan->scores->groups[scan_slot_of(scan, m, s) * scan->text->n_groups + g] =
                measure(scan, worker, group, n);
        }
    }
}

void scan_measure_draws(void *arg, uint32_t stage, uint32_t number)
{
    struct scan *scan = arg;
    struct worker *worker = &scan->workers[number];
    float *rows = scan_reserve_rows(worker, (size_t)scan->n_draws * scan->dim);
    uint32_t n = 0;
    for (uint32_t i = 0; i < scan->n_draws; i++) {
        if (scan->drawn[i]) {
            memcpy(rows + (size_t)n++ * scan->dim,
                   scan->draws + i * scan->row + (size_t)stage * scan->dim,
                   scan->dim * sizeof *rows);
        }
    }
    for (int m = 0; m < CONTEXTUALITY_N_METHODS; m++) {
        if (!scan->plan->wanted[m]) {
            continue;
        }
        if (m == CONTEXTUALITY_STANDARDISED) {
            scan_standardise_rows(scan, worker, stage, rows, n);
        }
        size_t slot = scan_slot_of(scan, m, stage);
        scan->scores->mev_baseline[slot] = spectrum_top_share(rows, n, scan->dim);
        scan->scores->anisotropy[slot] =
            contextuality_mean_cosine(scan->unit_sums + slot * scan->dim, scan->dim,
                                      scan->n_units[slot], scan->scores->n_known);
    }
}
