/* Windows of the text, a step's gradient over them, and the held-out loss. */
#include "learn/training.h"

#include "base/try.h"
#include "embedder_util.h"
#include "train/rng.h"
#include "train/settings.h"

#include <math.h>

/* Masked learning: a line by itself, a long one in parts; places are filled in where there is room
 * for them. Returns how many. */
static uint64_t cut_lines(struct training *of)
{
    const uint32_t *ids = of->text.ids;
    uint64_t stride = of->model.shape.context - 2ull, n = 0;
    for (uint64_t at = 0, end; at < of->text.n_ids; at = end) {
        for (end = at + 1; end < of->text.n_ids && ids[end] != of->end; end++) {
        }
        for (uint64_t from = at + 1; from < end; from += stride, n++) {
            if (of->windows) {
                of->windows[n].from = from;
                of->windows[n].n = (uint32_t)(end - from < stride ? end - from : stride);
            }
        }
    }
    return n;
}

static emb_status plan_windows(struct training *of)
{
    const struct train_job *job = of->job;
    uint64_t context = of->model.shape.context, n;
    if (!of->is_masked) {
        n = (of->text.n_ids - 1) / context; /* with a next piece */
        of->n_windows = n ? n : 1;
        return EMB_OK;
    }
    of->n_windows = cut_lines(of);
    emb_status status =
        of->n_windows ? job_alloc(job, of->n_windows, sizeof *of->windows, "lines", &of->windows)
                      : emb_failf(job->host, EMB_E_FORMAT,
                                  "corpus: no line has a piece of the tokenizer; nothing to "
                                  "train on");
    if (status == EMB_OK) { /* as many lines a step as make up a batch on the whole */
        double rows = (double)of->text.n_ids + (double)of->n_windows;
        double per_step = (double)of->batch * (double)of->n_windows / rows;
        of->per_step = per_step < 1 ? 1 : (uint32_t)llround(per_step);
        (void)cut_lines(of);
    }
    return status;
}

emb_status learn_plan(struct training *of)
{
    TRY(plan_windows(of));
    uint64_t tokens = (uint64_t)setting_int(of->job, "tokens");
    double updates =
        tokens ? ceil((double)tokens / (double)of->batch)
               : ceil(setting_real(of->job, "epochs") * (double)of->n_windows / of->per_step);
    of->n_steps = (uint64_t)updates;
    of->warm_up = (uint64_t)ceil(setting_real(of->job, "warm-up") * updates);
    of->epoch = UINT64_MAX;
    return of->n_windows > UINT32_MAX
               ? emb_failf(of->job->host, EMB_E_OPTION, "%s: more than %u windows of text",
                           of->job->model, UINT32_MAX)
               : job_alloc(of->job, of->n_windows, sizeof *of->order, "windows", &of->order);
}

/* The order of an epoch's windows (Fisher & Yates 1938). */
static void shuffle(struct training *of, uint64_t epoch)
{
    struct rng rng = rng_stream(of->job->request->seed, 'e', epoch);
    uint32_t n = (uint32_t)of->n_windows;
    for (uint32_t i = 0; i < n; i++) {
        of->order[i] = i;
    }
    for (uint32_t i = n; i > 1; i--) {
        uint32_t j = rng_below(&rng, i), other = of->order[j];
        of->order[j] = of->order[i - 1];
        of->order[i - 1] = other;
    }
    of->epoch = epoch;
}

/* Piece i of a text as input, piece i + 1 as target; behind the end neither. Returns the targets.
 */
static uint32_t fill_window(struct training *of, uint32_t slot, const uint32_t *ids, uint64_t from,
                            uint64_t end)
{
    uint32_t context = of->model.shape.context, n = 0;
    for (uint32_t p = 0; p < context; p++) {
        uint64_t at = from + p, row = (uint64_t)slot * context + p;
        bool has_target = at + 1 < end;
        of->ids[row] = at < end ? ids[at] : of->end;
        of->targets[row] = has_target ? ids[at + 1] : LEARN_NO_TARGET;
        n += has_target;
    }
    return n;
}

static void clear_slots(struct training *of, uint32_t from)
{
    for (uint32_t slot = from; slot < of->scratch.n_sequences; slot++) {
        fill_window(of, slot, NULL, 1, 0);
    }
}

uint32_t learn_window(struct training *of, uint64_t number)
{
    if (of->epoch != number / of->n_windows) {
        shuffle(of, number / of->n_windows);
    }
    return of->order[number % of->n_windows];
}

double learn_sum_losses(const struct training *of)
{
    double sum = 0;
    for (uint32_t r = 0; r < of->scratch.n_rows; r++) {
        sum += of->scratch.losses[r];
    }
    return sum;
}

double learn_gradient(struct training *of, uint64_t step)
{
    if (of->is_masked) {
        return learn_masked_gradient(of, step);
    }
    uint32_t context = of->model.shape.context, scratch = of->scratch.n_sequences;
    uint64_t first = step * of->per_step, n_targets = 0;
    double sum = 0;
    for (uint32_t w = 0; w < of->per_step; w++) {
        uint64_t from = (uint64_t)learn_window(of, first + w) * context,
                 left = of->text.n_ids - from;
        n_targets += left > context ? context : left - 1;
    }
    for (uint32_t done = 0; done < of->per_step; done += scratch) {
        uint32_t n = of->per_step - done < scratch ? of->per_step - done : scratch;
        for (uint32_t slot = 0; slot < n; slot++) {
            uint64_t from = (uint64_t)learn_window(of, first + done + slot) * context;
            fill_window(of, slot, of->text.ids, from, of->text.n_ids);
        }
        clear_slots(of, n);
        learn_forward(&of->model, &of->scratch, of->ids, of->targets, true, 1 / (float)n_targets);
        learn_backward(&of->model, &of->scratch, of->ids);
        sum += learn_sum_losses(of);
    }
    return sum / (double)n_targets;
}

double learn_held_out_loss(struct training *of, uint64_t most)
{
    if (of->is_masked) {
        return learn_masked_held_out_loss(of, most);
    }
    const uint32_t *ids = of->text.held_ids;
    uint64_t n = of->text.n_held_ids, n_targets = 0, context = of->model.shape.context;
    double sum = 0;
    uint32_t slot = 0;
    for (uint64_t at = 0, end; at < n && n_targets < most; at = end) {
        for (end = at + 1; end < n && ids[end] != of->end; end++) {
        }
        uint64_t seen = end - at < context ? end : at + context;
        n_targets += fill_window(of, slot++, ids, at, seen);
        if (slot == of->scratch.n_sequences || end == n || n_targets >= most) {
            clear_slots(of, slot);
            learn_forward(&of->model, &of->scratch, of->ids, of->targets, false, 0);
            sum += learn_sum_losses(of);
            slot = 0;
        }
    }
    return n_targets ? sum / (double)n_targets : NAN;
}
