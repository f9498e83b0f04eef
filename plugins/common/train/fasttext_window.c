/* fasttext_window.c - from a chunk of the corpus to blocks of rows. */
#include "train/fasttext.h"

struct scratch {
    struct sentence sentence;
    struct outputs outputs;
    _Alignas(64) float rows[]; /* [2, width]: the word's mean, and its step */
};

uint64_t fasttext_scratch_bytes(const struct fasttext *model)
{
    return sizeof(struct scratch) +
           2 * (uint64_t)(model->base.dim + KERNEL_ROW_FLOATS) * sizeof(float);
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
    outputs->rows[j] = predictor_fetch(lane, FASTTEXT_OUT, id);
    outputs->n++;
}

/* A context word and its negatives, none of which is that word. */
static void add_context(const struct fasttext *model, struct lane *lane, uint32_t id)
{
    struct scratch *scratch = lane->scratch;
    add_output(lane, &scratch->outputs, id, 1);
    for (uint32_t k = 0; k < model->base.negative && model->base.corpus.vocabulary.n_words > 1;) {
        uint32_t negative = negatives_draw(&model->base.negatives, &scratch->sentence.rng);
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
    model->base.kernels->pair_block(&block);
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
        model->base.kernels->add_scaled(mean, row, 1.0f / (float)(end - begin), width);
    }
}

/* The step goes to every row in full, as in fastText. */
static void give_step(const struct fasttext *model, struct lane *lane, uint32_t word)
{
    struct scratch *scratch = lane->scratch;
    uint32_t width = lane->sweep->matrices[FASTTEXT_IN].width;
    for (uint64_t s = model->subwords.begin[word]; s < model->subwords.begin[word + 1]; s++) {
        float *row = lane_row(lane, FASTTEXT_IN, model->subwords.rows[s]);
        model->base.kernels->add_scaled(row, scratch->rows + width, 1, width);
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
    uint32_t reach = 1 + rng_below(&scratch->sentence.rng, model->base.window);
    uint32_t begin = at > reach ? at - reach : 0;
    uint32_t end = n_kept - at > reach ? at + reach + 1 : n_kept;
    if (end - begin < 2) {
        return;
    }
    bool want_loss = scratch->sentence.n_windows++ % PREDICTOR_LOSS_EVERY == 0;
    uint32_t word = scratch->sentence.kept[at];
    scratch->outputs.n = 0;
    take_mean(model, lane, word);
    for (uint32_t i = begin; i < end; i++) {
        if (i == at) {
            continue;
        }
        if (scratch->outputs.n + 1 + model->base.negative > PAIR_MAX_OUT) {
            meet(model, lane, chunk, want_loss);
        }
        add_context(model, lane, scratch->sentence.kept[i]);
        lane->n_pairs += want_loss;
    }
    meet(model, lane, chunk, want_loss);
    give_step(model, lane, word);
}

void fasttext_learn(const void *trainer, struct lane *lane, uint32_t n_kept,
                    const struct chunk *chunk)
{
    const struct fasttext *model = trainer;
    const struct scratch *scratch = lane->scratch;
    for (uint32_t at = 0; at < n_kept; at++) {
        if (at + 1 < n_kept) {
            prefetch_word(model, lane, scratch->sentence.kept[at + 1]);
        }
        learn_window(model, lane, at, n_kept, chunk);
    }
}
