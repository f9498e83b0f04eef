/* Measures the groups and draws of one block of occurrences. */
#include "suites/contextuality/scan.h"

#include "suites/contextuality/contextuality.h"
#include "base/log.h"
#include "base/mem.h"
#include "math/spectrum.h"

#include <math.h>
#include <string.h>

/* The vectors of a group at a stage, and the senses beside them. Returns how many there are. */
static uint32_t gather(const struct pass *pass, struct worker *worker, uint32_t group,
                       uint32_t stage)
{
    size_t first = pass->text->groups[group].first;
    uint32_t n = 0, most = scan_taken(pass, group);
    float *rows = scan_room_for_rows(worker, (size_t)most * pass->dim);
    MEM_GROW(worker->senses, worker->senses_capacity, most);
    for (uint32_t i = 0; i < most; i++) {
        uint32_t o = pass->members[first + i];
        if (pass->known[o]) {
            memcpy(rows + (size_t)n * pass->dim,
                   pass->rows + (pass->row_of[o] - 1) * pass->row + (size_t)stage * pass->dim,
                   pass->dim * sizeof *rows);
            worker->senses[n++] = pass->member_senses[first + i];
        }
    }
    return n;
}

static struct contextuality_figures measure(const struct pass *pass, const struct worker *worker,
                                            const struct contextuality_group *group, uint32_t n)
{
    if (group->n_senses) {
        return contextuality_of_lemma(worker->rows, worker->senses, n, group->n_senses, pass->dim);
    }
    if (n < pass->plan->least) {
        return (struct contextuality_figures){.self_similarity = NAN, .mev = NAN};
    }
    return contextuality_of_word(worker->rows, n, pass->dim);
}

void scan_measure_group(void *arg, uint32_t i, uint32_t number)
{
    struct pass *pass = arg;
    struct worker *worker = &pass->workers[number];
    uint32_t g = pass->first + i;
    const struct contextuality_group *group = &pass->text->groups[g];
    for (uint32_t s = 0; s < pass->n_stages; s++) {
        uint32_t n = gather(pass, worker, g, s);
        pass->scores->known[g] = n;
        for (int m = 0; m < CONTEXTUALITY_N_METHODS; m++) {
            if (!pass->plan->wanted[m]) {
                continue;
            }
            if (m == CONTEXTUALITY_STANDARDISED) {
                scan_standardise_rows(pass, worker, s, worker->rows, n);
            }
            pass->scores->groups[scan_slot_of(pass, m, s) * pass->text->n_groups + g] =
                measure(pass, worker, group, n);
        }
    }
}

void scan_measure_draws(void *arg, uint32_t stage, uint32_t number)
{
    struct pass *pass = arg;
    struct worker *worker = &pass->workers[number];
    float *rows = scan_room_for_rows(worker, (size_t)pass->n_draws * pass->dim);
    uint32_t n = 0;
    for (uint32_t i = 0; i < pass->n_draws; i++) {
        if (pass->drawn[i]) {
            memcpy(rows + (size_t)n++ * pass->dim,
                   pass->draws + i * pass->row + (size_t)stage * pass->dim,
                   pass->dim * sizeof *rows);
        }
    }
    for (int m = 0; m < CONTEXTUALITY_N_METHODS; m++) {
        if (!pass->plan->wanted[m]) {
            continue;
        }
        if (m == CONTEXTUALITY_STANDARDISED) {
            scan_standardise_rows(pass, worker, stage, rows, n);
        }
        size_t slot = scan_slot_of(pass, m, stage);
        pass->scores->mev_baseline[slot] = spectrum_top_share(rows, n, pass->dim);
        pass->scores->anisotropy[slot] =
            contextuality_mean_cosine(pass->unit_sums + slot * pass->dim, pass->dim,
                                      pass->n_units[slot], pass->scores->n_known);
    }
}
