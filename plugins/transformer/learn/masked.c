/*
 * masked.c - masked learning (Devlin et al. 2019). A sequence is a line by itself, as suites give
 * sentences to models, a longer one than the context in parts. Of a sequence's pieces 15 % are to
 * be found again, one at least; of these 80 % are replaced by [MASK], 10 % by a piece drawn at
 * random, 10 % stay. What is masked is drawn anew each time (Liu et al. 2019), in the held-out
 * lines always the same, by option mask-seed. [CLS] and [SEP] are never masked.
 */
#include "learn/training.h"

#include "embedder_util.h"
#include "train/rng.h"
#include "train/settings.h"

#include <math.h>

static uint32_t n_masked(uint32_t n_pieces)
{
    uint32_t n = (uint32_t)lround(0.15 * n_pieces);
    return n_pieces == 0 ? 0 : n ? n : 1;
}

/* Takes some of a sequence's n pieces away, which stand behind [CLS] in `row`, and makes them
 * targets. of->places: scratch. */
static void mask(struct training *of, uint32_t row, uint32_t n, struct rng rng)
{
    uint32_t vocabulary = of->model.shape.vocabulary;
    for (uint32_t i = 0; i < n; i++) {
        of->places[i] = row + 1 + i;
    }
    for (uint32_t k = 0; k < n_masked(n); k++) {
        uint32_t other = k + rng_below(&rng, n - k), at = of->places[other];
        of->places[other] = of->places[k];
        of->targets[at] = of->ids[at];
        float what = rng_unit(&rng);
        if (what < 0.9f) {
            of->ids[at] = what < 0.8f ? of->mask : rng_below(&rng, vocabulary);
        }
    }
}

/* [CLS], n pieces, [SEP] from a row on; returns how many rows. */
static uint32_t fill(struct training *of, uint32_t row, const uint32_t *ids, uint32_t n)
{
    of->ids[row] = of->begin;
    for (uint32_t i = 0; i < n; i++) {
        of->ids[row + 1 + i] = ids[i];
    }
    of->ids[row + 1 + n] = of->end;
    for (uint32_t i = 0; i < n + 2; i++) {
        of->targets[row + i] = LEARN_NO_TARGET;
    }
    return n + 2;
}

double learn_masked_gradient(struct training *of, uint64_t step)
{
    uint64_t first = step * of->per_step, n_targets = 0;
    double sum = 0;
    for (uint32_t w = 0; w < of->per_step; w++) {
        n_targets += n_masked(of->windows[learn_window(of, first + w)].n);
    }
    for (uint32_t w = 0; w < of->per_step;) {
        uint32_t row = 0, n = 0;
        for (; w < of->per_step; w++) {
            const struct window *window = &of->windows[learn_window(of, first + w)];
            if (row + window->n + 2 > of->scratch.most_rows) {
                break;
            }
            uint32_t rows = fill(of, row, of->text.ids + window->from, window->n);
            mask(of, row, window->n, rng_stream(of->job->request->seed, 'm', first + w));
            of->lengths[n++] = rows;
            row += rows;
        }
        learn_room_lay(&of->scratch, &of->model, of->lengths, n);
        learn_forward(&of->model, &of->scratch, of->ids, of->targets, true, 1 / (float)n_targets);
        learn_backward(&of->model, &of->scratch, of->ids);
        sum += learn_sum_losses(of);
    }
    return sum / (double)n_targets;
}

double learn_masked_held_out_loss(struct training *of, uint64_t most)
{
    const uint32_t *ids = of->text.held_ids;
    uint64_t n = of->text.n_held_ids, n_seen = 0, n_targets = 0, line = 0;
    uint64_t seed = (uint64_t)setting_int(of->job, "mask-seed");
    uint32_t n_laid = 0, row = 0, context = of->model.shape.context;
    double sum = 0;
    for (uint64_t at = 0, end; at < n && n_seen < most; at = end) {
        for (end = at + 1; end < n && ids[end] != of->end; end++) {
        }
        uint64_t length = end - at - 1, longest = context - 2;
        uint32_t rows =
            fill(of, row, ids + at + 1, (uint32_t)(length < longest ? length : longest));
        mask(of, row, rows - 2, rng_stream(seed, 'k', line++));
        n_targets += n_masked(rows - 2);
        of->lengths[n_laid++] = rows;
        row += rows;
        n_seen += rows;
        if (row + context > of->scratch.most_rows || end == n || n_seen >= most) {
            learn_room_lay(&of->scratch, &of->model, of->lengths, n_laid);
            learn_forward(&of->model, &of->scratch, of->ids, of->targets, false, 0);
            sum += learn_sum_losses(of);
            n_laid = row = 0;
        }
    }
    return n_targets ? sum / (double)n_targets : NAN;
}
