/* fasttext_window.c - from a chunk of the corpus to blocks of rows. */
#include "train/fasttext.h"

enum { LOSS_EVERY = 32 }; /* windows between two that tell their loss */

/* Words that one block predicts, right or wrong. */
struct outputs {
    uint32_t n;
    uint32_t ids[PAIR_MAX_OUT];
    float *rows[PAIR_MAX_OUT];
    float positive[PAIR_MAX_OUT], weight[PAIR_MAX_OUT];
};

struct scratch {
    struct rng rng;
    uint32_t n_windows;
    uint32_t kept[SWEEP_MAX_LINE]; /* words of the sentence after subsampling */
    struct outputs outputs;
    _Alignas(64) float rows[]; /* [2, width]: the word's mean, and its step */
};

uint64_t fasttext_scratch_bytes(const struct fasttext *model)
{
    return sizeof(struct scratch) + 2 * (uint64_t)(model->dim + KERNEL_ROW_FLOATS) * sizeof(float);
}

static void add_output(struct lane *lane, struct outputs *outputs, uint32_t id, float positive)
{
    uint32_t j = 0;
    while (j < outputs->n && outputs->ids[j] != id) {
        j++;
    }
    if (j < outputs->n) {
        outputs->positive[j] += positive;
        outputs->weight[j] += 1;
        return;
    }
    outputs->ids[j] = id;
    outputs->positive[j] = positive;
    outputs->weight[j] = 1;
    outputs->rows[j] = lane_row(lane, FASTTEXT_OUT, id);
    prefetch_floats(outputs->rows[j], lane->sweep->matrices[FASTTEXT_OUT].width);
    outputs->n++;
}

/* A context word and its negatives, none of which is that word. */
static void add_context(const struct fasttext *model, struct lane *lane, uint32_t id)
{
    struct scratch *scratch = lane->scratch;
    add_output(lane, &scratch->outputs, id, 1);
    for (uint32_t k = 0; k < model->negative && model->corpus.vocabulary.n_words > 1;) {
        uint32_t negative = negatives_draw(&model->negatives, &scratch->rng);
        if (negative != id) {
            add_output(lane, &scratch->outputs, negative, 0);
            k++;
        }
    }
}

static void meet(const struct fasttext *model, struct lane *lane, const struct chunk *chunk,
                 bool want_loss)
{
    struct scratch *scratch = lane->scratch;
    struct outputs *outputs = &scratch->outputs;
    uint32_t width = lane->sweep->matrices[FASTTEXT_IN].width;
    float *mean = scratch->rows, *step = scratch->rows + width;
    struct pair_block block = {
        .n_in = 1,
        .n_out = outputs->n,
        .width = width,
        .want_loss = want_loss,
        .rate = chunk->rate,
        .in = (const float *const *)&mean,
        .in_add = &step,
        .out = outputs->rows,
        .positive = outputs->positive,
        .weight = outputs->weight,
        .loss = &lane->loss,
    };
    model->kernels->pair_block(&block);
    outputs->n = 0;
}

static void take_mean(const struct fasttext *model, struct lane *lane, uint32_t word)
{
    struct scratch *scratch = lane->scratch;
    uint32_t width = lane->sweep->matrices[FASTTEXT_IN].width;
    float *mean = scratch->rows, *step = scratch->rows + width;
    for (uint32_t d = 0; d < width; d++) {
        mean[d] = step[d] = 0;
    }
    uint64_t begin = model->subwords.begin[word], end = model->subwords.begin[word + 1];
    for (uint64_t s = begin; s < end; s++) {
        const float *row = lane_row(lane, FASTTEXT_IN, model->subwords.rows[s]);
        model->kernels->add_scaled(mean, row, 1.0f / (float)(end - begin), width);
    }
}

/* The step goes to every row in full, as in fastText. */
static void give_step(const struct fasttext *model, struct lane *lane, uint32_t word)
{
    struct scratch *scratch = lane->scratch;
    uint32_t width = lane->sweep->matrices[FASTTEXT_IN].width;
    for (uint64_t s = model->subwords.begin[word]; s < model->subwords.begin[word + 1]; s++) {
        float *row = lane_row(lane, FASTTEXT_IN, model->subwords.rows[s]);
        model->kernels->add_scaled(row, scratch->rows + width, 1, width);
    }
}

static void prefetch_word(const struct fasttext *model, const struct lane *lane, uint32_t word)
{
    const struct matrix *in = &lane->sweep->matrices[FASTTEXT_IN];
    for (uint64_t s = model->subwords.begin[word]; s < model->subwords.begin[word + 1]; s++) {
        prefetch_floats(in->rows + (uint64_t)model->subwords.rows[s] * in->width, in->width);
    }
}

static void learn_window(const struct fasttext *model, struct lane *lane, uint32_t at,
                         uint32_t n_kept, const struct chunk *chunk)
{
    struct scratch *scratch = lane->scratch;
    uint32_t reach = 1 + rng_below(&scratch->rng, model->window);
    uint32_t begin = at > reach ? at - reach : 0;
    uint32_t end = n_kept - at > reach ? at + reach + 1 : n_kept;
    if (end - begin < 2) {
        return;
    }
    bool want_loss = scratch->n_windows++ % LOSS_EVERY == 0;
    uint32_t word = scratch->kept[at];
    scratch->outputs.n = 0;
    take_mean(model, lane, word);
    for (uint32_t i = begin; i < end; i++) {
        if (i == at) {
            continue;
        }
        if (scratch->outputs.n + 1 + model->negative > PAIR_MAX_OUT) {
            meet(model, lane, chunk, want_loss);
        }
        add_context(model, lane, scratch->kept[i]);
        lane->n_pairs += want_loss;
    }
    meet(model, lane, chunk, want_loss);
    give_step(model, lane, word);
}

static void learn_sentence(const struct fasttext *model, struct lane *lane, uint32_t n_kept,
                           const struct chunk *chunk)
{
    const struct scratch *scratch = lane->scratch;
    for (uint32_t at = 0; at < n_kept; at++) {
        if (at + 1 < n_kept) {
            prefetch_word(model, lane, scratch->kept[at + 1]);
        }
        learn_window(model, lane, at, n_kept, chunk);
    }
}

void fasttext_chunk(void *trainer, struct lane *lane, const struct chunk *chunk)
{
    const struct fasttext *model = trainer;
    struct scratch *scratch = lane->scratch;
    scratch->rng = rng_stream(lane->sweep->job->request->seed, chunk->epoch, chunk->number);
    scratch->n_windows = 0;
    uint32_t n_kept = 0, n_seen = 0;
    for (uint64_t i = chunk->begin; i < chunk->end; i++) {
        uint32_t id = model->corpus.ids[i];
        if (id != CORPUS_LINE) {
            n_seen++;
            if (model->keep[id] >= 1 || rng_unit(&scratch->rng) < model->keep[id]) {
                scratch->kept[n_kept++] = id;
            }
        }
        if (id == CORPUS_LINE || n_seen == SWEEP_MAX_LINE) {
            learn_sentence(model, lane, n_kept, chunk);
            n_kept = n_seen = 0;
        }
    }
    learn_sentence(model, lane, n_kept, chunk);
}
