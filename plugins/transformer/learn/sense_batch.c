/* Words of some lemmas and the definitions of their senses, through the model in one go. */
#include "learn/sense_loss.h"
#include "learn/senses.h"

#include "train/settings.h"

#include <string.h>

/* A text cut to the context: special pieces at both ends, of the others those around `around`. */
struct view {
    const uint32_t *ids;
    uint32_t n;      /* pieces that are left */
    uint32_t before; /* of them special ones in front */
    uint32_t from;   /* first other one that is left, in the text */
    uint32_t n_inner;
};

static struct view view_of(const struct senses *senses, const struct sense_pieces *pieces,
                           uint32_t around)
{
    const struct sense_text *text = &senses->text;
    uint32_t special = text->n_before + text->n_after, context = senses->of->model.shape.context;
    struct view view = {.ids = text->ids + pieces->from,
                        .n = pieces->n,
                        .before = text->n_before,
                        .from = text->n_before,
                        .n_inner = pieces->n - special};
    if (pieces->n > context) {
        uint32_t scratch = context - special, last = text->n_before + view.n_inner - scratch;
        view.n = context;
        view.n_inner = scratch;
        view.from = around > scratch / 2 + view.before ? around - scratch / 2 : view.before;
        view.from = view.from < last ? view.from : last;
    }
    return view;
}

static uint32_t rows_of(const struct senses *senses, const struct sense_pieces *pieces)
{
    uint32_t context = senses->of->model.shape.context;
    return pieces->n < context ? pieces->n : context;
}

uint32_t sense_rows(const struct senses *senses, const struct sense_item *items, uint32_t n)
{
    const struct sense_text *text = &senses->text;
    uint32_t rows = 0;
    for (uint32_t i = 0; i < n; i++) {
        rows += rows_of(senses, &text->sentences[items[i].sentence]);
    }
    for (uint32_t c = 0; c < items->n_candidates; c++) {
        uint32_t definition = text->lists[items->candidates + c] & ~(uint32_t)SENSE_RIGHT;
        rows += rows_of(senses, &text->definitions[definition]);
    }
    return rows;
}

/* Lays a text out from a row on, and behind it what it ends with. */
static void lay(struct senses *senses, const struct sense_pieces *pieces, uint32_t around,
                uint32_t *row, uint32_t *n_sequences)
{
    struct view view = view_of(senses, pieces, around);
    uint32_t *ids = senses->of->ids + *row, n_after = senses->text.n_after;
    memcpy(ids, view.ids, view.before * sizeof *ids);
    memcpy(ids + view.before, view.ids + view.from, view.n_inner * sizeof *ids);
    memcpy(ids + view.n - n_after, view.ids + pieces->n - n_after, n_after * sizeof *ids);
    senses->of->lengths[(*n_sequences)++] = view.n;
    *row += view.n;
}

/* A sequence for each word's sentence, then one for each definition. */
static void lay_chunk(struct senses *senses, const struct sense_item *items, uint32_t n,
                      uint32_t *row, uint32_t *n_sequences)
{
    const struct sense_text *text = &senses->text;
    for (uint32_t i = 0; i < n; i++) {
        lay(senses, &text->sentences[items[i].sentence], items[i].first, row, n_sequences);
    }
    for (uint32_t c = 0; c < items->n_candidates; c++) {
        uint32_t definition = text->lists[items->candidates + c] & ~(uint32_t)SENSE_RIGHT;
        lay(senses, &text->definitions[definition], 0, row, n_sequences);
    }
}

/* Rows [first, first + n) of a text, in the batch. */
struct span {
    uint32_t first, n;
};

/* Mean of rows; zeros of none. */
static void mean(const float *states, struct span span, uint32_t dim, float *ret_mean)
{
    memset(ret_mean, 0, dim * sizeof *ret_mean);
    for (uint32_t r = 0; r < span.n; r++) {
        for (uint32_t d = 0; d < dim; d++) {
            ret_mean[d] += states[((uint64_t)span.first + r) * dim + d];
        }
    }
    for (uint32_t d = 0; d < dim && span.n; d++) {
        ret_mean[d] /= (float)span.n;
    }
}

static void spread(const float *d_mean, struct span span, uint32_t dim, float *stream)
{
    for (uint32_t r = 0; r < span.n; r++) {
        for (uint32_t d = 0; d < dim; d++) {
            stream[((uint64_t)span.first + r) * dim + d] += d_mean[d] / (float)span.n;
        }
    }
}

/* The rows of a word, as far as they are left. */
static struct span word_span(const struct senses *senses, const struct sense_item *item,
                             uint32_t start)
{
    struct view view = view_of(senses, &senses->text.sentences[item->sentence], item->first);
    uint32_t end = item->first + item->n, last = view.from + view.n_inner;
    end = end < last ? end : last;
    return (struct span){start + view.before + item->first - view.from, end - item->first};
}

static struct span definition_span(const struct senses *senses, uint32_t start, uint32_t length)
{
    const struct sense_text *text = &senses->text;
    return (struct span){start + text->n_before, length - text->n_before - text->n_after};
}

static bool is_answered_right(const struct senses *senses, const struct sense_item *item)
{
    uint32_t best = 0;
    for (uint32_t c = 1; c < item->n_candidates; c++) {
        best = senses->scores[c] > senses->scores[best] + 1e-6 ? c : best; /* ties: the first */
    }
    return senses->right[best] != 0;
}

/* A chunk whose sequences begin with number `sequence`. */
static void score_chunk(struct senses *senses, const struct sense_item *items, uint32_t n,
                        uint32_t sequence, const float *states, double weight, double *loss,
                        uint64_t *n_right)
{
    const struct sense_text *text = &senses->text;
    struct learn_scratch *scratch = &senses->of->scratch;
    uint32_t dim = senses->of->model.shape.dim, m = items->n_candidates;
    const uint32_t *starts = scratch->starts + sequence, *defined = starts + n;
    for (uint32_t c = 0; c < m; c++) {
        mean(states, definition_span(senses, defined[c], defined[c + 1] - defined[c]), dim,
             senses->vectors + (uint64_t)c * dim);
    }
    memset(senses->d_vectors, 0, (uint64_t)m * dim * sizeof(float));
    for (uint32_t i = 0; i < n; i++) {
        struct span span = word_span(senses, &items[i], starts[i]);
        for (uint32_t c = 0; c < m; c++) {
            senses->right[c] = (text->lists[items[i].candidates + c] & SENSE_RIGHT) != 0;
        }
        mean(states, span, dim, senses->word);
        memset(senses->d_word, 0, dim * sizeof(float));
        *loss += sense_loss(senses->word, senses->vectors, senses->right, m, dim,
                            setting_real(senses->of->job, "scale"), weight, senses->scores,
                            weight > 0 ? senses->d_word : NULL, senses->d_vectors);
        *n_right += is_answered_right(senses, &items[i]);
        if (weight > 0) {
            spread(senses->d_word, span, dim, scratch->stream);
        }
    }
    for (uint32_t c = 0; c < m && weight > 0; c++) {
        spread(senses->d_vectors + (uint64_t)c * dim,
               definition_span(senses, defined[c], defined[c + 1] - defined[c]), dim,
               scratch->stream);
    }
}

uint32_t sense_batch(struct senses *senses, const struct sense_item *items,
                     const struct sense_chunk *chunks, uint32_t n_chunks, double weight,
                     double *loss, uint64_t *n_right)
{
    struct training *of = senses->of;
    struct learn_scratch *scratch = &of->scratch;
    uint32_t n = 0, row = 0, n_sequences = 0, sequence = 0;
    for (; n < n_chunks; n++) {
        const struct sense_item *first = items + chunks[n].first;
        if (n > 0 && row + sense_rows(senses, first, chunks[n].n) > scratch->most_rows) {
            break;
        }
        lay_chunk(senses, first, chunks[n].n, &row, &n_sequences);
    }
    learn_room_lay(scratch, &of->model, of->lengths, n_sequences);
    const float *states = learn_forward_states(&of->model, scratch, of->ids);
    memset(scratch->stream, 0, (uint64_t)row * of->model.shape.dim * sizeof(float));
    for (uint32_t c = 0; c < n; c++) {
        const struct sense_item *first = items + chunks[c].first;
        score_chunk(senses, first, chunks[c].n, sequence, states, weight, loss, n_right);
        sequence += chunks[c].n + first->n_candidates;
    }
    if (weight > 0) {
        learn_backward_states(&of->model, scratch, of->ids, senses->first_block);
    }
    return n;
}
